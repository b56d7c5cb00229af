"""The room `decide`: which candidate is worth it, at which threshold, and why."""

from workbench.cost import expected_error_usd, rows_per_month
from workbench.decide.candidates import candidates_table
from workbench.decide.decision import Decision, decide
from workbench.decide.expectation import OperatingPoint, operating_point
from workbench.decide.limits import limited_quantities, overruns
from workbench.decide.pareto import frontier

__all__ = [
    "Decision",
    "OperatingPoint",
    "candidates_table",
    "decide",
    "expected_error_usd",
    "frontier",
    "limited_quantities",
    "operating_point",
    "overruns",
    "rows_per_month",
]
