"""Pictures of scenarios: what choosing one candidate for all costs, and what each scenario costs at best."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from workbench.charts import labels, marks, theme
from workbench.charts.figure import Figure, draw, empty
from workbench.charts.money import PIECES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import altair as alt

MOST_CANDIDATES, MOST_SCENARIOS = 12, 10
TITLE = "Regret of one candidate for all scenarios"
COSTS = "What each scenario costs a month"
LIMITS: Mapping[str, str] = {
    "latency_p99_ms": "latency",
    "usd_per_month": "budget",
    "size_bytes": "size",
    "peak_rss_bytes": "memory",
}
"""A limit in a cell, in a word."""
_ROW = 30
_LETTER = 7
"""Pixels of a letter of a column's name, at most; a name wider than its column is slanted."""
_FULL = 0.6
"""Share of the greatest regret, as a root, from which a cell is filled so that white reads on it; below, grey does."""
_BEST, _SOME, _BEYOND = "best", "regret", "beyond a limit"


def regret(frame: pl.DataFrame, order: Sequence[str], choice: str | None = None) -> Figure:
    """Show the regret of candidates (rows) in scenarios (columns): the fuller the colour, the dearer.

    Args:
        frame: `scenario`, `id`, `regret_usd` (null beyond a limit) and `breaks`, the limits that are broken.
        order: The candidates, the most robust first; the best of each scenario and then these are drawn.
        choice: The candidate to take for all, set in the small print.
    """
    known = frame.filter(pl.col("regret_usd").is_not_null())
    if known.is_empty():
        return empty(TITLE, "There is no regret: no candidate keeps to the limits, or errors have no price.")
    scenarios = _counting(frame)
    drawn_ids, rows = _rows(known, order), frame.filter(pl.col("scenario").is_in(scenarios))
    names = dict(zip(drawn_ids, labels.distinct(drawn_ids), strict=True))
    columns = dict(zip(scenarios, labels.distinct(scenarios), strict=True))
    cells = _cells(rows.filter(pl.col("id").is_in(drawn_ids)), names, columns)
    said = _said(known, choice)
    note = f"{said} Dollars a month above the best of the scenario; a word names the limit that is broken."
    chart = _chart(cells, list(names.values()), list(columns.values()))
    return draw(chart, TITLE, said, note + _left_out(frame, drawn_ids, scenarios))


def scenario_costs(frame: pl.DataFrame, choices: pl.DataFrame, choice: str | None = None) -> Figure:
    """Show what the best candidate of each scenario costs, part by part, and what the choice for all costs there.

    Args:
        frame: `scenario`, `candidate` (null where there is none) and the dollars of its month, one row per scenario.
        choices: `scenario`, `id` and `usd_per_month` of every candidate.
        choice: The candidate taken for all, drawn as a tick.
    """
    rows = frame.drop_nulls("candidate").head(MOST_SCENARIOS)
    if rows.is_empty():
        return empty(COSTS, "No candidate keeps to the limits in any scenario.")
    rows = rows.with_columns(pl.Series("label", labels.distinct(rows["scenario"].to_list())))
    known = [name for name in PIECES if name in rows.columns and rows[name].sum()]
    shown = [f"{labels.usd(r['usd_per_month'])} {labels.shown(r['candidate'], 24)}" for r in rows.to_dicts()]
    parts = pl.concat(
        rows.select("label", pl.col(name).cast(pl.Float64).alias("value"), series=pl.lit(PIECES[name][0]), order=at)
        for at, name in enumerate(known)
    )
    ticks = choices.filter(pl.col("id").eq_missing(choice)).select("scenario", tick="usd_per_month")
    totals = (
        rows.select("scenario", "label", value="usd_per_month", shown=pl.Series(shown))
        .join(ticks, on="scenario", how="left", maintain_order="left")
        .with_columns(end=pl.max_horizontal("value", "tick"))
        .drop("scenario")
    )
    chart = _bars(parts, totals, [PIECES[name] for name in known])
    dearest = rows.sort("usd_per_month").row(-1, named=True)
    said = (
        f"The dearest scenario is {labels.shown(dearest['scenario'])}: {labels.usd(dearest['usd_per_month'])} a month."
    )
    line = f" Tick: {labels.shown(choice)} taken for all." if ticks.height else ""
    return draw(chart, COSTS, said, f"{said} Bar: the best candidate of each scenario.{line}")


def _counting(frame: pl.DataFrame) -> list[str]:
    """Name the scenarios in which something can be chosen, in their order."""
    counts = frame.filter(pl.col("regret_usd").is_not_null())["scenario"].unique(maintain_order=True)
    return [str(name) for name in counts][:MOST_SCENARIOS]


def _rows(known: pl.DataFrame, order: Sequence[str]) -> list[str]:
    """Choose the candidates to draw: the best of each scenario, then the most robust, in the order given."""
    best = known.sort("regret_usd", maintain_order=True).group_by("scenario", maintain_order=True).first()["id"]
    kept = list(dict.fromkeys([*best.to_list(), *order]))[:MOST_CANDIDATES]
    return [name for name in order if name in kept]


