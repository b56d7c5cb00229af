"""Forecasts of time, memory, dollars and carbon: from the ledger, and from short runs at growing sizes.

Everything here is a pure function of records and measurements, and imports nothing heavy: a run's forecast is written
down before it begins.
"""

from workbench.cost.forecast.calibration import Calibration, calibration
from workbench.cost.forecast.estimate import Estimate, exactly, total
from workbench.cost.forecast.history import Situation, from_history, is_code
from workbench.cost.forecast.law import Law, Prior, fit_law
from workbench.cost.forecast.machines import Host, MachineForecast, emitted, on_machine
from workbench.cost.forecast.stage import StageForecast, unknown

__all__ = [
    "Calibration",
    "Estimate",
    "Host",
    "Law",
    "MachineForecast",
    "Prior",
    "Situation",
    "StageForecast",
    "calibration",
    "emitted",
    "exactly",
    "fit_law",
    "from_history",
    "is_code",
    "on_machine",
    "total",
    "unknown",
]
