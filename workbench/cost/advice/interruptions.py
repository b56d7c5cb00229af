"""How long work takes on a machine that may be taken away, and how often to write checkpoints.

Interruptions come at a constant rate (exponential gaps). Work of `w` hours is cut into segments; each but
the last ends with a checkpoint. A segment cut off is done again from its beginning, after a wait until another
machine is there and a paid restart, which may be cut off too. With the rate `z` per hour, a segment of `s`
hours, checkpoint included, and a restart of `r` hours::

    interruptions = (exp(z * s) - 1) * exp(z * r)
    paid_hours    = interruptions / z                 since they come at the rate z while a machine is paid
    finish_hours  = paid_hours + interruptions * wait

Sources:
    J. W. Young, "A first order approximation to the optimum checkpoint interval", Communications of the ACM 17 (9),
    1974. J. T. Daly, "A higher order estimate of the optimum checkpoint interval for restart dumps", Future
    Generation Computer Systems 22 (3), 2006: the expected time above, of which Young's interval is the first term.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from workbench.cost.economics import HOURS_PER_MONTH

LARGEST_SHARE = 0.99
"""A band without an upper end counts as this: no machine would be left at 1."""


@dataclass(frozen=True)
class Handling:
    """What an interruption and a checkpoint take.

    Attributes:
        restart_hours: Paid time from a new machine until work goes on.
        wait_hours: Time until a new machine is there; not paid.
        checkpoint_hours: Paid time of writing one checkpoint.
    """

    restart_hours: float = 0.0
    wait_hours: float = 0.0
    checkpoint_hours: float = 0.0


@dataclass(frozen=True)
class Expectation:
    """What a piece of work is expected to take.

    Attributes:
        paid_hours: Machine time paid.
        finish_hours: Time from start to end.
        interruptions: How often a machine is taken away.
        lost_hours: Paid time that neither work nor checkpoints needed.
    """

    paid_hours: float
    finish_hours: float
    interruptions: float
    lost_hours: float


def hourly_hazard(monthly_share: float) -> float:
    """Turn the share of machines reclaimed in a month into a constant rate per hour.

    Example:
        >>> round(1 - math.exp(-730 * hourly_hazard(0.2)), 12)
        0.2
    """
    return -math.log1p(-min(monthly_share, LARGEST_SHARE)) / HOURS_PER_MONTH


def segments(work_hours: float, interval_hours: float, checkpoint_hours: float) -> tuple[int, float, float]:
    """Cut work into segments: how many end with a checkpoint, how long those are, and how long the last is."""
    if not work_hours > interval_hours:
        return 0, 0.0, work_hours
    checkpoints = math.ceil(work_hours / interval_hours - _ROUNDING) - 1
    return checkpoints, interval_hours + checkpoint_hours, work_hours - checkpoints * interval_hours


def expect(work_hours: float, hazard: float, interval_hours: float, handling: Handling) -> Expectation:
    """Give the expected time of work; see the module.

    Args:
        work_hours: Time it takes undisturbed, without checkpoints.
        hazard: Interruptions per hour.
        interval_hours: Work between two checkpoints; infinite without any.
        handling: What an interruption and a checkpoint take.

    Example:
        >>> expect(10.0, 0.0, math.inf, Handling()).paid_hours
        10.0
        >>> round(expect(1.0, 1.0, math.inf, Handling()).paid_hours - (math.e - 1), 12)
        0.0
    """
    checkpoints, whole, rest = segments(work_hours, interval_hours, handling.checkpoint_hours)
    needed = work_hours + checkpoints * handling.checkpoint_hours
    if hazard <= 0:
        return Expectation(needed, needed, 0.0, 0.0)
    cut_off = checkpoints * _grown(hazard * whole) + _grown(hazard * rest)
    interruptions = cut_off * math.exp(min(hazard * handling.restart_hours, _LARGEST_EXPONENT))
    paid = interruptions / hazard
    return Expectation(paid, paid + interruptions * handling.wait_hours, interruptions, paid - needed)


def young_hours(checkpoint_hours: float, hazard: float) -> float:
    """Give Young's interval, the square root of twice the checkpoint's time times the mean time between interruptions.

    Example:
        >>> round(young_hours(0.02, 0.01), 6)
        2.0
    """
    return math.sqrt(2 * checkpoint_hours / hazard) if hazard > 0 else math.inf


def best_interval_hours(work_hours: float, hazard: float, handling: Handling) -> float:
    """Give the interval to advise: Young's, stretched or shrunk to cut the work into equal parts.

    Returns:
        Hours of work between two checkpoints; infinite when checkpoints cost more than they save.
    """
    parts = work_hours / young_hours(handling.checkpoint_hours, hazard) if hazard > 0 else 0.0
    choices = {max(1, math.floor(parts)), max(1, math.ceil(parts))}
    best = min(sorted(choices), key=lambda n: expect(work_hours, hazard, work_hours / n, handling).paid_hours)
    return work_hours / best if best > 1 else math.inf


_LARGEST_EXPONENT = 700.0
_ROUNDING = 1e-9


def _grown(exponent: float) -> float:
    return math.expm1(min(exponent, _LARGEST_EXPONENT))
