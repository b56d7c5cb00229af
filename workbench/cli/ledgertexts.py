"""The ledger for programs: JSON, CSV, Prometheus text. Imports nothing that only people need."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl

from workbench.cost.ledger import exporting
from workbench.cost.ledger.grouping import group
from workbench.cost.ledger.money import usd as dollars
from workbench.cost.ledger.totals import totals

if TYPE_CHECKING:
    from workbench.cli.ledgering import Account

ENTRY_KEYS = (
    "run",
    "stage",
    "status",
    "started",
    "wall_seconds",
    "cpu_seconds",
    "elsewhere_cpu_seconds",
    "peak_rss_bytes",
    "git_revision",
    "git_dirty",
    "instance",
    "owner",
    "cell",
    "error",
    "energy_joules",
    "machine",
    "repro",
)

UNTOLD = ("usd", "pid", "process_started", "wasted", "day", "workers", "work", "work_but_workers")
"""What `costs --csv` leaves out: dollars stand there as `nano_usd`, exactly."""


def csv(account: Account) -> str:
    """Give the groups or, where none are asked for, the runs as CSV."""
    if account.by:
        return exporting.to_csv(group(account.runs, account.by).rename({"group": account.by}))
    return exporting.to_csv(account.runs.drop(UNTOLD))


def prometheus(account: Account) -> str:
    """Give the totals as Prometheus text."""
    return exporting.to_prometheus(account.runs, account.saved)


def json_text(account: Account) -> str:
    """Give what `costs --json` prints; dollars to the billionth, so that the entries add up to the total."""
    sums = totals(account.runs)
    head: dict[str, object] = {
        "total_usd": sums.total_usd,
        "total_nano_usd": sums.nano_usd,
        "recorded_total_usd": dollars(account.recorded_nano_usd),
        "repriced_total_usd": sums.total_usd if account.prices else None,
        "wasted_usd": sums.wasted_usd,
        "saved_usd": dollars(account.saved_nano_usd),
        "runs": sums.runs,
        "unpriced_runs": sums.unpriced,
    }
    if account.by:
        head["by"] = account.by
        head["groups"] = [_group(row) for row in group(account.runs, account.by).iter_rows(named=True)]
    if account.prices:
        head["prices"] = {
            name: {"usd_per_hour": price.usd_per_hour, "basis": price.basis, "source": price.source}
            for name, price in sorted(account.prices.items())
        }
    return f'{json.dumps(head, ensure_ascii=False)[:-1]}, "entries": [{_entries(account.runs)}]}}\n'


def _entries(runs: pl.DataFrame) -> str:
    """Write the runs as JSON objects, one a line; 100,000 of them in a fraction of a second."""
    known = pl.struct(ENTRY_KEYS).struct.json_encode().str.head(-1)
    dollars, tags = exporting.decimal("nano_usd").fill_null("null"), pl.col("tags").fill_null("{}")
    parts = (known, pl.lit(',"usd":'), dollars, pl.lit(',"tags":'), tags, pl.lit("}"))
    return str(runs.select(pl.concat_str(parts).str.join(",\n")).item() or "")


def _group(row: dict[str, object]) -> dict[str, object]:
    names = {"nano_usd": "usd", "wasted_nano_usd": "wasted_usd"}
    return {names.get(key, key): dollars(value) if key in names else value for key, value in row.items()}  # type: ignore[arg-type]  # whole billionths
