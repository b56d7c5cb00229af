"""The dollars of the ledger's table as whole billionths."""

from __future__ import annotations

import polars as pl

from workbench.cost.ledger.money import MOST_USD, NANO, WASTED


def ledger_frame(runs: pl.DataFrame) -> pl.DataFrame:
    """Add what every question to the ledger needs: whole billionths, the day, whether it was wasted.

    Args:
        runs: The runs, as `artifacts.read_ledger` gives them.

    Returns:
        The runs with `nano_usd` (null where unpriced), `day` (UTC) and `wasted`.
    """
    return runs.with_columns(
        nano_usd=nano("usd"), day=pl.col("started").str.slice(0, 10), wasted=pl.col("status").is_in(WASTED)
    )


def nano(column: str) -> pl.Expr:
    """Turn a column of dollars into whole billionths, as `money.nano_usd` does."""
    dollars = pl.col(column)
    known = pl.when(dollars.is_between(0, MOST_USD)).then(dollars)
    return (known * NANO).round(mode="half_to_even").cast(pl.Int64)


def total(column: str) -> pl.Expr:
    """Sum whole billionths without running over."""
    return pl.col(column).cast(pl.Int128).sum()
