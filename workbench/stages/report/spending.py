"""What a run used, in the head of its report: energy, what was forecast, and each cell with its place in time."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from workbench.stages.report.timeline import timeline_svg

if TYPE_CHECKING:
    from collections.abc import Iterable

    from workbench.artifacts import CellUse, RunRecord

_MIB = 2**20
_KILOJOULE = 1000.0
_JOULES_PER_WATT_HOUR = 3600.0
_NAMES = ("Cell", "From", "Time", "Processor", "Peak memory", "When it ran")


def memory(record: RunRecord) -> str:
    """Render the memory held on average."""
    if record.mean_pss_bytes is None:
        return f"{record.mean_rss_bytes / _MIB:,.0f} MiB"
    return (
        f"{record.mean_pss_bytes / _MIB:,.0f} MiB, or {record.mean_rss_bytes / _MIB:,.0f} MiB "
        "when shared pages count for each process"
    )


def energy(record: RunRecord) -> Iterable[tuple[str, str]]:
    """Walk what is known of the energy, with its basis; nothing when nothing is."""
    if record.energy_joules is None:
        return
    joules = record.energy_joules
    amount = f"{joules:,.0f} J" if joules < _KILOJOULE else f"{joules / _JOULES_PER_WATT_HOUR:,.2f} Wh"
    yield "Energy", f"{amount} ({record.energy_basis})" if record.energy_basis else amount


def expected(record: RunRecord) -> Iterable[tuple[str, str]]:
    """Walk the forecasts, each beside what became of it; nothing when nothing was forecast."""
    forecast = record.forecast
    if "wall_seconds" in forecast:
        yield "Forecast of time", f"{_forecast(record, 'wall_seconds', 1, ' s')}, took {_short(record.wall_seconds)} s"
    if "peak_rss_bytes" in forecast:
        peak = _short(record.peak_rss_bytes / _MIB)
        yield "Forecast of memory", f"{_forecast(record, 'peak_rss_bytes', _MIB, ' MiB')}, peaked at {peak} MiB"
    if "usd" in forecast:
        fact = "its price is not known" if record.usd is None else f"cost {record.usd:.6f} USD"
        yield "Forecast of cost", f"forecast {forecast['usd']:.6f} USD, {fact}"


def cells_table(record: RunRecord) -> str:
    """Render what each cell used, below a picture of it; plain HTML and SVG, nothing is loaded or run."""
    if not record.cells:
        return ""
    last = max(use.started_seconds + use.wall_seconds for use in record.cells)
    whole = max(record.wall_seconds, last) or 1.0
    largest = max(use.peak_rss_bytes for use in record.cells) or 1
    rows = "".join(_row(use, whole, largest) for use in record.cells)
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in _NAMES)
    slowest = max(record.cells, key=lambda use: use.wall_seconds)
    words = f"Cells: {len(record.cells)}, the longest is cell {slowest.cell} with {_short(slowest.wall_seconds)} s"
    return (
        f'<details class="spent" open><summary>{escape(words)}</summary>{timeline_svg(record)}'
        f'<div class="scroll"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div></details>"
    )


def _row(use: CellUse, whole: float, largest: int) -> str:
    from_percent = 100 * min(1.0, use.started_seconds / whole)
    percent = min(100 - from_percent, 100 * use.wall_seconds / whole)
    values = (
        f"{use.started_seconds:,.1f} s",
        f"{use.wall_seconds:,.1f} s",
        f"{use.cpu_seconds:,.1f} CPU-s",
    )
    cells = "".join(f"<td>{value}</td>" for value in values)
    return (
        f'<tr><td><a href="#cell-{use.cell}">{use.cell}</a></td>{cells}'
        f'<td><span class="level" style="width:{100 * use.peak_rss_bytes / largest:.0f}%"></span>'
        f"{use.peak_rss_bytes / _MIB:,.0f} MiB</td>"
        f'<td class="when"><span style="margin-left:{from_percent:.2f}%;width:{percent:.2f}%"></span></td></tr>'
    )


def _forecast(record: RunRecord, name: str, unit: int, words: str) -> str:
    low, high = (record.forecast.get(f"{name}_{end}") for end in ("low", "high"))
    span = "" if low is None or high is None else f" ({_short(low / unit)} to {_short(high / unit)})"
    return f"forecast {_short(record.forecast[name] / unit)}{words}{span}"


def _short(value: float) -> str:
    """Render a number, one decimal below ten.

    Example:
        >>> _short(62.4), _short(5.12)
        ('62', '5.1')
    """
    return f"{value:,.0f}" if abs(value) >= 10 else f"{value:,.1f}"  # noqa: PLR2004 - two digits
