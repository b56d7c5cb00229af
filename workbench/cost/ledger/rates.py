"""The hourly prices that the recorded dollars rest on, as the ledger itself tells them."""

from __future__ import annotations

import polars as pl

_SECONDS_PER_HOUR = 3600
_LEAST_SECONDS = 1.0
"""A shorter run tells no rate: its time is rounded to milliseconds."""


def recorded_rates(runs: pl.DataFrame) -> pl.DataFrame:
    """Give the hourly prices at which runs were recorded.

    Args:
        runs: As `artifacts.read_ledger` gives them.

    Returns:
        By recorded machine and purchase option: `instance`, `low_usd_per_hour`, `high_usd_per_hour`, the days
        `first` and `last` on which it was used (UTC), and `runs`, those without a price or with workers elsewhere left
        out.
    """
    hourly = pl.col("usd") / pl.col("wall_seconds") * _SECONDS_PER_HOUR
    alone = pl.col("elsewhere_cpu_seconds") == 0
    told = runs.filter(pl.col("usd") > 0, pl.col("wall_seconds") >= _LEAST_SECONDS, alone).drop_nulls("instance")
    return (
        told.group_by("instance")
        .agg(
            hourly.min().alias("low_usd_per_hour"),
            hourly.max().alias("high_usd_per_hour"),
            pl.col("started").min().str.slice(0, 10).alias("first"),
            pl.col("started").max().str.slice(0, 10).alias("last"),
            pl.len().alias("runs"),
        )
        .sort("instance")
    )
