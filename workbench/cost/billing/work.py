"""What the last weeks of work cost, from the ledger: for reports, never for artifacts, which no history may change."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import polars as pl

from workbench.cost.ledger.amounts import ledger_frame, total
from workbench.cost.ledger.money import NANO
from workbench.cost.ledger.saving import saved

DAYS = 30


@dataclass(frozen=True)
class Worked:
    """Runs of some weeks, and what the cache saved in them.

    Attributes:
        days: How far back they go.
        runs: Runs that ended: `stage`, `status`, `usd`, `started`.
        saved: What the cache spared: `stage`, `usd`.
        by_stage: `stage`, `runs`, `wall_seconds`, `cpu_seconds`, `usd`, `usd_wasted`, `usd_saved`, the dearest first.
    """

    days: int
    runs: pl.DataFrame
    saved: pl.DataFrame
    by_stage: pl.DataFrame


def worked(runs: pl.DataFrame, repros: pl.DataFrame, now: dt.datetime, days: int = DAYS) -> Worked:
    """Sum up the last days of work.

    Args:
        runs: Every run, as `artifacts.read_ledger` gives them.
        repros: Runs of the pipeline, likewise.
        now: The moment to look back from, UTC.
        days: How far to look back.
    """
    since = (now - dt.timedelta(days=days)).isoformat(timespec="milliseconds")
    ended = ledger_frame(runs).filter(pl.col("started") >= since, pl.col("status") != "RUNNING")
    spared = saved(runs, repros).filter(pl.col("started") >= since).drop_nulls("nano_usd")
    sums = ended.group_by("stage").agg(
        pl.len().alias("runs"),
        pl.col("wall_seconds", "cpu_seconds").sum(),
        total("nano_usd").alias("spent"),
        pl.col("nano_usd").filter("wasted").cast(pl.Int128).sum().alias("lost"),
    )
    both = sums.join(
        spared.group_by("stage").agg(total("nano_usd").alias("spared")), on="stage", how="full", coalesce=True
    )
    by_stage = both.with_columns(pl.col("runs", "spent", "lost", "spared").fill_null(0)).select(
        "stage",
        "runs",
        pl.col("wall_seconds", "cpu_seconds").fill_null(0.0),
        (pl.col("spent") / NANO).alias("usd"),
        (pl.col("lost") / NANO).alias("usd_wasted"),
        (pl.col("spared") / NANO).alias("usd_saved"),
    )
    return Worked(
        days,
        ended.select("stage", "status", "usd", "started"),
        spared.select("stage", usd=pl.col("nano_usd") / NANO),
        by_stage.sort("usd", "stage", descending=[True, False]),
    )
