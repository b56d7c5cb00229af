"""A first look at a table: what each column seems to be for, and why.

`workbench init` writes the findings into params.yaml, where a person may disagree with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from workbench.ingest.labels import assert_target, has_label, infer_labels
from workbench.ingest.suitability import Verdict, flaw

if TYPE_CHECKING:
    from workbench.model.roles import Task

_TOO_GOOD: Final = 0.995
_TOO_GOOD_BY_NAME: Final = 0.9
_MIN_ROWS: Final = 20
_ROWS_PER_VALUE: Final = 5
_MAX_CELLS: Final = 5_000_000
_SAMPLE_ROWS: Final = (1_000, 50_000)


@dataclass(frozen=True)
class ColumnFinding:
    """What one column seems to be for.

    Attributes:
        name: The column.
        verdict: `feature`, or why it is none.
        reason: In one line, for the comment in params.yaml.
        dtype: Type of its values.
        missing: Rows without a value.
        distinct: Different values, missing ones aside; of large tables those in a sample.
    """

    name: str
    verdict: Verdict
    reason: str
    dtype: str
    missing: int
    distinct: int


@dataclass(frozen=True)
class Inspection:
    """What a table seems to hold.

    Attributes:
        target: Column to predict.
        task: Kind of prediction.
        columns: One finding per column but the target, in order.
        time: Column that seems to order the rows, if any.
    """

    target: str
    task: Task
    columns: tuple[ColumnFinding, ...]
    time: str | None

    def of(self, *verdicts: Verdict) -> dict[str, str]:
        """Name the columns with one of the verdicts, each with the reason."""
        return {column.name: column.reason for column in self.columns if column.verdict in verdicts}


def inspect(frame: pl.DataFrame, target: str) -> Inspection:
    """Look at every column of a table.

    Raises:
        ParamsError: There is no such target.
        FeatureError: The target holds nothing to predict.
    """
    assert_target(frame, target)
    labelled = frame.filter(has_label(frame[target]))
    task = infer_labels(labelled[target], "auto").task
    sample = _sample(labelled)
    time = _time_column(frame.drop(target))
    names = [name for name in frame.columns if name != target]
    columns = tuple(_finding(frame[name], sample[name], sample[target], task, time) for name in names)
    return Inspection(target, task, columns, time)


def _sample(frame: pl.DataFrame) -> pl.DataFrame:
    """Take evenly spaced rows, fewer of a wide table."""
    low, high = _SAMPLE_ROWS
    rows = min(max(_MAX_CELLS // max(frame.width, 1), low), high)
    return frame.gather_every(-(-frame.height // rows)) if frame.height > rows else frame


def _finding(series: pl.Series, sample: pl.Series, target: pl.Series, task: Task, time: str | None) -> ColumnFinding:
    verdict, reason = _judged(series, sample, target, task, time)
    usable = sample.drop_nulls()
    distinct = usable.n_unique() if not series.dtype.is_nested() else usable.len()
    return ColumnFinding(series.name, verdict, reason, str(series.dtype), series.null_count(), distinct)


def _judged(
    series: pl.Series, sample: pl.Series, target: pl.Series, task: Task, time: str | None
) -> tuple[Verdict, str]:
    if series.name == time:
        return "time", "dates or times in nearly every row: it may order the rows"
    found = flaw(series)
    if found is not None:
        return found
    gives_away = _leak(sample, target, task)
    return ("leak", gives_away) if gives_away else ("feature", "may be known at prediction time")


def _time_column(frame: pl.DataFrame) -> str | None:
    """Choose the column of dates or times with the most different values and hardly a missing one."""
    best, most = None, 1
    for name, dtype in frame.schema.items():
        if not dtype.is_temporal() or frame[name].null_count() * 100 > frame.height:
            continue
        distinct = frame[name].n_unique()
        if distinct > most and isinstance(dtype, pl.Date | pl.Datetime):
            best, most = name, distinct
    return best


def _leak(column: pl.Series, target: pl.Series, task: Task) -> str | None:
    """Say in what way a column gives the target away by itself, or None."""
    if target.len() < _MIN_ROWS:
        return None
    if _determines(column, target):
        return f"each of its values comes with one value of {target.name!r} only"
    if task == "multiclass":
        return None
    limit = _TOO_GOOD_BY_NAME if _is_named_after(column.name, target.name) else _TOO_GOOD
    if task == "binary":
        positive = target == target.drop_nulls().max()
        return _separation(column, positive, target.name, limit)
    strength = abs(_rank_correlation(column, target)) if _is_ordered(column) else 0.0
    return f"ranks the rows as {target.name!r} does (rank correlation {strength:.4f})" if strength >= limit else None


def _determines(column: pl.Series, target: pl.Series) -> bool:
    known = pl.DataFrame({"value": column, "target": target}).drop_nulls("value")
    distinct = known["value"].n_unique()
    if distinct < 2 or known.height < distinct * _ROWS_PER_VALUE:  # noqa: PLR2004 - one value determines nothing
        return False
    pairs = known.select(pl.struct("value", "target").n_unique()).item()
    return bool(pairs == distinct and known["target"].n_unique() > 1)


def _separation(column: pl.Series, positive: pl.Series, target: str, limit: float) -> str | None:
    if 0 < column.null_count() < column.len():
        strength = _area(column.is_null().cast(pl.Int8), positive)
        if strength >= limit:
            return f"is missing where {target!r} is one value and present where it is the other (AUC {strength:.4f})"
    strength = _area(column.cast(pl.Float64), positive) if _is_ordered(column) else 0.0
    return f"separates {target!r} almost alone (AUC {strength:.4f})" if strength >= limit else None


def _is_ordered(column: pl.Series) -> bool:
    return column.dtype.is_numeric() or column.dtype == pl.Boolean


def _area(score: pl.Series, positive: pl.Series) -> float:
    """Give the area under the ROC curve of one column, whichever way round."""
    known = pl.DataFrame({"score": score.fill_nan(None), "positive": positive}).drop_nulls()
    positives = int(known["positive"].sum())
    negatives = known.height - positives
    if min(positives, negatives) < _ROWS_PER_VALUE:
        return 0.0
    ranks = known["score"].rank("average").filter(known["positive"])
    area = (float(ranks.sum()) - positives * (positives + 1) / 2) / (positives * negatives)
    return max(area, 1 - area)


def _rank_correlation(column: pl.Series, target: pl.Series) -> float:
    known = pl.DataFrame({"a": column.cast(pl.Float64).fill_nan(None), "b": target}).drop_nulls()
    if known.height < _MIN_ROWS:
        return 0.0
    strength = known.select(pl.corr(pl.col("a").rank(), pl.col("b").rank())).item()
    return float(strength) if strength is not None else 0.0


def _is_named_after(column: str, target: str) -> bool:
    return target.casefold() in column.casefold()
