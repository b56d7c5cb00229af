"""What a search has spent of what it may."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from workbench.errors import ParamsError, Place

if TYPE_CHECKING:
    from workbench.params.train import Budget


@dataclass(frozen=True)
class Clock:
    """CPU-seconds of this process and all its threads since the clock was made, against the budget.

    Attributes:
        cpu_seconds: What may be spent, None when trials are counted.
        trials: Boosters that may be grown, None when CPU-seconds are counted.
        started: Process time at the start.
    """

    cpu_seconds: float | None
    trials: int | None
    started: float = field(default_factory=time.process_time)

    @property
    def spent(self) -> float:
        """CPU-seconds spent."""
        return time.process_time() - self.started

    @property
    def left(self) -> float:
        """CPU-seconds left; infinite when trials are counted."""
        return float("inf") if self.cpu_seconds is None else self.cpu_seconds - self.spent


def clock_of(budget: Budget, usd_per_cpu_second: float | None) -> Clock:
    """Start the clock of a budget.

    Raises:
        ParamsError: The budget is in dollars and no price is known.
    """
    if budget.usd is None:
        return Clock(budget.cpu_seconds, budget.trials)
    if not usd_per_cpu_second:
        raise ParamsError(
            "a budget in dollars needs the price of a CPU-second",
            place=Place(key="train.budget.usd"),
            hint="name an instance with a price under cost.instance, or give cpu_seconds",
        )
    return Clock(budget.usd / usd_per_cpu_second, None)
