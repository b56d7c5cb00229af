"""The room `cost`: what candidates and stages cost, in time, memory and dollars.

The meter of a running process is `workbench.cost.meter`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.cost.apart import profile_all
    from workbench.cost.economics import (
        DAYS_PER_MONTH,
        HOURS_PER_MONTH,
        TARGET_UTILISATION,
        MachineTariff,
        ServerlessTariff,
        price_candidates,
        request_ms,
        summary,
        tariff,
    )
    from workbench.cost.prices import PURCHASES, Price, PriceBook
    from workbench.cost.profiling import ScoringProfile, profile, profile_table

__all__ = [
    "DAYS_PER_MONTH",
    "HOURS_PER_MONTH",
    "PURCHASES",
    "TARGET_UTILISATION",
    "MachineTariff",
    "Price",
    "PriceBook",
    "ScoringProfile",
    "ServerlessTariff",
    "price_candidates",
    "profile",
    "profile_all",
    "profile_table",
    "request_ms",
    "summary",
    "tariff",
]


def __getattr__(name: str) -> object:
    """Import the room when a name of it is first asked for: metering a stage needs no numpy."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from workbench.cost import apart, economics, prices, profiling  # noqa: PLC0415 - see above

    home = next(module for module in (apart, economics, prices, profiling) if hasattr(module, name))
    return getattr(home, name)
