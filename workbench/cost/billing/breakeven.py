"""From where on one bill is less than another, exactly.

A monthly bill as a function of one quantity is straight between *knots*: where another whole machine starts, a tier of
egress begins, or another threshold becomes the best. Between two neighbouring knots the difference of two bills is a
straight line, and where it changes sign follows from two of its points.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

EQUAL = 1e-9
"""Bills that differ by less than this share of them are the same."""
_NARROWEST = 1e-11
_HALVINGS = 90


class Bill(Protocol):
    """A monthly bill as a function of one quantity, straight between its knots."""

    def usd(self, at: Floats) -> Floats:
        """Price a month at each value of the quantity."""
        ...

    def knots(self, low: float, high: float) -> Floats:
        """Give every value in between at which the bill jumps or bends."""
        ...


@dataclass(frozen=True)
class Stretch:
    """Values of a quantity, from one end to the other.

    Attributes:
        low: Where it begins.
        high: Where it ends.
    """

    low: float
    high: float


def cheaper(bill: Bill, other: Bill, low: float, high: float) -> tuple[Stretch, ...]:
    """Find where a bill is less than another.

    Args:
        bill: The bill that may be less.
        other: The bill it is held against.
        low: Where to begin.
        high: Where to end.

    Returns:
        Every stretch between `low` and `high`, in order; at its ends the bills are equal or one of them jumps.
    """
    knots = np.unique(np.concatenate([[low, high], bill.knots(low, high), other.knots(low, high)]))
    knots = knots[(knots >= low) & (knots <= high)]
    starts, ends = knots[:-1], knots[1:]
    wide = ends - starts > _NARROWEST * np.maximum(np.abs(ends), np.finfo(np.float64).tiny)
    starts, ends = starts[wide], ends[wide]
    quarter = (ends - starts) / 4
    first, second = starts + quarter, ends - quarter
    return _merged(list(_negative(starts, ends, _at_ends(bill, other, first, second))))


def steps(count: Callable[[Floats], Floats], low: float, high: float) -> Floats:
    """Find where a count that never falls rises between two values, to the last digit.

    Example:
        >>> steps(np.ceil, 0.5, 3.5).round(9).tolist()
        [1.0, 2.0, 3.0]
    """
    ends = count(np.array([low, high]))
    levels = np.arange(ends[0], ends[1])
    below, above = np.full(levels.size, low), np.full(levels.size, high)
    for _ in range(_HALVINGS):
        middle = (below + above) / 2
        fits = count(middle) <= levels
        below, above = np.where(fits, middle, below), np.where(fits, above, middle)
    return np.unique(below)


def lowest(lines: Floats) -> tuple[Floats, Floats]:
    """Find the lower envelope of straight lines over the values from 0 upwards.

    Args:
        lines: One row of height at 0 and slope for each line.

    Returns:
        The lines that are lowest somewhere, steepest first, and the values at which one takes over from another.

    Example:
        >>> lowest(np.array([[0.0, 2.0], [1.0, 1.0], [9.0, 1.5]]))[1].tolist()
        [1.0]
    """
    kept: list[Sequence[float]] = []
    bends: list[float] = []
    for height, slope in lines[np.lexsort((lines[:, 0], -lines[:, 1]))].tolist():
        if kept and slope == kept[-1][1]:
            continue
        while kept:
            meets = (height - kept[-1][0]) / (kept[-1][1] - slope)
            if meets > (bends[-1] if bends else 0.0):
                break
            kept.pop()
            if bends:
                bends.pop()
        if kept:
            bends.append(meets)
        kept.append((height, slope))
    return np.array(kept), np.array(bends)


def _at_ends(bill: Bill, other: Bill, first: Floats, second: Floats) -> Floats:
    """Give the bill less the other at both ends of each stretch, from its values at one and at three quarters.

    The ends themselves are no place to ask: there a bill may jump.
    """
    asked = [(bill.usd(at), other.usd(at)) for at in (first, second)]
    one, two = (mine - theirs for mine, theirs in asked)
    ends = np.stack([one - (two - one) / 2, two + (two - one) / 2])
    nothing = EQUAL * np.max([np.abs(usd) for pair in asked for usd in pair], axis=0, initial=0.0)
    return np.where(np.abs(ends) <= nothing, 0.0, ends)


def _negative(starts: Floats, ends: Floats, differences: Floats) -> Iterator[Stretch]:
    """Give the part of each stretch in which the straight line through its ends is below 0."""
    for start, end, left, right in zip(starts.tolist(), ends.tolist(), *differences.tolist(), strict=True):
        if left >= 0 and right >= 0:
            continue
        zero = start + (end - start) * left / (left - right) if left != right else start
        low, high = (zero if left > 0 else start), (zero if right > 0 else end)
        if high > low:
            yield Stretch(low, high)


def _merged(stretches: Sequence[Stretch]) -> tuple[Stretch, ...]:
    found: list[Stretch] = []
    for stretch in stretches:
        if found and stretch.low <= found[-1].high * (1 + _NARROWEST) + np.finfo(np.float64).tiny:
            found[-1] = Stretch(found[-1].low, stretch.high)
        else:
            found.append(stretch)
    return tuple(found)
