"""The picture of a frontier over several objectives: two of them across and upwards, others as colour and size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from workbench.charts import labels, marks, theme
from workbench.charts.figure import Figure, draw, empty
from workbench.errors import UsageError, nearest

if TYPE_CHECKING:
    import altair as alt

    from workbench.decide import Front, Objective

TITLE = "The frontier"
_AXES = {
    "errors": ("Errors (USD per month)", 1.0),
    "serving": ("Serving (USD per month)", 1.0),
    "training": ("Training (USD per month)", 1.0),
    "latency": ("99th percentile of latency (ms)", 1.0),
    "memory": ("Peak memory (MB)", 1e6),
    "bytes": ("Size (MB)", 1e6),
}
_SHAPES = {"on the frontier": "circle", "beaten": "square", "outside the limits": "cross"}
_LOG_FROM = 30.0


@dataclass(frozen=True)
class Channels:
    """Which objective stands where; by default the first four of the frontier in this order.

    Attributes:
        x: Across.
        y: Upwards.
        colour: As colour; None for none.
        size: As size; None for none.
    """

    x: str
    y: str
    colour: str | None = None
    size: str | None = None


def pareto(front: Front, choice: str | None = None, channels: Channels | None = None) -> Figure:
    """Show a frontier over two objectives or more.

    Args:
        front: The frontier, from `workbench.decide.front`; who is on it depends on all of its objectives.
        choice: The id that was chosen.
        channels: Which objective stands where.

    Raises:
        UsageError: The frontier has no such objective, or only one.
    """
    chosen = channels or _first(front)
    names = [name for name in (chosen.x, chosen.y, chosen.colour, chosen.size) if name is not None]
    found = {name: _objective(front, name) for name in names}
    drawn = pl.DataFrame(
        {
            "id": front.ids,
            "label": labels.distinct(front.ids),
            "series": _standing(front),
            **{name: _values(front, item) for name, item in found.items()},
        }
    )
    drawn = drawn.filter(pl.all_horizontal(pl.col(name).is_finite() for name in names))
    if drawn.is_empty():
        return empty(TITLE, "No candidate has all of these figures.")
    marked = [(choice, "the choice"), (front.knee_id, "the knee")]
    seen = [(name, words) for name, words in marked if name is not None and name in drawn["id"]]
    said = f"{front.on_front.sum():,} of {len(front.ids):,} candidates are on the frontier over {_over(front)}."
    said += "".join(f" {labels.shown(name)} is {words}." for name, words in seen)
    chart = _chart(
        drawn, chosen, [name for name, _ in seen], {name: _axis(drawn, item) for name, item in found.items()}
    )
    share = labels.percent(front.volume.share)
    return draw(chart, TITLE, said, f"{said} Hypervolume: {share} of the box to a tenth beyond the worst candidate.")


def _first(front: Front) -> Channels:
    names = [item.name for item in front.objectives]
    if len(names) == 1:
        raise UsageError("a frontier over one objective has no picture", hint="name two objectives, such as latency")
    return Channels(*names[:4])


def _objective(front: Front, name: str) -> Objective:
    known = {item.name: item for item in front.objectives}
    if name not in known:
        expected = f"one of {', '.join(known)}"
        raise UsageError(f"the frontier has no objective {name}", expected=expected, hint=nearest(name, known))
    return known[name]


def _over(front: Front) -> str:
    *others, last = [item.name for item in front.objectives]
    return f"{', '.join(others)} and {last}" if others else last


def _standing(front: Front) -> list[str]:
    on, within, outside = _SHAPES
    return [
        on if edge else within if fine else outside for edge, fine in zip(front.on_front, front.allowed, strict=True)
    ]


def _values(front: Front, item: Objective) -> pl.Series:
    place = front.objectives.index(item)
    return pl.Series(np.asarray(item.sign * front.points[:, place]) / _AXES.get(item.name, ("", 1.0))[1])


def _axis(drawn: pl.DataFrame, item: Objective) -> marks.Axis:
    words = f"{item.column.removeprefix('validation_').replace('_', ' ')} on validation"
    title = _AXES.get(item.name, (words, 1.0))[0]
    values = drawn[item.name].to_list()
    log = min(values) > 0 and max(values) / min(values) > _LOG_FROM
    return marks.Axis(f"{title}, log scale" if log else title, log=log)


def _scale(axis: marks.Axis, **given: object) -> alt.Scale:
    scale: alt.Scale = theme.altair().Scale(nice=False, **given, **({"type": "log"} if axis.log else {"zero": False}))
    return scale


def _chart(drawn: pl.DataFrame, channels: Channels, marked: list[str], axes: dict[str, marks.Axis]) -> alt.LayerChart:
    alt_ = theme.altair()
    seen = [name for name in _SHAPES if name in drawn["series"]]
    shape = alt_.Shape("series:N", scale=alt_.Scale(domain=seen, range=[_SHAPES[name] for name in seen]))
    given: dict[str, object] = {"x": axes[channels.x].x(channels.x), "y": axes[channels.y].y(channels.y)}
    if channels.colour:
        legend = alt_.Legend(title=axes[channels.colour].title, gradientLength=140)
        given["color"] = alt_.Color(
            f"{channels.colour}:Q", scale=_scale(axes[channels.colour], scheme="viridis"), legend=legend
        )
    if channels.size:
        legend = alt_.Legend(title=axes[channels.size].title)
        given["size"] = alt_.Size(
            f"{channels.size}:Q", scale=_scale(axes[channels.size], range=[30, 330]), legend=legend
        )
    dots = alt_.Chart(drawn).mark_point(filled=True, opacity=0.85, color=theme.BLUE)
    chart = alt_.layer(dots.encode(shape=shape, **given))
    named = drawn.filter(pl.col("id").is_in(marked))
    if named.height:
        base = alt_.Chart(named).encode(x=f"{channels.x}:Q", y=f"{channels.y}:Q")
        chart += base.mark_point(size=420, color=theme.ORANGE, strokeWidth=2)
        chart += base.mark_text(align="left", dx=14, dy=-10, fontWeight="bold", fontSize=12.5).encode(text="label:N")
    layers: alt.LayerChart = chart.properties(width=theme.WIDTH - 80, height=300)
    return layers
