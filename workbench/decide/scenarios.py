"""What-if: the best candidate of every scenario, and what one candidate for all of them costs.

Every scenario is priced anew from what was measured once: machines, batches, storage and egress follow its traffic, its
machine and its latency limit as in the stage cost, and each candidate takes the threshold at which its errors cost
least there. A candidate or a threshold written in params.yaml is what the present decision keeps, not what a scenario
is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from workbench.cost import price_candidates, rows_per_month, running_usd
from workbench.decide.expectation import operating_points
from workbench.decide.infeasible import Infeasibility, infeasibility
from workbench.decide.planned import ScenarioTerms, scenario_terms
from workbench.decide.rates import Rates
from workbench.decide.regret import Regret, regret
from workbench.decide.weighing import Weighed, weigh
from workbench.errors import DecisionError
from workbench.params.decide import DecideParams

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from workbench.cost import PriceBook
    from workbench.model import Task

    Floats = NDArray[np.float64]

__all__ = ["SPLIT", "Outcome", "Point", "ScenarioTerms", "WhatIf", "scenario_terms", "what_if"]

SPLIT = (
    "usd_serving_per_month",
    "usd_training_per_month",
    "usd_storage_per_month",
    "usd_egress_per_month",
    "usd_errors_per_month",
)


@dataclass(frozen=True)
class Point:
    """A candidate with its threshold, such as a decision writes down."""

    candidate: str
    threshold: float | None = None


@dataclass(frozen=True)
class Outcome:
    """What a scenario comes to.

    Attributes:
        terms: The scenario.
        weighed: Every candidate, weighed on its terms.
        infeasible: Why nothing keeps to the limits, and the least change; None where something does.
    """

    terms: ScenarioTerms
    weighed: Weighed
    infeasible: Infeasibility | None

    @property
    def best(self) -> int | None:
        """The row of the best candidate; None where nothing keeps to the limits."""
        return self.weighed.best

    def breaks(self, row: int) -> tuple[str, ...]:
        """Name the limits that a candidate breaks."""
        return tuple(limit for limit, ratio in self.weighed.ratios.items() if ratio[row] > 1)


@dataclass(frozen=True)
class WhatIf:
    """All scenarios, the terms as stated first.

    Attributes:
        outcomes: One for each scenario.
        unpriced: Scenarios in which no error has a price. The metric decides there, and dollars would favour the
            smallest model, so that there is no regret.
        kept: The present decision, threshold included; None where there is none.
        kept_usd: What it costs a month in each scenario.
    """

    outcomes: tuple[Outcome, ...]
    unpriced: tuple[str, ...]
    kept: Point | None
    kept_usd: tuple[float, ...]

    @property
    def ids(self) -> list[str]:
        """The candidates."""
        return list(self.outcomes[0].weighed.ids)

    @property
    def names(self) -> list[str]:
        """The scenarios."""
        return [outcome.terms.name for outcome in self.outcomes]

    @property
    def usd(self) -> Floats:
        """What each candidate (row) costs a month in each scenario (column)."""
        return np.column_stack([outcome.weighed.table["usd_per_month"].to_numpy() for outcome in self.outcomes])

    @property
    def allowed(self) -> NDArray[np.bool_]:
        """Whether it keeps to the limits there."""
        return np.column_stack([outcome.weighed.worst <= 1 for outcome in self.outcomes])

    @cached_property
    def regret(self) -> Regret | None:
        """The regret; None where dollars do not decide in every scenario."""
        if self.unpriced:
            return None
        given = [outcome.terms.probability for outcome in self.outcomes]
        known = [value for value in given if value is not None]
        return regret(self.usd, self.allowed, np.array(known) if len(known) == len(given) else None)


def what_if(
    candidates: pl.DataFrame,
    error_rates: pl.DataFrame,
    scenarios: Sequence[ScenarioTerms],
    prices: PriceBook,
    task: Task,
    metric: str = "auto",
    *,
    kept: Point | None = None,
) -> WhatIf:
    """Play every scenario.

    Args:
        candidates: One row per candidate with its profile; see `candidates_table`.
        error_rates: Rates by `id`, `split` and `threshold`; those on validation decide.
        scenarios: Their terms; see `scenario_terms`.
        prices: The price book.
        task: The task.
        metric: The metric that decides while no error has a price.
        kept: The present decision; one whose candidate is no longer there is passed over.

    Raises:
        DecisionError: There is no candidate.
        PriceError: A scenario uses something that has no known price.
    """
    if candidates.is_empty():
        raise DecisionError("there is no candidate to choose from", hint="run the stage train again")
    rates = Rates.of(error_rates, candidates["id"])
    outcomes = tuple(_outcome(candidates, rates, terms, prices, task, metric) for terms in scenarios)
    present = kept if kept is not None and kept.candidate in rates.ids else None
    usd = tuple(_kept_usd(outcome, present, rates, task) for outcome in outcomes) if present else ()
    unpriced = tuple(outcome.terms.name for outcome in outcomes if not outcome.weighed.priced)
    return WhatIf(outcomes, unpriced, present, usd)


def _outcome(
    candidates: pl.DataFrame, rates: Rates, terms: ScenarioTerms, prices: PriceBook, task: Task, metric: str
) -> Outcome:
    priced = price_candidates(candidates, terms.cost, prices, terms.limits.latency_p99_ms)
    priced = priced.with_columns(pl.col(name) * factor for name, factor in terms.factors.items())
    found = weigh(priced, rates, terms.cost, DecideParams(limits=terms.limits), task, metric)
    return Outcome(terms, found, infeasibility(found.table, terms.cost, terms.limits))


def _kept_usd(outcome: Outcome, kept: Point, rates: Rates, task: Task) -> float:
    """Price a month of a candidate whose threshold stays where it is."""
    cost, row = outcome.terms.cost, rates.ids.index(kept.candidate)
    points = operating_points(rates, task, cost.error_usd, rows_per_month(cost.traffic), kept.threshold)
    return float(running_usd(outcome.weighed.table)[row] + points.usd_errors_per_month[row])
