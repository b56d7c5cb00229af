"""The ledger by stage, by day, by person, by status, by tag."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl

from workbench.cost.ledger.amounts import total
from workbench.errors import UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

GROUPINGS: Mapping[str, str] = {"stage": "stage", "day": "day", "owner": "owner", "status": "status"}
"""What `group` takes beside `tag:NAME`."""

_TAG = "tag:"


def group(runs: pl.DataFrame, by: str) -> pl.DataFrame:
    """Sum runs by group, exactly.

    Args:
        runs: As `ledger_frame` gives them.
        by: `stage`, `day`, `owner`, `status` or `tag:NAME`.

    Returns:
        One row per group: `group` (null for runs that have none), `runs`, `unpriced`, `wall_seconds`, `cpu_seconds`,
        `nano_usd`, `wasted_nano_usd`. Days in order, other groups by what they cost.

    Raises:
        UsageError: There is no such grouping.
    """
    key = _tag(by.removeprefix(_TAG)) if by.startswith(_TAG) and by != _TAG else pl.col(_column(by))
    wasted = pl.when("wasted").then("nano_usd").otherwise(None)
    grouped = (
        runs.with_columns(key.alias("group"), wasted.alias("wasted_nano_usd"))
        .group_by("group")
        .agg(
            pl.len().alias("runs"),
            pl.col("nano_usd").null_count().alias("unpriced"),
            pl.col("wall_seconds").sum(),
            pl.sum_horizontal("cpu_seconds", "elsewhere_cpu_seconds").sum().alias("cpu_seconds"),
            total("nano_usd").alias("nano_usd"),
            total("wasted_nano_usd").alias("wasted_nano_usd"),
        )
    )
    order = {"by": ["group"]} if by == "day" else {"by": ["nano_usd", "group"], "descending": [True, False]}
    return grouped.sort(**order)


def tags(text: str | None) -> dict[str, str]:
    """Read the tags of a run from the text that the table keeps of them."""
    found: dict[str, str] = json.loads(text) if text else {}
    return found


def _column(by: str) -> str:
    if by in GROUPINGS:
        return GROUPINGS[by]
    known = [*GROUPINGS, "tag:NAME"]
    raise UsageError("the ledger has no such grouping", found=by, expected=", ".join(known), hint=nearest(by, known))


def _tag(name: str) -> pl.Expr:
    """Look a tag up once per distinct set of tags: there are few."""
    return pl.col("tags").map_batches(lambda texts: _looked_up(texts, name), return_dtype=pl.String)


def _looked_up(texts: pl.Series, name: str) -> pl.Series:
    distinct = texts.unique()
    values = {text: tags(text).get(name) for text in distinct.to_list()}
    return texts.replace_strict(list(values), list(values.values()), return_dtype=pl.String)
