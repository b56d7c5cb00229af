"""Resamples of bundles within the classes of rows, each in units of its own standard error.

A rare class keeps its rows in every resample, and how many of them there happened to be is drawn by itself: a resample
with half the rare rows tells of tables with half as many, not of this one. Where bundles mix classes, as groups and
blocks do, they are drawn as one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from workbench.evaluate.resampling import addable, counts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from workbench.evaluate.bundles import Bundles
    from workbench.evaluate.contributions import Contributions
    from workbench.params.evaluate import EvaluateParams

    Floats = NDArray[np.float64]

_NO_SPREAD = 1e-9
"""A resample whose spread is so small a share of the rows' own drew one bundle over and over."""
_UNKNOWN = 1e6
"""Standard errors of a resample without spread: further than any interval reaches."""
_BLOCK = 250


@dataclass(frozen=True)
class Stratum:
    """The bundles that are drawn from together.

    Attributes:
        sums: What each bundle adds to each difference, less what as many average rows would: `(differences, bundles)`.
        means: The average row's contribution to each difference.
        rows: Rows in all bundles.
    """

    sums: Floats
    means: Floats
    rows: int

    @property
    def bundles(self) -> int:
        """Count the bundles."""
        return int(self.sums.shape[1])

    @property
    def unbiased(self) -> float:
        """What squares around the mean of the bundles are multiplied with to be unbiased."""
        return self.bundles / max(self.bundles - 1, 1)

    def take(self, chosen: NDArray[np.bool_]) -> Stratum:
        """Keep some of the differences."""
        return Stratum(self.sums[chosen], self.means[chosen], self.rows)


@dataclass(frozen=True)
class Strata:
    """The bundles of each class, those of positive rows first; one stratum where bundles mix classes."""

    each: tuple[Stratum, ...]

    @classmethod
    def of(cls, differences: Sequence[Contributions], bundles: Bundles) -> Strata:
        """Add up contributions by bundle."""
        sums = np.stack([bundles.sums(difference.rows) for difference in differences])
        sizes = np.bincount(bundles.of_row, minlength=bundles.count)
        split = bundles.of_positives
        parts = (slice(0, split), slice(split, None)) if split else (slice(None),)
        each = []
        for part in parts:
            rows = int(sizes[part].sum())
            means = sums[:, part].sum(axis=1) / rows
            each.append(Stratum(sums[:, part] - means[:, None] * sizes[part], means, rows))
        return cls(tuple(each))

    def take(self, chosen: NDArray[np.bool_]) -> Strata:
        """Keep some of the differences."""
        return Strata(tuple(stratum.take(chosen) for stratum in self.each))

    def variances(self) -> Floats:
        """Give the variance of the sum of all rows, for each difference.

        The gap between the classes repeats some of the noise within them, which is left out of the one to be in the
        other once.
        """
        own = [(stratum.sums**2).sum(axis=1) * stratum.unbiased for stratum in self.each]
        if len(own) == 1:
            return np.asarray(own[0])
        within = sum(variance * (1 - 1 / stratum.rows) for variance, stratum in zip(own, self.each, strict=True))
        return np.asarray(within + self._of_counts * (self.each[0].means - self.each[1].means) ** 2)

    @property
    def _of_counts(self) -> float:
        """Give the variance of how many rows are positive; 0 where classes mix."""
        rows = [stratum.rows for stratum in self.each]
        return rows[0] * rows[1] / sum(rows) if len(rows) > 1 else 0.0

    def studentised(self, params: EvaluateParams) -> Floats:
        """Give, for each difference and resample, how many of its standard errors it lies from the rows' own."""
        floor = _NO_SPREAD * self.variances()[:, None]
        totals, variances = zip(
            *(_drawn(stratum, params, params.seed + place) for place, stratum in enumerate(self.each)), strict=True
        )
        total, variance = sum(totals), sum(variances)
        if len(self.each) > 1:
            of_positives, of_negatives = (
                stratum.means[:, None] + drawn / stratum.rows for stratum, drawn in zip(self.each, totals, strict=True)
            )
            gap = of_positives - of_negatives
            rows = self.each[0].rows, self.each[0].rows + self.each[1].rows
            total = total + _more_positives(*rows, params.bootstrap, params.seed) * gap
            variance = variance + self._of_counts * gap**2
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(variance > floor, total / np.sqrt(variance), _UNKNOWN)


def _drawn(stratum: Stratum, params: EvaluateParams, seed: int) -> tuple[Floats, Floats]:
    """Give the sum of each resample of a stratum, and its variance."""
    exact, squares = addable(stratum.sums), addable(stratum.sums**2)
    weights = resamples_of(stratum.bundles, params.bootstrap, seed)
    total, square = (np.empty((exact.shape[0], params.bootstrap)) for _ in range(2))
    block = np.empty((stratum.bundles, _BLOCK))
    for first in range(0, params.bootstrap, _BLOCK):
        some = weights[:, first : first + _BLOCK]
        np.copyto(block[:, : some.shape[1]], some)
        total[:, first : first + _BLOCK] = exact @ block[:, : some.shape[1]]
        square[:, first : first + _BLOCK] = squares @ block[:, : some.shape[1]]
    return total, (square - total**2 / stratum.bundles) * stratum.unbiased


@lru_cache(maxsize=4)
def resamples_of(bundles: int, resamples: int, seed: int) -> NDArray[np.uint8]:
    """Give how often each resample holds each bundle; the same for all that is asked of the same rows."""
    return np.concatenate(list(counts(bundles, resamples, seed)), axis=1)


@lru_cache(maxsize=4)
def _more_positives(positives: int, rows: int, resamples: int, seed: int) -> Floats:
    """Draw by how many rows more the class could as well have been larger."""
    rng = np.random.default_rng([seed, rows, positives])
    return np.asarray(rng.binomial(rows, positives / rows, resamples) - float(positives))
