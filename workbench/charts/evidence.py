"""Pictures to be put before two people who disagree: differences with intervals, and what the rows could show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from workbench.charts import labels, marks, theme
from workbench.charts.figure import Figure, draw, empty

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.evaluate import Comparison

MOST_ROWS = 30
WANTED = 0.8
_COLOURS = {"better": theme.GREEN, "worse": theme.ORANGE, "equivalent": theme.BLUE, "undecided": theme.QUIET}


def differences(named: Sequence[tuple[str, Comparison]], title: str, *, sentence: str = "") -> Figure:
    """Show differences with their intervals, what is not worthwhile shaded.

    Args:
        named: What each is against, and the comparison; all of one metric.
        title: One line above.
        sentence: What they say.
    """
    known = [(name, found) for name, found in named if found.low == found.low and abs(found.high) != float("inf")]
    if not known:
        return empty(title, sentence or "No interval can be given.")
    metric, worthwhile = known[0][1].metric, known[0][1].worthwhile
    shown = known[:MOST_ROWS]
    names = labels.distinct(name for name, _ in shown)
    frame = pl.DataFrame(
        [
            (name, found.difference, found.low, found.high, _kind(found))
            for name, (_, found) in zip(names, shown, strict=True)
        ],
        schema=["label", "value", "low", "high", "series"],
        orient="row",
    )
    alt_ = theme.altair()
    scale = alt_.Scale(domain=list(_COLOURS), range=list(_COLOURS.values()))
    colour = alt_.Color("series:N", scale=scale, legend=alt_.Legend(symbolType="circle", symbolOpacity=1))
    dollars = metric.startswith("usd")
    unit = "Dollars a month" if dollars else labels.shown(metric.replace("_", " ")).capitalize()
    x = alt_.X("low:Q", title=f"{unit}, difference", axis=alt_.Axis(tickCount=6, format="$,~r" if dollars else "~g"))
    base = alt_.Chart(frame).encode(y=alt_.Y("label:N", sort=None, title=None), color=colour)
    span = base.mark_rule(strokeWidth=4, opacity=0.6).encode(x=x, x2="high:Q")
    dots = base.mark_circle(size=80, opacity=1).encode(x="value:Q")
    layers = [marks.rule(0.0, ""), span, dots]
    if worthwhile:
        band = alt_.Chart(pl.DataFrame({"from": [-worthwhile], "to": [worthwhile]}))
        layers.insert(0, band.mark_rect(opacity=0.14, color=theme.QUIET).encode(x="from:Q", x2="to:Q"))
    chart = alt_.layer(*layers).properties(width=theme.WIDTH - 160, height={"step": 28})
    first = shown[0][1]
    ends = f"{_named(first)} {first.low:+.4g} to {first.high:+.4g}"
    said = sentence or f"Against {names[0]}: {first.difference:+.4g}, {ends}."
    bars = " or ".join(dict.fromkeys(_named(found) for _, found in shown))
    better = "less" if dollars or metric in {"log_loss", "brier", "rmse", "mae"} else "more"
    note = f"Dot: difference on the rows. Bar: {bars}. At 0 both are equal; {better} is better."
    note += " Shaded: too small to be worthwhile." if worthwhile else ""
    left_out = len(known) - len(shown)
    return draw(chart, title, said, note + (f" {left_out} more are left out." if left_out else ""))


def power(curve: pl.DataFrame, found: Comparison, detectable: float) -> Figure:
    """Show how likely a true difference would have been told from none.

    Args:
        curve: Columns `difference`, `power` and `rows`; see `evaluate.power_curve`.
        found: The comparison.
        detectable: The difference told from none with a power of 80 % on the rows at hand.
    """
    title = "What these rows can show"
    if curve.is_empty():
        return empty(title, "No row tells the two apart, so there is no power to show.")
    alt_ = theme.altair()
    frame = curve.with_columns(
        pl.format("{} rows", pl.col("rows").map_elements(labels.count, pl.String)).alias("series")
    )
    order = frame["series"].unique(maintain_order=True).to_list()
    colour = alt_.Color("series:N", sort=order, legend=alt_.Legend(symbolType="stroke", symbolOpacity=1))
    x = marks.Axis(f"True difference in {labels.shown(found.metric.replace('_', ' '))}", format="~g")
    y = marks.Axis("Chance of a verdict", format="%", low=0.0, high=1.0)
    lines = alt_.Chart(frame).mark_line(strokeWidth=2).encode(x=x.x("difference"), y=y.y("power"), color=colour)
    wanted = alt_.Chart(pl.DataFrame({"power": [WANTED]})).mark_rule(strokeDash=[2, 3], color=theme.QUIET)
    layers = [lines, wanted.encode(y="power:Q")]
    layers += [marks.rule(found.worthwhile, "worthwhile")] if found.worthwhile else []
    chart = alt_.layer(*layers).properties(width=theme.WIDTH - 160, height=220)
    said = f"With {found.rows:,} rows a true difference of {labels.number(detectable)} is found four times in five."
    return draw(
        chart, title, said, f"{said} Dotted: four times in five. More rows of the same kind move the curve left."
    )


def _named(found: Comparison) -> str:
    """Name the two ends."""
    return "interval" if found.coverage is None else found.coverage.name


def _kind(found: Comparison) -> str:
    """Name the verdict, that of equivalence before a verdict that is not worthwhile."""
    return "equivalent" if found.in_practice == "equivalent" else found.verdict
