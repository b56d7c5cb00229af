"""The explorer as HTML: a picture and a table first, then the module that brings them to life."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import polars as pl

from workbench import charts
from workbench.stages.report.outputs import widget_script, widget_style
from workbench.widgets.state import inert_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.decide import Decision
    from workbench.errors import WorkbenchError
    from workbench.widgets.state import Json

MIME = "application/vnd.workbench.widget+json"
VERSION = 1
MOST_ROWS = 8
MOST_DOTS = 2000


def bundle(state: Mapping[str, Json]) -> dict[str, object]:
    """Give the inert data from which a report rebuilds the explorer."""
    return {"widget": "explorer", "version": VERSION, "state": state}


def picture_and_table(decision: Decision, basis: str) -> str:
    """Show the decision without any script: what an untrusted notebook and a reader without JavaScript see."""
    figure = charts.frontier(_pictured(decision), decision.candidate)
    best = decision.table.filter(pl.col("within_limits")).sort("usd_per_month", "id").head(MOST_ROWS)
    shown = [
        "id",
        "threshold",
        "usd_training_per_month",
        "usd_serving_per_month",
        *(name for name in ("usd_storage_per_month", "usd_egress_per_month") if _is_paid(best, name)),
        "usd_errors_per_month",
        "usd_per_month",
        "latency_p99_ms",
        "size_bytes",
    ]
    kept = [name for name in shown if name in best.columns and best[name].null_count() < max(1, best.height)]
    caption = f"Best within the limits: {best.height} of {decision.table.height} candidates"
    headers = {"id": "candidate", "usd_per_month": "total per month"}
    reason = f'<p class="workbench-reason">{escape(decision.reason)}</p>'
    return reason + figure.html() + charts.table(best.select(kept), caption, headers=headers, note=basis).html()


def _pictured(decision: Decision) -> pl.DataFrame:
    """Of very many candidates, keep what a picture can show: the choice, the frontier, and the cheapest."""
    table = decision.table
    if table.height <= MOST_DOTS:
        return table
    first = (pl.col("id") != decision.candidate, ~pl.col("on_frontier"), ~pl.col("within_limits"), "usd_per_month")
    return table.sort(*first, nulls_last=True, maintain_order=True).head(MOST_DOTS)


def _is_paid(table: pl.DataFrame, name: str) -> bool:
    return name in table.columns and bool(table[name].sum())


def message(error: WorkbenchError) -> str:
    """Show why there is no decision."""
    return f'<p class="workbench-reason">{escape(str(error))}</p>'


def self_mounting(plain: str, state: Mapping[str, Json]) -> str:
    """Give HTML that shows `plain` and replaces it by the live explorer where scripts may run."""
    return (
        f'<div data-workbench-widget="explorer">{plain}'
        f'<script type="application/json">{inert_json(state)}</script></div>'
        f"<style>{style()}</style>"
        f'<script type="module">{script()}\nmountAll(document);</script>'
    )


def script() -> str:
    """Give the module that draws the explorer, beside a kernel and in a report: no imports, no build step."""
    return widget_script("explorer")


def style() -> str:
    """Give the style of the explorer."""
    return widget_style("explorer")
