"""How far a loss would move had other rows been drawn: the bootstrap, over losses of single rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.train.goal import CLIP

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.train.goal import Goal

DRAWS = 400
"""Resamples of an interval: its ends then waver by a tenth of its width."""

BLOCKS = 10_000
"""Rows beyond it are resampled in blocks of rows put together at random: the same variance for less work."""

COVERED = (0.025, 0.975)
"""Quantiles between which an interval lies."""


def row_losses(goal: Goal, labels: NDArray[np.float64], predictions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the loss of each row; the mean, passed to `as_loss`, is `goal.loss`."""
    if goal.task == "regression":
        errors = np.abs(labels - predictions)
        return errors if goal.metric == "mae" else np.square(errors)
    if predictions.ndim == 1:
        likelihood = np.where(labels > 0, predictions, 1 - predictions)
    else:
        likelihood = predictions[np.arange(labels.size), labels.astype(np.intp)]
    return np.asarray(-np.log(np.maximum(likelihood, CLIP)))


def as_loss(goal: Goal, means: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn means of row losses into losses of the goal."""
    return np.sqrt(means) if goal.task == "regression" and goal.metric != "mae" else means


def as_mean(goal: Goal, losses: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn losses of the goal into means of row losses: the inverse of `as_loss`."""
    return np.square(losses) if goal.task == "regression" and goal.metric != "mae" else losses


def ignorance(goal: Goal, labels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the loss of each row under the best prediction that knows no feature: class shares, mean or median."""
    if goal.task == "regression":
        centre = np.median(labels) if goal.metric == "mae" else labels.mean()
        return row_losses(goal, labels, np.full(labels.size, centre))
    _, classes, rows = np.unique(labels, return_inverse=True, return_counts=True)
    return np.asarray(-np.log(rows / labels.size))[classes]


def resampled_means(points: NDArray[np.float64], seed: int, draws: int = DRAWS) -> NDArray[np.float64]:
    """Draw the rows anew, with replacement, and average each column: the same rows for all columns.

    Args:
        points: One row of figures per row of the data, shape (rows, columns).
        seed: Seed of the draws.
        draws: How often to draw.

    Returns:
        Means, shape (draws, columns).
    """
    rng = np.random.default_rng(seed)
    sums, sizes = _blocks(points, rng)
    means = np.empty((draws, points.shape[1]))
    for draw in range(draws):
        times = np.bincount(rng.integers(sizes.size, size=sizes.size), minlength=sizes.size)
        means[draw] = (times @ sums) / (times @ sizes)
    return means


def interval(values: NDArray[np.float64]) -> tuple[float, float]:
    """Give the ends between which 95 % of the values lie."""
    low, high = np.quantile(values, COVERED)
    return float(low), float(high)


def _blocks(points: NDArray[np.float64], rng: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if len(points) <= BLOCKS:
        return points, np.ones(len(points))
    edges = np.linspace(0, len(points), BLOCKS + 1).astype(np.int64)
    return np.add.reduceat(points[rng.permutation(len(points))], edges[:-1], axis=0), np.diff(edges).astype(float)
