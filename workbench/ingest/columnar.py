"""Parquet: columns that bring their types along, held to the contract all the same."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import polars as pl

from workbench.errors import ContractError, Place, SourceError
from workbench.ingest.contract import ColumnContract
from workbench.ingest.datatypes import SAFE_INTEGER, frame_dtype
from workbench.ingest.delimited import READER_FAILURES
from workbench.ingest.quarantine import Fault
from workbench.ingest.texts import Values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.ingest.source import SourceFile


def read_parquet(source: SourceFile, max_bytes: int) -> pl.DataFrame:
    """Read all columns; nested ones become JSON text, categories, durations and times of day become text.

    Raises:
        SourceError: The bytes are no Parquet file, hold no row, or would grow beyond `max_bytes`.
    """
    place = Place(source.name)
    try:
        rows = pl.scan_parquet(io.BytesIO(source.data)).select(pl.len()).collect().item()
        width = len(pl.read_parquet_schema(io.BytesIO(source.data)))
        if rows * width > max_bytes:
            raise SourceError(
                "the file unfolds to more than max_bytes", place=place, found=f"{rows:,} rows of {width:,} columns"
            )
        frame = pl.read_parquet(io.BytesIO(source.data))
        plain = frame.select(_plain(frame[name]) for name in frame.columns)
    except READER_FAILURES as error:
        raise SourceError("the Parquet file cannot be read", place=place, found=str(error)[:200]) from error
    if not plain.height or not plain.width:
        raise SourceError("there is no row", place=place, found=f"{plain.width:,} columns")
    return plain


def infer_column(series: pl.Series, source: str) -> ColumnContract:
    """Describe a column as `read_parquet` gave it.

    Raises:
        ContractError: Its type is none that a table can hold.
    """
    dtype = series.dtype
    if isinstance(dtype, pl.Datetime):
        return ColumnContract(dtype="Datetime", time_zone="UTC" if dtype.time_zone else None)
    if dtype.is_float():
        return ColumnContract(dtype="Float64", non_finite=not _is_finite(series))
    if dtype.is_integer():
        return ColumnContract(dtype="String" if _is_beyond_floats(series) else "Int64")
    simple = {pl.Boolean: "Boolean", pl.Date: "Date", pl.String: "String", pl.Null: "String"}
    name = simple.get(dtype.base_type())
    if name is None:
        raise ContractError(
            f"a column of the type {dtype} cannot be used",
            place=Place(source, column=series.name),
            hint="leave it out of the file",
        )
    return ColumnContract.model_validate(name)


def conformed(source: str, frame: pl.DataFrame, columns: Mapping[str, ColumnContract]) -> Values:
    """Cast the declared columns to their declared types; rows whose value would change become faults.

    Raises:
        ContractError: A column is of another kind than declared.
    """
    cast = frame.select(_cast(source, frame[name], column) for name, column in columns.items())
    reasons: dict[int, tuple[str, str]] = {}
    for name, column in columns.items():
        lost = cast[name].is_null() & frame[name].is_not_null()
        for index in lost.arg_true().to_list():
            reasons.setdefault(index, (name, f"not a valid {column.dtype}"))
        if not column.nullable:
            for index in frame[name].is_null().arg_true().to_list():
                reasons.setdefault(index, (name, "missing, but the contract says nullable: false"))
    positions = pl.int_range(1, frame.height + 1, eager=True)
    faults = _faults(frame, reasons)
    if reasons:
        good = ~(positions - 1).is_in(list(reasons))
        cast, positions = cast.filter(good), positions.filter(good)
    return Values(cast, positions, faults)


def _plain(series: pl.Series) -> pl.Series:
    dtype = series.dtype
    if dtype.is_nested():
        return series.to_frame().select(pl.struct(series.name).struct.json_encode()).to_series().alias(series.name)
    if dtype.is_decimal():
        return series.cast(pl.Float64)
    if isinstance(dtype, pl.Datetime) and dtype.time_zone:
        return series.dt.convert_time_zone("UTC").dt.cast_time_unit("us")
    if isinstance(dtype, pl.Datetime):
        return series.dt.cast_time_unit("us")
    texts = (pl.Categorical, pl.Enum, pl.Time, pl.Null, pl.Duration)
    return series.cast(pl.String) if isinstance(dtype, texts) else series


def _is_finite(series: pl.Series) -> bool:
    return bool(series.is_finite().all())


def _is_beyond_floats(series: pl.Series) -> bool:
    low, high = series.min(), series.max()
    return isinstance(low, int) and isinstance(high, int) and (low < -SAFE_INTEGER or high > SAFE_INTEGER)


def _cast(source: str, series: pl.Series, column: ColumnContract) -> pl.Series:
    wanted = frame_dtype(column)
    if series.dtype == wanted:
        kept = series
    elif _is_same_kind(series.dtype, column):
        kept = series.cast(wanted, strict=False)
        if column.dtype == "Int64" and series.dtype.is_float():
            kept = pl.select(pl.when(kept.cast(pl.Float64) == series).then(kept).alias(series.name)).to_series()
    else:
        raise ContractError(
            "the column has another type than the contract says",
            place=Place(source, column=series.name),
            found=series.dtype,
            expected=column.dtype,
            hint="mend the source, or change the column in the contract",
        )
    if column.dtype == "Float64" and not column.non_finite:
        return pl.select(pl.when(kept.is_finite()).then(kept).alias(series.name)).to_series()
    return kept


def _is_same_kind(dtype: pl.DataType, column: ColumnContract) -> bool:
    if column.dtype in {"Int64", "Float64"}:
        return dtype.is_numeric()
    return column.dtype == "String" and (dtype == pl.String or dtype.is_integer())


def _faults(frame: pl.DataFrame, reasons: Mapping[int, tuple[str, str]]) -> tuple[Fault, ...]:
    indexes = sorted(reasons)
    raws = frame[indexes].select(pl.struct(pl.all()).struct.json_encode()).to_series().to_list() if indexes else []
    return tuple(
        Fault(index + 1, reasons[index][1], raw, reasons[index][0]) for index, raw in zip(indexes, raws, strict=True)
    )
