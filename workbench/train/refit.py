"""Grows the boosters of the offer once more, on the validation rows too, once these have judged.

Rows that have chosen settings and rounds have done their work; left out of the model they are wasted, and where the
target drifts they are the most recent ones. Settings and rounds stay, so that no row chooses what it then teaches. The
figures on validation stay those of the boosters that never saw these rows.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from workbench.model.boosters import model_text
from workbench.train.booster import regrow
from workbench.train.fitting import subset
from workbench.train.packing import packed
from workbench.train.plan import BASELINE_BOOSTER, RefitRecord, seat_of, trial_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import lightgbm as lgb

    from workbench.train.fitting import Bins
    from workbench.train.jury import Jury
    from workbench.train.material import Material
    from workbench.train.pairing import Paired
    from workbench.train.plan import CandidateRecord, TrialRecord

MEMBERS = 10
"""Boosters of the largest blend, about, for which a search keeps time."""

MARGIN = 1.1
"""The rows are divided into those of each seat once more."""


@dataclass(frozen=True)
class Refits:
    """Boosters that were grown once more.

    Attributes:
        texts: Packed model text by booster.
        records: What each of them cost.
        interrupted: Whether somebody wanted an end.
    """

    texts: dict[str, bytes] = field(default_factory=dict)
    records: tuple[RefitRecord, ...] = ()
    interrupted: bool = False


@dataclass(frozen=True)
class Refitter:
    """Grows boosters on what their seats learned from and the validation rows.

    Attributes:
        bins: The rows.
        jury: The seats.
        paired: The same with ratios and products beside the columns; None where no trial may see these.
    """

    bins: Bins
    jury: Jury
    paired: Paired | None = None

    def grow(self, trial: TrialRecord, seat: int, may_go_on: Callable[[], bool] = lambda: True) -> bytes:
        """Grow a booster of a trial again, with as many rounds; empty where that was not possible or not allowed."""
        paired = self.paired if trial.pairs else None
        material = paired.bins.material if paired else self.bins.material
        settings = material.booster_settings(self.bins.goal, trial.settings, trial.seed)
        learned = self._learned_paired if paired else self._learned
        booster = regrow(settings, learned[seat], trial.best_round, may_go_on)
        whole = booster.current_iteration() == trial.best_round
        return packed(model_text(booster, trial.best_round)) if whole else b""

    @cached_property
    def _learned(self) -> tuple[lgb.Dataset, ...]:
        return _learned(self.bins, self.jury)

    @cached_property
    def _learned_paired(self) -> tuple[lgb.Dataset, ...]:
        return _learned(self.paired.bins, self.paired.jury) if self.paired else ()


def _learned(bins: Bins, jury: Jury) -> tuple[lgb.Dataset, ...]:
    """Give what each seat learned from and the validation rows."""
    material, both = bins.material, bins.both
    first = material.train_labels.size
    judges = np.arange(first, first + material.validation_labels.size)
    folds = (subset(both, np.concatenate([rows, judges]), material) for rows in jury.fold_rows)
    return (both, *folds)


def refit_offer(
    refitter: Refitter,
    trials: Iterable[TrialRecord],
    candidates: Sequence[CandidateRecord],
    may_go_on: Callable[[], bool],
) -> Refits:
    """Grow the boosters of candidates again, those of the best first, while the budget lasts or until interrupted.

    Args:
        refitter: Who grows them.
        trials: What was tried.
        candidates: The offer, best first; the baseline is left as it is.
        may_go_on: Asked before every round.
    """
    known = {trial.booster: trial for trial in trials}
    texts: dict[str, bytes] = {}
    records: list[RefitRecord] = []
    interrupted = True
    with suppress(KeyboardInterrupt):
        for booster in _in_order(candidates):
            if not may_go_on():
                break
            before = time.process_time()
            text = refitter.grow(known[trial_of(booster)], seat_of(booster), may_go_on)
            if text:
                spent = round(time.process_time() - before, 3)
                records.append(RefitRecord(booster=booster, cpu_seconds=spent))
                texts[booster] = text
        interrupted = False
    return Refits(texts, tuple(one for one in records if one.booster in texts), interrupted)


def refit_seconds(trials: Sequence[TrialRecord], growing: Mapping[str, float], material: Material) -> float:
    """Forecast what growing the boosters of the largest blend again will take, by what they took.

    Args:
        trials: What was tried so far.
        growing: Share of each trial's seconds that its trees took, the rest being spent on judging them.
        material: The rows.
    """
    leaders = sorted((trial for trial in trials if trial.booster != BASELINE_BOOSTER), key=lambda trial: trial.loss)
    rows = material.train_labels.size
    more = MARGIN * (rows + material.validation_labels.size) / rows
    return more * sum(
        trial.seconds * growing[trial.booster] * trial.best_round / trial.rounds for trial in leaders[:MEMBERS]
    )


def _in_order(candidates: Sequence[CandidateRecord]) -> Iterator[str]:
    named = (member.booster for candidate in candidates for member in candidate.members)
    yield from (booster for booster in dict.fromkeys(named) if trial_of(booster) != BASELINE_BOOSTER)
