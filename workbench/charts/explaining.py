"""Pictures of what a model does: how much features matter, and how predictions follow them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from workbench.charts import labels, marks, theme
from workbench.charts.figure import Figure, draw, empty

if TYPE_CHECKING:
    from collections.abc import Sequence

    import altair as alt

MOST_FEATURES = 20
MOST_PANELS = 8
MOST_OUTPUTS = 5
PANEL = 262
LEAST_SHARE = 0.001
LONGEST, LONGEST_WORD = 34, 16
_NUMBER = "format(datum.value, abs(datum.value) < 1000 ? '~g' : '~s')"
"""Vega's expression for a tick: 0.2, not 200m; 20k, not 20000."""


def importance(frame: pl.DataFrame, *, unit: str = "log-odds") -> Figure:
    """Show how much each feature matters, by two measures side by side, the strongest by SHAP first.

    Args:
        frame: Columns `feature`, `gain` (share of what all splits saved of the loss) and `shap` (mean distance that the
            feature moves a prediction); one row per feature.
        unit: Unit of `shap`.
    """
    title = "Feature importance"
    if frame.is_empty():
        return empty(title, "There is no feature.")
    part = frame.sort("shap", "gain", descending=True, maintain_order=True).head(MOST_FEATURES)
    drawn = part.select(
        pl.Series("label", _short(part["feature"].to_list(), LONGEST)),
        pl.col("gain").cast(pl.Float64),
        pl.col("shap").cast(pl.Float64),
        pl.Series("gain_shown", [_share(value) for value in part["gain"].to_list()]),
        pl.Series("shap_shown", [labels.number(value) for value in part["shap"].to_list()]),
    )
    left = _bars(drawn, "shap", marks.Axis(f"SHAP: mean shift ({labels.shown(unit, LONGEST)})", zero=True), named=True)
    gain = marks.Axis("Gain: share of all splits' gain (%)", zero=True, format="~%")
    right = _bars(drawn, "gain", gain, named=False)
    chart = theme.altair().hconcat(left, right, spacing=18)
    rest = frame.height - part.height
    said = (
        f"The strongest is {drawn['label'][0]}: it moves a prediction by {drawn['shap_shown'][0]} on average; its "
        f"splits made {drawn['gain_shown'][0]} of the gain."
    )
    return draw(chart, title, said, said + (f" {rest:,} weaker features are not shown." if rest else ""))


def dependence(frame: pl.DataFrame, *, quantity: str = "prediction") -> Figure:
    """Show how predictions follow single inputs: the mean of all rows, and how far single rows depart from it.

    Args:
        frame: Columns `input`, `categorical`, `output`, `value` (null for a word and for missing), `word`, `mean`,
            `low` and `high`; one row per point and output.
        quantity: What is predicted, for the axis.
    """
    title = "How predictions follow single inputs"
    if frame.is_empty():
        return empty(title, "There is no input to follow.")
    outputs = frame["output"].unique(maintain_order=True).to_list()
    shown = frame.filter(pl.col("output").is_in(outputs[:MOST_OUTPUTS]))
    series = dict(zip(outputs, labels.distinct(outputs), strict=True))
    shown = shown.with_columns(
        pl.col("output").map_elements(series.__getitem__, return_dtype=pl.String).alias("series")
    )
    inputs = shown["input"].unique(maintain_order=True).to_list()
    parts = [shown.filter(pl.col("input") == name) for name in inputs[:MOST_PANELS]]
    several = len(outputs) > 1
    panels = [
        _panel(part, name, quantity if place % 2 == 0 else None, several=several)
        for place, (part, name) in enumerate(zip(parts, _short(inputs[:MOST_PANELS], LONGEST), strict=True))
    ]
    chart = theme.altair().concat(*panels, columns=2, spacing=22).resolve_scale(y="shared", color="shared")
    reach = {name: _span(part) for name, part in zip(_short(inputs[:MOST_PANELS], LONGEST), parts, strict=True)}
    widest = max(reach, key=lambda name: reach[name])
    said = f"Along {widest}, the mean {quantity} spans {labels.number(reach[widest])}."
    band = "" if several else " The band is how far the middle 80 % of single rows depart."
    left_out = len(outputs) - MOST_OUTPUTS
    classes = f" {left_out:,} more classes are not shown." if left_out > 0 else ""
    return draw(chart, title, said, f"{said} All panels share one vertical axis.{band}{classes}")


