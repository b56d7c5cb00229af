"""Decides whether folds of the training rows judge beside the validation rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.errors import ParamsError
from workbench.train.fitting import fit
from workbench.train.folds import follow_in_time, kept_together, make_folds, natural_scheme
from workbench.train.jury import summon
from workbench.train.portfolio import BASELINE

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from workbench.model import Roles
    from workbench.params.train import TrainParams
    from workbench.train.clock import Clock
    from workbench.train.fitting import Bins
    from workbench.train.folds import FoldScheme
    from workbench.train.jury import Jury
    from workbench.train.material import Material

ENOUGH_ROWS = 2_000
"""Validation rows of the rarer half of a task that tell configurations apart well enough alone."""

FEWEST_ROWS = 50
"""Training rows of that kind below which a fold would hold hardly any."""

BASELINES = 40
"""Times that the budget must hold a baseline on every seat: with fewer, too few configurations would be tried."""

MAX_CELLS = 4_000_000
"""Numbers among the training rows beyond which not even the cost of a fold is measured."""

BAGGING: frozenset[str] = frozenset({"kfold", "stratified", "group"})
"""Schemes whose boosters all know about as much, so that their mean is worth offering."""


def scheme_for(
    train: pl.DataFrame, validation: pl.DataFrame, roles: Roles, params: TrainParams, bins: Bins, clock: Clock
) -> FoldScheme | None:
    """Give the scheme of the folds; None when the validation rows judge alone."""
    asked = params.validation.by
    if asked == "holdout":
        return None
    if asked == "auto" and not (_folds_help(bins.material, roles) and _affordable(bins, params, clock)):
        return None
    return natural_scheme(
        roles,
        params.validation,
        in_time=follow_in_time(train, validation, roles),
        together=kept_together(train, roles, params.validation),
    )


def jury_for(bins: Bins, train: pl.DataFrame, roles: Roles, params: TrainParams, scheme: FoldScheme | None) -> Jury:
    """Deal the folds and seat those who judge.

    Where nobody asked for folds and they cannot be dealt, because a class is too rare, the validation rows judge alone.

    Raises:
        ParamsError: The rows cannot be dealt into the folds that were asked for.
    """
    if scheme is None:
        return summon(bins, (), bagging=False)
    try:
        folds = make_folds(train, bins.material.train_labels, roles, params.validation, scheme, params.seed)
    except ParamsError:
        if params.validation.by != "auto":
            raise
        folds = ()
    return summon(bins, folds, bagging=scheme in BAGGING)


def _folds_help(material: Material, roles: Roles) -> bool:
    """Say whether the validation rows are few, and the training rows enough to deal but not too many."""
    enough = _telling_rows(material.train_labels, roles) >= FEWEST_ROWS
    few = _telling_rows(material.validation_labels, roles) < ENOUGH_ROWS
    return enough and few and material.cells <= MAX_CELLS


def _affordable(bins: Bins, params: TrainParams, clock: Clock) -> bool:
    """Grow the baseline on the validation rows alone, and tell whether the budget holds it often on every seat.

    It grows no further than that is possible, so that the answer costs at most a small share of the budget.
    """
    if clock.unit == "trials":
        return True
    before, seats = clock.spent, 1 + params.validation.folds * params.validation.repeats

    def holds() -> bool:
        return clock.left >= BASELINES * seats * (clock.spent - before)

    setup = BASELINE
    fit(bins, setup.settings, patience=setup.patience, rounds=setup.rounds, seed=params.seed, may_go_on=holds)
    return holds()


def _telling_rows(labels: NDArray[np.float64], roles: Roles) -> int:
    """Count the rows that a metric rests on: those of the rarest class times the classes, or all of a regression."""
    if roles.task == "regression":
        return labels.size
    counts = np.bincount(labels.astype(np.intp), minlength=len(roles.classes))
    return int(counts.min()) * len(roles.classes)
