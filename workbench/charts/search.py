"""Picture of the candidates that a search left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from workbench.charts import labels, marks, theme
from workbench.charts.figure import Figure, draw, empty

if TYPE_CHECKING:
    import altair as alt


def candidates(
    frame: pl.DataFrame,
    *,
    cost: str = "size_bytes",
    quality: str = "validation",
    metric: str = "metric",
    smaller_is_better: bool = False,
) -> Figure:
    """Show quality against size or cost of every candidate.

    Args:
        frame: Columns `id`, `kind` and those named here.
        cost: Column of the horizontal axis.
        quality: Column of the vertical axis.
        metric: Name of the metric.
        smaller_is_better: Whether the metric is a loss.
    """
    title = f"{frame.height:,} candidates"
    rows = frame.drop_nulls([cost, quality])
    if rows.is_empty():
        return empty(title, "No candidate has both figures.")
    drawn = pl.DataFrame(
        {
            "x": rows[cost].cast(pl.Float64),
            "y": rows[quality].cast(pl.Float64),
            "series": [labels.shown(kind) for kind in rows["kind"].to_list()],
            "id": labels.distinct(rows["id"].to_list()),
        }
    )
    words = metric.replace("_", " ")
    best = drawn.sort("y", descending=not smaller_is_better).head(1)
    chart = _scatter(drawn, best, _cost_axis(cost, drawn), marks.Axis(f"{words} on validation"))
    said = f"Best is {best['id'][0]} with {words} {labels.fixed(best['y'][0])} at {labels.by_name(cost)(best['x'][0])}."
    return draw(chart, title, said, said)


def _cost_axis(column: str, drawn: pl.DataFrame) -> marks.Axis:
    values = drawn["x"].to_list()
    spans_decades = min(values) > 0 and max(values) / min(values) > 20  # noqa: PLR2004 - more than a decade
    return marks.Axis(
        f"{column.replace('_', ' ')}{' (log scale)' if spans_decades else ''}", log=spans_decades, format="~s"
    )


def _scatter(drawn: pl.DataFrame, best: pl.DataFrame, x: marks.Axis, y: marks.Axis) -> alt.LayerChart:
    alt_ = theme.altair()
    dots = (
        alt_.Chart(drawn)
        .mark_circle(size=58, opacity=0.85)
        .encode(x=x.x("x"), y=y.y("y"), color=marks.series_colour(drawn.sort("series"), "circle"))
    )
    ring = alt_.Chart(best).mark_point(size=190, color=theme.INK, strokeWidth=1.6).encode(x="x:Q", y="y:Q")
    name = alt_.Chart(best).mark_text(align="right", dx=-12, fontWeight="bold").encode(x="x:Q", y="y:Q", text="id:N")
    chart: alt.LayerChart = (dots + ring + name).properties(width=theme.WIDTH - 80, height=280)
    return chart
