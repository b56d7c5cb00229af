"""A month's spending against its limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.cost.ledger.money import nano_usd, usd

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Spending:
    """What a month has cost so far.

    Attributes:
        nano_usd: What was spent, in billionths of a dollar, failed and killed runs included.
        limit_usd: What the month may cost.
        unpriced: Runs of the month without a price, which count nothing.
    """

    nano_usd: int
    limit_usd: float
    unpriced: int

    @property
    def spent_usd(self) -> float:
        """What was spent."""
        return usd(self.nano_usd)

    @property
    def share(self) -> float:
        """Part of the limit that is spent."""
        return self.spent_usd / self.limit_usd

    @property
    def is_exhausted(self) -> bool:
        """Whether nothing is left."""
        return self.spent_usd >= self.limit_usd


def spending(costs_usd: Iterable[float | None], limit_usd: float) -> Spending:
    """Sum a month's runs, exactly, and put them beside the limit.

    Args:
        costs_usd: What each run cost; None where it is not known.
        limit_usd: What the month may cost; above 0.
    """
    amounts = [nano_usd(cost) for cost in costs_usd]
    return Spending(sum(amount for amount in amounts if amount is not None), limit_usd, amounts.count(None))
