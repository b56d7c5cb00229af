"""What candidates are compared on: quality, serving, training, latency, memory, bytes, or any of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from workbench.errors import UsageError, nearest
from workbench.evaluate import sign
from workbench.money import usd

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

OBJECTIVES = ("errors", "quality", "serving", "training", "latency", "memory", "bytes")
_COLUMNS = {
    "errors": ("usd_errors_per_month", "errors cost", "{} less a month"),
    "serving": ("usd_serving_per_month", "serving costs", "{} less a month"),
    "training": ("usd_training_per_month", "training costs", "{} less a month"),
    "latency": ("latency_p99_ms", "the 99th percentile of latency is", "{} less"),
    "memory": ("peak_rss_bytes", "it takes", "{} less memory"),
    "bytes": ("size_bytes", "it is", "{} smaller"),
}
_SCALES = (("GB", 1e9), ("MB", 1e6), ("kB", 1e3))


@dataclass(frozen=True)
class Objective:
    """One count that candidates are compared on.

    Attributes:
        name: One of `OBJECTIVES`.
        column: Where the table has it.
        sign: 1 where less is better, -1 where more is.
    """

    name: str
    column: str
    sign: float = 1.0

    def values(self, table: pl.DataFrame) -> Floats:
        """Give the column so that less is better; what is unknown is infinite."""
        known = self.sign * table[self.column].cast(pl.Float64).fill_null(np.nan).to_numpy()
        return np.where(np.isnan(known), np.inf, known)

    def advantage(self, amount: float) -> str:
        """Say by how much one candidate is better than another.

        Example:
            >>> Objective("latency", "latency_p99_ms").advantage(1.25)
            'the 99th percentile of latency is 1.25 ms less'
        """
        if self.name == "quality":
            words = self.column.removeprefix("validation_").replace("_", " ")
            return f"{words} on validation is {amount:.3g} {'lower' if self.sign > 0 else 'higher'}"
        _, subject, form = _COLUMNS[self.name]
        return f"{subject} {form.format(self.written(amount))}"

    def written(self, amount: float) -> str:
        """Write an amount of it, with its unit.

        Example:
            >>> Objective("bytes", "size_bytes").written(3.9e6)
            '3.9 MB'
        """
        if self.name == "quality":
            return f"{amount:.4g}"
        if self.column.startswith("usd"):
            return usd(amount)
        if self.column.endswith("ms"):
            return f"{amount:.3g} ms"
        unit, scale = next((item for item in _SCALES if amount >= item[1]), ("bytes", 1.0))
        return f"{amount / scale:.3g} {unit}"


def objectives_of(table: pl.DataFrame, metric: str, names: Iterable[str] | None = None) -> tuple[Objective, ...]:
    """Give what candidates are compared on.

    Args:
        table: The table of a decision.
        metric: The metric that decides, without `validation_`.
        names: Some of `OBJECTIVES`; by default quality, serving, training, latency, memory and bytes, those of them
            that differ between the candidates. Where errors have a price, quality is what they cost: `errors`, so that
            the least total always stands on the frontier; otherwise it is the metric.

    Raises:
        UsageError: There is no such objective, or the table lacks it.

    Example:
        >>> table = pl.DataFrame({"usd_errors_per_month": [1.0, 2.0], "latency_p99_ms": [3.0, 3.0]})
        >>> [item.name for item in objectives_of(table, "rmse")]
        ['errors']
    """
    known = {name: Objective(name, column) for name, (column, *_) in _COLUMNS.items()}
    known["quality"] = Objective("quality", f"validation_{metric}", -sign(metric))
    if names is not None:
        return tuple(_asked(table, known, name) for name in names)
    there = [known[name] for name in OBJECTIVES if known[name].column in table.columns]
    differing = [item for item in there if _differs(table, item)]
    if any(item.name == "errors" for item in differing):
        differing = [item for item in differing if item.name != "quality"]
    return tuple(differing or there[:1])


def points_of(table: pl.DataFrame, objectives: Sequence[Objective]) -> Floats:
    """Give one row for each candidate and one column for each objective; less is better."""
    return np.stack([item.values(table) for item in objectives], axis=1)


def _asked(table: pl.DataFrame, known: dict[str, Objective], name: str) -> Objective:
    if name not in known:
        raise UsageError(
            f"there is no objective {name}",
            expected=f"one of {', '.join(OBJECTIVES)}",
            hint=nearest(name, OBJECTIVES),
        )
    if known[name].column not in table.columns:
        raise UsageError(f"the candidates lack {known[name].column}, which {name} is read from")
    return known[name]


def _differs(table: pl.DataFrame, objective: Objective) -> bool:
    values = objective.values(table)
    return bool(values.size and (values != values[0]).any())
