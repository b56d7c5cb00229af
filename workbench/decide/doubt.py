"""How sure it is that one candidate's errors cost less than another's, by the rows both were judged on.

The rows are drawn again with replacement, the same for every candidate (paired bootstrap: Efron and Tibshirani, *An
Introduction to the Bootstrap*, 1993). Rows on which every candidate does the same are alike, so that counts of each
kind of row are drawn, not rows: a multinomial draw, which costs the same for a thousand rows as for a million. Where
rows come in groups that belong together, such as the flights of a day, whole groups are drawn. For values the mean
size of errors over many rows is taken to be normal, together with its covariances.

Thresholds stay where they are: that each was chosen on the same rows is not part of the interval. Latency, memory and
prices are taken as exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.cost import rows_per_month
from workbench.decide.expectation import UNPRICED_THRESHOLD

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl
    from numpy.typing import NDArray

    from workbench.model import Task
    from workbench.params.cost import CostParams, ErrorCost

    Floats = NDArray[np.float64]
    Wrong = NDArray[Any]

DRAWS = 2000
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Drawing:
    """How rows are drawn again.

    Attributes:
        draws: How many times.
        confidence: Coverage of intervals.
        seed: Of the draws.
        groups: For each row what it belongs to, where rows of one group are not independent.
    """

    draws: int = DRAWS
    confidence: float = CONFIDENCE
    seed: int = 0
    groups: NDArray[np.generic] | None = None


@dataclass(frozen=True)
class Paired:
    """One count of every candidate, drawn many times over the same rows.

    Attributes:
        ids: The candidates.
        draws: `(candidates, draws)`, less is better; dollars of errors in a month for `errors`.
        confidence: Coverage of intervals.
    """

    ids: tuple[str, ...]
    draws: Floats
    confidence: float = CONFIDENCE

    def interval(self, row: int, other: int) -> tuple[float, float]:
        """Give the interval of one candidate's count less another's."""
        low, high = ends_of(self.draws[row] - self.draws[other], self.confidence)
        return float(low), float(high)

    def upper(self, rows: NDArray[np.int64], other: int) -> Floats:
        """Give the upper ends of the intervals of several candidates' counts less another's."""
        return np.asarray(ends_of(self.draws[rows] - self.draws[other], self.confidence)[1])


def error_draws(
    table: pl.DataFrame,
    labels: Floats,
    predictions: Mapping[str, Floats],
    cost: CostParams,
    task: Task,
    how: Drawing | None = None,
) -> Paired:
    """Draw what the errors of every candidate would have cost in a month, had other rows of the kind been seen.

    Args:
        table: The table of a decision: `id` and `threshold`.
        labels: Label of each row of the split that decides.
        predictions: Each candidate's predictions for these rows.
        cost: Traffic and prices of errors.
        task: The task.
        how: Number of draws, coverage, seed, and groups of rows that belong together.

    Raises:
        KeyError: A candidate has no predictions.
    """
    ids = tuple(table["id"])
    cuts = table["threshold"].to_list()
    how = how or Drawing()
    rng = np.random.default_rng([how.seed, labels.size])
    wrong = [_wrong(task, labels, predictions[name], cut) for name, cut in zip(ids, cuts, strict=True)]
    kinds = np.stack(wrong, axis=2)
    if how.groups is not None:
        mean = _by_groups(kinds, how.groups, rng, how.draws)
    elif task == "regression":
        mean = _normal(kinds[0], rng, how.draws)
    else:
        mean = _by_kinds(kinds, rng, how.draws)
    usd = np.tensordot(_prices(task, cost.error_usd), mean, axes=1)
    return Paired(ids, rows_per_month(cost.traffic) * usd.T, how.confidence)


def ends_of(draws: Floats, confidence: float) -> Floats:
    """Give the lower and upper ends of the percentile intervals of draws that lie along the last axis."""
    tail = (1.0 - confidence) / 2.0
    return np.asarray(np.quantile(draws, [tail, 1.0 - tail], axis=-1))


def _wrong(task: Task, labels: Floats, scores: Floats, cut: float | None) -> Wrong:
    """Give `(kinds of error, rows)`: false alarms and misses; or wrong classes; or sizes of errors."""
    if task == "regression":
        return np.asarray(np.abs(scores - labels)[None])
    if task == "multiclass":
        return np.asarray((scores.argmax(axis=1) != labels)[None])
    called = scores >= (UNPRICED_THRESHOLD if cut is None else cut)
    return np.stack([called & (labels <= 0), ~called & (labels > 0)])


def _prices(task: Task, error_usd: ErrorCost) -> Floats:
    if task == "regression":
        return np.array([error_usd.absolute_error])
    if task == "multiclass":
        return np.array([error_usd.misclassified])
    return np.array([error_usd.false_positive, error_usd.false_negative]) + error_usd.misclassified


def _by_kinds(wrong: Wrong, rng: np.random.Generator, draws: int) -> Floats:
    """Draw rows by how the candidates do on them; gives `(kinds of error, draws, candidates)`."""
    rows = wrong.shape[1]
    packed = np.packbits(wrong.astype(bool, copy=False).transpose(1, 0, 2).reshape(rows, -1), axis=1)
    _, first, counts = np.unique(packed, axis=0, return_index=True, return_counts=True)
    drawn = rng.multinomial(rows, counts / rows, draws).astype(np.float64)
    return np.asarray(np.stack([drawn @ kind[first].astype(np.float64) for kind in wrong]) / rows)


def _by_groups(wrong: Wrong, groups: NDArray[np.generic], rng: np.random.Generator, draws: int) -> Floats:
    _, place = np.unique(groups, return_inverse=True)
    sizes = np.bincount(place)
    sums = np.stack([[np.bincount(place, column) for column in kind.T] for kind in wrong])
    drawn = rng.multinomial(sizes.size, np.full(sizes.size, 1 / sizes.size), draws).astype(np.float64)
    return np.asarray(np.stack([drawn @ kind.T for kind in sums]) / (drawn @ sizes)[:, None])


def _normal(sizes: Wrong, rng: np.random.Generator, draws: int) -> Floats:
    covariance = np.atleast_2d(np.cov(sizes, rowvar=False)) / len(sizes)
    drawn = rng.multivariate_normal(sizes.mean(axis=0), covariance, draws, method="eigh")
    return np.maximum(0.0, drawn)[None]
