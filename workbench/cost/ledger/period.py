"""Periods as people write them: `7d`, `2026-11`, `2026-11-25`, `2026-11-25T10:00`."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from workbench.errors import UsageError

_AGO = re.compile(r"(\d{1,5})\s*([hdwmy])")
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_YEAR = re.compile(r"\d{4}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_HOURS = {"h": 1, "d": 24, "w": 24 * 7, "m": 24 * 30, "y": 24 * 365}
_MONTHS = 12


@dataclass(frozen=True)
class Period:
    """A stretch of time, in UTC.

    Attributes:
        start: Its first moment, ISO 8601.
        end: The first moment after it, ISO 8601.
    """

    start: str
    end: str


def period(text: str, now: dt.datetime) -> Period:
    """Read a moment or a stretch of time.

    Args:
        text: `7d` (also `h`, `w`, `m` of 30 days, `y` of 365) before now; a year, a month, a day or an ISO 8601
            moment. Without a time zone it is UTC.
        now: The present moment, with a time zone.

    Raises:
        UsageError: It is none of these.

    Example:
        >>> period("2026-11", dt.datetime(2026, 11, 25, tzinfo=dt.UTC))
        Period(start='2026-11-01T00:00:00.000Z', end='2026-12-01T00:00:00.000Z')
    """
    try:
        return _period(text.strip(), now)
    except (ValueError, OverflowError) as error:
        raise UsageError(
            "not a date or a stretch of time", found=text, expected="7d, 2026-11, 2026-11-25 or 2026-11-25T10:00"
        ) from error


def this_month(now: dt.datetime) -> Period:
    """Give the calendar month of a moment, in UTC."""
    return period(f"{now.astimezone(dt.UTC):%Y-%m}", now)


def _period(text: str, now: dt.datetime) -> Period:
    if ago := _AGO.fullmatch(text):
        moment = now - dt.timedelta(hours=int(ago[1]) * _HOURS[ago[2]])
        return Period(_iso(moment), _iso(moment))
    if month := _MONTH.fullmatch(text):
        year, number = int(month[1]), int(month[2])
        after = (year + 1, 1) if number == _MONTHS else (year, number + 1)
        return Period(_iso(_utc(year, number)), _iso(_utc(*after)))
    if _YEAR.fullmatch(text):
        return Period(_iso(_utc(int(text), 1)), _iso(_utc(int(text) + 1, 1)))
    moment = dt.datetime.fromisoformat(text)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    length = dt.timedelta(days=1) if _DAY.fullmatch(text) else dt.timedelta()
    return Period(_iso(moment), _iso(moment + length))


def _utc(year: int, month: int) -> dt.datetime:
    return dt.datetime(year, month, 1, tzinfo=dt.UTC)


def _iso(moment: dt.datetime) -> str:
    """Write a moment as records write it, so that texts compare as moments do."""
    return moment.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
