"""A source and its contract in, typed rows and quarantined ones out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from workbench.errors import ContractError, Place, SourceError, nearest
from workbench.ingest.columnar import conformed, read_parquet
from workbench.ingest.contract import ColumnContract, Contract, SourceContract
from workbench.ingest.datatypes import csv_dtype, moment
from workbench.ingest.delimited import Delimited, open_delimited, read_fast, read_texts
from workbench.ingest.jsonlines import read_json_lines
from workbench.ingest.quarantine import quarantine_frame
from workbench.ingest.texts import Values, typed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from workbench.ingest.source import SourceFile
    from workbench.params.ingest import IngestParams, SourceParams


@dataclass(frozen=True)
class Parsed:
    """The rows of one source.

    Attributes:
        frame: Rows that keep the contract, its columns in its order.
        quarantine: The others: source, row, column, reason, raw.
        rows_read: All rows of the source.
        positions: One-based position of each row of `frame` in the source, or None when it holds them all.
        ignored: Columns of the source that the contract does not know.
    """

    frame: pl.DataFrame
    quarantine: pl.DataFrame
    rows_read: int
    positions: pl.Series | None = None
    ignored: tuple[str, ...] = ()


def parse(source: SourceFile, contract: Contract, params: IngestParams) -> Parsed:
    """Read a source as its contract says.

    Raises:
        SourceError: The source cannot be read, or no row of it can be used.
        ContractError: A column is missing or has another type.
    """
    held = contract.sources.get(source.name)
    if held is None:
        raise ContractError("the contract does not know the source", place=Place(source.name))
    _assert_agreement(source, held, params.sources[source.name])
    if source.format == "csv":
        return _parse_csv(source, held, params)
    if source.format == "ndjson":
        texts = read_json_lines(source, held.null_values).texts
        ignored = _match(source.name, texts.frame.columns, held)
        return _parsed(source, typed(source.name, texts, held.columns), ignored, params)
    frame = read_parquet(source, params.sources[source.name].max_bytes)
    ignored = _match(source.name, frame.columns, held)
    return _parsed(source, conformed(source.name, frame, held.columns), ignored, params)


def _parse_csv(source: SourceFile, held: SourceContract, params: IngestParams) -> Parsed:
    csv = open_delimited(source, held.separator or "auto", held.null_values)
    ignored = _match(source.name, csv.header, held)
    frame = _fast(csv, held.columns)
    if frame is not None:
        return Parsed(frame, quarantine_frame(source.name, ()), frame.height, None, ignored)
    return _parsed(source, typed(source.name, read_texts(csv), held.columns), ignored, params)


def _fast(csv: Delimited, columns: Mapping[str, ColumnContract]) -> pl.DataFrame | None:
    """Read at full speed; None when any value is not what the contract says."""
    as_text = ColumnContract(dtype="String")
    frame = read_fast(csv, {name: csv_dtype(columns.get(name, as_text)) for name in csv.header})
    if frame is None:
        return None
    moments = {name: column for name, column in columns.items() if column.dtype in {"Date", "Datetime"}}
    parsed = frame.with_columns(moment(pl.col(name), column).alias(name) for name, column in moments.items())
    if any(parsed[name].null_count() != frame[name].null_count() for name in moments):
        return None
    return parsed.select(list(columns)) if _keeps(parsed, columns) else None


def _keeps(frame: pl.DataFrame, columns: Mapping[str, ColumnContract]) -> bool:
    if any(frame[name].null_count() for name, column in columns.items() if not column.nullable):
        return False
    numbers = [name for name, column in columns.items() if column.dtype == "Float64" and not column.non_finite]
    return all(frame[name].is_finite().all() for name in numbers)


def _parsed(source: SourceFile, values: Values, ignored: tuple[str, ...], params: IngestParams) -> Parsed:
    if not values.frame.height:
        fault = values.faults[0]
        raise SourceError(
            "no row keeps the contract",
            place=Place(source.name, column=fault.column, row=fault.row),
            found=fault.reason,
            hint="mend the source, or remove it from the contract to infer it again",
        )
    withhold = holds_private_columns(source.name, values.frame.columns, params)
    quarantine = quarantine_frame(source.name, values.faults, withhold=withhold)
    rows_read = values.frame.height + len(values.faults)
    return Parsed(values.frame, quarantine, rows_read, values.positions if values.faults else None, ignored)


def holds_private_columns(source: str, columns: Iterable[str], params: IngestParams) -> bool:
    """Tell whether a source has a column that is to be pseudonymized, under its own name or that of a join."""
    suffixes = ("", *(join.suffix for join in params.joins if join.source == source))
    names = {f"{name}{suffix}" for name in columns for suffix in suffixes}
    return not names.isdisjoint(params.pseudonymize)


def _match(source: str, found: Iterable[str], held: SourceContract) -> tuple[str, ...]:
    """Find each declared column in the source; give the columns that are not declared."""
    names = tuple(found)
    ignored = tuple(name for name in names if name not in held.columns)
    missing = [name for name in held.columns if name not in names]
    if missing:
        raise ContractError(
            "a column of the contract is missing",
            place=Place(source, column=missing[0]),
            found=f"columns {', '.join(names[:20])}{' …' if len(names) > 20 else ''}",  # noqa: PLR2004 - enough to see
            expected=", ".join(missing),
            hint=nearest(missing[0], ignored) or "mend the source, or remove the column from the contract",
        )
    return ignored


def _assert_agreement(source: SourceFile, held: SourceContract, given: SourceParams) -> None:
    """Refuse a contract that was inferred under other reading rules than params now state."""
    rules: dict[str, tuple[str, str]] = {"format": (held.format, source.format)}
    if source.format != "parquet":
        rules["null_values"] = (str(list(held.null_values)), str(list(given.null_values)))
    if source.format == "csv" and given.separator != "auto":
        rules["separator"] = (str(held.separator), given.separator)
    for rule, (then, now) in rules.items():
        if then != now:
            raise ContractError(
                f"the contract was inferred with another {rule}",
                place=Place(key=f"ingest.sources.{source.name}"),
                found=now,
                expected=then,
                hint=f"remove sources.{source.name} from the contract to infer it again",
            )
