"""Decides, from the types of a training table, how each column becomes numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import polars as pl

from workbench.errors import FeatureError, Place, nearest
from workbench.model import dtypes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Kind = Literal["numeric", "boolean", "categorical", "time"]

MIN_ROWS_PER_CATEGORY = 10
"""A category seen in fewer training rows says nothing a booster could trust; small tables keep theirs."""

MAX_CATEGORIES = 10_000
"""The most frequent ones are kept beyond this."""

CYCLE_DAYS: Mapping[str, int] = {"hour": 1, "weekday": 7, "day_of_month": 31, "day_of_year": 366}
"""The recurring parts of a time, and how long each takes to come round."""


@dataclass(frozen=True)
class Feature:
    """One column as a model takes it.

    Attributes:
        name: Column of the frame.
        kind: How its values become numbers.
        categories: Known categories, sorted; others count as unknown and are treated as missing.
        parts: Recurring parts of a time that become one number each, such as `hour`.
        dtype: Polars data type it was trained on.
        time_zone: Time zone of its clock.
    """

    name: str
    kind: Kind
    categories: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    dtype: str = ""
    time_zone: str | None = None

    @property
    def width(self) -> int:
        """Count the numbers it becomes."""
        return len(self.parts) if self.kind == "time" else 1


@dataclass(frozen=True)
class FeatureTable:
    """The features of a table and the columns that cannot be any.

    Attributes:
        features: What a model takes, in the order of the columns.
        dropped: Why each other column was left out.
        notes: What is unusual about a feature that was kept.
    """

    features: tuple[Feature, ...]
    dropped: Mapping[str, str]
    notes: Mapping[str, str]


def fit_features(frame: pl.DataFrame | pl.LazyFrame, names: Sequence[str]) -> FeatureTable:
    """Decide how columns become numbers.

    Args:
        frame: The training table; of a lazy one, one column after the other is read, and only one is held.
        names: Columns to take.

    Raises:
        FeatureError: A column is missing, has a type without a meaning as a number, or none is left.
    """
    columns = frame.lazy().collect_schema().names()
    if not frame.lazy().select(pl.len()).collect().item():
        raise FeatureError("the training table has no rows")
    features: list[Feature] = []
    dropped: dict[str, str] = {}
    notes: dict[str, str] = {}
    for name in names:
        if name not in columns:
            raise FeatureError("the column is missing", place=Place(column=name), hint=nearest(name, columns))
        series = frame[name] if isinstance(frame, pl.DataFrame) else frame.select(name).collect()[name]
        reason = _useless(series)
        feature = None if reason else _feature(series, notes)
        if feature is None:
            dropped[name] = reason or notes.pop(name)
        else:
            features.append(feature)
    if not features:
        raise FeatureError("no column is left to learn from", found=dropped or "no features")
    return FeatureTable(tuple(features), dropped, notes)


def _useless(series: pl.Series) -> str | None:
    if series.null_count() == series.len():
        return "every value is null"
    if dtypes.is_nested(series.dtype):
        raise FeatureError(
            "a column of this type cannot become model input",
            place=Place(column=series.name),
            found=str(series.dtype),
            expected="numbers, booleans, text, categories, dates or times",
            hint="derive plain columns from it, or list it under ingest.exclude",
        )
    return "it has one value only" if series.n_unique() == 1 else None


def _feature(series: pl.Series, notes: dict[str, str]) -> Feature | None:
    """Give the feature; or None after noting why there is none."""
    kind, dtype = dtypes.kind_of(series.dtype), str(series.dtype)
    if kind == "time":
        parts = _recurring_parts(series)
        if not parts:
            notes[series.name] = "it is a clock over too short a time for any part of it to recur"
            return None
        return Feature(series.name, "time", parts=parts, dtype=dtype, time_zone=dtypes.time_zone(series.dtype))
    if kind == "numeric" and not dtypes.exact_as_float(series):
        kind, notes[series.name] = "categorical", "whole numbers beyond 2^53 are identifiers: taken as categories"
    if kind != "categorical":
        return Feature(series.name, kind, dtype=dtype)
    categories = _categories(dtypes.as_text(series))
    if len(categories) < 2:  # noqa: PLR2004 - a category is told from another one
        notes[series.name] = "hardly any of its categories occurs twice: it identifies rows"
        return None
    return Feature(series.name, "categorical", categories, dtype=dtype)


def _categories(texts: pl.Series) -> tuple[str, ...]:
    counts = texts.drop_nulls().value_counts(sort=True, name="rows")
    enough = min(MIN_ROWS_PER_CATEGORY, max(2, texts.len() // 200))
    kept = counts.filter(counts["rows"] >= enough)
    return tuple(sorted(kept[texts.name].head(MAX_CATEGORIES).to_list()))


def _recurring_parts(series: pl.Series) -> tuple[str, ...]:
    days = dtypes.span_days(series)
    offered = [part for part in CYCLE_DAYS if part != "hour" or dtypes.has_clock(series.dtype)]
    return tuple(part for part in offered if days >= 2 * CYCLE_DAYS[part])
