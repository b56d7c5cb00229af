"""Pictures of resources and money: latency and monthly cost."""

from __future__ import annotations

import polars as pl

from workbench.charts import labels, marks, theme
from workbench.charts.figure import Figure, draw, empty

MOST_ROWS = 24
PIECES = {
    "usd_training_per_month": ("training", theme.PURPLE),
    "usd_serving_per_month": ("serving", theme.BLUE),
    "usd_storage_per_month": ("storage", theme.GREEN),
    "usd_egress_per_month": ("egress", theme.GOLD),
    "usd_errors_per_month": ("errors", theme.ORANGE),
}


def latency(frame: pl.DataFrame, limit_p99_ms: float | None = None) -> Figure:
    """Show the median and the 99th percentile of scoring one request, the fastest first.

    Args:
        frame: Columns `id`, `latency_p50_ms`, `latency_p99_ms`.
        limit_p99_ms: The limit to draw.
    """
    title = "Latency of one request"
    rows = frame.drop_nulls(["latency_p50_ms", "latency_p99_ms"]).sort("latency_p99_ms").head(MOST_ROWS)
    if rows.is_empty():
        return empty(title, "No latency was measured.")
    drawn = pl.DataFrame(
        {
            "label": labels.distinct(rows["id"].to_list()),
            "p50": rows["latency_p50_ms"],
            "p99": rows["latency_p99_ms"],
            "shown": [
                f"{labels.milliseconds(a)} · {labels.milliseconds(b)}"
                for a, b in rows.select("latency_p50_ms", "latency_p99_ms").iter_rows()
            ],
        }
    )
    alt_ = theme.altair()
    base = alt_.Chart(drawn).encode(y=marks.rows_of())
    x = marks.Axis("Time to score one request (ms)", zero=True)
    span = base.mark_rule(strokeWidth=3, opacity=0.5, color=theme.BLUE).encode(x=x.x("p50"), x2="p99:Q")
    middle = base.mark_circle(size=62, opacity=1, color=theme.BLUE).encode(x="p50:Q")
    tail = base.mark_tick(thickness=3, size=14, color=theme.ORANGE).encode(x="p99:Q")
    words = base.mark_text(align="left", dx=10).encode(x="p99:Q", text="shown:N")
    chart = (span + middle + tail + words).properties(width=theme.WIDTH - 220, height={"step": 24})
    if limit_p99_ms is not None:
        chart += marks.rule(limit_p99_ms, f"limit {labels.milliseconds(limit_p99_ms)}")
    said = f"The fastest is {drawn['label'][0]}: median · 99th percentile {drawn['shown'][0]}."
    return draw(chart, title, said, "Dot: median. Tick: 99th percentile." + _rest(frame, rows))


def monthly_cost(frame: pl.DataFrame, choice: str | None = None) -> Figure:
    """Show what each candidate costs a month, part by part, the cheapest first; a part that is nothing is left out.

    Args:
        frame: Column `id` and those of `PIECES` that are known; `usd_per_month_low` and `usd_per_month_high` are drawn
            as a line.
        choice: The id that was chosen, set in the title.
    """
    known = [name for name in PIECES if name in frame.columns and frame[name].sum()]
    title = "Cost per month"
    if not known or frame.drop_nulls(known).is_empty():
        return empty(title, "No candidate has a known price.")
    rows = frame.drop_nulls(known).with_columns(pl.sum_horizontal(known).alias("total")).sort("total").head(MOST_ROWS)
    names = labels.distinct(rows["id"].to_list())
    drawn = pl.concat(
        pl.DataFrame({"label": names, "value": rows[name].cast(pl.Float64), "series": PIECES[name][0], "order": order})
        for order, name in enumerate(known)
    )
    has_range = {"usd_per_month_low", "usd_per_month_high"} <= set(rows.columns)
    totals = pl.DataFrame(
        {
            "label": names,
            "low": rows["usd_per_month_low"] if has_range else rows["total"],
            "value": rows["usd_per_month_high"] if has_range else rows["total"],
            "shown": [labels.usd(v) for v in rows["total"].to_list()],
        }
    )
    axis = marks.usd_axis("", totals["value"].to_list(), zero=True)
    chart = marks.stacked(drawn, totals, axis, [PIECES[name] for name in known])
    if has_range:
        span = theme.altair().Chart(totals).mark_rule(strokeWidth=2, color=theme.INK)
        chart += span.encode(y=marks.rows_of(), x="low:Q", x2="value:Q")
    said = f"The cheapest in total is {names[0]} at {totals['shown'][0]} per month."
    if choice is not None and choice in rows["id"].to_list():
        place = rows["id"].to_list().index(choice)
        said += f" The choice is {names[place]} at {totals['shown'][place]}."
    line = " Line: 95 % interval of the total." if has_range else ""
    return draw(chart, title, said, said + line + _rest(frame, rows))


def _rest(frame: pl.DataFrame, rows: pl.DataFrame) -> str:
    left = frame.height - rows.height
    return f" {left:,} more candidates are not shown." if left else ""
