"""A few rows in quarantine are told; too many end the stage in one paragraph."""

from __future__ import annotations

import re

import pytest

from tests.ingest.sources import csv, declared, ingest_params
from workbench.ingest import Contract, IngestResult, column_uses, ingest, reasons_aside, said_aside, too_many_aside

COLUMNS: dict[str, object] = {"a": "Int64", "when": {"dtype": "Date", "format": "%Y-%m-%d"}, "y": "String"}


def run(broken: int, rows: int = 200) -> IngestResult:
    """Read rows of which some, spread over the table, have a date in another format and two no number."""
    every = rows // broken if broken else rows + 1
    dates = ["03.02.2024" if i % every == 1 and i // every < broken else "2024-02-03" for i in range(rows)]
    numbers = ["x" if broken and i in {2, 4} else str(i % 7) for i in range(rows)]
    text = "\n".join(["a,when,y", *(f"{numbers[i]},{dates[i]},{'pq'[i // 3 % 2]}" for i in range(rows)), ""])
    return ingest({"t": csv(text)}, ingest_params(), declared(COLUMNS))


def test_half_the_rows_are_too_many() -> None:
    error = too_many_aside(run(100), ingest_params())
    assert error is not None
    assert re.fullmatch(
        r"t\.csv, column 'when': too many rows cannot be used: 102 of 200 rows \(51\.0 %\)\. "
        r"Found: .*date.*, in 100 of them\. Expected: at most 10\.0 %\. "
        r"Hint: read them in \.workbench/quarantine/t\.csv; .* or raise ingest\.max_quarantined",
        str(error),
        re.IGNORECASE,
    ), str(error)


@pytest.mark.parametrize(("most", "passes"), [(0.0, False), (0.1, False), (0.5, False), (0.51, True), (1.0, True)])
def test_the_limit_is_a_share_of_the_rows(most: float, passes: bool) -> None:
    assert (too_many_aside(run(100), ingest_params(max_quarantined=most)) is None) is passes


def test_a_few_are_told_with_reason_and_share() -> None:
    result = run(4)
    assert too_many_aside(result, ingest_params()) is None
    assert said_aside(result) == "in quarantine: 6 of 200 rows (3.0 %) of t"
    found = reasons_aside(result)
    assert found["rows"].to_list() == [4, 2]
    assert found["column"].to_list() == ["when", "a"]
    assert found["share"].to_list() == [0.02, 0.01]


def test_none_is_said_too() -> None:
    result = run(0)
    assert said_aside(result) == "in quarantine: no row"
    assert reasons_aside(result).is_empty()
    assert too_many_aside(result, ingest_params(max_quarantined=0)) is None


def test_every_source_is_held_to_the_limit() -> None:
    large = csv("\n".join(["k,b", *(f"{i % 4},{i}" for i in range(2_000))]), "t")
    small = csv("k,c\n0,1\n1,2\n2,x\n3,y\n", "u")
    sources = {"t": {"path": "t.csv"}, "u": {"path": "u.csv"}}
    params = ingest_params("b", sources=sources, joins=[{"source": "u", "on": ["k"]}], task="regression")
    held = {"t": {"k": "Int64", "b": "Int64"}, "u": {"k": "Int64", "c": "Int64"}}
    tree = {"sources": {name: {"separator": ",", "columns": columns} for name, columns in held.items()}}
    error = too_many_aside(ingest({"t": large, "u": small}, params, Contract.model_validate(tree)), params)
    assert error is not None
    assert "u.csv, column 'c': too many rows cannot be used: 2 of 4 rows (50.0 %)" in str(error)


def test_every_column_is_listed_with_its_type() -> None:
    rows = [f"u{i:03d},{i % 7}.5,{'pq'[i % 2]},$1.5" for i in range(60)]
    result = ingest({"t": csv("\n".join(["id,a,y,price", *rows, ""]))}, ingest_params(exclude=["price"]))
    assert column_uses(result).rows() == [
        ("id", "String", "a different value in nearly every row"),
        ("a", "Float64", "feature"),
        ("y", "String", "target"),
        ("price", "String", "excluded in params.yaml"),
    ]
