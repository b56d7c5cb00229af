"""Pictures of the data: rows kept and lost, gaps, the target over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from workbench.charts import labels, marks, theme
from workbench.charts.figure import Figure, draw, empty

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.model import Roles

MOST_COLUMNS = 30
MOST_CLASSES = 5
_BUCKETS = (("1h", 3600.0), ("1d", 86400.0), ("1w", 7 * 86400.0), ("1mo", 30.4 * 86400.0), ("1y", 365.25 * 86400.0))
MOST_BUCKETS = 80


def row_accounting(accounting: pl.DataFrame, *, step: str = "step", rows: str = "rows") -> Figure:
    """Show how many rows each step left.

    Args:
        accounting: One row per step, in order.
        step: Column with the step's name.
        rows: Column with the rows that are left after it.
    """
    left = accounting[rows].cast(pl.Int64).to_list()
    if not left:
        return empty("Rows at every step", "There is no step.")
    start = left[0] or 1
    frame = pl.DataFrame(
        {
            "label": labels.distinct(accounting[step].to_list()),
            "value": left,
            "shown": [_change(now, before, start) for now, before in zip(left, [None, *left[:-1]], strict=True)],
        }
    )
    chart = marks.bars(frame, marks.Axis("Rows", zero=True, format="~s"))
    said = f"{labels.count(left[0])} rows at the start, {labels.count(left[-1])} at the end."
    return draw(chart, "Rows at every step", said)


def missing_values(frame: pl.DataFrame) -> Figure:
    """Show the share of missing values of each column that has any, the emptiest first."""
    title = "Missing values"
    gaps = frame.null_count().transpose(include_header=True, header_name="label", column_names=["missing"])
    gaps = gaps.filter(pl.col("missing") > 0).sort("missing", "label", descending=[True, False])
    if gaps.is_empty():
        return empty(title, f"No value is missing in {frame.height:,} rows of {frame.width:,} columns.")
    part = gaps.head(MOST_COLUMNS)
    drawn = pl.DataFrame(
        {
            "label": labels.distinct(part["label"].to_list()),
            "value": (part["missing"] / frame.height).to_list(),
            "shown": [f"{labels.percent(n / frame.height)} ({n:,})" for n in part["missing"].to_list()],
        }
    )
    chart = marks.bars(drawn, marks.Axis("Share of rows (%)", zero=True, format="~%", low=0, high=1), theme.ORANGE)
    note = f"{gaps.height:,} of {frame.width:,} columns have gaps" + (
        f"; the emptiest {MOST_COLUMNS} are shown." if gaps.height > MOST_COLUMNS else "."
    )
    said = f"The emptiest column is {drawn['label'][0]}: {drawn['shown'][0]}. {note}"
    return draw(chart, title, said, note)


def target_rate(splits: Mapping[str, pl.DataFrame], roles: Roles) -> Figure:
    """Show the target over time: share of the positive class, shares of classes, or the mean.

    Args:
        splits: Tables by the name of the split.
        roles: Which column is the target, which the time; one that holds no dates orders rows, but gives no axis.
    """
    title, axis = _target_axis(roles)
    if roles.time is None or splits["train"].schema[roles.time] not in {pl.Date, pl.Datetime}:
        return _target_by_split(splits, roles, title)
    every = _bucket(splits, roles.time)
    parts = [
        _rates(frame, roles, every, name if roles.task != "multiclass" else None) for name, frame in splits.items()
    ]
    drawn = pl.concat([part for part in parts if not part.is_empty()] or parts)
    alt = theme.altair()
    colour = marks.series_colour(drawn)
    base = alt.Chart(drawn).encode(
        x=alt.X(
            "x:T", title=None, axis=alt.Axis(tickCount=8, format="%-d %b %Y" if every in {"1h", "1d"} else "%b %Y")
        ),
        y=axis.y("y"),
        color=colour,
        detail="part:N",
    )
    size = alt.Size("rows:Q", legend=None, scale=alt.Scale(range=[8, 60]))
    chart = (base.mark_line(strokeWidth=2) + base.mark_circle(opacity=0.9).encode(size=size)).properties(
        width=theme.WIDTH - 70, height=230
    )
    said = "; ".join(f"{name}: {_summary(frame, roles)}" for name, frame in splits.items())
    return draw(chart, title, said, f"One point per {_UNIT[every]}; larger points stand for more rows.")


_UNIT = {"1h": "hour", "1d": "day", "1w": "week", "1mo": "month", "1y": "year"}


def _change(now: int, before: int | None, start: int) -> str:
    share = f"{now:,} · {labels.percent(now / start)}"
    if before is None or now == before:
        return share
    return f"{share}  ({'+' if now > before else '-'}{abs(now - before):,})"


def _target_axis(roles: Roles) -> tuple[str, marks.Axis]:
    target = labels.shown(roles.target)
    if roles.task == "regression":
        return f"Mean of {target}", marks.Axis(f"Mean of {target}")
    what = f"{target} = {labels.shown(roles.classes[1])}" if roles.task == "binary" else f"each class of {target}"
    return f"Share of rows with {what}", marks.Axis("Share of rows (%)", zero=True, format="~%")


def _values(roles: Roles, positive: str | None = None) -> pl.Expr:
    if roles.task == "regression":
        return pl.col(roles.target).cast(pl.Float64)
    return pl.col(roles.target).cast(pl.String) == (positive if positive is not None else roles.classes[1])


def _rates(frame: pl.DataFrame, roles: Roles, every: str, split: str | None) -> pl.DataFrame:
    series = {split: _values(roles)} if split is not None else _class_values(roles)
    grouped = (
        frame.lazy()
        .group_by(pl.col(roles.time or "").cast(pl.Datetime("us")).dt.truncate(every).alias("x"))
        .agg(
            pl.len().cast(pl.Float64).alias("rows"),
            *(values.mean().alias(f"y{i}") for i, values in enumerate(series.values())),
        )
        .drop_nulls("x")
        .sort("x")
        .collect()
    )
    part = split or str(frame.height)
    names = labels.distinct(series)
    return pl.concat(
        [
            grouped.select(
                "x",
                "rows",
                pl.col(f"y{i}").cast(pl.Float64).alias("y"),
                series=pl.lit(name),
                part=pl.lit(f"{part} {name}"),
            )
            for i, name in enumerate(names)
        ]
    )


def _class_values(roles: Roles) -> dict[str, pl.Expr]:
    return {name: _values(roles, name) for name in roles.classes[:MOST_CLASSES]}


def _bucket(splits: Mapping[str, pl.DataFrame], time: str) -> str:
    bounds = pl.concat([f.select(pl.col(time).cast(pl.Datetime("us")).alias("t")) for f in splits.values()])[
        "t"
    ].drop_nulls()
    if bounds.is_empty():
        return "1y"
    first, last = bounds.min(), bounds.max()
    span = (last - first).total_seconds()  # type: ignore[operator,union-attr] # the column was cast to Datetime
    return next((name for name, length in _BUCKETS if span / length <= MOST_BUCKETS), "1y")


def _target_by_split(splits: Mapping[str, pl.DataFrame], roles: Roles, title: str) -> Figure:
    series = _class_values(roles) if roles.task == "multiclass" else {"": _values(roles)}
    bars = [
        (f"{part}: {name}" if name else part, frame.select(values.mean()).item(), frame.height)
        for part, frame in splits.items()
        for name, values in series.items()
    ]
    drawn = pl.DataFrame(
        {
            "label": labels.distinct(label for label, _, _ in bars),
            "value": [None if value is None else float(value) for _, value, _ in bars],
            "shown": [f"{_written(value, roles)} of {rows:,} rows" for _, value, rows in bars],
        }
    )
    axis = _target_axis(roles)[1]
    said = "; ".join(f"{name}: {_summary(frame, roles)}" for name, frame in splits.items())
    return draw(marks.bars(drawn, axis), title, said)


def _summary(frame: pl.DataFrame, roles: Roles) -> str:
    if roles.task != "multiclass":
        return _written(frame.select(_values(roles).mean()).item(), roles)
    shares = {name: frame.select(values.mean()).item() for name, values in _class_values(roles).items()}
    return ", ".join(f"{labels.shown(name)} {_written(share, roles)}" for name, share in shares.items())


def _written(value: float | None, roles: Roles) -> str:
    return labels.number(value) if roles.task == "regression" else labels.percent(value)
