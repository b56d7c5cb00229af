"""Weighs every candidate: what a month costs in all, which limits it keeps to, which is better than which."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from workbench.cost import priced_errors, rows_per_month, running_usd
from workbench.decide.expectation import operating_points
from workbench.decide.limits import limited_quantities, overruns
from workbench.decide.pareto import frontier
from workbench.evaluate import resolve_metric, sign

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from workbench.decide.rates import Rates
    from workbench.model import Task
    from workbench.params.cost import CostParams
    from workbench.params.decide import DecideParams

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Weighed:
    """Every candidate, weighed.

    Attributes:
        table: The candidates with `threshold`, `usd_errors_per_month`, `test_usd_errors_per_month`, `usd_per_month`,
            `within_limits` and `on_frontier`.
        ids: Their ids.
        order: Their rows, the best first; equals by the next key, then by place in the table.
        worst: How far each is beyond the limit it breaks most; 1 where it keeps to all.
        ratios: For each stated limit the ratio of each candidate's quantity to it; above 1 breaks it.
        priced: Errors that have a price.
        metric: The metric that decides while none has.
    """

    table: pl.DataFrame
    ids: tuple[str, ...]
    order: NDArray[np.int64]
    worst: Floats
    ratios: Mapping[str, Floats]
    priced: tuple[str, ...]
    metric: str

    @cached_property
    def ranking(self) -> NDArray[np.int64]:
        """The rows within the limits, the best first."""
        return np.asarray(self.order[self.worst[self.order] <= 1])

    @property
    def best(self) -> int | None:
        """The row of the best candidate within the limits; None where there is none."""
        return int(self.ranking[0]) if self.ranking.size else None

    def usd_per_month(self, row: int) -> float:
        """Give all that a candidate costs in a month."""
        return float(self.table["usd_per_month"][row])


def weigh(
    candidates: pl.DataFrame, rates: Rates, cost: CostParams, params: DecideParams, task: Task, metric: str = "auto"
) -> Weighed:
    """Weigh every candidate.

    Args:
        candidates: One row per candidate; see `candidates_table`.
        rates: Their rates of error, in the same order.
        cost: Traffic and what errors cost.
        params: Limits, and a threshold when a person has chosen one: of the candidate chosen with it, or of all.
        task: The task.
        metric: The metric that decides while no error has a price.
    """
    name = resolve_metric(task, metric)
    priced = priced_errors(task, cost.error_usd)
    table = _priced(candidates, rates, cost, params, task)
    ratios = overruns(limited_quantities(table, cost), params.limits)
    worst = np.max([np.ones(table.height), *ratios.values()], axis=0)
    quality = -sign(name) * table[f"validation_{name}"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    quality = np.where(np.isfinite(quality), quality, np.inf)
    running = running_usd(table).to_numpy()
    worth = table["usd_errors_per_month"].to_numpy() if priced else quality
    keys = (table["usd_per_month"].to_numpy(), worth, quality) if priced else (quality, running)
    allowed = worst <= 1
    flagged = table.with_columns(
        pl.Series("within_limits", allowed), pl.Series("on_frontier", frontier(running, worth, allowed))
    )
    return Weighed(flagged, rates.ids, np.lexsort(keys[::-1]), worst, ratios, priced, name)


def _priced(candidates: pl.DataFrame, rates: Rates, cost: CostParams, params: DecideParams, task: Task) -> pl.DataFrame:
    """Add to every candidate its threshold, what its errors cost, and the total."""
    threshold = None if params.threshold == "auto" else params.threshold
    of = None if params.candidate == "auto" else rates.ids.index(params.candidate)
    points = operating_points(rates, task, cost.error_usd, rows_per_month(cost.traffic), threshold, of)
    cuts = [None] * candidates.height if points.threshold is None else points.threshold
    return candidates.with_columns(
        pl.Series("threshold", cuts, pl.Float64),
        pl.Series("usd_errors_per_month", points.usd_errors_per_month, pl.Float64),
        pl.Series("test_usd_errors_per_month", points.test_usd_errors_per_month, pl.Float64).fill_nan(None),
    ).with_columns(usd_per_month=running_usd(candidates) + pl.col("usd_errors_per_month"))
