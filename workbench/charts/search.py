"""Pictures of the search: what the budget bought, and the candidates it left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from workbench.charts import labels, marks, theme
from workbench.charts.figure import Figure, draw, empty

if TYPE_CHECKING:
    import altair as alt


def search_curve(
    trials: pl.DataFrame,
    *,
    spend: str = "cpu_seconds",
    quality: str = "validation",
    metric: str = "metric",
    smaller_is_better: bool = False,
    baseline: float | None = None,
) -> Figure:
    """Show the best quality found so far against what was spent.

    Args:
        trials: One row per trial in the order they ended.
        spend: Column with what one trial cost.
        quality: Column with its metric on validation.
        metric: Name of that metric.
        smaller_is_better: Whether the metric is a loss.
        baseline: Metric of the baseline, drawn as a line.
    """
    title = "What the budget bought"
    rows = trials.filter(pl.col(quality).is_not_null() & pl.col(quality).is_not_nan())
    if rows.is_empty():
        return empty(title, "No trial ended.")
    best = pl.col(quality).cum_min() if smaller_is_better else pl.col(quality).cum_max()
    drawn = rows.select(
        pl.col(spend).cast(pl.Float64).cum_sum().alias("x"),
        pl.col(quality).cast(pl.Float64).alias("dot"),
        best.cast(pl.Float64).alias("y"),
        pl.lit("best so far").alias("series"),
    ).with_row_index("order")
    alt_ = theme.altair()
    words = metric.replace("_", " ")
    axis = marks.Axis(f"{words} on validation ({'smaller' if smaller_is_better else 'greater'} is better)")
    x = marks.Axis(f"Spent ({spend.replace('_', ' ')})", zero=True)
    dots = alt_.Chart(drawn).mark_circle(size=36, color=theme.INK, opacity=0.55).encode(x="x:Q", y="dot:Q")
    chart = marks.lines(drawn, x, axis, step=True, height=240) + dots
    if baseline is not None:
        chart += marks.rule(baseline, f"baseline {labels.fixed(baseline)}", vertical=False)
    last = drawn.row(-1, named=True)
    spent = f"{labels.number(last['x'])} {spend.replace('_', ' ')}"
    said = f"{rows.height:,} trials for {spent}: best {words} {labels.fixed(last['y'])}."
    return draw(chart, title, said, f"{said} Dots are single trials; the line is the best so far.")


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
