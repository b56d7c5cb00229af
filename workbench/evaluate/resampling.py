"""Paired bootstrap: the same resampled rows for every candidate, so that differences are fair.

A resample is a count for each row, drawn as n rows with replacement. Counts come in blocks of
`_BLOCK` columns, each block with a seed of its own: any two calls with the same seed and number of
rows see the same resamples, however many candidates they hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.evaluate.ranking import rank
from workbench.evaluate.scores import RANKED, from_sums, metrics, row_statistics, with_intervals

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from numpy.typing import NDArray

    from workbench.evaluate.ranking import Ranking
    from workbench.model import Task
    from workbench.params.evaluate import EvaluateParams

    Floats = NDArray[np.float64]

MOST_ROWS = 250_000
"""Rows that a resample draws from; of a larger split a random part is resampled and the spread scaled down."""
_BLOCK = 50


@dataclass(frozen=True)
class Replicates:
    """Metrics of several candidates on one split and on resamples of it.

    Attributes:
        ids: The candidates, in the order of the rows below.
        values: For each candidate every metric of the task on the split itself.
        draws: For each metric that gets an interval, `(candidates, resamples)`.
        confidence: Coverage of the intervals.
    """

    ids: tuple[str, ...]
    values: tuple[Mapping[str, float], ...]
    draws: Mapping[str, Floats]
    confidence: float

    def interval(self, metric: str, candidate: str) -> tuple[float, float]:
        """Give the percentile interval of one candidate's metric; NaN where it has none."""
        return self._percentiles(self.draws[metric][self.ids.index(candidate)]) if metric in self.draws else _NONE

    def difference(self, metric: str, a: str, b: str) -> tuple[float, float, float]:
        """Give a's metric minus b's, with its paired interval."""
        first, second = self.ids.index(a), self.ids.index(b)
        value = self.values[first][metric] - self.values[second][metric]
        low, high = self._percentiles(self.draws[metric][first] - self.draws[metric][second])
        return value, low, high

    def _percentiles(self, draws: Floats) -> tuple[float, float]:
        defined = draws[np.isfinite(draws)]
        if not defined.size:
            return _NONE
        tail = (1.0 - self.confidence) / 2.0
        low, high = np.quantile(defined, [tail, 1.0 - tail])
        return float(low), float(high)


_NONE = (float("nan"), float("nan"))


def replicate(
    task: Task, metric: str, labels: Floats, predictions: Mapping[str, Floats], params: EvaluateParams
) -> Replicates:
    """Score candidates on a split and on resamples of it.

    Args:
        task: The task.
        metric: The metric that decides; it always gets an interval.
        labels: Label of each row.
        predictions: Predictions of each candidate for the same rows.
        params: Number of resamples, their coverage and seed.
    """
    values = tuple(metrics(task, labels, scores) for scores in predictions.values())
    rows = _resampled_rows(labels.size, params.seed)
    part = [scores[rows] for scores in predictions.values()]
    draws = _draw(task, with_intervals(task, metric), labels[rows], part, params)
    if rows.size < labels.size:
        shrink = np.sqrt(rows.size / labels.size)
        for column, (scores, value) in enumerate(zip(part, values, strict=True)):
            centre = metrics(task, labels[rows], scores)
            for name, drawn in draws.items():
                drawn[column] = value[name] + (drawn[column] - centre[name]) * shrink
    return Replicates(tuple(predictions), values, draws, params.confidence)


def counts(rows: int, resamples: int, seed: int) -> Iterator[NDArray[np.uint8]]:
    """Draw resamples of rows as counts `(rows, up to 50)`, block after block.

    Example:
        >>> [block.sum(axis=0).tolist() for block in counts(7, 3, 0)]
        [[7, 7, 7]]
    """
    for start in range(0, resamples, _BLOCK):
        rng = np.random.default_rng([seed, rows, start])
        width = min(_BLOCK, resamples - start)
        drawn = [np.bincount(rng.integers(0, rows, rows, dtype=np.uint32), minlength=rows) for _ in range(width)]
        yield np.stack([np.minimum(count, 255).astype(np.uint8) for count in drawn], axis=1)


def _resampled_rows(rows: int, seed: int) -> NDArray[np.int64]:
    if rows <= MOST_ROWS:
        return np.arange(rows)
    return np.sort(np.random.default_rng([seed, rows]).choice(rows, MOST_ROWS, replace=False))


def _draw(
    task: Task, names: Sequence[str], labels: Floats, candidates: Sequence[Floats], params: EvaluateParams
) -> dict[str, Floats]:
    """Score every candidate on every resample."""
    sums = addable(np.stack([row_statistics(task, labels, scores) for scores in candidates]))
    ranked = task == "binary" and bool(set(names) & set(RANKED))
    ranks = [rank(labels > 0, scores) for scores in candidates] if ranked else []
    draws = {name: np.empty((len(candidates), params.bootstrap)) for name in names}
    first = 0
    with _one_thread():
        for block in counts(labels.size, params.bootstrap, params.seed):
            columns = slice(first, first + block.shape[1])
            for row, values in enumerate(_block(task, block, sums, ranks)):
                for name in names:
                    draws[name][row, columns] = values[name]
            first += block.shape[1]
    return draws


def addable(statistics: Floats) -> Floats:
    """Round to a grid so coarse that sums over resampled rows are exact: the same bits in whatever order they add up.

    Matrix products add in an order that depends on the processor. A resample weighs n rows with n in all, so that no
    sum exceeds n times the largest; in steps of 2^-53 of the power of two above it, every sum is a whole number of
    steps that a float64 holds. A mean moves by less than that largest one times n times 2^-53.
    """
    largest = np.abs(statistics).max(axis=-1, keepdims=True, initial=0.0)
    steps = 53 - np.frexp(largest * statistics.shape[-1])[1]
    return np.asarray(np.ldexp(np.rint(np.ldexp(statistics, steps)), -steps))


def _one_thread() -> AbstractContextManager[object]:
    """Keep matrix products on one thread: they are small, and waiting threads spin at the neighbours' cost."""
    from threadpoolctl import threadpool_limits  # noqa: PLC0415 - looks for thread pools in what is loaded by now

    limited: AbstractContextManager[object] = threadpool_limits(1, user_api="blas")
    return limited


def _block(task: Task, block: NDArray[np.uint8], sums: Floats, ranks: Sequence[Ranking]) -> Iterator[dict[str, Floats]]:
    """Score every candidate on one block of resamples."""
    total = np.full(block.shape[1], float(block.shape[0]))
    weighted = sums.reshape(-1, block.shape[0]) @ block.astype(np.float64)
    weights = block.astype(np.float32)
    for row, statistics in enumerate(weighted.reshape(sums.shape[0], sums.shape[1], -1)):
        values = from_sums(task, statistics, total)
        yield values | ranks[row].values(weights) if ranks else values