def _short(names: Sequence[object], longest: int) -> list[str]:
    return labels.distinct(labels.shown(name, longest) for name in names)


def _share(value: float) -> str:
    return labels.percent(round(value, 3)) if value >= LEAST_SHARE or not value else f"< {labels.percent(LEAST_SHARE)}"


def _bars(drawn: pl.DataFrame, column: str, axis: marks.Axis, *, named: bool) -> alt.LayerChart:
    alt_ = theme.altair()
    hidden = {} if named else {"axis": alt_.Axis(labels=False)}
    base = alt_.Chart(drawn).encode(y=alt_.Y("label:N", sort=None, title=None, **hidden))
    colour = theme.BLUE if named else theme.GOLD
    bar = base.mark_bar(color=colour, height={"band": 0.62}).encode(x=axis.x(column))
    words = base.mark_text(align="left", dx=5, fontSize=11).encode(x=f"{column}:Q", text=f"{column}_shown:N")
    layers: alt.LayerChart = (bar + words).properties(width=180, height={"step": 23})
    return layers


def _span(part: pl.DataFrame) -> float:
    spans = part.group_by("output").agg(pl.col("mean").max() - pl.col("mean").min())
    return float(spans["mean"].max())  # type: ignore[arg-type] # a float column with rows


def _panel(part: pl.DataFrame, title: str, quantity: str | None, *, several: bool) -> alt.LayerChart:
    alt_ = theme.altair()
    every = part["word"].unique(maintain_order=True).to_list()
    words = dict(zip(every, _short(every, LONGEST_WORD), strict=True))
    drawn = part.select(
        "series",
        *(pl.col(name).cast(pl.Float64) for name in ("value", "mean", "low", "high")),
        pl.col("word").map_elements(words.__getitem__, return_dtype=pl.String),
    )
    y = alt_.Y(
        "mean:Q",
        title=quantity and labels.shown(quantity, LONGEST),
        scale=alt_.Scale(zero=False),
        axis=alt_.Axis(tickCount=5),
    )
    colour = marks.series_colour(drawn, "circle") if several else alt_.value(theme.BLUE)
    base = alt_.Chart(drawn).encode(y=y, color=colour)
    layers = _words(base, several=several) if part["categorical"][0] else _numbers(drawn, y, colour, several=several)
    panel: alt.LayerChart = layers.properties(
        width=PANEL, height=150, title=alt_.TitleParams(text=title, anchor="start", fontSize=12, color=theme.INK)
    )
    return panel


def _words(base: alt.Chart, *, several: bool) -> alt.LayerChart:
    """Draw a dot for each word, with the spread of single rows where there is one output."""
    alt_ = theme.altair()
    x = alt_.X("word:N", sort=None, title=None, axis=alt_.Axis(labelAngle=-40, labelLimit=160))
    dots = base.mark_circle(size=58, opacity=1).encode(x=x)
    span = base.mark_rule(strokeWidth=3, opacity=0.35).encode(x=x, y="low:Q", y2="high:Q")
    layers: alt.LayerChart = alt_.layer(dots) if several else span + dots
    return layers


def _numbers(drawn: pl.DataFrame, y: alt.Y, colour: alt.Color | alt.Value, *, several: bool) -> alt.LayerChart:
    """Draw a line, its band where there is one output, and a dashed line for missing."""
    alt_ = theme.altair()
    known, missing = drawn.filter(pl.col("value").is_not_null()), drawn.filter(pl.col("value").is_null())
    x = alt_.X(
        "value:Q", title=None, scale=alt_.Scale(zero=False, nice=False), axis=alt_.Axis(tickCount=5, labelExpr=_NUMBER)
    )
    base = alt_.Chart(known).encode(x=x, color=colour)
    line = base.mark_line(strokeWidth=2.2, point={"size": 22}).encode(y=y)
    band = base.mark_area(opacity=0.18).encode(y="low:Q", y2="high:Q")
    none = alt_.Chart(missing).encode(y="mean:Q", color=colour)
    dashed = none.mark_rule(strokeDash=[4, 4], strokeWidth=1.4)
    words = none.mark_text(align="right", dy=-6, fontSize=10.5).encode(x=alt_.value(PANEL), text="word:N")
    layers: alt.LayerChart = alt_.layer(*([] if several else [band]), line, dashed, words)
    return layers
