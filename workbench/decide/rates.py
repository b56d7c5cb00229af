"""The rates of error of every candidate, laid out once, so that every change of a price is a few sums over arrays.

The table of the stage evaluate has one row for each candidate, split and threshold. Here each split is one array of
candidates by thresholds for each kind of error, in the order of the candidates and of rising thresholds; where a
candidate has fewer thresholds than another, the rest is left out of every minimum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from workbench.cost.erring import RATES
from workbench.errors import DecisionError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from workbench.params.cost import ErrorCost

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_AT_ONCE = 40_000
"""Figures priced at a time: few enough to stay in a processor's cache."""


@dataclass(frozen=True)
class SplitRates:
    """Rates of error on one split.

    Attributes:
        thresholds: `(candidates, most)`, rising; infinite beyond a candidate's own.
        counts: How many each candidate has; 0 where the split has no rows of it.
        rates: For each entry of `workbench.cost.RATES` its rates `(candidates, most)`; None where all are 0 or null.
    """

    thresholds: Floats
    counts: Ints
    rates: tuple[Floats | None, ...]

    def least(self, error_usd: ErrorCost, rows: float) -> tuple[Ints, Floats]:
        """Find for each candidate the place of its least expected cost, the first of equals, and that cost.

        Args:
            error_usd: What one error costs.
            rows: Rows scored in a month.
        """
        candidates, most = self.thresholds.shape
        place, usd = np.zeros(candidates, np.int64), np.full(candidates, np.nan)
        step = max(1, _AT_ONCE // max(1, most))
        paid = list(self._paid(error_usd))
        spare = np.arange(most) >= self.counts[:, None] if (self.counts < most).any() else None
        for start in range(0, candidates, step):
            part = slice(start, start + step)
            block = _sum([(rates[part], price) for rates, price in paid], (len(self.counts[part]), most), rows)
            if spare is not None:
                block[spare[part]] = np.inf
            place[part] = block.argmin(axis=1)
            usd[part] = np.take_along_axis(block, place[part, None], axis=1)[:, 0]
        return place, np.where(self.counts > 0, usd, np.nan)

    def at(self, cuts: Floats, error_usd: ErrorCost, rows: float) -> Floats:
        """Price the errors of each candidate at a threshold, read off a straight line between those of the table.

        Args:
            cuts: One threshold for each candidate.
            error_usd: What one error costs.
            rows: Rows scored in a month.

        Returns:
            Dollars; NaN where a candidate has no rates.
        """
        below = (self.thresholds <= cuts[:, None]).sum(axis=1)
        last = np.maximum(self.counts - 1, 0)
        left = np.clip(below - 1, 0, last)
        usd, low = self.at_place(left, error_usd, rows), self.threshold_at(left)
        between = (below > 0) & (left < last) & (low != cuts)
        if between.any():
            right = np.minimum(left + 1, last)
            rise = (self.at_place(right, error_usd, rows) - usd)[between]
            run = (self.threshold_at(right)[between]) - low[between]
            usd[between] += rise / run * (cuts - low)[between]
        return usd

    def table(self, row: int) -> Floats:
        """Give the rates of one candidate: a row for each threshold, a column for each entry of `RATES`."""
        count = int(self.counts[row])
        return np.column_stack([np.zeros(count) if rates is None else rates[row, :count] for rates in self.rates])

    def only(self, rows: list[int]) -> SplitRates:
        """Keep some candidates."""
        kept = tuple(None if rates is None else rates[rows] for rates in self.rates)
        return SplitRates(self.thresholds[rows], self.counts[rows], kept)

    def at_place(self, place: Ints, error_usd: ErrorCost, rows: float) -> Floats:
        """Price the errors of each candidate at one of its thresholds, named by its place."""
        each = np.arange(len(place))
        usd = _sum([(rates[each, place], price) for rates, price in self._paid(error_usd)], place.shape, rows)
        return np.where(self.counts > 0, usd, np.nan)

    def threshold_at(self, place: Ints) -> Floats:
        """Give the threshold of each candidate at a place."""
        return np.asarray(self.thresholds[np.arange(len(place)), place])

    def _paid(self, error_usd: ErrorCost) -> Iterator[tuple[Floats, float]]:
        """Give the rates whose errors cost something; nothing is added for the others."""
        for rates, name in zip(self.rates, RATES.values(), strict=True):
            price = float(getattr(error_usd, name))
            if rates is not None and price:
                yield rates, price


@dataclass(frozen=True)
class Rates:
    """The rates of error of every candidate; `decide` takes them in place of the table.

    Attributes:
        ids: The candidates.
        validation: Rates on the split that decides.
        test: Rates on test rows; None where there are none at all.
    """

    ids: tuple[str, ...]
    validation: SplitRates
    test: SplitRates | None

    @classmethod
    def of(cls, error_rates: pl.DataFrame, ids: Iterable[str]) -> Rates:
        """Lay the table out.

        Args:
            error_rates: Rates by `id`, `split` and `threshold`, as the stage evaluate leaves them.
            ids: The candidates, in the order of their table.

        Raises:
            DecisionError: A candidate has no rates on validation.
        """
        names = tuple(ids)
        validation, test = (_split(error_rates, split, names) for split in ("validation", "test"))
        if not validation.counts.all():
            raise DecisionError(
                "a candidate has no error rates on validation",
                found=names[int(np.argmin(validation.counts))],
                hint="run the stage evaluate again",
            )
        return cls(names, validation, test if test.counts.any() else None)

    def only(self, rows: list[int]) -> Rates:
        """Keep some candidates, in the order of their rows."""
        names = tuple(self.ids[row] for row in rows)
        return Rates(names, self.validation.only(rows), None if self.test is None else self.test.only(rows))


def _sum(paid: list[tuple[Floats, float]], shape: tuple[int, ...], rows: float) -> Floats:
    """Add up rates times prices, in the order of `expected_error_usd`, for so many rows."""
    if not paid:
        return np.zeros(shape)
    (first, price), *others = paid
    with np.errstate(over="ignore", invalid="ignore"):  # the decision refuses dollars that are no finite number
        usd = first * price
        for rates, each in others:
            usd += rates * each
        usd *= rows
    return usd


def _split(error_rates: pl.DataFrame, split: str, ids: tuple[str, ...]) -> SplitRates:
    places = pl.DataFrame({"id": ids, "at": np.arange(len(ids))}, schema={"id": pl.String, "at": pl.Int64})
    rows = (
        error_rates.lazy()
        .filter(pl.col("split") == split)
        .join(places.lazy(), on="id", how="inner", maintain_order="left")
        .sort("at", "threshold", maintain_order=True)
        .collect()
    )
    candidate = rows["at"].to_numpy()
    counts = np.bincount(candidate, minlength=len(ids))
    column = np.arange(rows.height) - np.repeat(np.cumsum(counts) - counts, counts)
    shape = (len(ids), int(counts.max(initial=0)) or 1)

    def laid_out(values: pl.Series, rest: float) -> Floats:
        cube = np.full(shape, rest)
        cube[candidate, column] = values.cast(pl.Float64).fill_null(0.0).to_numpy()
        return cube

    kept = (laid_out(rows[name], 0.0) if (rows[name].fill_null(0) != 0).any() else None for name in RATES)
    return SplitRates(laid_out(rows["threshold"], np.inf), counts, tuple(kept))
