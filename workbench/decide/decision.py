"""Chooses a candidate and a threshold: the least total cost in a month within the limits.

For each candidate::

    usd_per_month = usd_serving_per_month + usd_training_per_month + usd_storage_per_month + usd_egress_per_month
                    + usd_errors_per_month

While no error has a price there is nothing to weigh quality against; then the best metric on
validation wins, and the decision says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from workbench.cost import priced_errors, rows_per_month, running_usd
from workbench.decide.expectation import operating_point
from workbench.decide.limits import limited_quantities, overruns
from workbench.decide.pareto import frontier
from workbench.decide.reason import Choice, reason
from workbench.errors import DecisionError, ParamsError, Place, nearest
from workbench.evaluate import resolve_metric, sign

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from workbench.model import Task
    from workbench.params.cost import CostParams
    from workbench.params.decide import DecideParams

    Floats = NDArray[np.float64]

_SUMMARY = (
    "usd_per_month",
    "usd_serving_per_month",
    "usd_training_per_month",
    "usd_storage_per_month",
    "usd_egress_per_month",
    "usd_errors_per_month",
    "test_usd_errors_per_month",
    "threshold",
)


@dataclass(frozen=True)
class Decision:
    """What was chosen, and why.

    Attributes:
        table: The candidates with `threshold`, `usd_errors_per_month`, `test_usd_errors_per_month`, `usd_per_month`,
            `within_limits` and `on_frontier`.
        candidate: Id of the candidate chosen.
        threshold: Rows at or above it are called positive; None where the task has none.
        usd_per_month: All that the candidate chosen costs.
        reason: The why, in sentences.
        runner_up: The candidate that would have been next; None when there is no other.
    """

    table: pl.DataFrame
    candidate: str
    threshold: float | None
    usd_per_month: float
    reason: str
    runner_up: str | None

    def summary(self) -> dict[str, float]:
        """Give the numbers of `metrics/decide.json`."""
        chosen = self._chosen()
        counts = {"candidates": self.table.height, **{name: int(self.table[name].sum()) for name in _FLAGS}}
        return {name: chosen[name] for name in _SUMMARY if chosen.get(name) is not None} | counts

    def record(self) -> dict[str, object]:
        """Give the whole decision as JSON, for `decisions/`."""
        chosen = self._chosen()
        return {
            "candidate": self.candidate,
            **{name: chosen[name] for name in _SUMMARY if name in chosen},
            "within_limits": chosen["within_limits"],
            "on_frontier": chosen["on_frontier"],
            "runner_up": self.runner_up,
            "reason": self.reason,
        }

    def _chosen(self) -> dict[str, float]:
        return self.table.row(by_predicate=pl.col("id") == self.candidate, named=True)


_FLAGS = ("within_limits", "on_frontier")


def decide(
    candidates: pl.DataFrame,
    error_rates: pl.DataFrame,
    cost: CostParams,
    params: DecideParams,
    task: Task,
    metric: str = "auto",
) -> Decision:
    """Choose the candidate of least total cost in a month among those within the limits.

    Args:
        candidates: One row per candidate; see `candidates_table`.
        error_rates: Rates by `id`, `split` and `threshold`, as the stage evaluate leaves them.
        cost: Traffic and what errors cost.
        params: Limits, and a candidate or a threshold when a person has chosen.
        task: The task.
        metric: The metric that decides while no error has a price.

    Raises:
        DecisionError: No candidate keeps to the limits, or there is none at all.
        ParamsError: `decide.candidate` names no candidate.
    """
    ids = candidates["id"].to_list()
    _check(ids, params)
    name = resolve_metric(task, metric)
    priced = priced_errors(task, cost.error_usd)
    table = _priced(candidates, error_rates, cost, params, task)
    ratios = overruns(limited_quantities(table, cost), params.limits)
    worst = np.max([np.ones(len(ids)), *ratios.values()], axis=0)
    table, order = _ranked(table, worst <= 1, name, by_errors=bool(priced))
    best = _best(ids, order, worst, params, ratios)
    others = [ids[row] for row in order if worst[row] <= 1 and row != best]
    choice = Choice(
        table=table,
        chosen=ids[best],
        runner_up=others[0] if others else None,
        broken={limit: int((ratio > 1).sum()) for limit, ratio in ratios.items()},
        breaks=tuple(limit for limit, ratio in ratios.items() if ratio[best] > 1),
        priced=priced,
        metric=name,
    )
    row = table.row(best, named=True)
    return Decision(
        table, choice.chosen, row["threshold"], row["usd_per_month"], reason(choice, cost, params), choice.runner_up
    )


def _check(ids: list[str], params: DecideParams) -> None:
    if not ids:
        raise DecisionError("there is no candidate to choose from", hint="run the stage train again")
    if params.candidate not in {"auto", *ids}:
        raise ParamsError(
            "there is no such candidate",
            place=Place(key="decide.candidate"),
            found=params.candidate,
            expected=f"auto or one of the {len(ids)} candidates",
            hint=nearest(params.candidate, ids) or "list them with `workbench candidates`",
        )


def _priced(
    candidates: pl.DataFrame, error_rates: pl.DataFrame, cost: CostParams, params: DecideParams, task: Task
) -> pl.DataFrame:
    """Add to every candidate its threshold, what its errors cost, and the total."""
    rows = rows_per_month(cost.traffic)
    threshold = None if params.threshold == "auto" else params.threshold
    points = [
        operating_point(error_rates.filter(id=name), task, cost.error_usd, rows, threshold) for name in candidates["id"]
    ]
    running = running_usd(candidates)
    return candidates.with_columns(
        pl.Series("threshold", [point.threshold for point in points], pl.Float64),
        pl.Series("usd_errors_per_month", [point.usd_errors_per_month for point in points], pl.Float64),
        pl.Series("test_usd_errors_per_month", [point.test_usd_errors_per_month for point in points], pl.Float64),
    ).with_columns(usd_per_month=running + pl.col("usd_errors_per_month"))


def _ranked(
    table: pl.DataFrame, allowed: NDArray[np.bool_], metric: str, *, by_errors: bool
) -> tuple[pl.DataFrame, list[int]]:
    """Flag the candidates, and order them: the best first, equals by the next key, then by place in the table."""
    quality = -sign(metric) * table[f"validation_{metric}"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    quality = np.where(np.isfinite(quality), quality, np.inf)
    running = running_usd(table).to_numpy()
    worth = table["usd_errors_per_month"].to_numpy() if by_errors else quality
    keys = (table["usd_per_month"].to_numpy(), worth, quality) if by_errors else (quality, running)
    flagged = table.with_columns(
        pl.Series("within_limits", allowed), pl.Series("on_frontier", frontier(running, worth, allowed))
    )
    return flagged, [int(row) for row in np.lexsort(keys[::-1])]


def _best(ids: list[str], order: list[int], worst: Floats, params: DecideParams, ratios: Mapping[str, Floats]) -> int:
    if params.candidate != "auto":
        return ids.index(params.candidate)
    allowed = [row for row in order if worst[row] <= 1]
    if allowed:
        return allowed[0]
    closest = int(np.argmin(worst))
    binding = "; ".join(f"{limit} by {int((ratio > 1).sum())} of {len(ids)}" for limit, ratio in ratios.items())
    raise DecisionError(
        "no candidate keeps to the limits",
        place=Place(key="decide.limits"),
        found=f"broken {binding}",
        expected="at least one candidate within every limit",
        hint=f"{ids[closest]} is closest, at {worst[closest]:.3g} times a limit; relax it, or train smaller models",
    )
