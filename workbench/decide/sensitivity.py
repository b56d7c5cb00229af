"""How much a decision hangs on each of its assumptions: one is halved and doubled, all else stays.

The rules, exactly, so that the explorer can follow them:

1. `kept` is the candidate recommended under the terms as stated (`decide.candidate: auto`), and `usd_per_month` what
   it costs there. Where nothing keeps to the limits there is nothing to move.
2. Every assumption of `assumptions` (which ones, in which order, and to which values: see that module) is moved to its
   `low` and to its `high`, one at a time. Every candidate is priced anew on the moved terms: machines for the latency
   limit, batches, storage and the threshold of least expected cost (or the one set in params.yaml) follow.
3. On the moved terms `kept_usd_per_month` is what `kept` costs, limits left aside; `kept_within_limits` says whether
   it keeps to them. `choice` is the candidate recommended there, None where nothing keeps to the limits, and
   `choice_usd_per_month` its cost.
4. The choice flips where `choice` is not `kept`. While errors have no price the metric decides, as in `decide`.
5. `swing_usd` of an assumption is the greatest less the smallest among `usd_per_month` and the `kept_usd_per_month` of
   its sides. Assumptions come with the greatest swing first, equals in the order of `assumptions`.

This is the one-at-a-time sensitivity analysis whose picture is called a tornado diagram (Eschenbach, *Spiderplots
versus tornado diagrams for sensitivity analysis*, Interfaces 22, 1992). It does not show what two assumptions do
together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from workbench.decide.assumptions import Assumption, Terms, assumptions, moved
from workbench.decide.rates import Rates
from workbench.decide.weighing import weigh

if TYPE_CHECKING:
    from workbench.cost import PriceBook
    from workbench.decide.weighing import Weighed
    from workbench.model import Task
    from workbench.params.cost import CostParams
    from workbench.params.decide import DecideParams


@dataclass(frozen=True)
class Side:
    """One assumption at another value.

    Attributes:
        value: The value.
        kept_usd_per_month: What the candidate recommended as stated costs there.
        kept_within_limits: Whether it keeps to the limits there.
        choice: The candidate recommended there; None where nothing keeps to the limits.
        choice_usd_per_month: What that one costs.
    """

    value: float
    kept_usd_per_month: float
    kept_within_limits: bool
    choice: str | None
    choice_usd_per_month: float | None


@dataclass(frozen=True)
class Bar:
    """One assumption and what moving it does.

    Attributes:
        assumption: The assumption.
        low: At its lower value; None where it has none.
        high: At its higher value.
        swing_usd: By how much the monthly cost of the candidate moves in all.
        flips_to: Candidates that would be recommended instead; `nothing` where no candidate keeps to the limits.
    """

    assumption: Assumption
    low: Side | None
    high: Side | None
    swing_usd: float
    flips_to: tuple[str, ...]


@dataclass(frozen=True)
class Sensitivity:
    """How much a recommendation hangs on each assumption.

    Attributes:
        candidate: The candidate recommended as stated.
        usd_per_month: What it costs.
        bars: The assumptions, the one of the greatest swing first.
    """

    candidate: str
    usd_per_month: float
    bars: tuple[Bar, ...]

    @property
    def sentence(self) -> str:
        """Say which assumptions would change the choice, and which one moves the cost most."""
        if not self.bars:
            return f"{self.candidate} rests on no assumption that can be halved or doubled."
        flips = [f"{bar.assumption.words} (to {' or '.join(bar.flips_to)})" for bar in self.bars if bar.flips_to]
        most = f"The cost of {self.candidate} hangs most on {self.bars[0].assumption.words}."
        if not flips:
            return f"{most} Halving or doubling any one assumption leaves the choice as it is."
        return f"{most} The choice would change with {'; '.join(flips)}."

    def table(self) -> pl.DataFrame:
        """Give one row for each assumption and side.

        Returns:
            `assumption`, `words`, `side` (`low` or `high`), `stated`, `value`, `kept_usd_per_month`,
            `kept_within_limits`, `choice`, `choice_usd_per_month`, `flips`.
        """
        rows = [
            (
                bar.assumption.key,
                bar.assumption.words,
                name,
                bar.assumption.stated,
                side.value,
                side.kept_usd_per_month,
                side.kept_within_limits,
                side.choice,
                side.choice_usd_per_month,
                side.choice != self.candidate,
            )
            for bar in self.bars
            for name, side in (("low", bar.low), ("high", bar.high))
            if side is not None
        ]
        return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


_SCHEMA = {
    "assumption": pl.String,
    "words": pl.String,
    "side": pl.String,
    "stated": pl.Float64,
    "value": pl.Float64,
    "kept_usd_per_month": pl.Float64,
    "kept_within_limits": pl.Boolean,
    "choice": pl.String,
    "choice_usd_per_month": pl.Float64,
    "flips": pl.Boolean,
}
NOTHING = "nothing"
"""What is recommended where no candidate keeps to the limits."""


@dataclass(frozen=True)
class Ground:
    """All that a decision rests on, so that it can be taken again on other terms.

    Attributes:
        candidates: Profiled candidates with metrics.
        rates: Their rates of error.
        terms: What is assumed.
        params: The section `decide:` without a candidate; its threshold holds for all.
        prices: The price book.
        task: The task.
        metric: The metric that decides while no error has a price.
    """

    candidates: pl.DataFrame
    rates: Rates
    terms: Terms
    params: DecideParams
    prices: PriceBook
    task: Task
    metric: str

    def weighed(self, terms: Terms | None = None) -> Weighed:
        """Weigh every candidate on the terms, by default those stated.

        Raises:
            PriceError: Something that is used has no known price.
        """
        at = terms or self.terms
        params = self.params.model_copy(update={"limits": at.limits})
        return weigh(at.priced(self.candidates, self.prices), self.rates, at.cost, params, self.task, self.metric)


def ground(
    candidates: pl.DataFrame,
    error_rates: pl.DataFrame | Rates,
    cost: CostParams,
    params: DecideParams,
    prices: PriceBook,
    task: Task,
    metric: str = "auto",
) -> Ground:
    """Gather what a decision rests on.

    Args:
        candidates: Profiled candidates with metrics: `data/decision/candidates.parquet`, or what `decide` is given.
        error_rates: As in `decide`.
        cost: As in `decide`.
        params: As in `decide`; a candidate chosen by a person is left aside, with its threshold.
        prices: The price book.
        task: The task.
        metric: As in `decide`.
    """
    if params.candidate != "auto":
        params = params.model_copy(update={"candidate": "auto", "threshold": "auto"})
    rates = error_rates if isinstance(error_rates, Rates) else Rates.of(error_rates, candidates["id"])
    return Ground(candidates, rates, Terms(cost, params.limits), params, prices, task, metric)


def sensitivity(on: Ground) -> Sensitivity | None:
    """Move every assumption to half and to double; see the module.

    Returns:
        None where no candidate keeps to the limits as stated.

    Raises:
        PriceError: Something that is used has no known price.
    """
    stated = on.weighed()
    if stated.best is None:
        return None
    kept, usd = stated.best, stated.usd_per_month(stated.best)
    bars = [_bar(on, item, kept, usd) for item in assumptions(on.terms, on.task)]
    return Sensitivity(stated.ids[kept], usd, tuple(sorted(bars, key=lambda bar: -bar.swing_usd)))


def _bar(on: Ground, item: Assumption, kept: int, usd: float) -> Bar:
    low, high = (None if value is None else _side(on, item.key, value, kept) for value in (item.low, item.high))
    sides = [side for side in (low, high) if side is not None]
    costs = [usd, *(side.kept_usd_per_month for side in sides)]
    name = on.rates.ids[kept]
    flips = [side.choice or NOTHING for side in sides if side.choice != name]
    return Bar(item, low, high, max(costs) - min(costs), tuple(dict.fromkeys(flips)))


def _side(on: Ground, key: str, value: float, kept: int) -> Side:
    there = on.weighed(moved(on.terms, key, value))
    best = there.best
    return Side(
        value=value,
        kept_usd_per_month=there.usd_per_month(kept),
        kept_within_limits=bool(there.worst[kept] <= 1),
        choice=None if best is None else there.ids[best],
        choice_usd_per_month=None if best is None else there.usd_per_month(best),
    )
