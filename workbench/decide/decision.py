"""Chooses a candidate and a threshold: the least total cost in a month within the limits.

For each candidate::

    usd_per_month = usd_serving_per_month + usd_training_per_month + usd_storage_per_month + usd_egress_per_month
                    + usd_errors_per_month

While no error has a price there is nothing to weigh quality against; then the best metric on
validation wins, and the decision says so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

import polars as pl

from workbench.decide.infeasible import infeasibility
from workbench.decide.rates import Rates
from workbench.decide.reason import Choice, reason
from workbench.decide.weighing import weigh
from workbench.errors import DecisionError, ParamsError, Place, nearest

if TYPE_CHECKING:
    from workbench.decide.weighing import Weighed
    from workbench.model import Task
    from workbench.params.cost import CostParams
    from workbench.params.decide import DecideParams

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
    error_rates: pl.DataFrame | Rates,
    cost: CostParams,
    params: DecideParams,
    task: Task,
    metric: str = "auto",
) -> Decision:
    """Choose the candidate of least total cost in a month among those within the limits.

    Args:
        candidates: One row per candidate; see `candidates_table`.
        error_rates: Rates by `id`, `split` and `threshold`, as the stage evaluate leaves them; or the same laid out
            once by `Rates.of`, where a decision is taken many times.
        cost: Traffic and what errors cost.
        params: Limits, and a candidate or a threshold when a person has chosen.
        task: The task.
        metric: The metric that decides while no error has a price.

    Raises:
        DecisionError: No candidate keeps to the limits, there is none at all, or its dollars are no number.
        ParamsError: `decide.candidate` names no candidate.
    """
    ids = candidates["id"].to_list()
    _check(ids, params)
    rates = error_rates if isinstance(error_rates, Rates) else Rates.of(error_rates, ids)
    if list(rates.ids) != ids:
        raise DecisionError("the rates of error are laid out for other candidates", hint="lay them out with Rates.of")
    weighed = weigh(candidates, rates, cost, params, task, metric)
    best = _best(weighed, cost, params)
    others = weighed.ranking[weighed.ranking != best]
    choice = Choice(
        table=weighed.table,
        chosen=ids[best],
        runner_up=ids[others[0]] if others.size else None,
        broken={limit: int((ratio > 1).sum()) for limit, ratio in weighed.ratios.items()},
        breaks=tuple(limit for limit, ratio in weighed.ratios.items() if ratio[best] > 1),
        priced=weighed.priced,
        metric=weighed.metric,
    )
    row = weighed.table.row(best, named=True)
    if not isfinite(row["usd_per_month"]):
        raise DecisionError(
            "what the candidate costs in a month is no finite number",
            found=f"{choice.chosen}: {row['usd_per_month']}",
            hint="look for an amount out of all proportion in `cost:` of params.yaml and in prices.yaml",
        )
    return Decision(
        weighed.table,
        choice.chosen,
        row["threshold"],
        row["usd_per_month"],
        reason(choice, cost, params),
        choice.runner_up,
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
            hint=_hint(params.candidate, ids),
        )


def _hint(name: str, ids: list[str]) -> str:
    """Tell a slip of the pen from a candidate of an earlier training: names such as b07 resemble each other always."""
    near = None if re.fullmatch(r"b\d+", name) else nearest(name, ids)
    return near or "each training names its candidates anew: see `workbench candidates`, or set decide.candidate: auto"


def _best(weighed: Weighed, cost: CostParams, params: DecideParams) -> int:
    if params.candidate != "auto":
        return weighed.ids.index(params.candidate)
    if weighed.best is not None:
        return weighed.best
    found = infeasibility(weighed.table, cost, params.limits)
    total = len(weighed.ids)
    broken = [f"{limit} by {int((ratio > 1).sum())} of {total}" for limit, ratio in weighed.ratios.items()]
    raise DecisionError(
        "no candidate keeps to the limits",
        place=Place(key="decide.limits"),
        found=f"broken {'; '.join(broken)}",
        expected="at least one candidate within every limit",
        hint=found.sentence if found else None,
    )
