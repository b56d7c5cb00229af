"""How far differences between treatments would move had other rows been judged: the paired bootstrap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

DRAWS = 400
"""Resamples; the standard error they give wavers by 4 %."""

BLOCK = 25
MOST_ROWS = 100_000
"""Rows that a resample draws from; of more rows a random part is resampled, and the spread scaled down."""


@dataclass(frozen=True)
class Judged:
    """One treatment on the judged rows.

    Attributes:
        log_odds: `(rows,)` by which the average precision ranks.
        losses: `(rows,)` calibrated log-losses.
    """

    log_odds: Floats
    losses: Floats


def standard_errors(labels: Floats, judged: Sequence[Judged], seed: int) -> Floats:
    """Give standard errors of the differences from the first treatment, by the same resamples of rows for all.

    Args:
        labels: `(rows,)` labels, 0 or 1.
        judged: The treatments; the others are compared with the first.
        seed: Seed of the resamples.

    Returns:
        `(treatments, 2)`: of the average precision and of the mean loss; 0 for the first.
    """
    rng = np.random.default_rng(seed)
    rows = rng.permutation(labels.size)[:MOST_ROWS]
    ranked = [_Ranked.of(labels[rows], one.log_odds[rows]) for one in judged]
    losses = np.stack([one.losses[rows] for one in judged])
    draws = np.empty((DRAWS, len(judged), 2))
    for first in range(0, DRAWS, BLOCK):
        counts = _counts(rows.size, BLOCK, rng)
        block = draws[first : first + BLOCK]
        block[:, :, 0] = np.stack([one.average_precision(counts) for one in ranked], axis=1)
        block[:, :, 1] = counts @ losses.T / rows.size
    differences = draws - draws[:, :1]
    return np.asarray(np.nanstd(differences, axis=0, ddof=1) * np.sqrt(rows.size / labels.size))


@dataclass(frozen=True)
class _Ranked:
    """Rows from the likeliest to the least likely.

    Attributes:
        order: Their positions.
        ends: Where in that order each run of equal scores ends.
        labels: Labels in that order.
    """

    order: NDArray[np.int64]
    ends: NDArray[np.int64]
    labels: Floats

    @classmethod
    def of(cls, labels: Floats, scores: Floats) -> _Ranked:
        """Rank rows."""
        order = np.argsort(-scores, kind="stable")
        ends = np.append(np.flatnonzero(np.diff(scores[order])), scores.size - 1)
        return cls(order, ends, labels[order])

    def average_precision(self, counts: Floats) -> Floats:
        """Give the average precision of each resample, NaN where it has no positive."""
        ordered = counts[:, self.order]
        rows = np.cumsum(ordered, axis=1)[:, self.ends]
        positives = np.cumsum(ordered * self.labels, axis=1)[:, self.ends]
        precision = positives / np.maximum(rows, 1)
        with np.errstate(invalid="ignore"):
            return np.asarray((np.diff(positives, axis=1, prepend=0.0) * precision).sum(axis=1) / positives[:, -1])


def _counts(rows: int, draws: int, rng: np.random.Generator) -> Floats:
    """Draw rows with replacement: how often each one came, `(draws, rows)`."""
    drawn = [np.bincount(rng.integers(rows, size=rows), minlength=rows) for _ in range(draws)]
    return np.stack(drawn).astype(np.float64)
