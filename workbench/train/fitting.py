"""Grows one booster on some of the rows and judges it by others: the step that every comparison is made of."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.model.boosters import model_text
from workbench.train.booster import Seat, grow, start

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import lightgbm as lgb
    from numpy.typing import NDArray

    from workbench.train.goal import Goal
    from workbench.train.material import Material

    Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Bins:
    """Rows binned once; every fit takes subsets of them.

    Attributes:
        material: The rows.
        goal: What is minimised.
        train: Training rows.
        validation: Validation rows, in the bins of the training rows.
        both: Training rows and behind them the validation rows, in the same bins.
    """

    material: Material
    goal: Goal
    train: lgb.Dataset
    validation: lgb.Dataset
    both: lgb.Dataset


@dataclass(frozen=True)
class Fitted:
    """One booster, at its best round.

    Attributes:
        text: The model as LightGBM writes it, cut at the best round.
        predictions: Predictions on the judged rows.
        labels: Labels of the judged rows.
        loss: Loss on the judged rows.
        value: The metric that decides, on the judged rows.
        rounds: Rounds grown.
        best_round: Rounds kept.
        cpu_seconds: CPU-seconds of this process while it grew.
    """

    text: str
    predictions: NDArray[np.float64]
    labels: NDArray[np.float64]
    loss: float
    value: float
    rounds: int
    best_round: int
    cpu_seconds: float


def bin_rows(material: Material, goal: Goal) -> Bins:
    """Bin the rows of a search and let go of their values."""
    train, validation, both = material.datasets(goal)
    return Bins(material.slim(), goal, train, validation, both)


def fit(  # noqa: PLR0913 - each is a choice of its own
    bins: Bins,
    settings: Mapping[str, object],
    *,
    train_rows: Rows | None = None,
    judged_rows: Rows | None = None,
    weights: NDArray[np.float64] | None = None,
    patience: int = 50,
    rounds: int = 10_000,
    seed: int = 0,
    may_go_on: Callable[[], bool] = lambda: True,
) -> Fitted:
    """Grow a booster until the loss on the judged rows stops falling.

    Args:
        bins: The rows.
        settings: LightGBM parameters beside the fixed ones.
        train_rows: Ascending positions in the training rows to learn from; None for all.
        judged_rows: Ascending positions in the training rows to judge by; None for the validation rows.
        weights: Weight of each row learned from; None for 1.
        patience: Rounds without a smaller loss before it stops.
        rounds: Rounds it may grow at most.
        seed: Seed of what is random in a booster.
        may_go_on: Asked before every round after the first.
    """
    began = time.process_time()
    material, goal = bins.material, bins.goal
    learned = bins.train if train_rows is None and weights is None else subset(bins.train, train_rows, material)
    if weights is not None:
        learned.set_weight(weights)
    judged = bins.validation if judged_rows is None else subset(bins.train, judged_rows, material)
    labels = material.validation_labels if judged_rows is None else material.train_labels[judged_rows]
    growth = start(material.booster_settings(goal, settings, seed), [Seat(learned, judged)])
    grow(growth, goal, labels, patience, may_go_on, rounds)
    predictions = growth.best
    return Fitted(
        text=model_text(growth.boosters[0], growth.best_round),
        predictions=predictions,
        labels=labels,
        loss=growth.best_loss,
        value=goal.value(labels, predictions),
        rounds=growth.rounds,
        best_round=growth.best_round,
        cpu_seconds=time.process_time() - began,
    )


def subset(dataset: lgb.Dataset, rows: Rows | None, material: Material) -> lgb.Dataset:
    """Take some of the training rows, in the same bins; None for a copy of all."""
    every = np.arange(material.train_labels.size) if rows is None else rows
    taken: lgb.Dataset = dataset.subset(every.tolist())
    return taken.construct()
