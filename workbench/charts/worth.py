"""Picture of what a point of quality costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from workbench.charts import labels, marks, theme
from workbench.charts.figure import Figure, draw, empty

if TYPE_CHECKING:
    import altair as alt

TITLE = "What a point of quality costs"
_SAME = 0.001
_MONTH, _MILLION = "usd_running_per_month", "usd_per_million_rows"


def quality_price(
    frame: pl.DataFrame, metric: str, choice: str | None = None, *, smaller_is_better: bool = False
) -> Figure:
    """Show quality against what a candidate costs to run, the frontier as steps.

    Where every candidate costs the same a month, because one machine carries any of them, the compute of a million
    rows stands across instead.

    Args:
        frame: Columns `id`, `usd_running_per_month`, `usd_per_million_rows` and `quality`.
        metric: Name of the metric in `quality`.
        choice: The id that was chosen.
        smaller_is_better: Whether the metric is a loss.
    """
    words = metric.replace("_", " ")
    rows = frame.drop_nulls(["quality", _MONTH]).filter(pl.col("quality").is_finite())
    if rows.is_empty():
        return empty(TITLE, "No candidate has both a price and a metric.")
    across, x, why = _across(rows)
    drawn = pl.DataFrame(
        {
            "x": rows[across].cast(pl.Float64),
            "y": rows["quality"].cast(pl.Float64),
            "label": labels.distinct(rows["id"].to_list()),
            "id": rows["id"].cast(pl.String),
        }
    )
    edge = _frontier(drawn, smaller_is_better=smaller_is_better)
    said = f"{_marginal(edge, words)}{why}"
    chosen = drawn.filter(pl.col("id") == choice) if choice is not None else drawn.head(0)
    chart = _chart(drawn, edge, chosen, (x, marks.Axis(f"{words} on validation")))
    return draw(chart, TITLE, said, said)


def _across(rows: pl.DataFrame) -> tuple[str, marks.Axis, str]:
    monthly = rows[_MONTH].cast(pl.Float64).to_list()
    if max(monthly) - min(monthly) > _SAME * max(monthly) or _MILLION not in rows.columns:
        return _MONTH, marks.usd_axis("Running", monthly), ""
    why = f" Running costs {labels.usd(max(monthly))} a month for every one of them, so a million rows stands across."
    return _MILLION, marks.Axis("Compute of a million rows (USD)", format="$~g"), why


def _frontier(drawn: pl.DataFrame, *, smaller_is_better: bool) -> pl.DataFrame:
    """Keep the candidates that no cheaper one equals, the cheapest first."""
    ordered = drawn.sort(["x", "y"], descending=[False, not smaller_is_better])
    quality = -ordered["y"] if smaller_is_better else ordered["y"]
    before = quality.cum_max().shift(1)
    return ordered.filter(before.is_null() | (quality > before))


def _marginal(edge: pl.DataFrame, words: str) -> str:
    """Say what the best costs more than the cheapest, for each point of the metric."""
    cheapest, best = edge.row(0, named=True), edge.row(-1, named=True)
    if edge.height == 1:
        return f"{best['label']} is the best and the cheapest: {words} {labels.fixed(best['y'])}."
    points, more = abs(best["y"] - cheapest["y"]) * 100, best["x"] - cheapest["x"]
    return (
        f"From {cheapest['label']} to {best['label']} {words} moves by {labels.number(points)} points (hundredths) "
        f"for {labels.usd(more)} more: {labels.usd(more / points)} a point."
    )


def _chart(
    drawn: pl.DataFrame, edge: pl.DataFrame, chosen: pl.DataFrame, axes: tuple[marks.Axis, marks.Axis]
) -> alt.LayerChart:
    alt_ = theme.altair()
    x, y = axes
    points = alt_.Chart(drawn.select("x", "y")).mark_circle(size=58, opacity=0.85, color=theme.SKY)
    steps = alt_.Chart(edge.select("x", "y")).mark_line(
        interpolate="step-after", strokeWidth=1.6, color=theme.BLUE, opacity=0.6
    )
    best = alt_.Chart(edge.select("x", "y")).mark_circle(size=64, opacity=1, color=theme.BLUE)
    chart = points.encode(x=x.x("x"), y=y.y("y")) + steps.encode(x="x:Q", y="y:Q") + best.encode(x="x:Q", y="y:Q")
    if chosen.height:
        base = alt_.Chart(chosen.select("x", "y", "label")).encode(x="x:Q", y="y:Q")
        chart += base.mark_point(size=230, color=theme.ORANGE, strokeWidth=2.4)
        right = bool(chosen["x"][0] > (drawn["x"].min() + drawn["x"].max()) / 2)  # type: ignore[operator] # numbers
        place = {"align": "right" if right else "left", "dx": -13 if right else 13, "dy": 14}
        chart += base.mark_text(fontWeight="bold", fontSize=12.5, **place).encode(text="label:N")
    layers: alt.LayerChart = chart.properties(width=theme.WIDTH - 80, height=280)
    return layers
