"""What a Polars data type means to a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import polars as pl

if TYPE_CHECKING:
    from polars.datatypes import DataType

MAX_EXACT = 2**53
"""Whole numbers beyond it are no longer told apart as 64-bit floats."""

SECONDS_PER_DAY = 86_400

HOURS_PER_MINUTE = 1 / 60
"""A factor: Polars divides by a number in its own way, which differs from Python's in the last bit."""


def kind_of(dtype: DataType) -> Literal["numeric", "boolean", "categorical", "time"]:
    """Say how values of the type become numbers."""
    if dtype == pl.Boolean:
        return "boolean"
    if isinstance(dtype, pl.Date | pl.Datetime):
        return "time"
    return "categorical" if is_text(dtype) else "numeric"


def is_text(dtype: DataType) -> bool:
    """Say whether values are words."""
    return isinstance(dtype, pl.String | pl.Categorical | pl.Enum)


def is_nested(dtype: DataType) -> bool:
    """Say whether the type has no meaning as a number: lists, structs, bytes, Python objects."""
    plain = dtype.is_numeric() or dtype.is_temporal() or is_text(dtype) or isinstance(dtype, pl.Boolean | pl.Null)
    return not plain


def time_zone(dtype: DataType) -> str | None:
    """Give the zone of a clock, None for a naive one."""
    return dtype.time_zone if isinstance(dtype, pl.Datetime) else None


def has_clock(dtype: DataType) -> bool:
    """Say whether values know the time of day."""
    return dtype == pl.Datetime


def exact_as_float(series: pl.Series) -> bool:
    """Say whether every whole number of the column stays itself as a 64-bit float."""
    if not series.dtype.is_integer():
        return True
    low, high = series.min(), series.max()
    return not (isinstance(low, int) and low < -MAX_EXACT) and not (isinstance(high, int) and high > MAX_EXACT)


def as_text(series: pl.Series) -> pl.Series:
    """Give words or whole numbers as text."""
    return series if series.dtype == pl.String else series.cast(pl.String)


def as_float(series: pl.Series) -> pl.Series:
    """Give numbers, decimals, booleans, durations (seconds) and times of day (hours) as 64-bit floats."""
    if series.dtype == pl.Duration:
        return series.dt.total_microseconds().cast(pl.Float64) / 1e6
    if series.dtype == pl.Time:
        return series.cast(pl.Int64).cast(pl.Float64) / 3.6e12
    return series.cast(pl.Float64)


def span_days(series: pl.Series) -> float:
    """Give the days between the first and the last moment of a column."""
    micros = series.cast(pl.Datetime("us")).cast(pl.Int64)
    low, high = micros.min(), micros.max()
    return (high - low) / 1e6 / SECONDS_PER_DAY if isinstance(low, int) and isinstance(high, int) else 0.0


def time_part(series: pl.Series, part: str) -> pl.Series:
    """Give a recurring part of a time as 64-bit floats."""
    moment = series.dt
    if part == "hour":
        return moment.hour().cast(pl.Float64) + moment.minute().cast(pl.Float64) * HOURS_PER_MINUTE
    numbers = {"weekday": moment.weekday, "day_of_month": moment.day, "day_of_year": moment.ordinal_day}
    return numbers[part]().cast(pl.Float64)
