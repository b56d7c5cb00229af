"""Pictures of comparisons that a search makes: treatments of a rare class, and luck."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from workbench.charts import labels, marks, theme
from workbench.charts.figure import Figure, draw, empty

if TYPE_CHECKING:
    import altair as alt

MOST_ROWS = 24
BETTER, WORSE, UNSURE = "better", "worse", "no evidence"
_COLOURS = {BETTER: theme.GREEN, WORSE: theme.ORANGE, UNSURE: theme.QUIET}


def treatments(frame: pl.DataFrame, *, sentence: str = "") -> Figure:
    """Show what each treatment of a rare class changed against none: a forest plot for each of two figures.

    Args:
        frame: Columns `treatment`, and `average_precision_difference` and `log_loss_difference`, each also with the
            endings `_low` and `_high`; null for no treatment.
        sentence: What they say.
    """
    title = "What treatments of the rare class changed"
    rows = frame.drop_nulls(["average_precision_difference", "log_loss_difference"]).head(MOST_ROWS)
    if rows.is_empty():
        return empty(title, sentence or "No treatment was compared.")
    left = _Forest("average_precision_difference", "Average precision, difference", greater_is_better=True)
    right = _Forest("log_loss_difference", "Calibrated log-loss, difference", greater_is_better=False)
    panels = (left.panel(rows, named=True), right.panel(rows, named=False))
    chart = theme.altair().hconcat(*panels, spacing=24).resolve_scale(color="shared")
    said = sentence or _helped(left.drawn(rows), right.drawn(rows))
    return draw(chart, title, said, f"{said} Against no treatment at 0, on the same rows; bars span the intervals.")


def seed_spread(
    frame: pl.DataFrame, *, value: str = "value", metric: str = "metric", name: str = "one configuration"
) -> Figure:
    """Show how far chance alone moves a result: one dot per seed, the mean as a tick.

    Args:
        frame: The column named by `value`, and `id`, what was repeated, where that is not one thing; one row per seed.
        value: Column with the metric.
        metric: Its name.
        name: What was repeated where there is no `id`.
    """
    title = "What another seed changes"
    rows = frame.drop_nulls(value)
    if rows.is_empty():
        return empty(title, "Nothing was repeated with another seed.")
    rows = rows if "id" in rows.columns else rows.with_columns(id=pl.lit(name))
    ids = rows["id"].unique(maintain_order=True).head(MOST_ROWS).to_list()
    names = dict(zip(ids, labels.distinct(ids), strict=True))
    drawn = rows.filter(pl.col("id").is_in(ids)).select(
        pl.col("id").map_elements(names.__getitem__, return_dtype=pl.String).alias("label"),
        pl.col(value).cast(pl.Float64).alias("value"),
    )
    means = drawn.group_by("label", maintain_order=True).agg(
        pl.col("value").mean().alias("mean"), pl.col("value").std().alias("std"), pl.len().alias("seeds")
    )
    means = means.with_columns(
        shown=pl.Series([f"{labels.fixed(m)} ± {labels.number(s)}" for m, s in means.select("mean", "std").iter_rows()])
    )
    alt_ = theme.altair()
    words = labels.shown(metric.replace("_", " "))
    x = marks.Axis(words)
    dots = alt_.Chart(drawn).mark_circle(size=64, opacity=0.65, color=theme.BLUE)
    ticks = alt_.Chart(means).mark_tick(thickness=3, size=20, color=theme.ORANGE, opacity=1)
    text = alt_.Chart(means).mark_text(align="left", fontSize=11.5).encode(x=alt_.value(theme.WIDTH - 230))
    chart = (
        dots.encode(y=marks.rows_of(), x=x.x("value"))
        + ticks.encode(y=marks.rows_of(), x="mean:Q")
        + text.encode(y=marks.rows_of(), text="shown:N")
    ).properties(width=theme.WIDTH - 240, height={"step": 28})
    said = f"{means['label'][0]}: {words} {means['shown'][0]} over {means['seeds'][0]:,} seeds."
    return draw(chart, title, said, f"{said} Dot: one seed. Tick: mean. ±: standard deviation.")


@dataclass(frozen=True)
class _Forest:
    """One panel of differences from nothing.

    Attributes:
        column: Column of the differences; its ends have the endings `_low` and `_high`.
        title: Title of the axis.
        greater_is_better: Whether a positive difference is good.
    """

    column: str
    title: str
    greater_is_better: bool

    def drawn(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Give `label`, `value`, `low`, `high`, `series` of each row."""
        low, high = pl.col(f"{self.column}_low"), pl.col(f"{self.column}_high")
        up, down = (BETTER, WORSE) if self.greater_is_better else (WORSE, BETTER)
        verdict = pl.when(low > 0).then(pl.lit(up)).when(high < 0).then(pl.lit(down)).otherwise(pl.lit(UNSURE))
        return rows.select(
            pl.col(self.column).alias("value"), low.alias("low"), high.alias("high"), verdict.alias("series")
        ).with_columns(label=pl.Series(labels.distinct(str(n).replace("_", " ") for n in rows["treatment"].to_list())))

    def panel(self, rows: pl.DataFrame, *, named: bool) -> alt.LayerChart:
        """Draw the panel; only the first one names the rows."""
        alt_ = theme.altair()
        shown = {} if named else {"axis": alt_.Axis(labels=False)}
        y = alt_.Y("label:N", sort=None, title=None, **shown)
        scale = alt_.Scale(domain=list(_COLOURS), range=list(_COLOURS.values()))
        colour = alt_.Color("series:N", scale=scale, legend=alt_.Legend(symbolType="circle", symbolOpacity=1))
        words = f"{self.title} ({'greater' if self.greater_is_better else 'smaller'} is better)"
        x = alt_.X("low:Q", title=words, axis=alt_.Axis(tickCount=4, format="~g"))
        base = alt_.Chart(self.drawn(rows)).encode(y=y, color=colour)
        span = base.mark_rule(strokeWidth=3, opacity=0.55).encode(x=x, x2="high:Q")
        dots = base.mark_circle(size=64, opacity=1).encode(x="value:Q")
        layers: alt.LayerChart = (marks.rule(0.0, "") + span + dots).properties(width=230, height={"step": 26})
        return layers


def _helped(left: pl.DataFrame, right: pl.DataFrame) -> str:
    good = [
        name
        for name, first, second in zip(left["label"], left["series"], right["series"], strict=True)
        if BETTER in {first, second} and WORSE not in {first, second}
    ]
    return f"Helped: {', '.join(good)}." if good else "None of them surely helped."
