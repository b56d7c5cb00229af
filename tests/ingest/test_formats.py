"""Parquet and JSON lines keep the same contract as CSV."""

from __future__ import annotations

import datetime as dt
import io
import json
from decimal import Decimal

import polars as pl
import pytest

from tests.ingest.sources import conserved, ingest_params
from workbench.errors import ContractError, SourceError
from workbench.ingest import Contract, Parsed, SourceFile, infer_contract, parse


def parquet(frame: pl.DataFrame) -> SourceFile:
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return SourceFile("t", buffer.getvalue(), "parquet")


def lines(*rows: object) -> SourceFile:
    text = "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows)
    return SourceFile("t", text.encode(), "ndjson")


def read(source: SourceFile, contract: Contract | None = None) -> Parsed:
    params = ingest_params()
    return parse(source, contract or infer_contract({"t": source}, params), params)


def dtypes(source: SourceFile) -> dict[str, str]:
    columns = infer_contract({"t": source}, ingest_params()).sources["t"].columns
    return {name: column.dtype for name, column in columns.items()}


EVERY = pl.DataFrame(
    {
        "small": pl.Series([1, 2], dtype=pl.Int8),
        "huge": pl.Series([2**63, 1], dtype=pl.UInt64),
        "half": pl.Series([0.5, 1.5], dtype=pl.Float32),
        "money": [Decimal("1.25"), Decimal("2.50")],
        "flag": [True, False],
        "day": [dt.date(2013, 1, 1)] * 2,
        "zoned": pl.Series([dt.datetime(2013, 1, 1)] * 2, dtype=pl.Datetime("ns")).dt.replace_time_zone("Europe/Paris"),  # noqa: DTZ001 - the zone follows
        "naive": pl.Series([dt.datetime(2013, 1, 1)] * 2, dtype=pl.Datetime("ms")),  # noqa: DTZ001 - a naive column
        "kind": pl.Series(["a", "b"], dtype=pl.Categorical),
        "list": [[1, 2], [3]],
        "struct": [{"x": 1}, {"x": 2}],
        "void": pl.Series([None, None], dtype=pl.Null),
        "gone": [float("nan"), 1.0],
    }
)


def test_every_type_of_parquet_has_a_place() -> None:
    parsed = read(parquet(EVERY))
    assert parsed.quarantine.is_empty()
    types = {name: str(dtype.base_type()) for name, dtype in parsed.frame.schema.items()}
    assert types == {
        "small": "Int64",
        "huge": "String",
        "half": "Float64",
        "money": "Float64",
        "flag": "Boolean",
        "day": "Date",
        "zoned": "Datetime",
        "naive": "Datetime",
        "kind": "String",
        "list": "String",
        "struct": "String",
        "void": "String",
        "gone": "Float64",
    }
    assert parsed.frame["zoned"][0] == dt.datetime(2012, 12, 31, 23, tzinfo=dt.UTC)
    assert json.loads(parsed.frame["struct"][0]) == {"struct": {"x": 1}}


def test_binary_columns_are_refused() -> None:
    with pytest.raises(ContractError, match=r"column 'b'.*Binary"):
        dtypes(parquet(pl.DataFrame({"b": [b"x"]})))


@pytest.mark.parametrize("data", [b"PAR1", b"nonsense", b"PAR1" + b"\0" * 100 + b"PAR1", b""])
def test_broken_parquet_is_refused(data: bytes) -> None:
    with pytest.raises(SourceError):
        read(SourceFile("t", data, "parquet"))


def test_every_truncation_of_a_parquet_file_is_refused() -> None:
    whole = parquet(pl.DataFrame({"a": [1, 2, 3]})).data
    for size in range(0, len(whole), 7):
        with pytest.raises(SourceError):
            read(SourceFile("t", whole[:size], "parquet"))


def test_values_that_would_change_are_set_aside() -> None:
    contract = infer_contract({"t": parquet(pl.DataFrame({"a": [1, 2], "b": ["x", "y"]}))}, ingest_params())
    parsed = read(parquet(pl.DataFrame({"a": [1.0, 2.5, None], "b": ["x", "y", "z"]})), contract)
    assert parsed.frame.rows() == [(1, "x"), (None, "z")]
    assert parsed.quarantine.select("row", "column", "raw").rows() == [(2, "a", '{"a":2.5,"b":"y"}')]
    assert conserved(parsed)
    with pytest.raises(ContractError, match="another type"):
        read(parquet(pl.DataFrame({"a": ["1"], "b": ["x"]})), contract)
    with pytest.raises(ContractError, match="column 'b': a column of the contract is missing"):
        read(parquet(pl.DataFrame({"a": [1]})), contract)


def test_json_lines_are_typed_by_all_their_values() -> None:
    source = lines(
        {"i": 1, "f": 1, "s": "007", "b": True, "d": "2013-01-01", "m": 1, "n": {"x": [1]}, "big": 2**60},
        {"i": 2, "f": 2.5, "s": "8", "b": False, "d": "2013-01-02", "m": "x", "n": None, "z": None},
    )
    expected = {"i": "Int64", "f": "Float64", "s": "String", "b": "Boolean", "d": "Date", "m": "String"}
    assert dtypes(source) == {**expected, "n": "String", "big": "String", "z": "String"}
    frame = read(source).frame
    assert frame["s"].to_list() == ["007", "8"]
    assert frame["n"].to_list() == ['{"x": [1]}', None]
    assert frame["big"].to_list() == [str(2**60), None]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "not JSON"),
        ("[1]", "not a JSON object"),
        ("5", "not a JSON object"),
        ('{"a": NaN}', "NaN and infinities are not JSON"),
        ('{"a": 1e999}', "a number too large"),
        ('{"a": ' + "9" * 5000 + "}", "a number too large"),
        ('{"a": 1, "a": 2}', "a key given twice"),
        ('{"a": ' + "[" * 100_000 + "}", "nested too deeply"),
        ('{"a": "\\ud800"}', "half a character"),
        ('{"a": "\\u0000"}', "NUL character"),
    ],
)
def test_a_broken_line_is_set_aside_alone(line: str, reason: str) -> None:
    parsed = read(lines({"a": 1}, line, {"a": 3}))
    assert parsed.frame["a"].to_list() == [1, 3]
    assert parsed.quarantine.select("row", "reason").rows() == [(2, reason)]
    assert conserved(parsed)


@pytest.mark.parametrize("text", ["", "\n\n", "[]\n", "{}\n", "{\n", "\xff"])
def test_no_object_at_all_is_refused(text: str) -> None:
    with pytest.raises(SourceError):
        read(SourceFile("t", text.encode("latin-1"), "ndjson"))


def test_blank_lines_between_objects_are_no_rows() -> None:
    assert read(lines({"a": 1}, "", {"a": 2})).rows_read == 2
