"""A quantity nobody knows yet: a middle, and an interval that it should fall into nine times of ten."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

CONFIDENCE = 0.9
"""Share of the cases that an interval is meant to hold."""

NORMAL = 1.6449
"""Standard deviations to each side that hold this share of a normal distribution."""

_FEW = {1: 6.314, 2: 2.920}
_ENOUGH = 3


@dataclass(frozen=True)
class Estimate:
    """What a quantity is forecast to be.

    Attributes:
        value: The middle.
        low: Lower end of the interval.
        high: Upper end of the interval.
    """

    value: float
    low: float
    high: float

    @classmethod
    def around(cls, value: float, log_deviation: float, deviations: float = NORMAL) -> Estimate:
        """Give a positive quantity that is off by a factor, as likely upwards as downwards.

        Args:
            value: The middle.
            log_deviation: Standard deviation of the logarithm.
            deviations: How many of them the interval reaches to each side.

        Example:
            >>> Estimate.around(100.0, 0.1).low < 100 < Estimate.around(100.0, 0.1).high
            True
        """
        factor = math.exp(log_deviation * deviations)
        return cls(value, value / factor, value * factor)

    def times(self, factor: float) -> Estimate:
        """Scale by a number that is known.

        Example:
            >>> Estimate(2.0, 1.0, 4.0).times(3)
            Estimate(value=6.0, low=3.0, high=12.0)
        """
        return Estimate(self.value * factor, self.low * factor, self.high * factor)

    def over(self, other: Estimate) -> Estimate:
        """Divide by a positive quantity that is off independently."""
        down = math.hypot(_log(self.value, self.low), _log(other.high, other.value))
        up = math.hypot(_log(self.high, self.value), _log(other.value, other.low))
        value = self.value / other.value
        return Estimate(value, value * math.exp(-down), value * math.exp(up))

    def __contains__(self, fact: float) -> bool:
        """Tell whether what came of it lies inside the interval."""
        return self.low <= fact <= self.high

    def interval(self) -> list[float]:
        """Give both ends."""
        return [self.low, self.high]


def exactly(value: float) -> Estimate:
    """Give a quantity that is known.

    Example:
        >>> exactly(3.0)
        Estimate(value=3.0, low=3.0, high=3.0)
    """
    return Estimate(value, value, value)


def total(parts: Iterable[Estimate]) -> Estimate:
    """Add quantities that are off independently of each other: their deviations add up in squares.

    Example:
        >>> total([Estimate(10.0, 7.0, 13.0), Estimate(20.0, 16.0, 24.0)])
        Estimate(value=30.0, low=25.0, high=35.0)
    """
    known = list(parts)
    value = sum(part.value for part in known)
    down = math.hypot(*(part.value - part.low for part in known))
    up = math.hypot(*(part.high - part.value for part in known))
    return Estimate(value, value - down, value + up)


def student(freedom: float) -> float:
    """Give the deviations to each side that hold `CONFIDENCE` of Student's distribution.

    Source: the expansion of its quantiles around the normal one, Abramowitz and Stegun 1964, 26.7.5.

    Example:
        >>> student(1), round(student(3), 2), round(student(10), 3), round(student(1000), 2)
        (6.314, 2.35, 1.812, 1.65)
    """
    if freedom < _ENOUGH:
        return _FEW[max(1, int(freedom))]
    z = NORMAL
    first, second = (z**3 + z) / 4, (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / freedom + second / freedom**2 + third / freedom**3


def _log(above: float, below: float) -> float:
    return math.log(above / below) if below > 0 else math.inf
