"""The room `cost`: what candidates and stages cost, in time, memory and dollars.

The meter of a running process is `workbench.cost.metering.meter`. What only the report needs is not gathered here, so
that no change of it decides anew: `workbench.cost.billing`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.cost.apart import measure_all
    from workbench.cost.economics import (
        DAYS_PER_MONTH,
        HOURS_PER_MONTH,
        TARGET_UTILISATION,
        MachineTariff,
        ServerlessTariff,
        request_ms,
        tariff,
    )
    from workbench.cost.erring import expected_error_usd, priced_errors, rows_per_month
    from workbench.cost.month import RUNNING, Month, month_of, price_candidates, running_usd, summary, tail_ms
    from workbench.cost.pricing.prices import PURCHASES, PriceBook
    from workbench.cost.pricing.quoting import Price
    from workbench.cost.profiling import Measurement, ScoringProfile, measure, profile_table
    from workbench.cost.upkeep import Keeping, Tiers, keeping, sending

__all__ = [
    "DAYS_PER_MONTH",
    "HOURS_PER_MONTH",
    "PURCHASES",
    "RUNNING",
    "TARGET_UTILISATION",
    "Keeping",
    "MachineTariff",
    "Measurement",
    "Month",
    "Price",
    "PriceBook",
    "ScoringProfile",
    "ServerlessTariff",
    "Tiers",
    "expected_error_usd",
    "keeping",
    "measure",
    "measure_all",
    "month_of",
    "price_candidates",
    "priced_errors",
    "profile_table",
    "request_ms",
    "rows_per_month",
    "running_usd",
    "sending",
    "summary",
    "tail_ms",
    "tariff",
]


def __getattr__(name: str) -> object:
    """Import the room when a name of it is first asked for: metering a stage needs no numpy."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from workbench.cost import apart, economics, erring, month, profiling, upkeep  # noqa: PLC0415 - see above
    from workbench.cost.pricing import prices  # noqa: PLC0415 - see above

    home = next(part for part in (apart, economics, erring, month, prices, profiling, upkeep) if hasattr(part, name))
    return getattr(home, name)
