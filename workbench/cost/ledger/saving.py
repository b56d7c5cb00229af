"""What the cache saved: stages that a run of the pipeline did not have to run again."""

from __future__ import annotations

import polars as pl

from workbench.cost.ledger.amounts import nano


def saved(runs: pl.DataFrame, repros: pl.DataFrame) -> pl.DataFrame:
    """Price the stages that each run of the whole pipeline took over from an earlier run.

    A repro is on record only when it ended well and looked at every stage, so that a stage without a run of its own in
    it was up to date or came from DVC's cache. It saved what the last run of that stage cost that ended well before.
    That is a figure of what was not spent, under the premise that without a cache every repro runs everything.

    Args:
        runs: Every run, as `artifacts.read_ledger` gives them: also those from before the time that is asked for.
        repros: Runs of the pipeline, likewise.

    Returns:
        `repro`, `started`, `owner`, `stage`, `nano_usd` (null where the last run of the stage is unpriced); stages
        that never ended well are left out, and so are those that are no notebook.
    """
    order = pl.col("started").str.to_datetime(time_zone="UTC", strict=False).alias("moment")
    looked_at = (
        repros.with_columns(order, pl.col("stages").str.split(" ").alias("stage"))
        .drop("stages")
        .explode("stage")
        .join(runs.select("repro", "stage").drop_nulls(), on=["repro", "stage"], how="anti")
        .drop_nulls("moment")
        .sort("moment")
    )
    done = (
        runs.filter(pl.col("status") == "DONE")
        .select(order, "stage", nano("usd").alias("nano_usd"), pl.lit(value=True).alias("is_known"))
        .drop_nulls("moment")
        .sort("moment")
    )
    found = looked_at.join_asof(done, on="moment", by="stage", strategy="backward", check_sortedness=False)
    return found.filter(pl.col("is_known").fill_null(value=False)).select(
        "repro", "started", "owner", "stage", "nano_usd"
    )
