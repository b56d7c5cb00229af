"""The room `charts`: results become figures and tables.

Figures are Altair charts drawn as SVG without a browser and without a network; tables are HTML with a plain-text
twin. Both take frames and values, never paths, and escape every name.

Example:
    >>> import polars as pl
    >>> figure = missing_values(pl.DataFrame({"a": [1, None], "b": [1, 2]}))
    >>> figure.alt
    'The emptiest column is a: 50 % (1). 1 of 2 columns have gaps.'
"""

from workbench.charts import labels
from workbench.charts.bill import bill, waste
from workbench.charts.comparing import seed_spread, treatments
from workbench.charts.data import missing_values, row_accounting, target_rate
from workbench.charts.evidence import differences, power
from workbench.charts.explaining import dependence, importance
from workbench.charts.figure import Figure, draw
from workbench.charts.frontier import frontier
from workbench.charts.money import latency, monthly_cost
from workbench.charts.pareto import Channels, pareto
from workbench.charts.quality import calibration, metric_intervals, precision_recall, roc
from workbench.charts.regret import regret, scenario_costs
from workbench.charts.resources import timeline
from workbench.charts.search import candidates
from workbench.charts.tables import Table, table
from workbench.charts.tornado import tornado
from workbench.charts.training import anytime_curve, learning_curve, spending
from workbench.charts.worth import quality_price

__all__ = [
    "Channels",
    "Figure",
    "Table",
    "anytime_curve",
    "bill",
    "calibration",
    "candidates",
    "dependence",
    "differences",
    "draw",
    "frontier",
    "importance",
    "labels",
    "latency",
    "learning_curve",
    "metric_intervals",
    "missing_values",
    "monthly_cost",
    "pareto",
    "power",
    "precision_recall",
    "quality_price",
    "regret",
    "roc",
    "row_accounting",
    "scenario_costs",
    "seed_spread",
    "spending",
    "table",
    "target_rate",
    "timeline",
    "tornado",
    "treatments",
    "waste",
]
