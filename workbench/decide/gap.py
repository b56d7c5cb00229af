"""How much more the runner-up costs than the choice, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.cost import running_usd
from workbench.decide.doubt import ends_of
from workbench.money import usd

if TYPE_CHECKING:
    import polars as pl

    from workbench.decide.doubt import Paired


@dataclass(frozen=True)
class Gap:
    """How much more the runner-up costs than the choice, and how sure that is.

    Attributes:
        candidate: The choice.
        runner_up: The candidate it is held against.
        usd_per_month: What the runner-up costs more.
        low: Lower end of the interval.
        high: Upper end.
        cheaper_share: Share of draws in which the choice costs less.
        confidence: Coverage of the interval.
    """

    candidate: str
    runner_up: str
    usd_per_month: float
    low: float
    high: float
    cheaper_share: float
    confidence: float

    @property
    def is_sure(self) -> bool:
        """Whether the interval leaves 0 out."""
        return self.low > 0 or self.high < 0

    @property
    def sentence(self) -> str:
        """Say the gap with its interval."""
        level = f"{self.confidence:.0%}".replace("%", " %")
        ends = f"{usd(self.low)} to {usd(self.high)} ({level} interval, the same rows drawn again)"
        if self.is_sure:
            return f"Against {self.runner_up} the difference is {usd(self.usd_per_month)} a month, {ends}."
        return (
            f"Between {self.candidate} and {self.runner_up} the rows do not decide: the difference is "
            f"{usd(self.usd_per_month)} a month, {ends}."
        )


def gap(table: pl.DataFrame, drawn: Paired, candidate: str, runner_up: str) -> Gap:
    """Give the difference of monthly dollars between two candidates, with its interval.

    Args:
        table: The table of a decision.
        drawn: What errors cost, from `error_draws` for the same table.
        candidate: The choice.
        runner_up: The other.
    """
    mine, theirs = drawn.ids.index(candidate), drawn.ids.index(runner_up)
    running = running_usd(table).to_numpy()
    more = float(table["usd_per_month"][theirs] - table["usd_per_month"][mine])
    drawn_more = running[theirs] - running[mine] + (drawn.draws[theirs] - drawn.draws[mine])
    low, high = ends_of(drawn_more, drawn.confidence)
    share = float((drawn_more > 0).mean() + (drawn_more == 0).mean() / 2)
    return Gap(candidate, runner_up, more, float(low), float(high), share, drawn.confidence)
