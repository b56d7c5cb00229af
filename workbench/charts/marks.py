"""The few shapes the charts are made of: labelled bars, lines named at their end, ranges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.charts import theme

if TYPE_CHECKING:
    from collections.abc import Sequence

    import altair as alt
    import polars as pl

MOST_TIMES = 30
WHOLE_NUMBERS = 20_000


@dataclass(frozen=True)
class Axis:
    """A numeric axis.

    Attributes:
        title: With the unit in brackets.
        log: Whether it runs in powers of ten.
        zero: Whether it must hold zero.
        format: d3 format of its numbers.
        low: Least value shown; None fits the data.
        high: Greatest value shown; None fits the data.
    """

    title: str
    log: bool = False
    zero: bool = False
    format: str = ""
    low: float | None = None
    high: float | None = None

    def x(self, field: str) -> alt.X:
        """Give the horizontal channel."""
        alt_ = theme.altair()
        channel: alt.X = alt_.X(f"{field}:Q", title=self.title, scale=self._scale(), axis=self._axis())
        return channel

    def y(self, field: str) -> alt.Y:
        """Give the vertical channel."""
        alt_ = theme.altair()
        channel: alt.Y = alt_.Y(f"{field}:Q", title=self.title, scale=self._scale(), axis=self._axis())
        return channel

    def _scale(self) -> alt.Scale:
        alt_ = theme.altair()
        given: dict[str, object] = {"type": "log"} if self.log else {"zero": self.zero}
        bounds = {"domainMin": self.low, "domainMax": self.high}
        given |= {name: value for name, value in bounds.items() if value is not None}
        scale: alt.Scale = alt_.Scale(nice=self.low is None and self.high is None, **given)
        return scale

    def _axis(self) -> alt.Axis:
        given = {"format": self.format} if self.format else {}
        axis: alt.Axis = theme.altair().Axis(tickCount=4 if self.log else 6, **given)
        return axis


def usd_axis(title: str, values: Sequence[float], *, zero: bool = False) -> Axis:
    """Give an axis of dollars a month, in powers of ten where the values spread over more than one and a half."""
    low, high = min(values), max(values)
    log = not zero and low > 0 and high / low > MOST_TIMES
    words = f"USD per month{', log scale' if log else ''}"
    form = "$,~f" if high < WHOLE_NUMBERS else "$.4~s"
    return Axis(f"{title} ({words})" if title else words, log=log, zero=zero, format=form)


def rows_of(field: str = "label") -> alt.Y:
    """Give the vertical channel of one row per name, in the order of the data."""
    alt_ = theme.altair()
    channel: alt.Y = alt_.Y(f"{field}:N", sort=None, title=None)
    return channel


def bars(frame: pl.DataFrame, axis: Axis, colour: str = theme.BLUE) -> alt.LayerChart:
    """Draw one bar per row of `label`, `value`, with the words of `shown` at its end."""
    alt_ = theme.altair()
    base = alt_.Chart(frame).encode(y=rows_of())
    bar = base.mark_bar(color=colour, height={"band": 0.62}).encode(x=axis.x("value"))
    words = base.mark_text(align="left", dx=6, fontSize=11.5).encode(x="value:Q", text="shown:N")
    layers: alt.LayerChart = (bar + words).properties(width=theme.WIDTH - 200, height={"step": 26})
    return layers


def stacked(
    pieces: pl.DataFrame, totals: pl.DataFrame, axis: Axis, series: Sequence[tuple[str, str]]
) -> alt.LayerChart:
    """Draw one bar per label, put together from pieces, with words at the end of the whole.

    Args:
        pieces: Columns `label`, `value`, `series`, and `order`, in which the pieces of a bar follow each other.
        totals: Columns `label`, `value`, where the words begin, and `shown`, the words.
        axis: The axis of the values.
        series: Name and colour of each kind of piece, in the order of the legend.
    """
    alt_ = theme.altair()
    names, colours = zip(*series, strict=True)
    colour = alt_.Color(
        "series:N",
        legend=alt_.Legend(symbolType="square"),
        scale=alt_.Scale(domain=list(names), range=list(colours)),
    )
    bar = (
        alt_.Chart(pieces)
        .mark_bar(height={"band": 0.62})
        .encode(y=rows_of(), x=axis.x("value"), color=colour, order="order:Q")
    )
    words = alt_.Chart(totals).mark_text(align="left", dx=6).encode(y=rows_of(), x="value:Q", text="shown:N")
    layers: alt.LayerChart = (bar + words).properties(width=theme.WIDTH - 200, height={"step": 24})
    return layers


def lines(frame: pl.DataFrame, x: Axis, y: Axis, *, step: bool = False, height: int = 260) -> alt.LayerChart:
    """Draw a line per `series` through `x`, `y`, named in the legend."""
    alt_ = theme.altair()
    colour = series_colour(frame)
    base = alt_.Chart(frame)
    curve = base.mark_line(strokeWidth=2.2, interpolate="step-after" if step else "linear").encode(
        x=x.x("x"), y=y.y("y"), color=colour, order="order:Q", detail="series:N"
    )
    layers: alt.LayerChart = alt_.layer(curve).properties(width=theme.WIDTH - 140, height=height)
    return layers


def series_colour(frame: pl.DataFrame, symbol: str = "stroke") -> alt.Color:
    """Give each series its colour, in order of appearance; splits keep theirs everywhere."""
    alt_ = theme.altair()
    names = frame["series"].unique(maintain_order=True).to_list()
    colours = [theme.SPLITS.get(name, theme.SERIES[i % len(theme.SERIES)]) for i, name in enumerate(names)]
    legend = (
        None
        if len(names) == 1
        else alt_.Legend(
            symbolStrokeWidth=3, symbolType=symbol, symbolOpacity=1, labelLimit=300, columns=_side_by_side(names)
        )
    )
    channel: alt.Color = alt_.Color("series:N", scale=alt_.Scale(domain=names, range=colours), legend=legend)
    return channel


def _side_by_side(names: list[str]) -> int:
    """Count the names of a legend that stand beside each other in the width of a chart, symbols included."""
    longest = max(len(name) for name in names)
    return max(1, min(len(names), round(theme.WIDTH / (7 * longest + 30))))


def rule(value: float, words: str, *, vertical: bool = True) -> alt.LayerChart:
    """Draw a dashed line across the chart with words beside it."""
    import polars as pl  # noqa: PLC0415 - only for this one row

    alt_ = theme.altair()
    base = alt_.Chart(pl.DataFrame({"at": [value], "words": [words]}))
    channel = {"x": "at:Q"} if vertical else {"y": "at:Q"}
    line = base.mark_rule(strokeDash=[5, 4], color=theme.INK).encode(**channel)
    place = {"align": "left", "dx": 4, "y": 8} if vertical else {"align": "left", "dy": -6, "x": 4}
    layers: alt.LayerChart = line + base.mark_text(**place).encode(text="words:N", **channel)
    return layers
