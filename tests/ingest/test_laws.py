"""Laws over generated CSV texts: no row is lost, no value changes, both readers agree, and so does DuckDB."""

from __future__ import annotations

import csv as csv_module
import io
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tests.ingest.sources import conserved, csv, declared, ingest_params
from workbench.errors import WorkbenchError
from workbench.ingest import Contract, infer_contract, ingest, parse
from workbench.ingest.delimited import open_delimited, read_texts
from workbench.ingest.parsing import _fast
from workbench.ingest.texts import typed

if TYPE_CHECKING:
    from workbench.ingest import IngestResult

QUICK = settings(max_examples=300, deadline=None)
SOAK = settings(max_examples=10_000, deadline=None, suppress_health_check=list(HealthCheck))

NUMBERS = ["0", "1", "-7", "007", "12.5", "1e3", "1e400", "NaN", "inf", "-0", "+5", " 5", "5 ", "12345678901234567890"]
TEXTS = ["x", "é", "NA", "true", "False", "tRue", "2013-01-01", "2013-01-01T10:00:00Z", "٣", "", " ", '"', "a'b", "\\"]
FIELDS = st.sampled_from([*NUMBERS, *TEXTS, '"a,b"', '"a\nb"', '"a""b"', '""', 'a"b', '"open', '"x"y', "a\rb", "\0"])
ROWS = st.lists(FIELDS, min_size=0, max_size=5).map(",".join)
BODIES = st.lists(ROWS, min_size=0, max_size=12)
ENDS = st.sampled_from(["\n", "\r\n"])
SOUP = st.text(alphabet='ab01.,;"\n\r\t \0é-NT:Ze', max_size=60)
TYPES = st.sampled_from(
    [
        "Int64",
        "Float64",
        "String",
        "Boolean",
        {"dtype": "Float64", "non_finite": True},
        {"dtype": "Int64", "nullable": False},
        {"dtype": "Date", "format": "%Y-%m-%d"},
        {"dtype": "Datetime", "format": "%Y-%m-%dT%H:%M:%SZ", "time_zone": "UTC"},
    ]
)
COLUMNS = st.fixed_dictionaries({"a": TYPES, "b": TYPES, "c": TYPES})
PARAMS = ingest_params(sources={"t": {"path": "t.csv", "null_values": ["NA"]}})


def assert_conserved(text: str, contract: Contract | None) -> None:
    """Every row is kept or quarantined once, or the whole source is refused in words of ours."""
    source = csv(text)
    try:
        parsed = parse(source, contract or infer_contract({"t": source}, PARAMS), PARAMS)
    except WorkbenchError:
        return
    assert conserved(parsed)
    assert parsed.quarantine["row"].is_unique().all()
    if parsed.positions is not None:
        rows = {*parsed.positions.to_list(), *parsed.quarantine["row"].to_list()}
        assert rows == set(range(1, parsed.rows_read + 1))


def assert_readers_agree(text: str, contract: Contract) -> bool:
    """What the fast reader vouches for is what the careful one finds."""
    try:
        opened = open_delimited(csv(text), ",", ("NA",))
    except WorkbenchError:
        return False
    columns = contract.sources["t"].columns
    fast = _fast(opened, columns) if set(opened.header) == set(columns) else None
    if fast is None:
        return False
    careful = typed("t", read_texts(opened), columns)
    assert not careful.faults
    assert_frame_equal(fast, careful.frame)
    return True


def body(rows: list[str], end: str) -> str:
    return end.join(["a,b,c", *rows, ""])


@QUICK
@given(rows=BODIES, end=ENDS, columns=COLUMNS)
def test_rows_are_conserved_under_a_contract(rows: list[str], end: str, columns: dict[str, object]) -> None:
    assert_conserved(body(rows, end), declared(columns, null_values=["NA"]))


@QUICK
@given(rows=BODIES, end=ENDS)
def test_rows_are_conserved_when_the_contract_is_inferred(rows: list[str], end: str) -> None:
    assert_conserved(body(rows, end), None)


@QUICK
@given(SOUP)
def test_any_text_is_read_or_refused(text: str) -> None:
    assert_conserved(text, None)


@QUICK
@given(rows=st.lists(st.lists(FIELDS, min_size=3, max_size=3).map(",".join), max_size=6), end=ENDS, columns=COLUMNS)
def test_both_readers_agree(rows: list[str], end: str, columns: dict[str, object]) -> None:
    assert_readers_agree(body(rows, end), declared(columns, null_values=["NA"]))


@pytest.mark.parametrize(
    "value", [*NUMBERS, *TEXTS, "\t5", "  5", "5.", ".5", "-", "--5", "1e", "Infinity", "+inf", "TRUE"]
)
@pytest.mark.parametrize("dtype", ["Int64", "Float64", "Boolean"])
def test_both_readers_agree_on_each_value(value: str, dtype: str) -> None:
    text = f'a,b,c\n1,"{value}",x\n' if '"' not in value else "a,b,c\n1,2,3\n"
    assert_readers_agree(text, declared({"a": "Int64", "b": dtype, "c": "String"}, null_values=["NA"]))