def _cells(rows: pl.DataFrame, names: Mapping[str, str], columns: Mapping[str, str]) -> pl.DataFrame:
    most = rows["regret_usd"].max()
    scale = float(most) if isinstance(most, int | float) and most > 0 else 1.0
    amounts = rows["regret_usd"].to_list()
    share = [None if amount is None else max(0.0, amount / scale) ** 0.5 for amount in amounts]
    return pl.DataFrame(
        {
            "label": [names[name] for name in rows["id"]],
            "column": [columns[name] for name in rows["scenario"]],
            "series": [_BEYOND if part is None else (_SOME if part else _BEST) for part in share],
            "strength": [_strength(part) for part in share],
            "dark": [part is not None and part >= _FULL for part in share],
            "shown": [_shown(r["regret_usd"], r["breaks"]) for r in rows.iter_rows(named=True)],
        }
    )


def _strength(share: float | None) -> float:
    if share is None:
        return 0.16
    return 0.05 + 0.35 * share if share < _FULL else 0.75 + 0.25 * share


def _shown(amount: float | None, breaks: str) -> str:
    if amount is not None:
        return "best" if amount == 0 else labels.usd(amount)
    first, *rest = breaks.split(", ")
    return LIMITS.get(first, first) + (f" +{len(rest)}" if rest else "")


def _chart(cells: pl.DataFrame, names: list[str], columns: list[str]) -> alt.LayerChart:
    alt_ = theme.altair()
    width = theme.WIDTH - 150
    slant = -24 if max(map(len, columns)) * _LETTER > width / len(columns) else 0
    axis = alt_.Axis(orient="top", labelAngle=slant, labelAlign="left" if slant else "center")
    x = alt_.X("column:N", sort=columns, title=None, axis=axis)
    y = alt_.Y("label:N", sort=names, title=None)
    base = alt_.Chart(cells).encode(x=x, y=y)
    seen = [name for name in (_BEST, _SOME, _BEYOND) if name in cells["series"]]
    by_name = {_BEST: theme.GREEN, _SOME: theme.ORANGE, _BEYOND: theme.QUIET}
    colour = alt_.Color(
        "series:N",
        legend=alt_.Legend(symbolType="square", symbolOpacity=1),
        scale=alt_.Scale(domain=seen, range=[by_name[name] for name in seen]),
    )
    square = base.mark_rect(cornerRadius=2).encode(color=colour, opacity=alt_.Opacity("strength:Q", scale=None))
    edge = base.transform_filter(alt_.datum.series == _BEST).mark_rect(
        cornerRadius=2, fillOpacity=0, stroke=theme.GREEN, strokeWidth=1.6
    )
    texts = base.encode(text="shown:N")
    light = texts.transform_filter(~alt_.datum.dark).mark_text(fontSize=11, color=theme.INK)
    dark = texts.transform_filter(alt_.datum.dark).mark_text(fontSize=11, fontWeight="bold", color="white")
    layers: alt.LayerChart = (square + edge + light + dark).properties(width=width, height={"step": _ROW})
    return layers


def _bars(parts: pl.DataFrame, totals: pl.DataFrame, pieces: list[tuple[str, str]]) -> alt.LayerChart:
    alt_ = theme.altair()
    colour = alt_.Color(
        "series:N",
        legend=alt_.Legend(symbolType="square"),
        scale=alt_.Scale(domain=[name for name, _ in pieces], range=[colour for _, colour in pieces]),
    )
    x = marks.usd_axis("", totals["end"].to_list(), zero=True)
    bar = alt_.Chart(parts).mark_bar(height={"band": 0.6})
    bar = bar.encode(y=marks.rows_of(), x=x.x("value"), color=colour, order="order:Q")
    words = alt_.Chart(totals).mark_text(align="left", dx=9).encode(y=marks.rows_of(), x="end:Q", text="shown:N")
    ticks = alt_.Chart(totals.drop_nulls("tick")).mark_tick(thickness=3, size=24, color=theme.INK)
    chart = bar + words + ticks.encode(y=marks.rows_of(), x="tick:Q")
    layers: alt.LayerChart = chart.properties(width=theme.WIDTH - 260, height={"step": _ROW})
    return layers


def _said(known: pl.DataFrame, choice: str | None) -> str:
    dearest = known.sort("regret_usd").row(-1, named=True)
    worst = f"{labels.shown(dearest['id'])} in {labels.shown(dearest['scenario'])}: {labels.usd(dearest['regret_usd'])}"
    most = known.filter(pl.col("id") == choice)["regret_usd"].max() if choice is not None else None
    if not isinstance(most, int | float):
        return f"The greatest regret is that of {worst}."
    return (
        f"{labels.shown(choice)} costs at most {labels.usd(most)} more than the best; the greatest regret is {worst}."
    )


def _left_out(frame: pl.DataFrame, drawn: Sequence[str], scenarios: Sequence[str]) -> str:
    candidates = frame["id"].n_unique() - len(drawn)
    others = frame["scenario"].n_unique() - len(scenarios)
    text = f" {candidates:,} more candidates are not shown." if candidates else ""
    return text + (f" {others:,} scenarios are not shown." if others else "")
