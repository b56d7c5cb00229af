"""What a search has spent of what it may."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from workbench.errors import ParamsError, Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.params.train import Budget

Unit = Literal["CPU-s", "s", "trials"]


def cpu_seconds() -> float:
    """Give the CPU-seconds of this process, its threads, and the children it has waited for."""
    return sum(os.times()[:4])


@dataclass(frozen=True)
class Clock:
    """What was spent since the clock was made, against the budget.

    Attributes:
        unit: What is counted: CPU-seconds of this process, its threads and the children it has waited for; seconds on
            the clock; or trials, which the search counts itself.
        limit: What may be spent.
        usd_per_cpu_second: Price; None when unknown.
        cpu_started: CPU-seconds at the start.
        wall_started: Clock at the start.
        elsewhere: Gives the CPU-seconds of processes that this one has not waited for.
    """

    unit: Unit
    limit: float
    usd_per_cpu_second: float | None = None
    cpu_started: float = field(default_factory=cpu_seconds)
    wall_started: float = field(default_factory=time.monotonic)
    elsewhere: Callable[[], float] = lambda: 0.0

    @property
    def spent_cpu_seconds(self) -> float:
        """CPU-seconds spent, whatever is counted."""
        return cpu_seconds() - self.cpu_started + self.elsewhere()

    @property
    def spent(self) -> float:
        """Seconds spent, of the kind that is counted; CPU-seconds when trials are."""
        return time.monotonic() - self.wall_started if self.unit == "s" else self.spent_cpu_seconds

    @property
    def left(self) -> float:
        """Seconds left; infinite when trials are counted."""
        return float("inf") if self.unit == "trials" else self.limit - self.spent


def clock_of(budget: Budget, usd_per_cpu_second: float | None, stop_below: float = 0.0) -> Clock:
    """Start the clock of a budget.

    Args:
        budget: What may be spent.
        usd_per_cpu_second: Price; None when unknown.
        stop_below: Relative gain per dollar that is asked for; 0 for none.

    Raises:
        ParamsError: The budget or the gain that is asked for is in dollars, and no price is known.
    """
    price = usd_per_cpu_second or None
    if price is None and (budget.usd is not None or stop_below):
        raise ParamsError(
            "dollars need the price of a CPU-second",
            place=Place(key="train.stop_below" if budget.usd is None else "train.budget.usd"),
            hint="name an instance with a price under cost.instance, or give a budget in cpu_seconds and no stop_below",
        )
    if budget.trials is not None:
        return Clock("trials", budget.trials, price)
    if budget.wall_seconds is not None:
        return Clock("s", budget.wall_seconds, price)
    if budget.usd is not None and price is not None:
        return Clock("CPU-s", budget.usd / price, price)
    return Clock("CPU-s", budget.cpu_seconds or 0.0, price)
