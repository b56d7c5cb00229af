"""The room `cost`: what candidates and stages cost, in time, memory and dollars.

The meter of a running process is `workbench.cost.meter`.
"""

from workbench.cost.apart import profile_all
from workbench.cost.economics import (
    DAYS_PER_MONTH,
    HOURS_PER_MONTH,
    TARGET_UTILISATION,
    MachineTariff,
    MonthlyCost,
    ServerlessTariff,
    monthly,
    price_candidates,
    request_ms,
    summary,
    tariff,
    tariffs,
)
from workbench.cost.prices import PURCHASES, Price, PriceBook
from workbench.cost.profiling import ScoringProfile, profile, profile_table

__all__ = [
    "DAYS_PER_MONTH",
    "HOURS_PER_MONTH",
    "PURCHASES",
    "TARGET_UTILISATION",
    "MachineTariff",
    "MonthlyCost",
    "Price",
    "PriceBook",
    "ScoringProfile",
    "ServerlessTariff",
    "monthly",
    "price_candidates",
    "profile",
    "profile_all",
    "profile_table",
    "request_ms",
    "summary",
    "tariff",
    "tariffs",
]
