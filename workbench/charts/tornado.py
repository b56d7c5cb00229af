"""The picture of what a decision hangs on: one bar for each assumption, halved and doubled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from workbench.charts import labels, marks, theme
from workbench.charts.figure import Figure, draw, empty

if TYPE_CHECKING:
    import altair as alt

TITLE = "What the choice hangs on"
_NAMES = {"low": "at the lower value", "high": "at the higher value"}
_COLOURS = (theme.SKY, theme.PURPLE)
_ROOM = 0.7
_NAMES_WIDTH = 280
_MORE_WIDTH = 130


def tornado(frame: pl.DataFrame, candidate: str, usd_per_month: float) -> Figure:
    """Show how far each assumption moves the monthly cost of the recommended candidate, and where the choice flips.

    Args:
        frame: Columns `words`, `side` (`low` or `high`), `value`, `kept_usd_per_month`, `choice` and `flips`, as
            `workbench.decide.Sensitivity.table` gives them, the assumption of the greatest swing first.
        candidate: The candidate recommended as stated.
        usd_per_month: What it costs there.
    """
    if frame.is_empty():
        return empty(TITLE, "No assumption can be halved or doubled.")
    name = labels.shown(candidate)
    drawn = pl.DataFrame(
        {
            "label": frame["words"],
            "series": [_NAMES[side] for side in frame["side"]],
            "from": usd_per_month,
            "to": frame["kept_usd_per_month"],
            "shown": [_words(row) for row in frame.iter_rows(named=True)],
            "left": [_is_left(row, usd_per_month) for row in frame.iter_rows(named=True)],
            "flips": frame["flips"],
        }
    )
    said = f"{name} costs {labels.usd(usd_per_month)} a month. {_most(frame, usd_per_month)} {_flips(frame)}"
    note = f"{said} One assumption at a time; the number beside a bar is its value there."
    return draw(_chart(drawn, usd_per_month, name), TITLE, said, note)


def _words(row: dict[str, object]) -> str:
    value = f"{float(str(row['value'])):,.10g}"
    if not row["flips"]:
        return value
    return f"{value} → {labels.shown(row['choice'] if row['choice'] is not None else 'nothing')}"


def _is_left(row: dict[str, object], usd_per_month: float) -> bool:
    """Whether the words stand left of the end: away from the middle; where nothing moves, the lower value does."""
    moved = float(str(row["kept_usd_per_month"])) - usd_per_month
    return row["side"] == "low" if moved == 0 else moved < 0


def _most(frame: pl.DataFrame, usd_per_month: float) -> str:
    first = frame.filter(pl.col("words") == frame["words"][0])
    costs = [usd_per_month, *first["kept_usd_per_month"].to_list()]
    return f"It hangs most on {first['words'][0]}: from {labels.usd(min(costs))} to {labels.usd(max(costs))}."


def _flips(frame: pl.DataFrame) -> str:
    words = frame.filter("flips")["words"].unique(maintain_order=True).to_list()
    if not words:
        return "No such change makes another candidate the choice."
    return f"Another candidate becomes the choice with {', '.join(words)}."


def _axis(values: list[float], name: str) -> marks.Axis:
    """Give the axis of dollars, with room at both ends for the words beside the bars."""
    room = _ROOM * ((max(values) - min(values)) or max(values) or 1.0)
    form = "$,~f" if max(values) < marks.WHOLE_NUMBERS else "$.4~s"
    return marks.Axis(f"Cost of {name} (USD per month)", format=form, low=min(values) - room, high=max(values) + room)


def _chart(drawn: pl.DataFrame, usd_per_month: float, name: str) -> alt.LayerChart:
    alt_ = theme.altair()
    seen = [words for words in _NAMES.values() if words in drawn["series"]]
    range_ = [colour for words, colour in zip(_NAMES.values(), _COLOURS, strict=True) if words in seen]
    colour = alt_.Color(
        "series:N",
        scale=alt_.Scale(domain=seen, range=range_),
        legend=alt_.Legend(symbolType="square", columnPadding=24),
    )
    names = marks.rows_of().axis(labelLimit=_NAMES_WIDTH)
    base = alt_.Chart(drawn).encode(y=names)
    axis = _axis([*drawn["to"].to_list(), usd_per_month], name)
    chart = base.mark_bar(height={"band": 0.5}).encode(x=axis.x("from"), x2="to:Q", color=colour)
    for left in (True, False):
        place = {"align": "right" if left else "left", "dx": -8 if left else 8}
        words = alt_.Chart(drawn.filter(pl.col("left") == left)).encode(y=marks.rows_of())
        chart += words.mark_text(**place).encode(x="to:Q", text="shown:N")
    flips = alt_.Chart(drawn.filter("flips")).encode(y=marks.rows_of())
    chart += flips.mark_point(shape="diamond", size=70, filled=True, opacity=1, color=theme.ORANGE).encode(x="to:Q")
    middle = alt_.Chart(pl.DataFrame({"at": [usd_per_month]})).mark_rule(strokeWidth=1.4, color=theme.INK)
    layers: alt.LayerChart = (chart + middle.encode(x="at:Q")).properties(
        width=theme.WIDTH - _NAMES_WIDTH + _MORE_WIDTH, height={"step": 34}
    )
    return layers
