"""Picture of what a run used, cell by cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from workbench.charts import labels, marks, theme
from workbench.charts.figure import Figure, draw, empty

if TYPE_CHECKING:
    import altair as alt

MOST_CELLS = 40
TITLE = "Where the time of the run went"
_TIME, _MEMORY = 300, 150
"""Widths of the two halves."""
_HEIGHT = 22
_MEGABYTE = 1e6
_ROOM = 1.25
"""How far the axis of memory reaches beyond the largest peak, for its words."""


def timeline(cells: pl.DataFrame) -> Figure:
    """Show when each cell of a run ran, what processors did meanwhile, and the peak of its memory.

    Args:
        cells: Columns `cell`, `started_seconds`, `wall_seconds`, `cpu_seconds`, `peak_rss_bytes`, one row per cell:
            what `cells` of a run record holds.
    """
    rows = cells.sort("started_seconds").head(MOST_CELLS)
    if rows.is_empty():
        return empty(TITLE, "No cell ran.")
    drawn = _drawn(rows)
    chart = theme.altair().hconcat(_times(drawn), _memory(drawn), spacing=24)
    longest, largest = (rows.sort(name).row(-1, named=True) for name in ("wall_seconds", "peak_rss_bytes"))
    wall, cpu = (float(rows[name].sum()) for name in ("wall_seconds", "cpu_seconds"))
    said = (
        f"{rows.height} cells took {labels.seconds(wall)} and "
        f"{labels.number(cpu)} CPU-seconds. The longest is cell {longest['cell']} with "
        f"{labels.seconds(longest['wall_seconds'])}, the largest cell {largest['cell']} with "
        f"{labels.size(largest['peak_rss_bytes'])}."
    )
    more = cells.height - rows.height
    rest = f" {more:,} more cells are not shown." if more else ""
    note = "Beside each bar: time on the clock and of processors. Memory is that of all processes of the run."
    return draw(chart, TITLE, said, note + rest)


def _drawn(rows: pl.DataFrame) -> pl.DataFrame:
    started, lasted = (rows[name].cast(pl.Float64) for name in ("started_seconds", "wall_seconds"))
    return pl.DataFrame(
        {
            "label": labels.distinct([f"cell {cell}" for cell in rows["cell"].to_list()]),
            "from": started,
            "to": started + lasted,
            "used": [
                f"{labels.seconds(wall)} · {labels.number(cpu)} CPU-s"
                for wall, cpu in rows.select("wall_seconds", "cpu_seconds").iter_rows()
            ],
            "peak": rows["peak_rss_bytes"].cast(pl.Float64) / _MEGABYTE,
            "shown": [labels.size(size) for size in rows["peak_rss_bytes"].to_list()],
        }
    )


def _times(drawn: pl.DataFrame) -> alt.LayerChart:
    """Draw a bar from the start of each cell to its end; words stand where there is more room."""
    alt_ = theme.altair()
    end = float(drawn["to"].max() or 0.0) or 1.0  # type: ignore[arg-type]  # of a column of floats
    x = marks.Axis("Time since the run began (s)", low=0.0, high=end)
    base = alt_.Chart(drawn).encode(y=marks.rows_of())
    bar = base.mark_bar(color=theme.BLUE, height={"band": 0.62}).encode(x=x.x("from"), x2="to:Q")
    early = alt_.datum["to"] < end * 2 / 3
    after = base.transform_filter(early).mark_text(align="left", dx=6).encode(x="to:Q", text="used:N")
    before = base.transform_filter(~early & (alt_.datum["from"] > end / 3)).mark_text(align="right", dx=-6)
    inside = base.transform_filter(~early & (alt_.datum["from"] <= end / 3)).mark_text(
        align="right", dx=-6, color="#fff"
    )
    layers: alt.LayerChart = (
        bar + after + before.encode(x="from:Q", text="used:N") + inside.encode(x="to:Q", text="used:N")
    ).properties(width=_TIME, height={"step": _HEIGHT})
    return layers


def _memory(drawn: pl.DataFrame) -> alt.LayerChart:
    alt_ = theme.altair()
    high = float(drawn["peak"].max() or 0.0) * _ROOM or 1.0  # type: ignore[arg-type]  # of a column of floats
    x = marks.Axis("Peak memory (MB)", low=0.0, high=high, format="~f")
    base = alt_.Chart(drawn).encode(y=alt_.Y("label:N", sort=None, title=None, axis=None))
    bar = base.mark_bar(color=theme.ORANGE, height={"band": 0.62}).encode(x=x.x("peak"))
    words = base.mark_text(align="left", dx=6).encode(x="peak:Q", text="shown:N")
    layers: alt.LayerChart = (bar + words).properties(width=_MEMORY, height={"step": _HEIGHT})
    return layers
