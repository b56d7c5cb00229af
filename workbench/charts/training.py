"""Pictures of a search: what the budget bought, what it went to, and whether more rows would help."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from workbench.charts import labels, marks, theme
from workbench.charts.figure import Figure, draw, empty

if TYPE_CHECKING:
    import altair as alt

MARGIN = 0.36
BEST, LEADERS = "best trial so far", "mean of the best"


def anytime_curve(
    trials: pl.DataFrame,
    *,
    spend: str = "seconds",
    unit: str = "CPU-s",
    metric: str = "metric",
    smaller_is_better: bool = False,
    baseline: float | None = None,
    budget: float | None = None,
) -> Figure:
    """Show the best quality found so far against what was spent, and where the budget ends.

    Args:
        trials: One row per trial in the order they ended: `validation`, and `leaders_validation`, the metric of the
            mean of the best so far, where it is known.
        spend: Column with what one trial cost.
        unit: Unit of that column; `trials` counts the rows instead.
        metric: Name of the metric.
        smaller_is_better: Whether the metric is a loss.
        baseline: Metric of the baseline, drawn as a line.
        budget: What might be spent.
    """
    title = "What the budget bought"
    dots = _trials(trials, None if unit == "trials" else spend)
    if dots.is_empty():
        return empty(title, "No trial ended.")
    curves = _courses(dots, smaller_is_better=smaller_is_better)
    words, better = labels.shown(metric.replace("_", " ")), "smaller" if smaller_is_better else "greater"
    low, high = _reach(curves, baseline)
    y = marks.Axis(f"{words} on validation ({better} is better)", low=low, high=high)
    x = marks.Axis(f"Spent ({labels.shown(unit)})", low=0.0, high=max(dots["x"][-1], budget or 0.0) * 1.02 or 1.0)
    chart = marks.lines(curves, x, y, step=True, height=250) + _dots(dots, low, high)
    if baseline is not None:
        chart += _level(baseline, above=smaller_is_better)
    if budget is not None:
        chart += _budget(budget)
    said = _bought(curves, dots, words, f"of {labels.number(budget)} {unit}" if budget is not None else unit)
    far = int((~dots["dot"].is_between(low, high)).sum())
    beyond = f" Diamonds at the edge are trials beyond it: {far:,}." if far else ""
    return draw(chart, title, said, f"{said} Dots are single trials.{beyond}")


def spending(frame: pl.DataFrame, *, unit: str = "CPU-seconds", budget: float | None = None) -> Figure:
    """Show what each part of the work took beside what was planned for it, where something was.

    Args:
        frame: Columns `part`, `spent` and `planned`, which may be null; one row per part, in order.
        unit: What is spent.
        budget: What might be spent in all; None for the sum of what was planned.
    """
    title = "Spend against plan"
    if frame.is_empty():
        return empty(title, "Nothing was spent.")
    spent, planned = frame["spent"].cast(pl.Float64), frame["planned"].cast(pl.Float64)
    drawn = pl.DataFrame(
        {
            "label": labels.distinct(frame["part"].to_list()),
            "value": spent,
            "planned": planned,
            "end": pl.DataFrame({"a": spent, "b": planned}).max_horizontal(),
            "shown": [_against(a, b) for a, b in zip(spent.to_list(), planned.to_list(), strict=True)],
        }
    )
    alt_ = theme.altair()
    base = alt_.Chart(drawn).encode(y=marks.rows_of())
    most = float(drawn["end"].max() or 0.0)  # type: ignore[arg-type] # a float column
    x = marks.Axis(labels.shown(unit), zero=True, format="~g" if most < marks.WHOLE_NUMBERS else "~s")
    bar = base.mark_bar(color=theme.BLUE, height={"band": 0.62}).encode(x=x.x("value"))
    tick = base.mark_tick(thickness=3, size=18, color=theme.ORANGE, opacity=1).encode(x="planned:Q")
    words = base.mark_text(align="left", dx=8).encode(x="end:Q", text="shown:N")
    chart = (bar + tick + words).properties(width=theme.WIDTH - 240, height={"step": 26})
    known = planned.drop_nulls()
    whole = budget if budget is not None else sum(known) if known.len() else None
    of = f" of {labels.number(whole)} planned" if whole is not None else ""
    said = f"{labels.number(sum(spent))} {unit} were spent{of}."
    return draw(chart, title, said, f"{said} Bar: spent.{' Tick: planned.' if known.len() else ''}")


def learning_curve(frame: pl.DataFrame, *, loss: str = "loss", sentence: str = "") -> Figure:
    """Show the loss by number of training rows, and the forecast beyond all of them.

    Args:
        frame: Columns `rows`, `loss`, `low`, `high` and `measured`, false for the forecast; ascending by rows.
        loss: What the loss is.
        sentence: What the curve says.
    """
    title = "Would more rows help?"
    if frame.is_empty():
        return empty(title, sentence or "No learning curve was measured.")
    drawn = frame.select(
        pl.col("rows").cast(pl.Float64).alias("x"),
        *(pl.col(name).cast(pl.Float64) for name in ("loss", "low", "high")),
        pl.when("measured").then(pl.lit("measured")).otherwise(pl.lit("forecast")).alias("series"),
    ).with_row_index("order")
    alt_ = theme.altair()
    scale = alt_.Scale(type="log", nice=False, padding=24)
    axis = alt_.Axis(values=drawn["x"].to_list(), format=".3~s", labelOverlap=True)
    x = alt_.X("x:Q", title="Training rows (log scale)", scale=scale, axis=axis)
    y = marks.Axis(f"{labels.shown(loss)} on validation").y("loss")
    colour = marks.series_colour(drawn, "circle")
    known, ahead = drawn.filter(pl.col("series") == "measured"), drawn.tail(2)
    line = alt_.Chart(known).mark_line(strokeWidth=2.2, color=theme.BLUE).encode(x=x, y=y, order="order:Q")
    beyond = alt_.Chart(ahead if known.height < drawn.height else ahead.head(0)).mark_line(
        strokeWidth=2, strokeDash=[6, 4], color=theme.ORANGE
    )
    base = alt_.Chart(drawn)
    span = base.mark_rule(strokeWidth=2.5, opacity=0.5).encode(x=x, y="low:Q", y2="high:Q", color=colour)
    dots = base.mark_circle(size=70, opacity=1).encode(x=x, y="loss:Q", color=colour)
    layers = line + beyond.encode(x=x, y="loss:Q", order="order:Q") + span + dots
    said = sentence or f"The loss is {labels.fixed(known['loss'][-1])} at {labels.count(known['x'][-1])} rows."
    chart = layers.properties(width=theme.WIDTH - 140, height=240)
    return draw(chart, title, said, f"{said} Bars span 95 % intervals; the forecast continues a power law.")


def _trials(trials: pl.DataFrame, spend: str | None) -> pl.DataFrame:
    """Give where each trial ended, `x`, its value `dot`, and that of the `leaders`, null where there is none."""
    known = "leaders_validation" in trials.columns
    spent = pl.int_range(1, pl.len() + 1) if spend is None else pl.col(spend).cast(pl.Float64).cum_sum()
    return trials.select(
        spent.cast(pl.Float64).alias("x"),
        pl.col("validation").cast(pl.Float64).alias("dot"),
        (pl.col("leaders_validation").cast(pl.Float64) if known else pl.lit(None, pl.Float64)).alias("leaders"),
    ).filter(pl.col("dot").is_finite())


def _courses(dots: pl.DataFrame, *, smaller_is_better: bool) -> pl.DataFrame:
    """Give the lines as `series`, `x`, `y`: the best trial so far, and the mean of the best where it is known."""
    best = pl.col("dot").cum_min() if smaller_is_better else pl.col("dot").cum_max()
    single = dots.select("x", best.alias("y"), pl.lit(BEST).alias("series"))
    mean = dots.select("x", pl.col("leaders").alias("y"), pl.lit(LEADERS).alias("series"))
    return pl.concat([single, mean.filter(pl.col("y").is_finite())]).with_row_index("order")


def _reach(curves: pl.DataFrame, baseline: float | None) -> tuple[float, float]:
    """Give the values worth showing: those of the lines and of the baseline, with a margin for near misses."""
    values = [*curves["y"].to_list(), *([baseline] if baseline is not None else [])]
    low, high = min(values), max(values)
    margin = MARGIN * (high - low) or MARGIN * abs(high) or 1.0
    return low - margin, high + margin


def _dots(dots: pl.DataFrame, low: float, high: float) -> alt.LayerChart:
    alt_ = theme.altair()
    inside = pl.col("dot").is_between(low, high)
    near, far = dots.filter(inside), dots.filter(~inside).with_columns(pl.col("dot").clip(low, high))
    layers: alt.LayerChart = alt_.layer(
        alt_.Chart(near).mark_circle(size=36, color=theme.INK, opacity=0.55).encode(x="x:Q", y="dot:Q"),
        alt_.Chart(far).mark_point(shape="diamond", size=28, color=theme.INK, opacity=0.55).encode(x="x:Q", y="dot:Q"),
    )
    return layers


def _level(baseline: float, *, above: bool) -> alt.LayerChart:
    """Draw the baseline with its words at the right, on the side where no better trial is."""
    alt_ = theme.altair()
    base = alt_.Chart(pl.DataFrame({"at": [baseline], "words": [f"baseline {labels.fixed(baseline)}"]})).encode(
        y="at:Q"
    )
    words = base.mark_text(align="right", dy=-7 if above else 10).encode(
        text="words:N", x=alt_.value(theme.WIDTH - 164)
    )
    layers: alt.LayerChart = base.mark_rule(strokeDash=[5, 4], color=theme.INK) + words
    return layers


def _budget(budget: float) -> alt.LayerChart:
    alt_ = theme.altair()
    base = alt_.Chart(pl.DataFrame({"at": [budget], "words": [f"budget {labels.number(budget)}"]})).encode(x="at:Q")
    layers: alt.LayerChart = base.mark_rule(strokeDash=[5, 4], color=theme.ORANGE, strokeWidth=1.6) + base.mark_text(
        align="right", dx=-6, y=8, color=theme.ORANGE
    ).encode(text="words:N")
    return layers


def _bought(curves: pl.DataFrame, dots: pl.DataFrame, words: str, of: str) -> str:
    last = {name: part["y"][-1] for (name,), part in curves.group_by("series")}
    mean = f", mean of the best {labels.fixed(last[LEADERS])}" if LEADERS in last else ""
    spent = labels.number(dots["x"][-1])
    return f"{dots.height:,} trials for {spent} {of}: best {words} {labels.fixed(last[BEST])}{mean}."


def _against(spent: float, planned: float | None) -> str:
    return f"{labels.number(spent)} of {labels.number(planned)}" if planned is not None else labels.number(spent)
