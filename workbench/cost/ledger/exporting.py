"""The ledger for other programs: CSV, and the text format that Prometheus reads.

Source of the format: https://prometheus.io/docs/instrumenting/exposition_formats/ (text, version 0.0.4).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from workbench.cost.ledger.amounts import total
from workbench.cost.ledger.money import NANO

if TYPE_CHECKING:
    from collections.abc import Iterable

_PREFIX = "workbench_ledger"
_LABELS = ("stage", "status", "owner")
_FAMILIES = (
    ("runs", "Runs on record.", pl.len()),
    ("unpriced_runs", "Runs on record without a price.", pl.col("nano_usd").null_count()),
    ("cost_usd", "Recorded cost in US dollars.", total("nano_usd")),
    ("wall_seconds", "Time on the clock.", pl.col("wall_seconds").sum()),
    ("cpu_seconds", "Processor time.", pl.sum_horizontal("cpu_seconds", "elsewhere_cpu_seconds").sum()),
    ("energy_joules", "Energy used, where known.", pl.col("energy_joules").sum()),
)
_FIRST_IN_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def to_csv(table: pl.DataFrame) -> str:
    """Write a table as CSV, dollars with all of their nine decimals.

    Columns of whole billionths, `nano_usd` or `…_nano_usd`, become exact decimal `usd` columns. Text that a spreadsheet
    would run as a formula gets an apostrophe in front.
    """
    columns = []
    for name, dtype in table.schema.items():
        if name == "nano_usd" or name.endswith("_nano_usd"):
            columns.append(decimal(name).alias(name.replace("nano_usd", "usd")))
        elif dtype == pl.String:
            risky = pl.any_horizontal(pl.col(name).str.starts_with(first) for first in _FIRST_IN_FORMULAS)
            columns.append(pl.when(risky).then("'" + pl.col(name)).otherwise(name).alias(name))
        else:
            columns.append(pl.col(name))
    return table.select(columns).write_csv()


def to_prometheus(runs: pl.DataFrame, saved: pl.DataFrame) -> str:
    """Write totals by stage, status and owner as metrics.

    Args:
        runs: As `ledger_frame` gives them.
        saved: As `saved` gives them.
    """
    sums = runs.group_by(_LABELS).agg(value.alias(name) for name, _, value in _FAMILIES).sort(_LABELS)
    lines = [line for name, about, _ in _FAMILIES for line in _family(f"{_PREFIX}_{name}", about, sums, name)]
    spared = saved.group_by("stage").agg(total("nano_usd").alias("saved_usd")).sort("stage")
    lines += _family(f"{_PREFIX}_saved_usd", "Cost of runs that the cache spared.", spared, "saved_usd")
    return "\n".join(lines) + "\n"


def _family(metric: str, about: str, sums: pl.DataFrame, column: str) -> Iterable[str]:
    yield f"# HELP {metric} {about}"
    yield f"# TYPE {metric} gauge"
    labels = [name for name in _LABELS if name in sums.columns]
    for *names, value in sums.select(*labels, column).iter_rows():
        told = ",".join(f'{label}="{_escaped(name or "")}"' for label, name in zip(labels, names, strict=True))
        yield f"{metric}{{{told}}} {_dollars(value) if column.endswith('usd') else value}"


def _escaped(text: str) -> str:
    """Escape a label as the format asks: backslash, quote, line feed."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _dollars(nano_usd: int) -> str:
    """Give whole billionths as dollars, exactly."""
    whole, rest = divmod(nano_usd, NANO)
    return f"{whole}.{rest:09d}"


def decimal(name: str) -> pl.Expr:
    """Write whole billionths as a decimal number of dollars, exactly; null stays null."""
    whole, rest = pl.col(name) // NANO, pl.col(name) % NANO
    return pl.when(pl.col(name).is_not_null()).then(
        pl.concat_str(whole.cast(pl.String), pl.lit("."), rest.cast(pl.String).str.zfill(9))
    )
