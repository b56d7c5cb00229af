"""Tables of prices: the price book with the day of every price, and what an update changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from workbench.charts.labels import text
from workbench.cli.tables import Heading, show_table

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from workbench.cost.catalogue.updating import Update

MOST_WARNINGS = 5
UNKNOWN = "—"
_COLUMNS = {
    "instance": "instance",
    "vcpus": "vcpus",
    "memory_gib": "memory, GiB",
    "accelerators": "GPUs",
    "accelerator": "GPU",
    "on_demand_usd_per_hour": "on demand",
    "as_of": "as of",
    "confidence": "confidence",
    "spot_usd_per_hour": "spot",
    "spot_as_of": "as of",
    "interruption": "taken back, % a month",
    "commit_1y_usd_per_hour": "1 year",
    "commit_3y_usd_per_hour": "3 years",
    "commit_as_of": "as of",
}
_PRICED = {
    "as_of": "on_demand_usd_per_hour",
    "spot_as_of": "spot_usd_per_hour",
    "commit_as_of": "commit_1y_usd_per_hour",
}
_WORDS = {"instance", "accelerator", "confidence", *_PRICED}


def show_prices(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print one line per machine: each price with its day beside it."""
    headings = [Heading(words, number=name not in _WORDS) for name, words in _COLUMNS.items()]
    notes = [
        "on demand, spot, 1 year, 3 years: USD per hour; — is unknown, not free",
        "--json tells the sources; `workbench prices update --from FILE|URL` brings newer prices",
    ]
    show_table("price book", headings, [tuple(_cell(name, row) for name in _COLUMNS) for row in rows], notes)


def show_warnings(warnings: Sequence[str]) -> None:
    """Print the first warnings on stderr, and how many more there are."""
    for warning in warnings[:MOST_WARNINGS]:
        typer.echo(f"warning: {warning}", err=True)
    if len(warnings) > MOST_WARNINGS:
        typer.echo(f"warning: and {len(warnings) - MOST_WARNINGS:,} more, see --json", err=True)


def show_update(planned: Update, day: dt.date, *, written: bool) -> None:
    """Print what an update changes, what it leaves out and why."""
    headings = [Heading("machine", number=False), Heading("price", number=False)]
    headings += [Heading("old, USD per hour"), Heading("new, USD per hour"), Heading("change, %")]
    rows = [
        (
            change.instance,
            change.option.replace("_", " "),
            _usd(change.old_usd_per_hour),
            _usd(change.new_usd_per_hour),
            UNKNOWN if change.per_cent is None else f"{change.per_cent:+.1f}",
        )
        for change in planned.changes
    ]
    notes = [f"{planned.same:,} more prices are the same, now as of {day}"]
    notes += [f"left out: {count:,} {reason}" for reason, count in planned.skipped.items()]
    notes += planned.notes
    if planned.text is None:
        notes.append("nothing of it belongs to the price book: prices.yaml is as it was")
    else:
        notes.append(f"prices.yaml {'has' if written else 'would get'} them, as of {day}, source {planned.source}")
    show_table("prices that change", headings, rows, notes)


def update_json(planned: Update, day: dt.date, *, written: bool) -> dict[str, object]:
    """Give what `prices update --json` prints."""
    return {
        "written": written,
        "source": planned.source,
        "as_of": day,
        "changes": [
            {
                "instance": change.instance,
                "option": change.option,
                "old_usd_per_hour": change.old_usd_per_hour,
                "new_usd_per_hour": change.new_usd_per_hour,
                "per_cent": change.per_cent,
            }
            for change in planned.changes
        ],
        "same": planned.same,
        "skipped": dict(planned.skipped),
        "notes": list(planned.notes),
    }


def _cell(name: str, row: Mapping[str, Any]) -> str:
    if name == "interruption":
        low, high = row["interruption_low"], row["interruption_high"]
        return UNKNOWN if low is None else f"{low * 100:.0f}-{high * 100:.0f}"
    if name.endswith("_usd_per_hour"):
        return _usd(row[name])
    if name in _PRICED:
        return "" if row[_PRICED[name]] is None else str(row[name] or "undated")
    return text(row[name])


def _usd(value: float | None) -> str:
    """Give up to six decimals: those that arithmetic on binary fractions appends are left out."""
    return UNKNOWN if value is None else f"{round(value, 6):,}"
