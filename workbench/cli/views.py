"""Tables for people: candidates, prices; every number with its unit, the basis below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.charts.labels import by_name, fixed, shown, text, usd, words
from workbench.cli.tables import Heading, show_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CANDIDATE_COLUMNS = (
    "usd_per_month",
    "usd_per_million_rows",
    "train_cpu_seconds",
    "latency_p50_ms",
    "latency_p99_ms",
    "rows_per_second",
    "size_bytes",
)
MOST_METRICS = 2
LONGEST_SENTENCE = 2_000


def show_candidates(candidates: Sequence[Mapping[str, Any]], decision: Mapping[str, Any] | None) -> None:
    """Print one line per candidate, those on the frontier and the chosen one marked."""
    metrics = list(dict.fromkeys(name for row in candidates for name in row["metrics"]["validation"]))
    shown = [(name, split) for name in metrics[:MOST_METRICS] for split in ("validation", "test")]
    headings = [Heading("", number=False), Heading("candidate", number=False)]
    headings += [Heading(f"{name.replace('_', ' ')}, {split}") for name, split in shown]
    headings += [Heading(words(name)) for name in CANDIDATE_COLUMNS]
    chosen = decision["candidate"] if decision else None
    rows = [
        (
            _marks(row, chosen),
            text(row["id"]),
            *(fixed(row["metrics"][split].get(name)) for name, split in shown),
            *(by_name(name)(row[name]) for name in CANDIDATE_COLUMNS),
        )
        for row in candidates
    ]
    notes = ["* on the frontier   ! beyond a limit   > decided"]
    if decision:
        at = "" if decision["threshold"] is None else f" at threshold {text(decision['threshold'])}"
        notes.append(f"{chosen}{at}: {usd(decision['usd_per_month'])} per month")
    show_table("candidates", headings, rows, notes)


def show_record(title: str, record: Mapping[str, Any]) -> None:
    """Print one value per line."""
    headings = [Heading("", number=False), Heading("", number=False)]
    show_table(title, headings, [(words(key), _value(key, value)) for key, value in record.items()])


def _value(key: str, value: object) -> str:
    if isinstance(value, str):
        return shown(value, LONGEST_SENTENCE)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return by_name(key)(value) if is_number else text(value)  # type: ignore[arg-type]  # a number, as just asked


def _marks(row: Mapping[str, Any], chosen: object) -> str:
    frontier = "*" if row["on_frontier"] else " "
    limits = "!" if row["within_limits"] is False else " "
    return frontier + limits + (">" if row["id"] == chosen else " ")
