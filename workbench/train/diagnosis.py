"""What a search can say about its own result: would more rows help, how much is luck, is it too good to be true."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.train.alarm import alarm_table, alarms
from workbench.train.copies import find_copies
from workbench.train.fitting import fit
from workbench.train.folds import follow_in_time
from workbench.train.imbalance import compare_treatments, is_imbalanced
from workbench.train.learning import learning_curve
from workbench.train.nested import nested_estimate
from workbench.train.plan import Finding
from workbench.train.portfolio import BASELINE, Setup
from workbench.train.stability import overfitting, seed_spread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from workbench.model import Roles
    from workbench.train.clock import Clock
    from workbench.train.fitting import Bins
    from workbench.train.pairing import Paired
    from workbench.train.plan import FindingKind, TrialRecord

SHARE = 0.1
"""Share of the budget that the diagnosis may take; beside a budget of trials, of what those took."""

FITS = 3
"""Fits of the configuration that is examined should fit into that."""

SEEDS = 3


@dataclass(frozen=True)
class Patient:
    """What is examined.

    Attributes:
        bins: The rows as LightGBM takes them.
        train: The training rows.
        validation: The validation rows.
        roles: What the columns are for.
        offered: Predictions of each candidate on the validation rows.
        treated: Whether treatments of a rare class are compared.
        seed: Seed of everything random.
        usd_per_cpu_second: Price; None when unknown.
        paired: The rows with pairs beside the columns; None where no trial may see these.
    """

    bins: Bins
    train: pl.DataFrame
    validation: pl.DataFrame
    roles: Roles
    offered: Mapping[str, NDArray[np.float64]]
    treated: bool
    seed: int
    usd_per_cpu_second: float | None
    paired: Paired | None = None

    def seeing(self, *, pairs: bool) -> Bins:
        """Give the rows as boosters with or without pairs take them."""
        return self.paired.bins if pairs and self.paired is not None else self.bins


def diagnose(
    patient: Patient, trials: tuple[TrialRecord, ...], clock: Clock, seats: int, until: float
) -> tuple[Finding, ...]:
    """Examine one good configuration as long as the budget lasts, or until it is interrupted by hand.

    Args:
        patient: What is examined.
        trials: What the search tried.
        clock: What was spent.
        seats: Boosters of each trial.
        until: Seconds on the clock at which it must end; what is not done then is left out.
    """

    def may_go_on() -> bool:
        return clock.spent < until

    allowance = (until - clock.spent) / FITS
    setup = _examined(trials, seats, allowance)
    if not may_go_on() or setup is None:
        return ()
    found: list[Finding] = []
    with suppress(KeyboardInterrupt):
        found.extend(_findings(patient, setup, may_go_on))
    return tuple(found)


def _examined(trials: tuple[TrialRecord, ...], seats: int, allowance: float) -> Setup | None:
    """Choose the best configuration of which enough fits are affordable."""
    able = [trial for trial in trials if trial.seconds / seats <= allowance]
    if not able:
        return None
    best = min(able, key=lambda trial: trial.loss)
    patience = max(BASELINE.patience // 2, best.rounds - best.best_round)
    return Setup(best.name, best.settings, patience, 2 * best.rounds, best.pairs)


def _findings(patient: Patient, setup: Setup, may_go_on: Callable[[], bool]) -> Iterator[Finding]:
    bins, seed = patient.seeing(pairs=setup.pairs), patient.seed
    whole = fit(bins, setup.settings, patience=setup.patience, rounds=setup.rounds, seed=seed, may_go_on=may_go_on)
    if not may_go_on():
        return
    overfit = overfitting(bins, setup, whole, seed=seed, may_go_on=may_go_on)
    if overfit is not None:
        yield Finding(kind="overfitting", sentence=overfit.sentence)
        copies = find_copies(patient.train, patient.validation, patient.roles, whole.predictions)
        for alarm in alarms(bins.goal, whole, bins.material, overfit, copies):
            yield _finding("alarm", alarm.sentence, alarm_table([alarm]))
    spread = seed_spread(bins, setup, range(seed, seed + SEEDS), known=[(seed, whole)], may_go_on=may_go_on)
    if spread is not None:
        yield _finding("seeds", spread.sentence, spread.table())
    curve = learning_curve(
        bins,
        setup,
        seed=seed,
        latest=follow_in_time(patient.train, patient.validation, patient.roles),
        whole=whole,
        other_seeds=spread.losses if spread is not None else (),
        usd_per_cpu_second=patient.usd_per_cpu_second,
        may_go_on=may_go_on,
    )
    if curve is not None:
        yield _finding("learning", curve.sentence, curve.table())
    nested = nested_estimate(
        bins.goal, bins.material.validation_labels, patient.offered, seed=seed, may_go_on=may_go_on
    )
    if nested is not None:
        yield Finding(kind="nested", sentence=nested.sentence)
    yield from _treated(patient, setup, may_go_on)


def _treated(patient: Patient, setup: Setup, may_go_on: Callable[[], bool]) -> Iterator[Finding]:
    bins = patient.seeing(pairs=setup.pairs)
    if not patient.treated or not may_go_on() or not is_imbalanced(bins.material.train_labels, bins.goal.task):
        return
    report = compare_treatments(
        bins, setup.settings, seed=patient.seed, may_go_on=may_go_on, patience=setup.patience, rounds=setup.rounds
    )
    if report is not None:
        yield _finding("imbalance", report.sentence(), report.table())


def _finding(kind: FindingKind, sentence: str, table: pl.DataFrame) -> Finding:
    return Finding(kind=kind, sentence=sentence, rows=tuple(table.to_dicts()))
