"""What a candidate predicted on the validation rows, by boosters that never saw them."""

from __future__ import annotations

from collections import defaultdict
from math import fsum
from typing import TYPE_CHECKING

import numpy as np

from workbench.train.blend import blended
from workbench.train.plan import seat_of, trial_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from workbench.train.booster import Snapshot
    from workbench.train.grower import Judges
    from workbench.train.plan import MemberRecord

    SnapshotOf = Callable[[str, int], Snapshot]


def on_validation(members: Sequence[MemberRecord], snapshot_of: SnapshotOf, jury: Judges) -> NDArray[np.float64]:
    """Blend the predictions of members on the validation rows; the same bits in a search and in its repetition.

    Args:
        members: Boosters of the candidate: the first seat's alone, or those of all seats.
        snapshot_of: Gives the predictions of a trial at a number of rounds.
        jury: Who judges.
    """
    weights: dict[tuple[str, int], list[float]] = defaultdict(list)
    for member in members:
        weights[trial_of(member.booster), member.trees].append(member.weight)
    snapshots = [snapshot_of(trial, trees) for trial, trees in weights]
    bagged = any(seat_of(member.booster) for member in members)
    predictions = [
        np.asarray(snapshot.bagged) if bagged else jury.on_validation(snapshot.judged) for snapshot in snapshots
    ]
    return blended(predictions, [fsum(each) for each in weights.values()])
