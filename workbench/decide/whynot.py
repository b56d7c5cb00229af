"""Why not this one: what stands against each candidate that was not chosen, in one sentence.

A candidate is *beaten* when another within the limits is no worse on any objective and better on one. It is beaten
*surely* when on every objective that was measured on a sample of rows the interval of the difference leaves out that
the other is worse, and on some objective the other is better beyond doubt. Where the intervals overlap, nothing is
declared: the candidate is *perhaps* beaten.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import polars as pl

from workbench.decide.pareto import dominators
from workbench.money import usd

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from workbench.decide.doubt import Paired
    from workbench.decide.fronts import Front

    Doubts = Mapping[str, Paired]
    Rows = NDArray[np.int64]

Standing = Literal["chosen", "frontier", "perhaps", "beaten", "outside"]


@dataclass(frozen=True)
class WhyNot:
    """What stands against one candidate.

    Attributes:
        candidate: The candidate.
        standing: `chosen`; on the `frontier`; `perhaps` beaten; surely `beaten`; `outside` the limits.
        by: The candidate that beats it; None where none does.
        gains: By how much that one is better, by objective, in the units of the table; equal ones are left out.
        sentence: All of it in one sentence.
    """

    candidate: str
    standing: Standing
    by: str | None
    gains: Mapping[str, float]
    sentence: str


def why_not(
    table: pl.DataFrame,
    front: Front,
    chosen: str,
    doubts: Doubts | None = None,
    broken: Mapping[str, str] | None = None,
) -> tuple[WhyNot, ...]:
    """Say of every candidate why it was not chosen.

    Of several that beat it the one is named that beats it surely, if there is any, and among those the one that costs
    least in a month.

    Args:
        table: The table of a decision.
        front: Its frontier.
        chosen: The candidate chosen.
        doubts: For each objective that was measured on a sample of rows, such as `errors`, how sure differences are;
            without it every difference counts as it was measured.
        broken: For candidates outside the limits, which ones they break, in words.

    Returns:
        One for each candidate, in the order of the table.
    """
    judge = _Judge(table, front, chosen, doubts or {}, broken or {})
    return tuple(judge.why(row) for row in range(table.height))


def why_not_table(found: tuple[WhyNot, ...]) -> pl.DataFrame:
    """Give the answers as a table: `id`, `standing`, `by`, `why`."""
    rows = [(item.candidate, item.standing, item.by, item.sentence) for item in found]
    schema = {"id": pl.String, "standing": pl.String, "by": pl.String, "why": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


@dataclass(frozen=True)
class _Judge:
    table: pl.DataFrame
    front: Front
    chosen: str
    doubts: Doubts
    broken: Mapping[str, str]

    def why(self, row: int) -> WhyNot:
        name = self.front.ids[row]
        if name == self.chosen:
            return WhyNot(name, "chosen", None, {}, f"{name} was chosen.")
        if not self.front.allowed[row]:
            why = self.broken.get(name)
            return WhyNot(name, "outside", None, {}, f"{name} is outside the limits{f': {why}' if why else ''}.")
        if self.front.on_front[row]:
            return WhyNot(name, "frontier", None, {}, f"{name} is on the frontier and {self._costs_more(row)}.")
        return self._beaten(row)

    def _beaten(self, row: int) -> WhyNot:
        rivals = dominators(self.front.points, self.front.allowed, row)
        sure = self._surely(rivals, row)
        among = rivals[sure] if sure.any() else rivals
        rival = int(among[np.argmin(self.table["usd_per_month"].to_numpy()[among])])
        name, by = self.front.ids[row], self.front.ids[rival]
        gains = dict(self._gains(rival, row))
        words = _listed([item.advantage(gains[item.name]) for item in self.front.objectives if item.name in gains])
        if sure.any():
            return WhyNot(name, "beaten", by, gains, f"{name} is beaten by {by}: {words}{self._rest(gains)}.")
        doubt = _listed(list(self._doubtful(rival, row)))
        return WhyNot(name, "perhaps", by, gains, f"{name} may be beaten by {by}: {words}; but {doubt}.")

    def _surely(self, rivals: Rows, row: int) -> NDArray[np.bool_]:
        """Tell which of the candidates that beat one do so beyond doubt."""
        no_worse, better = np.ones(rivals.size, dtype=bool), np.zeros(rivals.size, dtype=bool)
        for place, item in enumerate(self.front.objectives):
            if item.name in self.doubts:
                most = self.doubts[item.name].upper(rivals, row)
                no_worse, better = no_worse & (most <= 0), better | (most < 0)
            else:
                better |= self.front.points[rivals, place] < self.front.points[row, place]
        return np.asarray(no_worse & better)

    def _gains(self, rival: int, row: int) -> Iterator[tuple[str, float]]:
        for item, here, there in zip(
            self.front.objectives, self.front.points[row], self.front.points[rival], strict=True
        ):
            if here > there:
                yield item.name, float(here - there)

    def _doubtful(self, rival: int, row: int) -> Iterator[str]:
        """Say which differences are within chance."""
        for item in self.front.objectives:
            if item.name not in self.doubts:
                continue
            low, high = self.doubts[item.name].interval(rival, row)
            if high >= 0:
                level = f"{self.doubts[item.name].confidence:.0%}".replace("%", " %")
                ends = " to ".join(_amount(item.column, end) for end in (low, high))
                yield f"the difference in {item.name} is within chance ({level} interval {ends})"

    def _rest(self, gains: Mapping[str, float]) -> str:
        same = [item.name for item in self.front.objectives if item.name not in gains]
        return f", and {_listed(same)} {'is' if len(same) == 1 else 'are'} the same" if same else ""

    def _costs_more(self, row: int) -> str:
        costs = self.table["usd_per_month"]
        more = float(costs[row] - costs[self.front.ids.index(self.chosen)])
        if more == 0:
            return f"costs the same as {self.chosen}"
        said = f"costs {usd(abs(more))} {'more' if more > 0 else 'less'} a month than {self.chosen}"
        return f"{said}, which is within chance" if self._within_chance(row, more) else said

    def _within_chance(self, row: int, more: float) -> bool:
        """Tell whether a difference of monthly dollars could be none, by the interval of what errors cost."""
        if "errors" not in self.doubts:
            return False
        mine = self.front.ids.index(self.chosen)
        errors = self.table["usd_errors_per_month"]
        low, high = (
            end + more - float(errors[row] - errors[mine]) for end in self.doubts["errors"].interval(row, mine)
        )
        return low <= 0 <= high


def _amount(column: str, value: float) -> str:
    return usd(value) if column.startswith("usd") else f"{value:.3g}"


def _listed(parts: list[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)
