"""The storage and egress of prices.yaml, with their tiers."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple, Self

from pydantic import Field, PositiveFloat, model_validator

from workbench.params.base import Section

if TYPE_CHECKING:
    from collections.abc import Sequence

GB_PER_TB = 1024.0
"""Clouds count the bounds of tiers in binary steps."""


class Tier(Section):
    """A price up to an amount in one month.

    Attributes:
        up_to_tb: Upper end of the tier; None for everything beyond.
        usd_per_gb: The price.
    """

    up_to_tb: PositiveFloat | None = None
    usd_per_gb: PositiveFloat


class Step(NamedTuple):
    """A price from one amount in a month to another.

    Attributes:
        start_gb: Where it begins.
        end_gb: Where it ends; infinite for the last.
        usd_per_gb: The price.
    """

    start_gb: float
    end_gb: float
    usd_per_gb: float


class Storage(Section):
    """A class of object or block storage.

    Attributes:
        kind: Object or block.
        source: Where the prices are from.
        usd_per_gb_month: Storage, first tier.
        tiers: Further tiers, the first included, where they are known.
        retrieval_usd_per_gb: Reading back; None where it is free or unknown.
        minimum_days: Days charged at least.
        minimum_kib: An object is charged as at least this large.
        overhead_kib: Charged on top of every object.
        put_usd_per_1000: Thousand writes; None where unknown.
        get_usd_per_1000: Thousand reads; None where unknown.
    """

    kind: Literal["object", "block"]
    source: str
    usd_per_gb_month: PositiveFloat
    tiers: tuple[Tier, ...] = ()
    retrieval_usd_per_gb: PositiveFloat | None = None
    minimum_days: int = Field(default=0, ge=0)
    minimum_kib: float = Field(default=0.0, ge=0)
    overhead_kib: float = Field(default=0.0, ge=0)
    put_usd_per_1000: PositiveFloat | None = None
    get_usd_per_1000: PositiveFloat | None = None

    @model_validator(mode="after")
    def _the_first_tier_is_the_price(self) -> Self:
        _check_tiers(self.tiers)
        if self.tiers and self.tiers[0].usd_per_gb != self.usd_per_gb_month:
            raise ValueError("the first tier is not usd_per_gb_month")
        return self

    def usd_per_month(self, gb: float) -> float:
        """Price a month of keeping data, tier by tier; what lies beyond the last known tier at its price.

        Example:
            >>> Storage(kind="object", source="s", usd_per_gb_month=0.02).usd_per_month(50)
            1.0
        """
        return _stepped_usd(steps(self.tiers), gb) if self.tiers else gb * self.usd_per_gb_month


class Egress(Section):
    """Data sent to the internet.

    Attributes:
        source: Where the prices are from.
        free_gb: Not charged in each month.
        tiers: From the first charged byte upwards; the free amount counts towards the bounds.
    """

    source: str
    free_gb: float = Field(default=0.0, ge=0)
    tiers: tuple[Tier, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _tiers_grow(self) -> Self:
        _check_tiers(self.tiers)
        return self

    def usd_per_month(self, gb: float) -> float:
        """Price a month's data; what lies beyond the last known tier at its price, an upper bound as tiers fall.

        Example:
            >>> tiers = (Tier(up_to_tb=1, usd_per_gb=0.1), Tier(usd_per_gb=0.05))
            >>> round(Egress(source="s", tiers=tiers).usd_per_month(2048), 6)
            153.6
        """
        return _stepped_usd(steps(self.tiers, self.free_gb), gb)


def steps(tiers: Sequence[Tier], free_gb: float = 0.0) -> tuple[Step, ...]:
    """Lay tiers out by where each begins and ends; what lies beyond the last known one has its price.

    Args:
        tiers: At least one.
        free_gb: What is not charged; it counts towards the bounds.
    """
    bounds = [0.0, *(tier.up_to_tb * GB_PER_TB for tier in tiers[:-1] if tier.up_to_tb is not None)]
    ends = [*bounds[1:], math.inf]
    laid_out = zip(bounds, ends, tiers, strict=True)
    return tuple(Step(max(start, free_gb), end, tier.usd_per_gb) for start, end, tier in laid_out if end > free_gb)


def _stepped_usd(charged: Sequence[Step], gb: float) -> float:
    return sum(max(0.0, min(gb, step.end_gb) - step.start_gb) * step.usd_per_gb for step in charged)


def _check_tiers(tiers: Sequence[Tier]) -> None:
    for one, following in pairwise(tiers):
        if one.up_to_tb is None or (following.up_to_tb is not None and following.up_to_tb <= one.up_to_tb):
            raise ValueError("the bounds of the tiers do not grow, or one without a bound is not the last")
