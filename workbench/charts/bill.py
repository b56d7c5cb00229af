"""Pictures of where money goes: a month's bill by stage and resource, and what runs were worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from workbench.charts import labels, marks, theme
from workbench.charts.figure import Figure, draw, empty
from workbench.charts.money import PIECES

if TYPE_CHECKING:
    import altair as alt

MOST_STAGES = 12
_HEIGHT = 260
_GAP = 0.004
"""Space between two rectangles, as a share of the width."""
_LEAST_WIDTH, _LEAST_HEIGHT = 0.16, 0.16
"""A rectangle smaller than this share of the picture has no room for words."""
_COLOURS = dict(PIECES.values())
_USED = {
    "DONE": ("ended well", theme.BLUE),
    "FAILED": ("failed", theme.ORANGE),
    "TIMEOUT": ("took too long", theme.GOLD),
    "KILLED": ("killed", theme.PURPLE),
    "SAVED": ("saved by the cache", theme.QUIET),
}


def bill(frame: pl.DataFrame, whose: str = "") -> Figure:
    """Show a month's bill as a rectangle cut by stage, each part by what it was paid for; areas are dollars.

    Args:
        frame: Columns `stage`, `resource`, `usd_per_month`.
        whose: The candidate the bill is of.
    """
    title = f"Where the money goes{f': {labels.shown(whose)}' if whose else ''}"
    rows = frame.drop_nulls("usd_per_month").filter(pl.col("usd_per_month") > 0)
    if rows.is_empty():
        return empty(title, "Nothing is paid for.")
    drawn = _rectangles(rows)
    total = float(rows["usd_per_month"].sum())
    stages = drawn.group_by("stage", maintain_order=True).agg(pl.col("usd").sum())
    parts = [f"{name} {labels.usd(usd)} ({labels.percent(usd / total)})" for name, usd in stages.iter_rows()]
    said = f"{labels.usd(total)} a month: {', '.join(parts)}."
    unnamed = drawn.filter(~pl.col("has_room"))
    small = [f"{name} {labels.usd(usd)}" for name, usd in unnamed.select("resource", "usd").iter_rows()]
    note = f" Too small for words: {', '.join(small[:MOST_STAGES])}." if small else ""
    return draw(_treemap(drawn), title, said, f"Areas are US dollars a month. {said}{note}")


def waste(runs: pl.DataFrame, saved: pl.DataFrame | None = None) -> Figure:
    """Show what runs cost by stage and by how they ended, and what the cache saved.

    Args:
        runs: Columns `stage`, `status`, `usd`; a run without a price or still running is left out.
        saved: Columns `stage`, `usd`: what the cache spared.
    """
    title = "What runs cost, and what came of it"
    columns = {"stage": pl.String, "status": pl.String, "usd": pl.Float64}
    kept = [runs.select(pl.col(name).cast(dtype) for name, dtype in columns.items())]
    if saved is not None:
        kept.append(
            saved.select(
                pl.col("stage").cast(pl.String), pl.lit("SAVED").alias("status"), pl.col("usd").cast(pl.Float64)
            )
        )
    rows = pl.concat(kept).drop_nulls().filter(pl.col("status").is_in(list(_USED)))
    if rows.is_empty() or not rows["usd"].sum():
        return empty(title, "No run with a known price is on record.")
    usd = dict(rows.group_by("status").agg(pl.col("usd").sum()).iter_rows())
    spent = sum(amount for status, amount in usd.items() if status != "SAVED")
    lost = spent - usd.get("DONE", 0.0)
    said = f"{labels.usd(spent)} was spent"
    said += (
        f", {labels.usd(lost)} of it ({labels.percent(lost / spent)}) on runs that left nothing to use" if lost else ""
    )
    said += f"; the cache saved {labels.usd(usd['SAVED'])}" if usd.get("SAVED") else ""
    return draw(_ended(rows), title, f"{said}.", f"{said}.{_unpriced(runs)}")


def _rectangles(rows: pl.DataFrame) -> pl.DataFrame:
    """Slice the width by stage and dice each slice's height by resource, the dearest first."""
    total = float(rows["usd_per_month"].sum())
    by_stage = rows.group_by("stage", maintain_order=True).agg(pl.col("usd_per_month").sum())
    found, left = [], 0.0
    for stage, usd in (
        by_stage.sort("usd_per_month", descending=True, maintain_order=True).head(MOST_STAGES).iter_rows()
    ):
        width, top = usd / total, 0.0
        parts = rows.filter(pl.col("stage") == stage).sort("usd_per_month", descending=True, maintain_order=True)
        for resource, amount in parts.select("resource", "usd_per_month").iter_rows():
            height = amount / usd
            found.append((labels.shown(stage), labels.shown(resource), amount, left, left + width, top, top + height))
            top += height
        left += width
    names = ("stage", "resource", "usd", "left", "right", "top", "bottom")
    room = (pl.col("right") - pl.col("left") >= _LEAST_WIDTH) & (pl.col("bottom") - pl.col("top") >= _LEAST_HEIGHT)
    return pl.DataFrame(found, schema=names, orient="row").with_columns(has_room=room)


