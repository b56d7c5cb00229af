"""The table a decision is taken on: what each candidate costs beside what it is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from workbench.errors import DecisionError

if TYPE_CHECKING:
    from collections.abc import Sequence


def candidates_table(costs: pl.DataFrame, metrics: pl.DataFrame) -> pl.DataFrame:
    """Join the metrics of every candidate to its costs.

    Args:
        costs: One row per candidate, as the stage cost leaves it.
        metrics: Long table of `id`, `split`, `metric`, `value`, as the stage evaluate leaves it.

    Returns:
        The costs with one column for each split and metric, such as `validation_log_loss`, in the order of `costs`.

    Raises:
        DecisionError: The two stages saw different candidates.
    """
    _same(costs["id"].to_list(), metrics["id"].unique(maintain_order=True).to_list())
    names = metrics.select(pl.concat_str("split", "metric", separator="_").alias("name")).to_series()
    wide = metrics.with_columns(name=names).pivot(
        "name", index="id", values="value", on_columns=names.unique(maintain_order=True)
    )
    return costs.join(wide, on="id", how="left", maintain_order="left", validate="1:1")


def _same(costed: Sequence[str], evaluated: Sequence[str]) -> None:
    missing = sorted(set(costed) ^ set(evaluated))
    if missing:
        raise DecisionError(
            "the stages cost and evaluate saw different candidates",
            found=f"{', '.join(missing[:5])} in one of them only",
            hint="run the pipeline again from train: dvc repro",
        )
