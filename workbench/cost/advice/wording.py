"""Amounts as the sentences of advice write them."""

from __future__ import annotations

import math

_WHOLE = 100
_MINUTES = 60
_DAY_HOURS = 48
_GIB = 2.0**30
_MIB = 2.0**20


def rate(usd_per_hour: float) -> str:
    """Write the price of an hour, to a hundredth of a cent.

    Example:
        >>> rate(0.0396), rate(21.957642)
        ('$0.0396', '$21.9576')
    """
    return f"${usd_per_hour:,.4f}"


def about(value: float) -> str:
    """Write a large number to three digits.

    Example:
        >>> about(9_392_516), about(12)
        ('9,390,000', '12')
    """
    return f"{float(f'{value:.3g}'):,.0f}"


def duration(hours: float) -> str:
    """Write a time in the unit that suits it.

    Example:
        >>> duration(0.01), duration(0.5), duration(3), duration(100)
        ('36 s', '30 min', '3 h', '4.2 days')
        >>> duration(0.0000239)
        '86 ms'
    """
    if not math.isfinite(hours):
        return "for ever"
    if hours * 3600 < 1:
        return f"{_plain(hours * 3_600_000)} ms"
    if hours * _MINUTES < 1:
        return f"{_plain(hours * 3600)} s"
    if hours < 1:
        return f"{_plain(hours * _MINUTES)} min"
    return f"{_plain(hours)} h" if hours < _DAY_HOURS else f"{_plain(hours / 24)} days"


def size(number: float) -> str:
    """Write bytes in binary units, as machines are sold.

    Example:
        >>> size(8 * 2**30), size(300 * 2**20)
        ('8.0 GiB', '300 MiB')
    """
    return f"{number / _GIB:,.1f} GiB" if number >= _GIB else f"{number / _MIB:,.3g} MiB"


def share(value: float) -> str:
    """Write a share as a percentage.

    Example:
        >>> share(0.1234), share(0.5), share(0.002)
        ('12 %', '50 %', '0.2 %')
    """
    return f"{_plain(value * 100)} %"


def count(value: float, noun: str) -> str:
    """Write a number of things.

    Example:
        >>> count(1, "run"), count(1200, "run"), count(0.25, "interruption")
        ('1 run', '1,200 runs', '0.25 interruptions')
    """
    return f"{_plain(value)} {noun}{'' if value == 1 else 's'}"


def _plain(value: float) -> str:
    """Write a number with at least two significant digits and no exponent."""
    if value == int(value) or abs(value) >= _WHOLE:
        return f"{value:,.0f}"
    digits = max(0, 1 - math.floor(math.log10(abs(value))))
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
