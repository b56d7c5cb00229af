"""What the runs on record used, stage by stage: the 95th percentile decides on a machine, not the mean."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from workbench.cost.economics import DAYS_PER_MONTH

if TYPE_CHECKING:
    from workbench.cost.advice.situation import Situation
    from workbench.params.cost import Purchase

FEWEST_RUNS = 3
"""Runs that ended well which a stage needs before anything is said of it."""
_HIGH = 0.95


@dataclass(frozen=True)
class StageUse:
    """What one stage uses.

    Attributes:
        stage: The stage.
        runs: Runs on record that ended well.
        runs_per_month: Those of the last month, or the retrainings planned where these are more.
        wall_hours: Mean time of a run that ended well.
        cores: 95th percentile of the processor time over the time of a run.
        cores_mean: Mean of it.
        peak_rss_bytes: 95th percentile of the largest memory, failed and killed runs included.
        peak_rss_bytes_mean: Mean of it.
        on_gpu: Whether a run held a GPU.
    """

    stage: str
    runs: int
    runs_per_month: float
    wall_hours: float
    cores: float
    cores_mean: float
    peak_rss_bytes: float
    peak_rss_bytes_mean: float
    on_gpu: bool

    @property
    def hours_per_month(self) -> float:
        """Machine time of a month."""
        return self.runs_per_month * self.wall_hours


def recent(runs: pl.DataFrame, now: dt.datetime) -> pl.DataFrame:
    """Keep the runs of the last month that have ended."""
    since = now - dt.timedelta(days=DAYS_PER_MONTH)
    return runs.filter(pl.col("started") > since, pl.col("started") <= now, pl.col("status") != "RUNNING")


def stage_uses(situation: Situation) -> tuple[StageUse, ...]:
    """Sum up each stage that has enough runs on record, in order of their names."""
    seconds, peak = pl.col("wall_seconds"), pl.col("peak_rss_bytes")
    ended = situation.runs.filter(pl.col("status") != "RUNNING", seconds > 0)
    done = pl.col("status") == "DONE"
    cores = (pl.col("cpu_seconds") / seconds).filter(done)
    monthly = recent(ended, situation.now).group_by("stage").len("runs_per_month")
    table = (
        ended.group_by("stage")
        .agg(
            runs=done.sum(),
            wall_hours=seconds.filter(done).mean() / 3600,
            cores=cores.quantile(_HIGH, "higher"),
            cores_mean=cores.mean(),
            peak_rss_bytes=peak.quantile(_HIGH, "higher"),
            peak_rss_bytes_mean=peak.mean(),
            on_gpu=(pl.col("gpu_seconds") > 0).any(),
        )
        .filter(pl.col("runs") >= FEWEST_RUNS)
        .join(monthly, on="stage", how="left")
        .with_columns(pl.max_horizontal(pl.col("runs_per_month").fill_null(0), situation.cost.retrains_per_month))
        .sort("stage")
    )
    return tuple(StageUse(**row) for row in table.iter_rows(named=True))


def stage_purchase(situation: Situation) -> Purchase:
    """Tell how stages are paid for: a function service trains nothing, so that its machine is had on demand."""
    return "on_demand" if situation.cost.purchase == "serverless" else situation.cost.purchase


def stage_usd_per_hour(situation: Situation) -> float:
    """Give the price of an hour of the machine that runs the stages."""
    return situation.book.usd_per_hour(situation.cost.instance, stage_purchase(situation)).usd_per_hour
