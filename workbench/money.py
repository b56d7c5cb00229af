"""Dollars as people read them, the same in sentences, tables, charts and on the screen."""

from __future__ import annotations

import math

CENT = 0.01
WHOLE_DOLLARS = 10_000
MOST_DECIMALS = 9


def usd(amount: float) -> str:
    """Write dollars: whole ones from 10,000, cents below, three significant digits below a cent.

    Args:
        amount: US dollars, finite.

    Example:
        >>> usd(12345.6), usd(1234.5), usd(-2), usd(0.00123), usd(0)
        ('$12,346', '$1,234.50', '-$2.00', '$0.00123', '$0')
    """
    sign, size = ("-" if amount < 0 else ""), abs(amount)
    if size == 0:
        return "$0"
    if size < CENT:
        digits = 2 - math.floor(math.log10(size))
        return f"{sign}${size:.{digits}f}" if digits <= MOST_DECIMALS else f"{sign}${size:.2e}"
    return f"{sign}${size:,.0f}" if size >= WHOLE_DOLLARS else f"{sign}${size:,.2f}"
