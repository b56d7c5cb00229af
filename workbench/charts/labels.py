"""Numbers and names as people read them.

Example:
    >>> usd(1234.5), seconds(0.0123), size(1_500_000), percent(0.0312)
    ('$1,234.50', '12.3 ms', '1.50 MB', '3.12 %')
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from workbench import money

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

LONGEST_NAME = 48
LONGEST_TEXT = 400
UNKNOWN = "—"
MOST_DECIMALS = 9
_SIZES = (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3), ("B", 0))
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\ufffe\uffff]")


def shown(name: object, longest: int = LONGEST_NAME) -> str:
    """Give a name that can be shown: invisible and control characters spelt out, the middle cut when too long."""
    text = _UNSEEN.sub(lambda found: f"\\u{ord(found.group()):04x}", str(name))
    if len(text) <= longest:
        return text
    head = longest * 2 // 3
    return f"{text[:head]}…{text[head + 1 - longest :]}"


def distinct(names: Iterable[object]) -> list[str]:
    """Give shown names, told apart by a number where shortening made two the same."""
    seen: dict[str, int] = {}
    result = []
    for name in names:
        text = shown(name)
        seen[text] = seen.get(text, 0) + 1
        result.append(text if seen[text] == 1 else f"{text} ({seen[text]})")
    return result


def number(value: float | None) -> str:
    """Give three significant digits, thousands separated."""
    known = _known(value)
    if known is None:
        return UNKNOWN
    if known == 0 or abs(known) >= 100 or known == int(known):  # noqa: PLR2004 - three digits before the point
        return f"{known:,.0f}"
    digits = 2 - math.floor(math.log10(abs(known)))
    return f"{known:,.{digits}f}" if digits <= MOST_DECIMALS else f"{known:.2e}"


def count(value: float | None) -> str:
    """Give a whole number, thousands separated."""
    known = _known(value)
    return UNKNOWN if known is None else f"{known:,.0f}"


def fixed(value: float | None) -> str:
    """Give four decimals: a metric."""
    known = _known(value)
    return UNKNOWN if known is None else f"{known:,.4f}"


def percent(value: float | None) -> str:
    """Give a share as a percentage, three significant digits."""
    known = _known(value)
    return UNKNOWN if known is None else f"{number(known * 100)} %"


def usd(value: float | None) -> str:
    """Give dollars, as `workbench.money` writes them."""
    known = _known(value)
    return UNKNOWN if known is None else money.usd(known)


def milliseconds(value: float | None) -> str:
    """Give a time that was measured in milliseconds."""
    return seconds(None if value is None else value / 1000)


def seconds(value: float | None) -> str:
    """Give a time in the unit that suits it."""
    return _in_units(value, (("h", 7200, 3600), ("min", 120, 60), ("s", 1, 1), ("ms", 1e-3, 1e-3), ("µs", 0, 1e-6)))


def size(value: float | None) -> str:
    """Give bytes in decimal units."""
    return _in_units(value, tuple((unit, scale, scale) for unit, scale in _SIZES))


def text(value: object) -> str:
    """Give any value as text."""
    return UNKNOWN if value is None else shown(value, LONGEST_TEXT)


def by_name(column: str) -> Callable[[float | None], str]:
    """Choose the format of a numeric column by the unit in its name.

    Example:
        >>> by_name("latency_p99_ms")(12.34), by_name("learning_rate")(0.05)
        ('12.3 ms', '0.0500')
    """
    for pattern, chosen in _UNITS:
        if re.search(pattern, column):
            return chosen
    return number


def words(column: str) -> str:
    """Give a column's name as words, without the unit that each of its numbers carries.

    Example:
        >>> words("latency_p99_ms"), words("usd_serving_per_month")
        ('latency p99', 'serving per month')
    """
    bare = re.sub(r"^usd_|_(usd|ms|seconds|bytes)(?=_|$)", "", column)
    return bare.replace("_", " ").strip() or column


_UNITS: tuple[tuple[str, Callable[[float | None], str]], ...] = (
    (r"(^|_)usd(_|$)", usd),
    (r"_ms(_|$)", milliseconds),
    (r"seconds(_|$)", seconds),
    (r"bytes(_|$)", size),
    (r"^learning_rate$", number),
    (r"(^|_)(share|rate|percent)(_|$)", percent),
    (r"(^|_)(rows|trees|trials|count|members|row|missing)$", count),
    (r"(average_precision|log_loss|roc_auc|accuracy|rmse|mae|brier|r2|f1|recall|threshold)", fixed),
)


def _known(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) or math.isinf(value) else value


def _in_units(value: float | None, units: tuple[tuple[str, float, float], ...]) -> str:
    """Write a value in the first unit whose least value it reaches: name, least value, scale."""
    known = _known(value)
    if known is None:
        return UNKNOWN
    unit, _, scale = next((entry for entry in units if abs(known) >= entry[1]), units[-1])
    return f"{number(known / (scale or 1))} {unit}"
