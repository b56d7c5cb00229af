"""Grows again what a plan says a search grew."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.train.plan import seat_name, seat_of, trial_of
from workbench.train.validating import on_validation

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from workbench.train.booster import Snapshot
    from workbench.train.grower import Grower, Judges
    from workbench.train.plan import SearchPlan
    from workbench.train.refit import Refitter


@dataclass(frozen=True)
class Boosters:
    """What the candidates are made of.

    Attributes:
        texts: Packed model text by booster, cut at its best round.
        judged: Predictions of each candidate on the validation rows, by boosters that never saw them.
    """

    texts: dict[str, bytes]
    judged: dict[str, NDArray[np.float64]]


def repeated(plan: SearchPlan, grower: Grower, jury: Judges, refitter: Refitter | None = None) -> Boosters:
    """Grow every booster of the offer as the search did: first on the training rows, then with the validation rows.

    Args:
        plan: What to grow.
        grower: Who grows it.
        jury: Whom the validation rows are shown to.
        refitter: Who grows boosters with the validation rows too; None where the plan has none of these.
    """
    trials = {trial.booster: trial for trial in plan.trials}
    seats: dict[str, int] = defaultdict(int)
    sizes: dict[str, set[int]] = defaultdict(set)
    for member in (member for candidate in plan.candidates for member in candidate.members):
        name = trial_of(member.booster)
        seats[name] = max(seats[name], seat_of(member.booster))
        sizes[name].add(member.trees)
    texts: dict[str, bytes] = {}
    snapshots: dict[tuple[str, int], Snapshot] = {}
    for name in sorted(sizes):
        grown, taken = grower.repeat(trials[name], seats[name] + 1, sizes[name])
        texts |= {seat_name(name, seat): text for seat, text in enumerate(grown)}
        snapshots |= {(name, size): snapshot for size, snapshot in taken.items()}
    judged = {
        candidate.id: on_validation(candidate.members, lambda trial, trees: snapshots[trial, trees], jury)
        for candidate in plan.candidates
    }
    if refitter is not None:
        for one in plan.refits:
            texts[one.booster] = refitter.grow(trials[trial_of(one.booster)], seat_of(one.booster))
    return Boosters(texts, judged)
