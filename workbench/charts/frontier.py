"""The picture of a decision: what quality costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from workbench.charts import labels, marks, theme
from workbench.charts.figure import Figure, draw, empty
from workbench.cost.month import running_usd

if TYPE_CHECKING:
    import altair as alt

TITLE = "What quality costs"
LEAST_SPREAD = 0.01
_ON, _WITHIN, _OUTSIDE = "on the frontier", "within the limits", "outside the limits"
_COLOURS = {_ON: theme.BLUE, _WITHIN: theme.SKY, _OUTSIDE: theme.QUIET}


def frontier(frame: pl.DataFrame, choice: str | None = None) -> Figure:
    """Show the cost of errors against the cost of running, with the frontier.

    Where running costs the same for every candidate, latency stands across instead; where no error
    has a price, the first metric on validation stands upwards.

    Args:
        frame: Columns `id`, `usd_training_per_month`, `usd_serving_per_month`, `usd_errors_per_month`,
            `within_limits`, `on_frontier`; `latency_p99_ms` and `validation_…` where there are any.
        choice: The id that was chosen.
    """
    rows = frame.with_columns(running_usd(frame).alias("spent")).drop_nulls(["spent", "usd_errors_per_month"])
    if rows.is_empty():
        return empty(TITLE, "No candidate has both costs.")
    across, x, why_across = _across(rows)
    up, y, why_up = _up(rows)
    drawn = rows.select(
        pl.col(across).cast(pl.Float64).alias("x"),
        pl.col(up).cast(pl.Float64).alias("y"),
        _series().alias("series"),
        pl.Series("label", labels.distinct(rows["id"].to_list()), dtype=pl.String),
        pl.col("id").cast(pl.String).alias("id"),
    ).drop_nulls(["x", "y"])
    count = f"{frame['on_frontier'].sum():,} of {frame.height:,} candidates"
    said = f"{count} are on the frontier of running and errors.{_chosen(rows, choice)}"
    chosen = drawn.filter(pl.col("id") == choice) if choice is not None else drawn.head(0)
    line = across == "spent"
    return draw(_chart(drawn, chosen, x, y, line=line), TITLE, said, f"{said}{why_across}{why_up}")


def _across(rows: pl.DataFrame) -> tuple[str, marks.Axis, str]:
    spent = rows["spent"].cast(pl.Float64).to_list()
    same = max(spent) - min(spent) <= LEAST_SPREAD * max(spent)
    if same and rows.height > 1 and "latency_p99_ms" in rows.columns and rows["latency_p99_ms"].null_count() == 0:
        words = f" Running costs {labels.usd(max(spent))} for every one of them, so latency stands across."
        return "latency_p99_ms", marks.Axis("99th percentile of latency (ms)"), words
    return "spent", marks.usd_axis("Running", spent), ""


def _up(rows: pl.DataFrame) -> tuple[str, marks.Axis, str]:
    errors = rows["usd_errors_per_month"].cast(pl.Float64).to_list()
    metric = next((name for name in rows.columns if name.startswith("validation_")), None)
    if max(errors) > 0 or metric is None:
        return "usd_errors_per_month", marks.usd_axis("Errors", errors), ""
    words = metric.removeprefix("validation_").replace("_", " ")
    return metric, marks.Axis(f"{words} on validation"), f" No error has a price, so {words} stands upwards."


def _series() -> pl.Expr:
    return (
        pl.when(~pl.col("within_limits"))
        .then(pl.lit(_OUTSIDE))
        .when(pl.col("on_frontier"))
        .then(pl.lit(_ON))
        .otherwise(pl.lit(_WITHIN))
    )


def _chosen(rows: pl.DataFrame, choice: str | None) -> str:
    found = rows.filter(pl.col("id") == choice).to_dicts() if choice is not None else []
    if not found:
        return ""
    spent, errors = labels.usd(found[0]["spent"]), labels.usd(found[0]["usd_errors_per_month"])
    return f" The choice is {labels.shown(choice)}: {spent} for running and {errors} for errors per month."


def _chart(drawn: pl.DataFrame, chosen: pl.DataFrame, x: marks.Axis, y: marks.Axis, *, line: bool) -> alt.LayerChart:
    alt_ = theme.altair()
    points = drawn.select("x", "y", "series")
    seen = [name for name in _COLOURS if name in points["series"]]
    scale = alt_.Scale(domain=seen, range=[_COLOURS[name] for name in seen])
    legend = alt_.Legend(symbolType="circle", symbolOpacity=1)
    chart = alt_.layer(
        alt_.Chart(points)
        .mark_circle(size=64, opacity=0.9)
        .encode(x=x.x("x"), y=y.y("y"), color=alt_.Color("series:N", scale=scale, legend=legend))
    )
    if line:
        edge = points.filter(pl.col("series") == _ON).sort("x", "y")
        steps = alt_.Chart(edge).mark_line(interpolate="step-after", strokeWidth=1.6, color=theme.BLUE, opacity=0.6)
        chart += steps.encode(x="x:Q", y="y:Q")
    if chosen.height:
        base = alt_.Chart(chosen.select("x", "y", "label")).encode(x="x:Q", y="y:Q")
        chart += base.mark_point(size=230, color=theme.ORANGE, strokeWidth=2.4)
        chart += base.mark_text(align="left", dx=13, dy=-9, fontWeight="bold", fontSize=12.5).encode(text="label:N")
    layers: alt.LayerChart = chart.properties(width=theme.WIDTH - 80, height=300)
    return layers
