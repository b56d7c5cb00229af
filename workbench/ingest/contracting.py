"""What sources are found to hold, written down as the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from workbench.ingest.columnar import infer_column, read_parquet
from workbench.ingest.contract import ColumnContract, Contract, JoinContract, SourceContract
from workbench.ingest.delimited import open_delimited, read_fast, read_texts
from workbench.ingest.inference import infer_text_column
from workbench.ingest.jsonlines import read_json_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.ingest.source import SourceFile
    from workbench.params.ingest import IngestParams


def infer_contract(sources: Mapping[str, SourceFile], params: IngestParams) -> Contract:
    """Scan every value of every source and write down what they hold.

    Raises:
        SourceError: A source cannot be read.
    """
    held = {name: infer_source(sources[name], params) for name in params.sources}
    return Contract(sources=held, joins=join_contracts(params))


def completed(contract: Contract | None, sources: Mapping[str, SourceFile], params: IngestParams) -> Contract:
    """Keep the contract of the sources it knows, infer that of new ones, forget those that are gone.

    Raises:
        SourceError: A new source cannot be read.
    """
    known = contract.sources if contract else {}
    held = {name: known[name] if name in known else infer_source(sources[name], params) for name in params.sources}
    return Contract(sources=held, joins=join_contracts(params))


def join_contracts(params: IngestParams) -> tuple[JoinContract, ...]:
    """State the cardinalities that params declare."""
    return tuple(
        JoinContract(
            source=join.source,
            left_on=join.on or join.left_on,
            right_on=join.on or join.right_on,
            validate=join.validate_,
        )
        for join in params.joins
    )


def infer_source(source: SourceFile, params: IngestParams) -> SourceContract:
    """Scan every value of one source and write down what it holds.

    Columns that order or identify rows are declared complete when they are.

    Raises:
        SourceError: It cannot be read.
    """
    given = params.sources[source.name]
    nulls = given.null_values
    if source.format == "csv":
        csv = open_delimited(source, given.separator, nulls)
        texts = read_fast(csv, dict.fromkeys(csv.header, pl.String()))
        frame = read_texts(csv).frame if texts is None else texts
        found = {name: infer_text_column(frame[name]) for name in frame.columns}
        held = SourceContract(separator=csv.separator, null_values=nulls, columns=found)
    elif source.format == "ndjson":
        lines = read_json_lines(source, nulls)
        frame = lines.texts.frame
        found = {name: _infer_json_column(frame[name], lines.kinds[name]) for name in frame.columns}
        held = SourceContract(format="ndjson", null_values=nulls, columns=found)
    else:
        frame = read_parquet(source, given.max_bytes)
        found = {name: infer_column(frame[name], source.name) for name in frame.columns}
        held = SourceContract(format="parquet", columns=found)
    return _with_complete_columns(held, frame, _ordering_columns(source.name, params))


def _ordering_columns(source: str, params: IngestParams) -> frozenset[str]:
    names = (*params.key, params.time) if source == params.table else ()
    return frozenset(name for name in names if name)


def _with_complete_columns(held: SourceContract, frame: pl.DataFrame, names: frozenset[str]) -> SourceContract:
    complete = {name for name in names if name in held.columns and not frame[name].null_count()}
    columns = {
        name: column.model_copy(update={"nullable": False}) if name in complete else column
        for name, column in held.columns.items()
    }
    return held.model_copy(update={"columns": columns})


def _infer_json_column(texts: pl.Series, kinds: frozenset[str]) -> ColumnContract:
    if kinds <= {"integer", "float"} or kinds == {"boolean"}:
        return infer_text_column(texts)
    return infer_text_column(texts, numbers=False) if kinds == {"string"} else ColumnContract(dtype="String")
