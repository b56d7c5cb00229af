"""The totals of the ledger: spent, wasted, unpriced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.cost.ledger.money import usd

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Totals:
    """What a part of the ledger comes to.

    Attributes:
        runs: Number of runs.
        unpriced: Runs without a price: they count nothing below.
        nano_usd: All that was spent, in billionths of a dollar.
        wasted_runs: Runs that failed, were killed or took too long.
        wasted_nano_usd: What they cost, in billionths of a dollar; part of `nano_usd`.
    """

    runs: int
    unpriced: int
    nano_usd: int
    wasted_runs: int
    wasted_nano_usd: int

    @property
    def total_usd(self) -> float:
        """All that was spent."""
        return usd(self.nano_usd)

    @property
    def wasted_usd(self) -> float:
        """What runs cost that left nothing to use."""
        return usd(self.wasted_nano_usd)


def totals(runs: pl.DataFrame) -> Totals:
    """Sum runs, exactly.

    Args:
        runs: As `ledger_frame` gives them.
    """
    wasted = runs.filter(runs["wasted"])
    return Totals(
        runs.height,
        runs["nano_usd"].null_count(),
        sum(runs["nano_usd"].drop_nulls().to_list()),
        wasted.height,
        sum(wasted["nano_usd"].drop_nulls().to_list()),
    )
