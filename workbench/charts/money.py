"""Pictures of resources and money: latency, monthly cost, the frontier."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from workbench.charts import labels, marks, theme
from workbench.charts.figure import Figure, draw, empty

if TYPE_CHECKING:
    from collections.abc import Sequence

    import altair as alt

MOST_ROWS = 24
PIECES = {
    "usd_training_per_month": ("training", theme.PURPLE),
    "usd_serving_per_month": ("serving", theme.BLUE),
    "usd_errors_per_month": ("errors", theme.ORANGE),
}


def latency(frame: pl.DataFrame, limit_p99_ms: float | None = None) -> Figure:
    """Show the median and the 99th percentile of scoring one request, the fastest first.

    Args:
        frame: Columns `id`, `latency_p50_ms`, `latency_p99_ms`.
        limit_p99_ms: The limit to draw.
    """
    title = "Latency of one request"
    rows = frame.drop_nulls(["latency_p50_ms", "latency_p99_ms"]).sort("latency_p99_ms").head(MOST_ROWS)
    if rows.is_empty():
        return empty(title, "No latency was measured.")
    drawn = pl.DataFrame(
        {
            "label": labels.distinct(rows["id"].to_list()),
            "p50": rows["latency_p50_ms"],
            "p99": rows["latency_p99_ms"],
            "shown": [
                f"{labels.milliseconds(a)} · {labels.milliseconds(b)}"
                for a, b in rows.select("latency_p50_ms", "latency_p99_ms").iter_rows()
            ],
        }
    )
    alt_ = theme.altair()
    base = alt_.Chart(drawn).encode(y=marks.rows_of())
    x = marks.Axis("Time to score one request (ms)", zero=True)
    span = base.mark_rule(strokeWidth=3, opacity=0.5, color=theme.BLUE).encode(x=x.x("p50"), x2="p99:Q")
    middle = base.mark_circle(size=62, opacity=1, color=theme.BLUE).encode(x="p50:Q")
    tail = base.mark_tick(thickness=3, size=14, color=theme.ORANGE).encode(x="p99:Q")
    words = base.mark_text(align="left", dx=10).encode(x="p99:Q", text="shown:N")
    chart = (span + middle + tail + words).properties(width=theme.WIDTH - 220, height={"step": 24})
    if limit_p99_ms is not None:
        chart += marks.rule(limit_p99_ms, f"limit {labels.milliseconds(limit_p99_ms)}")
    said = f"The fastest is {drawn['label'][0]}: median · 99th percentile {drawn['shown'][0]}."
    return draw(chart, title, said, "Dot: median. Tick: 99th percentile." + _rest(frame, rows))


def monthly_cost(frame: pl.DataFrame, choice: str | None = None) -> Figure:
    """Show what each candidate costs a month: training, serving and errors, the cheapest first.

    Args:
        frame: Column `id` and those of `usd_training_per_month`, `usd_serving_per_month`,
            `usd_errors_per_month` that are known.
        choice: The id that was chosen, set in the title.
    """
    known = [name for name in PIECES if name in frame.columns]
    title = "Cost per month"
    rows = frame.drop_nulls(known).with_columns(pl.sum_horizontal(known).alias("total")).sort("total").head(MOST_ROWS)
    if rows.is_empty() or not known:
        return empty(title, "No candidate has a known price.")
    names = labels.distinct(rows["id"].to_list())
    drawn = pl.concat(
        pl.DataFrame({"label": names, "value": rows[name].cast(pl.Float64), "series": PIECES[name][0], "order": order})
        for order, name in enumerate(known)
    )
    totals = pl.DataFrame(
        {"label": names, "value": rows["total"], "shown": [labels.usd(v) for v in rows["total"].to_list()]}
    )
    alt_ = theme.altair()
    pieces = [PIECES[name] for name in known]
    colour = alt_.Color(
        "series:N",
        legend=alt_.Legend(symbolType="square"),
        scale=alt_.Scale(domain=[n for n, _ in pieces], range=[c for _, c in pieces]),
    )
    bar = (
        alt_.Chart(drawn)
        .mark_bar(height={"band": 0.62})
        .encode(
            y=marks.rows_of(),
            x=marks.Axis("USD per month", zero=True, format="$~s").x("value"),
            color=colour,
            order="order:Q",
        )
    )
    words = alt_.Chart(totals).mark_text(align="left", dx=6).encode(y=marks.rows_of(), x="value:Q", text="shown:N")
    chart = (bar + words).properties(width=theme.WIDTH - 200, height={"step": 24})
    said = f"The cheapest in total is {names[0]} at {totals['shown'][0]} per month."
    if choice is not None and choice in rows["id"].to_list():
        place = rows["id"].to_list().index(choice)
        said += f" The choice is {names[place]} at {totals['shown'][place]}."
    return draw(chart, title, said, said + _rest(frame, rows))


def frontier(frame: pl.DataFrame, choice: str | None = None) -> Figure:
    """Show the cost of errors against the cost of training and serving, with the frontier.

    Args:
        frame: Columns `id`, `usd_training_per_month`, `usd_serving_per_month`, `usd_errors_per_month`,
            `within_limits`, `on_frontier`.
        choice: The id that was chosen.
    """
    title = "What quality costs"
    spent = pl.col("usd_training_per_month") + pl.col("usd_serving_per_month")
    rows = frame.with_columns(spent.alias("x"), pl.col("usd_errors_per_month").alias("y")).drop_nulls(["x", "y"])
    if rows.is_empty():
        return empty(title, "No candidate has both costs.")
    series = (
        pl.when(~pl.col("within_limits"))
        .then(pl.lit("outside the limits"))
        .when(pl.col("on_frontier"))
        .then(pl.lit("on the frontier"))
        .otherwise(pl.lit("within the limits"))
    )
    drawn = rows.select(
        pl.col("x").cast(pl.Float64), pl.col("y").cast(pl.Float64), series.alias("series"), pl.col("id").cast(pl.String)
    )
    drawn = drawn.with_columns(pl.Series("label", labels.distinct(drawn["id"].to_list()), dtype=pl.String))
    chosen = drawn.filter(pl.col("id") == choice) if choice is not None else drawn.head(0)
    said = f"{frame['on_frontier'].sum():,} of {frame.height:,} candidates are on the frontier."
    if chosen.height:
        row = chosen.row(0, named=True)
        costs = f"{labels.usd(row['x'])} for training and serving and {labels.usd(row['y'])} for errors per month"
        said += f" The choice is {row['label']}: {costs}."
    return draw(_frontier_chart(drawn, chosen), title, said, said)


def _frontier_chart(drawn: pl.DataFrame, chosen: pl.DataFrame) -> alt.LayerChart:
    alt_ = theme.altair()
    x = _usd_axis("Training and serving", drawn["x"].to_list())
    y = _usd_axis("Errors", drawn["y"].to_list())
    colours = {"on the frontier": theme.BLUE, "within the limits": theme.SKY, "outside the limits": theme.QUIET}
    scale = alt_.Scale(domain=list(colours), range=list(colours.values()))
    legend = alt_.Legend(symbolType="circle", symbolOpacity=1)
    points = drawn.select("x", "y", "series")
    dots = (
        alt_.Chart(points)
        .mark_circle(size=64, opacity=0.9)
        .encode(x=x.x("x"), y=y.y("y"), color=alt_.Color("series:N", scale=scale, legend=legend))
    )
    edge = points.filter(pl.col("series") == "on the frontier").sort("x", "y")
    line = alt_.Chart(edge).mark_line(interpolate="step-after", strokeWidth=1.6, color=theme.BLUE, opacity=0.6)
    chart = line.encode(x="x:Q", y="y:Q") + dots
    if chosen.height:
        base = alt_.Chart(chosen.select("x", "y", "label")).encode(x="x:Q", y="y:Q")
        chart += base.mark_point(size=230, color=theme.ORANGE, strokeWidth=2.4)
        chart += base.mark_text(align="left", dx=13, dy=-9, fontWeight="bold", fontSize=12.5).encode(text="label:N")
    layers: alt.LayerChart = chart.properties(width=theme.WIDTH - 80, height=300)
    return layers


def _usd_axis(title: str, values: Sequence[float]) -> marks.Axis:
    decades = min(values) > 0 and max(values) / min(values) > 50  # noqa: PLR2004 - far more than a decade
    return marks.Axis(f"{title} (USD per month{', log scale' if decades else ''})", log=decades, format="$~s")


def _rest(frame: pl.DataFrame, rows: pl.DataFrame) -> str:
    left = frame.height - rows.height
    return f" {left:,} more candidates are not shown." if left else ""
