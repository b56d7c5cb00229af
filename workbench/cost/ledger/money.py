"""Dollars as whole billionths, so that sums are exact."""

from __future__ import annotations

NANO = 1_000_000_000
"""Billionths of a dollar in a dollar."""

MOST_USD = 1e9
"""A run that is said to cost more is taken for unpriced: its figure is damaged."""

WASTED = ("FAILED", "KILLED", "TIMEOUT")
"""How a run ends that leaves nothing to use."""


def usd(nano_usd: int) -> float:
    """Give whole billionths as dollars.

    Example:
        >>> usd(250_000_000)
        0.25
    """
    return nano_usd / NANO


def nano_usd(dollars: float | None) -> int | None:
    """Give dollars as whole billionths, rounded to the nearest; None where they are not known.

    Example:
        >>> nano_usd(0.1) + nano_usd(0.2) == nano_usd(0.3)
        True
    """
    return round(dollars * NANO) if dollars is not None and 0 <= dollars <= MOST_USD else None
