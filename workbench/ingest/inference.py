"""From all texts of a column to the one type that loses nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from workbench.ingest.contract import ColumnContract
from workbench.ingest.datatypes import SAFE_INTEGER, moment

if TYPE_CHECKING:
    from collections.abc import Iterator

_BOOLEAN = r"^(?:true|false|True|False|TRUE|FALSE)$"
_INTEGER = r"^(?:0|-?[1-9][0-9]{0,17})$"
_NUMBER = r"^-?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$"
_DIGITS = r"^-?[0-9]+$"

_DATES: Final = (
    ("%Y-%m-%d", r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
    ("%Y/%m/%d", r"[0-9]{4}/[0-9]{2}/[0-9]{2}"),
    ("%d.%m.%Y", r"[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}"),
    ("%d/%m/%Y", r"[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}"),
    ("%m/%d/%Y", r"[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}"),
    ("%d-%m-%Y", r"[0-9]{1,2}-[0-9]{1,2}-[0-9]{4}"),
    ("%m-%d-%Y", r"[0-9]{1,2}-[0-9]{1,2}-[0-9]{4}"),
)
_TIMES: Final = (
    ("%H:%M:%S", r"[0-9]{1,2}:[0-9]{2}:[0-9]{2}"),
    ("%H:%M:%S%.f", r"[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?"),
    ("%H:%M", r"[0-9]{1,2}:[0-9]{2}"),
)
_ZONES: Final = (("", "", False), ("Z", "Z", True), ("%z", r"[+-][0-9]{2}:?[0-9]{2}", True))


def infer_text_column(texts: pl.Series, *, numbers: bool = True) -> ColumnContract:
    """Choose the type that every text of a column has; when there is none, the column stays text.

    Leading zeros, a leading plus, integers that a float cannot hold, decimal commas, digits of other
    scripts, NaN and infinities are texts, not numbers; dates of which day and month could be swapped
    stay text too.

    Args:
        texts: All values, null where missing.
        numbers: Whether texts may be numbers and truth values; in JSON they are not.
    """
    distinct = texts.drop_nulls().unique()
    distinct = distinct.filter(distinct != "")
    if not distinct.len():
        return ColumnContract(dtype="String")
    if numbers:
        if _all(distinct, _BOOLEAN):
            return ColumnContract(dtype="Boolean")
        if _all(distinct, _INTEGER) and _are_safe(distinct):
            return ColumnContract(dtype="Int64")
        if _all(distinct, _NUMBER) and _are_finite(distinct):
            return ColumnContract(dtype="Float64")
    return _infer_moment(distinct) or ColumnContract(dtype="String")


def _all(texts: pl.Series, pattern: str) -> bool:
    return bool(texts.str.contains(pattern).all())


def _are_safe(texts: pl.Series) -> bool:
    return bool((texts.cast(pl.Int64).abs() <= SAFE_INTEGER).all())


def _are_finite(texts: pl.Series) -> bool:
    whole = texts.filter(texts.str.contains(_DIGITS))
    long = whole.str.len_bytes() > len(str(SAFE_INTEGER)) + 1
    return not long.any() and _are_safe(whole) and bool(texts.cast(pl.Float64).is_finite().all())


def _infer_moment(texts: pl.Series) -> ColumnContract | None:
    """Find the one format that reads every text; two that both do, such as day and month swapped, are none."""
    if not _all(texts, r"^[0-9]{1,2}[-/.0-9]"):
        return None
    fitting = [column for column, pattern in _candidates() if _all(texts, pattern) and _parses(texts, column)]
    formats = {column.format.replace("%.f", "") for column in fitting if column.format}
    return fitting[0] if len(formats) == 1 else None


def _candidates() -> Iterator[tuple[ColumnContract, str]]:
    for date, shape in _DATES:
        yield ColumnContract(dtype="Date", format=date), f"^{shape}$"
        for mark in ("T", " "):
            for time, time_shape in _TIMES:
                for zone, zone_shape, is_utc in _ZONES:
                    yield (
                        ColumnContract(
                            dtype="Datetime", format=f"{date}{mark}{time}{zone}", time_zone="UTC" if is_utc else None
                        ),
                        f"^{shape}{mark}{time_shape}{zone_shape}$",
                    )


def _parses(texts: pl.Series, column: ColumnContract) -> bool:
    return not texts.to_frame("text").select(moment(pl.col("text"), column)).to_series().null_count()
