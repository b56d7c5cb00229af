"""Pictures of quality: curves of scores, calibration, intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from workbench.charts import labels, marks, theme
from workbench.charts.figure import Figure, draw, empty

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import altair as alt
    from numpy import float64
    from numpy.typing import NDArray

    from workbench.model import Task

MOST_POINTS = 240
MOST_ROWS = 40


class _Counts(NamedTuple):
    """Hits and false alarms when every row from the highest score down to each distinct one is called positive."""

    hits: NDArray[float64]
    alarms: NDArray[float64]


def precision_recall(labels_: NDArray[float64], scores: Mapping[str, NDArray[float64]]) -> Figure:
    """Show precision against recall of each candidate.

    Args:
        labels_: 1 for the positive class, 0 otherwise.
        scores: Probability of the positive class by candidate.
    """

    def curve(counts: _Counts) -> tuple[NDArray[float64], NDArray[float64], float]:
        recall = counts.hits / counts.hits[-1]
        precision = counts.hits / (counts.hits + counts.alarms)
        area = float(np.sum(np.diff(recall, prepend=0.0) * precision))
        return recall, precision, area

    base = float(np.mean(labels_)) if len(labels_) else 0.0
    floor = marks.rule(base, f"chance: {labels.percent(base)}", vertical=False)
    axes = (marks.Axis("Recall (share of positives found)", low=0, high=1), marks.Axis("Precision", low=0, high=1))
    return _curves("Precision and recall", "average precision", labels_, scores, curve, axes, floor)


def roc(labels_: NDArray[float64], scores: Mapping[str, NDArray[float64]]) -> Figure:
    """Show the true against the false positive rate of each candidate.

    Args:
        labels_: 1 for the positive class, 0 otherwise.
        scores: Probability of the positive class by candidate.
    """

    def curve(counts: _Counts) -> tuple[NDArray[float64], NDArray[float64], float]:
        found = np.append(0.0, counts.hits / counts.hits[-1])
        alarmed = np.append(0.0, counts.alarms / counts.alarms[-1])
        return alarmed, found, float(np.trapezoid(found, alarmed))

    module = theme.altair()
    ends = pl.DataFrame({"x": [0.0, 1.0], "y": [0.0, 1.0]})
    chance = module.Chart(ends).mark_line(strokeDash=[5, 4], color=theme.INK, strokeWidth=1).encode(x="x:Q", y="y:Q")
    axes = (marks.Axis("False positive rate", low=0, high=1), marks.Axis("True positive rate", low=0, high=1))
    return _curves("Receiver operating characteristic", "area", labels_, scores, curve, axes, chance)


_CALIBRATION_AXES = {
    "binary": ("Predicted probability", "Share that came true"),
    "multiclass": ("Probability of the most likely class", "Share that was right"),
    "regression": ("Predicted value", "Mean of what came"),
}


def calibration(curve: pl.DataFrame, task: Task) -> Figure:
    """Show what came against what was predicted.

    Args:
        curve: Columns `predicted`, `observed` and `rows`, one row per group of similar predictions.
        task: Kind of prediction.
    """
    title = "Calibration"
    if curve.is_empty():
        return empty(title, "There are no predictions to compare.")
    drawn = curve.select(pl.col("predicted").alias("x"), pl.col("observed").alias("y"), "rows")
    low, high = _reach(drawn, task)
    across, up = _CALIBRATION_AXES[task]
    axes = (marks.Axis(across, low=low, high=high), marks.Axis(up, low=low, high=high))
    alt = theme.altair()
    ideal = (
        alt.Chart(pl.DataFrame({"x": [low, high], "y": [low, high]}))
        .mark_line(strokeDash=[5, 4], color=theme.INK, strokeWidth=1)
        .encode(x="x:Q", y="y:Q")
    )
    line = drawn.with_columns(order=pl.int_range(pl.len()), series=pl.lit("observed"))
    dots = alt.Chart(line).mark_circle(size=44, opacity=1, color=theme.BLUE).encode(x="x:Q", y="y:Q")
    worst = float((drawn["x"] - drawn["y"]).abs().max())  # type: ignore[arg-type] # a float column with rows
    gap = labels.fixed(worst) if task == "regression" else labels.percent(worst)
    rows = round(curve["rows"].sum() / curve.height)
    return draw(
        marks.lines(line, *axes) + dots + ideal,
        title,
        f"The largest gap between prediction and outcome is {gap}.",
        f"{curve.height} groups of {rows:,} rows; on the dashed line, predictions come true.",
    )


def _reach(drawn: pl.DataFrame, task: Task) -> tuple[float, float]:
    """Give both axes one span, so that the ideal is the diagonal."""
    values = pl.concat([drawn["x"], drawn["y"]])
    low, high = float(values.min()), float(values.max())  # type: ignore[arg-type] # a float column with rows
    if task == "regression":
        margin = (high - low) * 0.04 or 1.0
        return low - margin, high + margin
    return 0.0, min(1.0, high * 1.08) or 1.0


def metric_intervals(frame: pl.DataFrame, metric: str, baseline: str | None = None, split: str = "test") -> Figure:
    """Show one metric of every candidate with its interval, the baseline as a line.

    Args:
        frame: Columns `id`, `split`, `metric`, `value`, `low`, `high`.
        metric: Which metric.
        baseline: Id of the candidate to compare with.
        split: Which split.
    """
    title = f"{metric.replace('_', ' ').capitalize()} on the {split} set"
    part = frame.filter((pl.col("metric") == metric) & (pl.col("split") == split)).drop_nulls("value")
    if part.is_empty():
        return empty(title, "There is no such metric.")
    part = part.sort("value", descending=not _smaller_is_better(metric)).head(MOST_ROWS)
    drawn = pl.DataFrame(
        {
            "label": labels.distinct(part["id"].to_list()),
            "value": part["value"],
            "low": part["low"].fill_null(part["value"]),
            "high": part["high"].fill_null(part["value"]),
            "shown": [_interval(*row) for row in part.select("value", "low", "high").iter_rows()],
            "colour": [theme.ORANGE if name == baseline else theme.BLUE for name in part["id"].to_list()],
        }
    )
    alt = theme.altair()
    axis = marks.Axis(
        f"{metric.replace('_', ' ')} ({'smaller' if _smaller_is_better(metric) else 'greater'} is better)"
    )
    base = alt.Chart(drawn).encode(y=marks.rows_of(), color=alt.Color("colour:N", scale=None))
    span = base.mark_rule(strokeWidth=3, opacity=0.55).encode(x=axis.x("low"), x2="high:Q")
    dots = base.mark_circle(size=70, opacity=1).encode(x="value:Q")
    words = base.mark_text(align="left", dx=8).encode(x="high:Q", text="shown:N", color=alt.value(theme.INK))
    chart = (span + dots + words).properties(width=theme.WIDTH - 260, height={"step": 26})
    reference = part.filter(pl.col("id") == baseline)["value"].to_list() if baseline else []
    if reference:
        chart += marks.rule(reference[0], "")
    said = f"Best is {drawn['label'][0]} at {drawn['shown'][0]}."
    note = (
        f"Bars span the interval; the dashed line is {labels.shown(baseline)}."
        if reference
        else "Bars span the interval."
    )
    return draw(chart, title, said, note)


def _curves(
    title: str,
    area_name: str,
    labels_: NDArray[float64],
    scores: Mapping[str, NDArray[float64]],
    curve: Callable[[_Counts], tuple[NDArray[float64], NDArray[float64], float]],
    axes: tuple[marks.Axis, marks.Axis],
    reference: alt.Chart | alt.LayerChart,
) -> Figure:
    positives = float(np.sum(labels_))
    if not scores or positives in {0.0, float(len(labels_))}:
        return empty(title, "The rows hold one class only, so there is no curve.")
    parts, said = [], []
    for name, values in zip(labels.distinct(scores), scores.values(), strict=True):
        x, y, area = curve(_counts(labels_, values))
        kept = _thinned(x)
        words = f"{name}: {area_name} {labels.fixed(area)}"
        said.append(words)
        parts.append(
            pl.DataFrame({"x": x[kept], "y": y[kept], "order": np.arange(len(kept)), "series": [words] * len(kept)})
        )
    chart = marks.lines(pl.concat(parts), *axes, height=300).properties(width=420)
    return draw(chart + reference, title, "; ".join(said), f"{len(labels_):,} rows, {positives:,.0f} of them positive.")


def _counts(labels_: NDArray[float64], scores: NDArray[float64]) -> _Counts:
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(labels_[order])
    last = np.append(np.diff(scores[order]) != 0, True)
    return _Counts(hits[last], np.cumsum(1.0 - labels_[order])[last])


def _thinned(x: NDArray[float64]) -> NDArray[np.intp]:
    """Choose points spread evenly along a rising curve, both ends among them."""
    if len(x) <= MOST_POINTS:
        return np.arange(len(x))
    wanted = np.linspace(x[0], x[-1], MOST_POINTS)
    return np.unique(np.concatenate([[0], np.searchsorted(x, wanted), [len(x) - 1]]).clip(0, len(x) - 1))


def _smaller_is_better(metric: str) -> bool:
    return metric in {"log_loss", "rmse", "mae", "brier", "multi_logloss", "mape", "calibration_error"}


def _interval(value: float, low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return labels.fixed(value)
    return f"{labels.fixed(value)}  [{labels.fixed(low)}, {labels.fixed(high)}]"
