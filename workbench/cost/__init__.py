"""The room `cost`: what candidates and stages cost, in time, memory and dollars.

The meter of a running process is `workbench.cost.meter`.
"""

from workbench.cost.apart import profile_all
from workbench.cost.economics import (
    MachineTariff,
    MonthlyCost,
    ServerlessTariff,
    monthly,
    price_candidates,
    request_ms,
    tariff,
    tariffs,
)
from workbench.cost.prices import PURCHASES, Price, PriceBook
from workbench.cost.profiling import ScoringProfile, profile, profile_table

__all__ = [
    "PURCHASES",
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
    "tariff",
    "tariffs",
]
