"""Intervals of paired differences that hold with few rows and rare classes: the studentised bootstrap.

Every resample of the bundles gives a difference in units of its own standard error; the interval reaches as many
standard errors as 95 % of them do (symmetric bootstrap-t; Hall, *The Bootstrap and Edgeworth Expansion*, 1992), and at
least as many as a t distribution whose degrees of freedom follow from the rows of each class (Welch, 1947;
Satterthwaite, 1946). The plain percentile interval calls up to half of equal models different where a class has two
rows.

For several comparisons at once the largest of each resample is taken, each in units of its own reach, so that all
intervals hold together (max-T; Westfall and Young, *Resampling-Based Multiple Testing*, 1993). The noise of a finite
number of resamples never makes a verdict: quantiles and p-values are the careful ends of their own 95 % bounds.

Careful bounds, of few rows, hold what no row has shown yet (`Contributions.unseen`) at the reach of the t distribution:
resamples that lose the few rows that part two candidates would count the same want twice. Where nothing says how much
that may be, they reach as far to either side as the heavier of the two tails does: the spread of few rows is often seen
small just where the difference errs, so that all errors lie on one side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.evaluate.strata import Strata

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from workbench.evaluate.bundles import Bundles
    from workbench.evaluate.contributions import Contributions
    from workbench.params.evaluate import EvaluateParams

    Floats = NDArray[np.float64]

_WIDEST = 4.0
"""So many times the reach of one, the normal distribution has no probability left that a float64 can tell from 0."""
_CAREFUL = 0.95


@dataclass(frozen=True)
class Interval:
    """A difference and how sure it is.

    Attributes:
        difference: The difference on the rows.
        standard_error: Its standard error; 0 where no row tells the two apart.
        critical: Standard errors that the interval reaches to either side.
        p_value: Careful bound of the share of resamples as far from their middle as this difference is from 0; for
            several comparisons the furthest of each resample counts.
    """

    difference: float
    standard_error: float
    critical: float
    p_value: float

    @property
    def low(self) -> float:
        """Give the lower end."""
        return self.difference - self._reach

    @property
    def high(self) -> float:
        """Give the upper end."""
        return self.difference + self._reach

    @property
    def _reach(self) -> float:
        return self.critical * self.standard_error if self.standard_error else 0.0


def intervals(
    differences: Sequence[Contributions],
    bundles: Bundles,
    params: EvaluateParams,
    positive: NDArray[np.bool_] | None,
    *,
    careful: bool = False,
    counted: bool = False,
) -> tuple[Interval, ...]:
    """Give intervals that hold together for several differences on the same rows.

    Args:
        differences: What each row contributes to each.
        bundles: Which rows are drawn together.
        params: Number of resamples, coverage and seed.
        positive: Whether each row is positive, in a binary task; None otherwise.
        careful: Give bounds that hold at least as many truths as an interval should.
        counted: Whether rows count as called rightly or wrongly: then two that make the same calls on all rows may make
            others on the next.
    """
    rows, count = bundles.of_row.size, bundles.count
    strata = Strata.of(differences, bundles)
    variances = strata.variances()
    told_apart = np.isfinite(variances) & (variances > 0) & (count > 1)
    drawn = strata.take(told_apart).studentised(params)
    studentised = np.abs(drawn)
    alone = _careful_quantile(studentised, params.confidence)
    law = _law(studentised / alone[:, None], len(differences), params.confidence)
    reaches = iter(_heavier_tail(drawn, params.confidence) if careful else alone)
    found = []
    for difference, variance, apart in zip(differences, variances, told_apart, strict=True):
        alike = variance == 0 and count > 1 and ((careful and counted) or difference.value != 0)
        unseen = difference.unseen if careful or alike else 0.0
        if apart or (alike and unseen):
            reach = next(reaches) if apart else 0.0
            freedom = min(_freedom(difference.rows, positive), count - 1.0)
            error = float(np.sqrt(variance + unseen**2)) / rows
            found.append(law.interval(difference.value, error, freedom, 0.0 if unseen else reach))
        else:
            found.append(Interval(difference.value, 0.0 if variance == 0 else float("nan"), float("nan"), 1.0))
    return tuple(found)


@dataclass(frozen=True)
class _Law:
    """How far chance alone takes the furthest of the differences compared.

    Attributes:
        together: For each resample, in units of each difference's own reach; empty where no row tells any two apart.
        wider: How many times wider than alone the intervals are.
        confidence: Their coverage.
        compared: How many there are.
    """

    together: Floats
    wider: float
    confidence: float
    compared: int

    def interval(self, difference: float, error: float, freedom: float, reach: float) -> Interval:
        """Give the interval of one difference, with its own reach; 0 for that of the t distribution alone."""
        from scipy.special import betaincinv, ndtr, ndtri, stdtr, stdtrit  # noqa: PLC0415 - only this needs them

        normal = float(ndtri((1.0 + self.confidence) / 2.0))
        by_classes = float(stdtrit(freedom, ndtr(self.wider * normal))) if self.wider < _WIDEST else float("inf")
        away = abs(difference) / error
        tail = float(stdtr(freedom, -away))
        if not self.together.size:
            return Interval(difference, error, by_classes, min(1.0, 2.0 * self.compared * tail))
        as_normal = -float(ndtri(tail))
        further = float((self.together >= min(away / reach if reach else float("inf"), as_normal / normal)).sum())
        size = self.together.size
        p_value = float(betaincinv(further + 1.0, size - further, _CAREFUL)) if further < size else 1.0
        return Interval(difference, error, max(self.wider * reach, by_classes), p_value)


def _law(studentised: Floats, compared: int, confidence: float) -> _Law:
    """Find how far chance alone takes the furthest; where no row tells any two apart, Bonferroni's inequality says."""
    from scipy.special import ndtri  # noqa: PLC0415 - only this needs it

    if not studentised.size:
        wider = float(ndtri(1.0 - (1.0 - confidence) / (2.0 * compared)) / ndtri((1.0 + confidence) / 2.0))
        return _Law(np.empty(0), wider, confidence, compared)
    together = studentised.max(axis=0)
    wider = float(_careful_quantile(together[None, :], confidence)[0])
    return _Law(together, wider, confidence, compared)