def _treemap(drawn: pl.DataFrame) -> alt.LayerChart:
    alt_ = theme.altair()
    stages = drawn["stage"].unique(maintain_order=True).to_list()
    colours = [_COLOURS.get(name, theme.SERIES[i % len(theme.SERIES)]) for i, name in enumerate(stages)]
    inner = drawn.with_columns(
        right=pl.max_horizontal(pl.col("right") - _GAP, pl.col("left") + _GAP / 2),
        bottom=pl.max_horizontal(pl.col("bottom") - 2 * _GAP, pl.col("top") + _GAP / 2),
        shade=1 - 0.22 * pl.int_range(pl.len()).over("stage").clip(0, 3),
    )
    blank = {"axis": None, "scale": alt_.Scale(domain=[0, 1], nice=False)}
    rectangles = (
        alt_.Chart(inner)
        .mark_rect(cornerRadius=2)
        .encode(
            x=alt_.X("left:Q", **blank),
            x2="right:Q",
            y=alt_.Y("top:Q", axis=None, scale=alt_.Scale(domain=[0, 1], nice=False, reverse=True)),
            y2="bottom:Q",
            color=alt_.Color(
                "stage:N", scale=alt_.Scale(domain=stages, range=colours), legend=alt_.Legend(symbolType="square")
            ),
            opacity=alt_.Opacity("shade:Q", scale=None, legend=None),
        )
    )
    words = inner.filter("has_room").with_columns(
        shown=pl.Series([labels.usd(usd) for usd in inner.filter("has_room")["usd"].to_list()], dtype=pl.String)
    )
    base = alt_.Chart(words).encode(x="left:Q", y="top:Q")
    light = {"align": "left", "baseline": "top", "dx": 9, "color": "#ffffff"}
    names = base.mark_text(dy=9, fontSize=12, fontWeight="bold", **light).encode(text="resource:N")
    amounts = base.mark_text(dy=26, fontSize=12, **light).encode(text="shown:N")
    chart: alt.LayerChart = (rectangles + names + amounts).properties(width=theme.WIDTH, height=_HEIGHT)
    return chart


def _ended(rows: pl.DataFrame) -> alt.LayerChart:
    by_stage = (
        rows.group_by("stage", maintain_order=True)
        .agg(pl.col("usd").sum())
        .sort("usd", descending=True, maintain_order=True)
    )
    stages = by_stage["stage"].head(MOST_STAGES).to_list()
    names = dict(zip(stages, labels.distinct(stages), strict=True))
    order = {status: place for place, status in enumerate(_USED)}
    parts = rows.filter(pl.col("stage").is_in(stages)).group_by("stage", "status").agg(pl.col("usd").sum())
    drawn = pl.DataFrame(
        [
            (names[stage], usd, _USED[status][0], order[status], stages.index(stage))
            for stage, status, usd in parts.iter_rows()
        ],
        schema=["label", "value", "series", "order", "place"],
        orient="row",
    ).sort("place", "order")
    seen = [pair for status, pair in _USED.items() if status in parts["status"]]
    saved = pl.col("series") == _USED["SAVED"][0]
    totals = drawn.group_by("label", maintain_order=True).agg(
        pl.col("value").sum(),
        pl.col("value").filter(~saved).sum().alias("spent"),
        pl.col("value").filter(saved).sum().alias("saved"),
    )
    words_of = [
        f"{labels.usd(spent)}{f', {labels.usd(spared)} saved' if spared else ''}"
        for spent, spared in totals.select("spent", "saved").iter_rows()
    ]
    totals = totals.with_columns(shown=pl.Series(words_of, dtype=pl.String))
    return marks.stacked(drawn, totals, marks.Axis("USD", zero=True, format="$~g"), seen)


def _unpriced(runs: pl.DataFrame) -> str:
    unpriced = runs["usd"].null_count()
    words = "run without a price is" if unpriced == 1 else "runs without a price are"
    return f" {unpriced:,} {words} not shown." if unpriced else ""
