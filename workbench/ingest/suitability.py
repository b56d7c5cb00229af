"""Which columns can teach a model anything, judged one by one."""

from __future__ import annotations

import re
from typing import Final, Literal

import polars as pl

Verdict = Literal["feature", "identifier", "constant", "leak", "time", "empty", "unusable"]

_NAMES_A_ROW = re.compile(r"(?:^|[_\W])(?:id|uuid|guid|key|rowid|index|nr|no|number|serial)$|Id$|ID$", re.ASCII)
_MIN_ROWS: Final = 20
_UNIQUE_SHARE: Final = 0.98
_SAMPLE_ROWS: Final = 5_000


def flaw(series: pl.Series) -> tuple[Verdict, str] | None:
    """Say why a column cannot teach a model anything, or None when it may.

    Example:
        >>> flaw(pl.Series("flag", [1, 1, 1]))
        ('constant', 'the same value in every row: 1')
    """
    if not _is_usable(series.dtype):
        return "unusable", f"values of the type {series.dtype} are no model input"
    if series.null_count() == series.len():
        return "empty", "no value in any row"
    if _is_constant(series):
        return "constant", f"the same value in every row: {str(series[0])[:40]}"
    if is_identifier(series):
        return "identifier", "a different value in nearly every row"
    return None


def is_identifier(series: pl.Series) -> bool:
    """Tell whether a column names rows: nearly unique texts, or unique integers that count up or are called an id."""
    if series.len() < _MIN_ROWS or not (series.dtype == pl.String or series.dtype.is_integer()):
        return False
    sample = series.head(_SAMPLE_ROWS)
    if sample.n_unique() < _UNIQUE_SHARE * sample.len():  # a cheap no for most columns
        return False
    if series.n_unique() < _UNIQUE_SHARE * series.len():
        return False
    if series.dtype == pl.String:
        return True
    return bool(_NAMES_A_ROW.search(series.name)) or _counts_up(series)


def _counts_up(series: pl.Series) -> bool:
    low, high = series.min(), series.max()
    if not isinstance(low, int) or not isinstance(high, int):
        return False
    return series.null_count() == 0 and high - low + 1 == series.len() == series.n_unique()


def _is_usable(dtype: pl.DataType) -> bool:
    return dtype.is_numeric() or dtype.base_type() in {pl.Boolean, pl.String, pl.Date, pl.Datetime}


def _is_constant(series: pl.Series) -> bool:
    """A column that is sometimes missing is not constant: that it is missing may mean something."""
    if series.null_count():
        return False
    if series[0] != series[-1]:  # a cheap no
        return False
    return bool((series == series[0]).all())