def _careful_quantile(drawn: Floats, share: float) -> Floats:
    """Give, row by row, what at least a share of all resamples lies below, as far as these tell, at 95 % confidence."""
    from scipy.special import bdtr  # noqa: PLC0415 - a quarter of a second that only this needs

    size = drawn.shape[1]
    place = int(np.searchsorted(bdtr(np.arange(size), size, share), _CAREFUL))
    return np.asarray(np.partition(drawn, min(place, size - 1), axis=1)[:, min(place, size - 1)])


def _heavier_tail(drawn: Floats, share: float) -> Floats:
    """Give, row by row, the careful quantile of the tail that reaches further; each has half of what is left out."""
    each = (1.0 + share) / 2.0
    return np.maximum(_careful_quantile(drawn, each), _careful_quantile(-drawn, each))


def _freedom(rows: Floats, positive: NDArray[np.bool_] | None) -> float:
    """Count the degrees of freedom behind the spread, by Satterthwaite's rule.

    It has three parts: that within the positive rows, that within the negative ones, and that of how many rows are
    positive; each is known only as well as its class has rows.
    """
    if positive is None:
        return rows.size - 1.0
    classes = (rows[positive], rows[~positive])
    sizes = [part.size for part in classes]
    if min(sizes) < 2:  # noqa: PLR2004 - one row has no spread
        return 1.0
    within = [part.size * float(part.var(ddof=1)) for part in classes]
    between = sizes[0] * sizes[1] / rows.size * float(classes[0].mean() - classes[1].mean()) ** 2
    parts = (*within, between)
    unsure = sum(part**2 / (size - 1) for part, size in zip(parts, (*sizes, min(sizes)), strict=True))
    return sum(parts) ** 2 / unsure if unsure else rows.size - 1.0
