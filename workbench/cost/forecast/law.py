"""How time and memory grow with the data: `fixed + slope * size ** power`, fitted to short runs at growing sizes.

The power is known beforehand to be close to one: the work of boosting is proportional to the rows, once every tree has
all of its leaves and every column all of its bins; caches and the shape of trees bend that a little. How much was
measured, and is the prior here. A few small runs cannot tell the power, so that most of the interval of a forecast far
beyond them comes from it: the further, the wider. Few runs on an algorithm's real input foretell larger ones where the
model behind them is this simple: Venkataraman et al. 2016, "Ernest: Efficient Performance Prediction for Large-Scale
Advanced Analytics", which fits a similar form by least squares without negative terms.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist, median
from typing import TYPE_CHECKING

from workbench.cost.forecast.estimate import CONFIDENCE, NORMAL, Estimate, student

if TYPE_CHECKING:
    from collections.abc import Sequence

FEWEST_SIZES = 2
ROBUST = 1.5
"""Deviations beyond which a run counts less: a neighbour has disturbed it."""

PASSES = 8
TAIL = (1 - CONFIDENCE) / 2
NEGLIGIBLE, TINY = 1e-4, 1e-12
FAR, HALVINGS = 6, 50
_STEPS = 41


@dataclass(frozen=True)
class Prior:
    """What is known of a law before anything was measured.

    Attributes:
        power: Most likely power of the size.
        power_deviation: Standard deviation of the power.
        noise: Relative standard deviation of one run, until the runs themselves tell.
        freedom: How many runs that is worth.
        departure: Standard deviation of the logarithm of what came over what was forecast that no law explains.
        may_be_flat: Whether the size may as well not matter: short runs that differ by their noise alone would else be
            continued to whatever the noise says.
    """

    power: float = 1.0
    power_deviation: float = 0.1
    noise: float = 0.05
    freedom: float = 3.0
    departure: float = 0.0
    may_be_flat: bool = False

    def powers(self) -> list[float]:
        """Give the powers that are tried, three deviations to each side."""
        if not self.power_deviation:
            return [self.power]
        width = 3 * self.power_deviation
        return [self.power - width + 2 * width * step / (_STEPS - 1) for step in range(_STEPS)]


@dataclass(frozen=True)
class Line:
    """The law with one power, fitted.

    Attributes:
        power: The power.
        fixed: What no data cost.
        slope: What a unit of size, to that power, costs.
        unit: Size that counts as one.
        spread: Relative standard deviation of a run around it.
        freedom: Degrees of freedom of that.
        doubt: Penalty for power and spread; least is best.
        covariance: Of `fixed` and `slope`: variances and covariance, relative to the spread squared.
    """

    power: float
    fixed: float
    slope: float
    unit: float
    spread: float
    freedom: float
    doubt: float
    covariance: tuple[float, float, float]

    def at(self, size: float) -> float:
        """Give what a size costs."""
        return self.fixed + self.slope * self._grown(size)

    def deviation(self, size: float) -> float:
        """Give the standard deviation of `at`."""
        grown = self._grown(size)
        of_fixed, of_slope, both = self.covariance
        return self.spread * math.sqrt(max(0.0, of_fixed + 2 * grown * both + grown**2 * of_slope))

    def _grown(self, size: float) -> float:
        return float((size / self.unit) ** self.power)


@dataclass(frozen=True)
class Law:
    """What was fitted.

    Attributes:
        lines: One for each power that was tried.
        prior: What was known before.
        least: The least cost that was measured, less its noise.
    """

    lines: tuple[Line, ...]
    prior: Prior
    least: float = 0.0

    def at(self, size: float) -> Estimate:
        """Forecast one run at a size.

        Each power counts by how likely it is given the runs; the forecast is the median of what the powers say, with a
        noise that does not depend on the size, so that it grows as each of them does. The interval is that of their
        mixture, with the doubts about each line too. More data never cost less than the least that was measured.
        """
        likeliest = min(line.doubt for line in self.lines)
        weights = [(math.exp(likeliest - line.doubt), line) for line in self.lines]
        whole = sum(weight for weight, _ in weights)
        shares = [(weight / whole, line) for weight, line in weights if weight > NEGLIGIBLE * whole]
        middles = [(share, NormalDist(math.log(line.at(size)), max(line.spread, TINY))) for share, line in shares]
        value = math.exp(_quantile(middles, 0.5))
        parts = [(share, self._of(line, size)) for share, line in shares]
        low, high = (_quantile(parts, share) for share in (TAIL, 1 - TAIL))
        return Estimate(value, min(value, max(low, self.least)), max(value, high))

    def _of(self, line: Line, size: float) -> NormalDist:
        value = line.at(size)
        noise = math.hypot(line.deviation(size), value * math.hypot(line.spread, self.prior.departure))
        return NormalDist(value, max(student(line.freedom) / NORMAL * noise, TINY * value))


def fit_law(sizes: Sequence[float], costs: Sequence[float], prior: Prior) -> Law:
    """Fit by least squares of relative deviations, outliers weighed less (Huber 1964); no term is negative.

    Args:
        sizes: Size of the data of each run.
        costs: What each took: seconds or bytes.
        prior: What is known of the law beforehand.

    Raises:
        ValueError: There are fewer than two sizes, or a size or cost is not positive.

    Example:
        >>> law = fit_law([1, 2, 3, 4], [12, 14, 16, 18], Prior(power_deviation=0.05))
        >>> round(law.lines[20].fixed), round(law.at(100).value / 10) * 10
        (10, 210)
    """
    if len(set(sizes)) < FEWEST_SIZES or min(sizes) <= 0 or min(costs) <= 0:
        raise ValueError("a law needs runs at two sizes at least, all of them positive")
    lines = tuple(_line(sizes, costs, power, prior) for power in prior.powers())
    flat = (_flat(costs, max(sizes), prior),) if prior.may_be_flat else ()
    return Law((*lines, *flat), prior, min(costs) * math.exp(-NORMAL * prior.noise))


def _quantile(shares: Sequence[tuple[float, NormalDist]], share: float) -> float:
    """Find the value below which a mixture lies with this probability, by halving."""
    low, high = (
        reach(part.mean + side * FAR * part.stdev for _, part in shares) for reach, side in ((min, -1), (max, 1))
    )
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        below = sum(weight * part.cdf(middle) for weight, part in shares) < share
        low, high = (middle, high) if below else (low, middle)
    return (low + high) / 2


def _line(sizes: Sequence[float], costs: Sequence[float], power: float, prior: Prior) -> Line:
    unit = max(sizes)
    grown = [(size / unit) ** power for size in sizes]
    weights = [cost**-2.0 for cost in costs]
    fixed, slope = _least_squares(grown, costs, weights)
    for _ in range(PASSES):
        off = [(cost - fixed - slope * x) / cost for x, cost in zip(grown, costs, strict=True)]
        scale = max(1.4826 * median(abs(each) for each in off), 1e-12)
        weights = [
            min(1.0, ROBUST * scale / max(abs(each), 1e-300)) / cost**2 for each, cost in zip(off, costs, strict=True)
        ]
        fixed, slope = _least_squares(grown, costs, weights)
    off = [weight * (cost - fixed - slope * x) ** 2 for x, cost, weight in zip(grown, costs, weights, strict=True)]
    freedom = prior.freedom + max(0, len(costs) - 2)
    spread = math.sqrt((sum(off) + prior.freedom * prior.noise**2) / freedom)
    bent = (power - prior.power) / prior.power_deviation if prior.power_deviation else 0.0
    doubt = freedom * math.log(spread) + bent**2 / 2
    return Line(power, fixed, slope, unit, spread, freedom, doubt, _covariance(grown, weights))


def _flat(costs: Sequence[float], unit: float, prior: Prior) -> Line:
    """Give the line without a slope; as likely beforehand as all those that have one, which pay for what they add.

    The price is that of Schwarz 1978, "Estimating the Dimension of a Model".
    """
    middle = median(costs)
    freedom = prior.freedom + max(0, len(costs) - 2)
    off = sum(min(1.0, (cost - middle) ** 2 / cost**2) for cost in costs)
    spread = math.sqrt((off + prior.freedom * prior.noise**2) / freedom)
    others = sum(math.exp(-((3 - 6 * step / (_STEPS - 1)) ** 2) / 2) for step in range(_STEPS))
    doubt = freedom * math.log(spread) - math.log(others) - math.log(len(costs)) / 2
    covariance = (1 / sum(cost**-2.0 for cost in costs), 0.0, 0.0)
    return Line(1.0, middle, 0.0, unit, spread, freedom, doubt, covariance)


def _least_squares(grown: Sequence[float], costs: Sequence[float], weights: Sequence[float]) -> tuple[float, float]:
    every = sum(weights)
    middle = sum(w * x for w, x in zip(weights, grown, strict=True)) / every
    mean = sum(w * y for w, y in zip(weights, costs, strict=True)) / every
    wide = sum(w * (x - middle) ** 2 for w, x in zip(weights, grown, strict=True))
    both = sum(w * (x - middle) * (y - mean) for w, x, y in zip(weights, grown, costs, strict=True))
    slope = max(0.0, both / wide)
    fixed = mean - slope * middle
    if fixed >= 0:
        return fixed, slope
    squares = sum(w * x * x for w, x in zip(weights, grown, strict=True))
    return 0.0, sum(w * x * y for w, x, y in zip(weights, grown, costs, strict=True)) / squares


def _covariance(grown: Sequence[float], weights: Sequence[float]) -> tuple[float, float, float]:
    """Give the inverse of the normal matrix."""
    ones = sum(weights)
    first = sum(w * x for w, x in zip(weights, grown, strict=True))
    second = sum(w * x * x for w, x in zip(weights, grown, strict=True))
    determinant = ones * second - first**2
    return second / determinant, ones / determinant, -first / determinant
