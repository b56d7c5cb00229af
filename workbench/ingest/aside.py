"""How many rows were set aside, why, and when that is too many to go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from workbench.errors import ContractError, Place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.ingest.pipeline import IngestResult
    from workbench.params.ingest import IngestParams

REFUSED = ".workbench/quarantine"
"""Folder for the rows that ended a stage: they are looked at, and nothing depends on them."""
_SCHEMA = {"source": pl.String, "column": pl.String, "reason": pl.String, "rows": pl.Int64, "share": pl.Float64}


def reasons_aside(result: IngestResult) -> pl.DataFrame:
    """Count the rows in quarantine by source, column and reason, the most frequent first; shares are of the source."""
    read = _rows_read(result)
    counted = [
        rows.group_by("source", "column", "reason")
        .agg(pl.col("row").n_unique().cast(pl.Int64).alias("rows"))
        .with_columns(share=pl.col("rows") / read[name])
        for name, rows in result.quarantine.items()
    ]
    order = ["rows", "source", "column", "reason"]
    return pl.concat([pl.DataFrame(schema=_SCHEMA), *counted]).sort(order, descending=[True, False, False, False])


def said_aside(result: IngestResult) -> str:
    """Say in one line how many rows of which source are in quarantine."""
    read, aside = _rows_read(result), _rows_aside(result)
    told = [f"{_of(aside[name], read[name])} of {name}" for name in aside if aside[name]]
    return f"in quarantine: {'; '.join(told) or 'no row'}"


def too_many_aside(result: IngestResult, params: IngestParams) -> ContractError | None:
    """Give the error that ends a stage of which a source lost more rows than `max_quarantined` allows, or None."""
    read, aside = _rows_read(result), _rows_aside(result)
    name = max(aside, key=lambda each: aside[each] / max(read[each], 1))
    if aside[name] <= params.max_quarantined * read[name]:
        return None
    column, reason, rows = reasons_aside(result).filter(pl.col("source") == name).row(0)[1:4]
    return ContractError(
        f"too many rows cannot be used: {_of(aside[name], read[name])}",
        place=Place(params.sources[name].path, column=column),
        found=f"{reason}, in {rows:,} of them",
        expected=f"at most {_percent(params.max_quarantined)}",
        hint=f"read them in {REFUSED}/{name}.csv; mend the source or its contract, or raise ingest.max_quarantined",
    )


def _rows_read(result: IngestResult) -> Mapping[str, int]:
    steps = dict(result.accounting.select("step", "rows_in").iter_rows())
    return {name: steps[f"read {name}"] for name in result.quarantine}


def _rows_aside(result: IngestResult) -> Mapping[str, int]:
    """Count each row of a source once, however often a join repeats it."""
    return {name: rows["row"].n_unique() for name, rows in result.quarantine.items()}


def _of(rows: int, read: int) -> str:
    return f"{rows:,} of {read:,} rows ({_percent(rows / max(read, 1))})"


def _percent(share: float) -> str:
    """Write a share with a decimal, and never as nothing when it is something."""
    return "under 0.1 %" if 0 < share < 0.001 else f"{100 * share:.1f} %"  # noqa: PLR2004 - what a decimal can show
