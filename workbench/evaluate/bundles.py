"""Rows that are drawn together: single ones, the rows of a group, or runs of rows that follow in time.

Where rows depend on each other, as the visits of one customer or the flights of one stormy day do, drawing them one by
one pretends to more evidence than there is. Their contributions are added up by group (the cluster bootstrap) or by
blocks of time (Carlstein, *The Use of Subseries Values*, 1986), and these bundles are drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MOST_BUNDLES = 1000
"""More rows or groups are put together at random: the spread of 1000 sums tells as much, and they are quicker drawn."""
FEWEST_BLOCKS = 20
_FEWEST_OF_A_CLASS = 2
_LAGS_IN_A_ROW = 5
_SPREADS = 2.0

Kind = Literal["rows", "groups", "blocks"]


@dataclass(frozen=True)
class Dependence:
    """Why rows may not be independent, and what says which ones.

    Attributes:
        kind: `rows` where they are, `groups` or `blocks` where they are not.
        by: Name of the column; empty for `rows`.
        values: The group or the moment of each row; None for `rows`.
    """

    kind: Kind = "rows"
    by: str = ""
    values: NDArray[np.generic] | None = None

    def bundles(
        self, contributions: Sequence[Floats], seed: int = 0, positive: NDArray[np.bool_] | None = None
    ) -> Bundles:
        """Put rows together.

        Args:
            contributions: What is compared, one number per row each; at least one.
            seed: Seed of what is put together at random beyond `MOST_BUNDLES`.
            positive: Whether each row is positive, in a binary task; rows that stand for themselves are then put
                together within their class.
        """
        if self.values is None:
            return alone(contributions[0].size, seed) if positive is None else by_class(positive, seed)
        if self.kind == "groups":
            return grouped(self.values, self.by, seed)
        return blocked(self.values, self.by, contributions)


@dataclass(frozen=True)
class Bundles:
    """Which bundle each row belongs to.

    Attributes:
        kind: Why rows are together.
        of_row: Zero-based bundle of each row.
        units: Groups, blocks or rows that count as independent of each other.
        by: The column that says which rows belong together; empty for single rows.
        of_positives: The first so many bundles hold positive rows alone, and the others none; 0 where classes mix.
    """

    kind: Kind
    of_row: NDArray[np.int64]
    units: int
    by: str = ""
    of_positives: int = 0

    @property
    def count(self) -> int:
        """Count the bundles."""
        return min(self.units, MOST_BUNDLES)

    def sums(self, rows: Floats) -> Floats:
        """Add up the contributions of the rows of each bundle."""
        return np.bincount(self.of_row, weights=rows, minlength=self.count).astype(np.float64)


def alone(rows: int, seed: int = 0) -> Bundles:
    """Let every row stand for itself.

    Args:
        rows: How many.
        seed: Seed of what is put together beyond `MOST_BUNDLES`.
    """
    return Bundles("rows", _gathered(rows, seed), rows)


def by_class(positive: NDArray[np.bool_], seed: int = 0) -> Bundles:
    """Let every row stand for itself, or be put together with rows of its own class alone.

    Args:
        positive: Whether each row is positive.
        seed: As in `alone`.

    Example:
        >>> by_class(np.array([False, True, False, True])).of_row.tolist()
        [2, 0, 3, 1]
    """
    positives = int(positive.sum())
    negatives = positive.size - positives
    if min(positives, negatives) < _FEWEST_OF_A_CLASS:
        return alone(positive.size, seed)
    rarer = min(positives, negatives, MOST_BUNDLES // 2)
    commoner = min(max(positives, negatives), MOST_BUNDLES - rarer)
    of_positives, of_negatives = (rarer, commoner) if positives < negatives else (commoner, rarer)
    of_row = np.empty(positive.size, dtype=np.int64)
    of_row[positive] = _gathered(positives, seed, of_positives)
    of_row[~positive] = _gathered(negatives, seed, of_negatives) + of_positives
    return Bundles("rows", of_row, positive.size, of_positives=of_positives)


def grouped(groups: NDArray[np.generic], by: str, seed: int = 0) -> Bundles:
    """Keep the rows of a group together.

    Args:
        groups: The group of each row.
        by: Name of the column.
        seed: As in `alone`.
    """
    known, of_row = np.unique(groups, return_inverse=True)
    return Bundles("groups", _gathered(known.size, seed)[of_row.reshape(-1)], known.size, by)


def blocked(moments: NDArray[np.generic], by: str, contributions: Iterable[Floats]) -> Bundles:
    """Keep rows together that follow in time, over stretches as long as what they contribute is correlated.

    Args:
        moments: When each row was, as anything that sorts.
        by: Name of the column.
        contributions: What is compared, one number per row each; the longest memory of them decides.
    """
    order = np.argsort(moments, kind="stable")
    slices = min(order.size, MOST_BUNDLES)
    place = np.empty(order.size, dtype=np.int64)
    place[order] = np.arange(order.size) * slices // max(order.size, 1)
    series = (np.bincount(place, weights=rows).astype(np.float64) for rows in contributions)
    longest = max(map(_block_length, series), default=1)
    blocks = max(slices // longest, min(FEWEST_BLOCKS, slices))
    return Bundles("blocks", place * blocks // max(slices, 1), blocks, by)


@lru_cache(maxsize=4)
def _gathered(units: int, seed: int, most: int = MOST_BUNDLES) -> NDArray[np.int64]:
    """Give the bundle of each unit: its own, or beyond a number one at random, equally many units in each."""
    found = np.arange(units) if units <= most else np.random.default_rng([seed, units]).permutation(units) % most
    found.flags.writeable = False
    return found


def _block_length(series: Floats) -> int:
    """Choose how many values make a block, by how far they are correlated.

    Twice the rule of Politis and White, *Automatic Block-Length Selection for the Dependent Bootstrap* (2004, corrected
    by Patton, Politis and White, 2009), for circular blocks: it weighs the noise of few blocks against the blindness of
    short ones alike, but the intervals know of the noise, and of the blindness they do not.
    """
    size = series.size
    autocovariance = _autocovariance(series)
    if size <= _LAGS_IN_A_ROW or not autocovariance[0] > 0:
        return 1
    bound = _SPREADS * np.sqrt(np.log10(size) / size)
    most = int(np.ceil(np.sqrt(size))) + _LAGS_IN_A_ROW
    large = np.abs(autocovariance[1 : most + 1] / autocovariance[0]) >= bound
    memory = next((lag for lag in range(most) if not large[lag : lag + _LAGS_IN_A_ROW].any()), most)
    if memory == 0:
        return 1
    window = min(2 * memory, most, size - 1)
    lags = np.arange(1, window + 1)
    kept = np.minimum(1.0, 2.0 * (1.0 - lags / window)) * autocovariance[1 : window + 1]
    long_run = max(autocovariance[0] + 2.0 * kept.sum(), autocovariance[0] / size)
    bias = 2.0 * (lags * kept).sum()
    length = (2.0 * bias**2 / (4.0 / 3.0 * long_run**2)) ** (1 / 3) * size ** (1 / 3)
    return int(np.clip(np.ceil(2.0 * length), 1, max(1, size // FEWEST_BLOCKS)))


def _autocovariance(series: Floats) -> Floats:
    """Give the covariance of the series with itself, by lag."""
    centred = series - series.mean()
    transformed = np.fft.rfft(centred, 2 * series.size)
    return np.asarray(np.fft.irfft(np.abs(transformed) ** 2)[: series.size] / series.size)
