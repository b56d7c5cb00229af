"""The types a column may have: how texts become values, and which values count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.ingest.contract import ColumnContract

SAFE_INTEGER: Final = 2**53
"""Beyond it an integer and its neighbour are the same 64-bit float."""

_BLANK = " \t"
_READ_AS: Final[Mapping[str, pl.DataType]] = {
    "Boolean": pl.Boolean(),
    "Int64": pl.Int64(),
    "Float64": pl.Float64(),
}


def csv_dtype(column: ColumnContract) -> pl.DataType:
    """Give the type Polars' CSV reader is told; dates and times are read as text and parsed by their format."""
    return _READ_AS.get(column.dtype, pl.String())


def frame_dtype(column: ColumnContract) -> pl.DataType:
    """Give the type of the column in a parsed frame."""
    if column.dtype == "Datetime":
        return pl.Datetime("us", column.time_zone)
    return pl.Date() if column.dtype == "Date" else csv_dtype(column)


def moment(text: pl.Expr, column: ColumnContract) -> pl.Expr:
    """Parse texts as dates or times; what does not fit the format becomes null."""
    if column.dtype == "Date":
        return text.str.to_date(column.format, strict=False)
    parsed = text.str.to_datetime(column.format, strict=False, time_unit="us")
    if column.time_zone and not offset_in(column.format):
        return parsed.dt.replace_time_zone(column.time_zone)
    return parsed


def offset_in(format_: str | None) -> bool:
    """Tell whether a format reads an offset such as `+02:00`; Polars then yields UTC by itself."""
    return bool(format_) and any(part in str(format_) for part in ("%z", "%:z", "%#z"))


def value(text: pl.Expr, column: ColumnContract) -> pl.Expr:
    """Parse texts as Polars' CSV reader would; what does not parse becomes null."""
    if column.dtype == "String":
        return text
    if column.dtype in {"Date", "Datetime"}:
        return moment(text, column)
    if column.dtype == "Boolean":
        return text.str.to_lowercase().replace_strict(
            {"true": True, "false": False}, default=None, return_dtype=pl.Boolean
        )
    number = text.str.strip_chars_start(_BLANK).cast(csv_dtype(column), strict=False)
    return number if column.dtype == "Int64" else _finite(number, column)


def stands_for_missing(texts: pl.Series, column: ColumnContract) -> pl.Series:
    """Tell which texts are no value: none at all, and but for text columns the empty field and, for numbers, blanks."""
    if column.dtype == "String":
        return texts.is_null()
    shown = texts.str.strip_chars_start(_BLANK) if column.dtype in {"Int64", "Float64"} else texts
    return (shown == "").fill_null(value=True)


def _finite(number: pl.Expr, column: ColumnContract) -> pl.Expr:
    return number if column.non_finite else pl.when(number.is_finite()).then(number)
