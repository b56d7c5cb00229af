"""Grows again what a plan says a search grew."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.model.boosters import model_text
from workbench.train.booster import repeat
from workbench.train.plan import seat_name, seat_of, trial_of
from workbench.train.refit import Refitter
from workbench.train.validating import on_validation

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from workbench.train.booster import Snapshot
    from workbench.train.fitting import Bins
    from workbench.train.jury import Jury
    from workbench.train.plan import SearchPlan


@dataclass(frozen=True)
class Grown:
    """What the candidates are made of.

    Attributes:
        texts: Model text by booster, cut at its best round.
        judged: Predictions of each candidate on the validation rows, by boosters that never saw them.
    """

    texts: dict[str, str]
    judged: dict[str, NDArray[np.float64]]


def repeated(plan: SearchPlan, bins: Bins, jury: Jury) -> Grown:
    """Grow every booster of the offer as the search did: first on the training rows, then with the validation rows."""
    trials = {trial.booster: trial for trial in plan.trials}
    seats: dict[str, int] = defaultdict(int)
    sizes: dict[str, set[int]] = defaultdict(set)
    for member in (member for candidate in plan.candidates for member in candidate.members):
        name = trial_of(member.booster)
        seats[name] = max(seats[name], seat_of(member.booster))
        sizes[name].add(member.trees)
    texts: dict[str, str] = {}
    snapshots: dict[tuple[str, int], Snapshot] = {}
    for name in sorted(sizes):
        trial = trials[name]
        settings = {**bins.material.settings(bins.goal), "seed": trial.seed, **trial.settings}
        growth = repeat(settings, jury.seats[: seats[name] + 1], trial.best_round, sizes[name])
        for seat, booster in enumerate(growth.boosters):
            texts[seat_name(name, seat)] = model_text(booster, trial.best_round)
        snapshots |= {(name, size): snapshot for size, snapshot in growth.snapshots.items()}
    judged = {
        candidate.id: on_validation(candidate.members, lambda trial, trees: snapshots[trial, trees], jury)
        for candidate in plan.candidates
    }
    refitter = Refitter(bins, jury)
    again = {one.booster: refitter.grow(trials[trial_of(one.booster)], seat_of(one.booster)) for one in plan.refits}
    return Grown({**texts, **again}, judged)
