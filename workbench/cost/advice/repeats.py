"""Runs that computed again what was there: same stage, same dependencies, same parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from workbench.cost.advice.finding import Advice, Gap, Settled
from workbench.cost.advice.usage import recent, stage_usd_per_hour
from workbench.cost.advice.wording import count, duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.cost.advice.finding import Finding
    from workbench.cost.advice.situation import Situation


def repeated(runs: pl.DataFrame) -> pl.DataFrame:
    """Keep the runs that ended well and did what an earlier one had done."""
    done = runs.filter(pl.col("status") == "DONE", pl.col("digest").is_not_null()).sort("started")
    return done.filter(pl.int_range(pl.len()).over("stage", "digest") > 0)


def cache(situation: Situation) -> Iterator[Finding]:
    """Add up what the runs of the last month cost that a cache would have answered."""
    if situation.runs["digest"].drop_nulls().is_empty():
        yield Gap("cache", "runs in the ledger with the digests of their dependencies")
        return
    again = recent(repeated(situation.runs), situation.now)
    runs = recent(situation.runs, situation.now).height
    if again.is_empty():
        yield Settled("cache", f"none of the {count(runs, 'run')} of the last month repeated an earlier one")
        return
    hours = float(again["wall_seconds"].sum()) / 3600
    worst = again.group_by("stage").agg(pl.len(), pl.col("wall_seconds").sum()).sort("wall_seconds", descending=True)
    stage, times, _ = worst.row(0)
    yield Advice(
        "cache",
        "Let DVC answer what it knows: `dvc repro` without --force, and one cache for all (`dvc push --run-cache`).",
        hours * stage_usd_per_hour(situation),
        f"{again.height} of the {count(runs, 'run')} of the last month had the dependencies and parameters of an "
        f"earlier one that ended well: {duration(hours)}, most of it in {stage} ({count(times, 'run')}).",
        ("the coming month is like the last", "nobody repeated a run on purpose, to measure it for instance"),
        "none: an equal run gives equal artifacts",
        "stages",
        0.0,
        hours * stage_usd_per_hour(situation),
    )
