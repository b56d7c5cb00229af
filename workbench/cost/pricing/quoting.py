"""A price as it is told: with what it rests on, its day, and a warning when that is long ago."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt

    from workbench.cost.pricing.pricelist import Confidence

DEFAULT_FRESH_DAYS = 365


@dataclass(frozen=True)
class Price:
    """An hourly price and what it rests on.

    Attributes:
        usd_per_hour: The price.
        basis: Cloud, region, type, purchase option and day, as a reader should see it beside the figure.
        source: Where it was read.
        confidence: How sure it is.
        as_of: The day it is of; None when the source does not say.
        fresh_days: Days after which a price of its kind is stale.
    """

    usd_per_hour: float
    basis: str
    source: str
    confidence: Confidence
    as_of: dt.date | None
    fresh_days: int = DEFAULT_FRESH_DAYS

    def is_stale(self, today: dt.date) -> bool:
        """Tell whether the price is older than prices of its kind stay true, or of an unknown day."""
        return is_stale(self.as_of, self.fresh_days, today)

    def warning(self, today: dt.date) -> str | None:
        """Say in one sentence that the price is stale; None while it is not."""
        return stale_warning(self.basis, self.as_of, self.fresh_days, today)


@dataclass(frozen=True)
class Interruption:
    """How often spot machines of a type are taken back.

    Attributes:
        low: Least share of the spot capacity taken back in a month, 0 to 1.
        high: Largest share.
        mean: Expected share.
        basis: The band and its day, in words.
        source: Where it was read.
        as_of: The day it is of.
        fresh_days: Days after which a band is stale.
    """

    low: float
    high: float
    mean: float
    basis: str
    source: str
    as_of: dt.date | None
    fresh_days: int = DEFAULT_FRESH_DAYS

    def warning(self, today: dt.date) -> str | None:
        """Say in one sentence that the band is stale; None while it is not."""
        return stale_warning(self.basis, self.as_of, self.fresh_days, today)


def is_stale(as_of: dt.date | None, fresh_days: int, today: dt.date) -> bool:
    """Tell whether a day lies too far back; an unknown day always does."""
    return as_of is None or (today - as_of).days > fresh_days


def stale_warning(what: str, as_of: dt.date | None, fresh_days: int, today: dt.date) -> str | None:
    """Say that a figure is stale; None while it is not.

    Example:
        >>> import datetime as dt
        >>> stale_warning("m7i.large spot", dt.date(2026, 1, 1), 30, dt.date(2026, 3, 1))
        'stale price: m7i.large spot is 59 days old, more than 30'
    """
    if not is_stale(as_of, fresh_days, today):
        return None
    if as_of is None:
        return f"stale price: {what} is of an unknown day"
    return f"stale price: {what} is {(today - as_of).days:,} days old, more than {fresh_days:,}"