CELLS = st.text(alphabet='ab,"\n 0é', max_size=6).filter(lambda text: text != "NA")


@QUICK
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=10), ENDS)
def test_what_a_csv_writer_wrote_is_read_back(cells: list[tuple[str, str]], end: str) -> None:
    out = io.StringIO()
    csv_module.writer(out, quoting=csv_module.QUOTE_ALL, lineterminator=end).writerows([("a", "b"), *cells])
    parsed = parse(csv(out.getvalue()), declared({"a": "String", "b": "String"}), ingest_params())
    assert parsed.frame.rows() == cells
    assert parsed.quarantine.is_empty()


@QUICK
@given(st.lists(st.tuples(st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False)), min_size=1))
def test_numbers_survive_inference(values: list[tuple[int, float]]) -> None:
    text = "a,b\n" + "".join(f"{whole},{real!r}\n" for whole, real in values)
    source = csv(text)
    params = ingest_params()
    frame = parse(source, infer_contract({"t": source}, params), params).frame
    assert frame["a"].to_list() == [whole for whole, _ in values]
    if frame["b"].dtype != pl.String:
        assert frame["b"].cast(pl.Float64).to_list() == [real for _, real in values]
    else:
        assert frame["b"].to_list() == [repr(real) for _, real in values]


WORDS = st.text(alphabet="abc é,;", min_size=1, max_size=5).map(lambda word: f"w{word}w")
TABLES = st.lists(
    st.tuples(st.integers(-1000, 1000), st.floats(-1e6, 1e6).map(lambda x: round(x, 3)), WORDS, st.booleans()),
    min_size=1,
    max_size=30,
)


@settings(max_examples=60, deadline=None)
@given(TABLES, st.integers(0, 5))
def test_duckdb_reads_the_same(rows: list[tuple[int, float, str, bool]], gaps: int) -> None:
    duckdb = pytest.importorskip("duckdb")
    out = io.StringIO()
    writer = csv_module.writer(out, lineterminator="\n")
    writer.writerow(["i", "f", "s", "b"])
    for index, (whole, real, word, flag) in enumerate(rows):
        writer.writerow([("NA" if gaps and index % 7 < gaps else whole), real, word, str(flag).lower()])
    held = declared({"i": "Int64", "f": "Float64", "s": "String", "b": "Boolean"}, null_values=["NA"])
    ours = parse(csv(out.getvalue()), held, PARAMS).frame
    types = "{'i': 'BIGINT', 'f': 'DOUBLE', 's': 'VARCHAR', 'b': 'BOOLEAN'}"
    path = Path(duckdb_file(out.getvalue()))
    try:
        query = f"SELECT * FROM read_csv('{path}', header=true, nullstr=['NA', ''], auto_detect=false, columns={types})"  # noqa: S608 - a path of ours
        theirs = duckdb.connect().execute(query).fetchall()
    finally:
        path.unlink()
    assert ours.rows() == theirs


def duckdb_file(text: str) -> str:
    """Write a text where DuckDB can read it."""
    import tempfile  # noqa: PLC0415 - hypothesis runs many examples in one tmp_path

    with tempfile.NamedTemporaryFile("w", suffix=".csv", delete=False, encoding="utf-8", newline="") as file:
        file.write(text)
    return file.name


def whole_run(text: str, **changes: object) -> IngestResult | None:
    try:
        return ingest({"t": csv(text)}, ingest_params("a", **changes))
    except WorkbenchError:
        return None


@QUICK
@given(rows=BODIES, by=st.sampled_from(["random", "group"]), seed=st.integers(0, 3))
def test_a_whole_run_conserves_rows(rows: list[str], by: str, seed: int) -> None:
    result = whole_run(
        body([*rows, *(f"{i % 2},g{i},{i}" for i in range(12))], "\n"), split={"by": by, "group": "b", "seed": seed}
    )
    if result is None:
        return
    steps = result.accounting.rows(named=True)
    assert all(step["rows_in"] == step["rows_out"] + step["quarantined"] + step["dropped"] for step in steps)
    assert all(before["rows_out"] == after["rows_in"] for before, after in pairwise(steps))
    kept = result.train.height + result.validation.height + result.test.height
    assert kept == steps[-1]["rows_out"]
    assert steps[0]["rows_in"] == kept + result.quarantine["t"].height + sum(step["dropped"] for step in steps)


@pytest.mark.soak
@pytest.mark.timeout(7200)
@SOAK
@given(rows=BODIES, end=ENDS, columns=COLUMNS)
def test_soak_rows_are_conserved_under_a_contract(rows: list[str], end: str, columns: dict[str, object]) -> None:
    contract = declared(columns, null_values=["NA"])
    assert_conserved(body(rows, end), contract)
    assert_readers_agree(body(rows, end), contract)


@pytest.mark.soak
@pytest.mark.timeout(7200)
@SOAK
@given(SOUP)
def test_soak_any_text_is_read_or_refused(text: str) -> None:
    assert_conserved(text, None)
