"""CSV texts on which readers lose rows or values without a word: each is handled, or refused in clear words."""

from __future__ import annotations

import gzip

import polars as pl
import pytest

from tests.ingest.sources import conserved, contract_of, csv, inferred_parse, ingest_params, parse_as
from workbench.errors import ContractError, SourceError
from workbench.ingest import SourceFile, infer_contract, parse, records
from workbench.ingest.source import utf8

ROWS = "a,b\n1,x\n2,ä\n3,z\n"
TWO = {"a": "Int64", "b": "String"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"])
def test_every_unicode_encoding_gives_the_same_rows(encoding: str) -> None:
    assert inferred_parse(ROWS.encode(encoding)).frame.equals(inferred_parse(ROWS).frame)


@pytest.mark.parametrize("mark", [b"\xff\xfe", b"\xfe\xff", b"\xff\xfe\x00\x00"])
def test_utf_16_and_32_with_a_mark_and_latin_text_are_decoded(mark: bytes) -> None:
    name = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}.get(mark, "utf-32-le")
    assert inferred_parse(mark + ROWS.encode(name)).frame.height == 3


def test_cut_off_utf_16_is_refused() -> None:
    with pytest.raises(SourceError, match="not valid UTF-16"):
        inferred_parse(b"\xff\xfe" + ROWS.encode("utf-16-le")[:-1])


def test_latin_1_is_refused_with_its_byte_and_line() -> None:
    with pytest.raises(SourceError, match=r"t:3: byte 10 is not UTF-8.*0xe4.*Latin-1"):
        inferred_parse(ROWS.encode("latin-1"))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (gzip.compress(ROWS.encode(), mtime=0), "gzip"),
        (b"PK\x03\x04rest", "zip"),
        (b"PAR1rest", "Parquet"),
        (b"", "empty"),
        (b"\n\n\r\n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"\xff\xfe", "empty"),
        (b"a,b\n", "no row"),
        (b"a,b", "no row"),
        (b"a,b\n\n\n", "no row"),
        (b"a,a\n1,2\n", "twice"),
        (b'"a,b\n1,2\n', "unclosed quote"),
        (b"a\0,b\n1,2\n", "control character"),
        (b"a,b\n1\n2\n", "no row can be read"),
    ],
)
def test_what_is_no_table_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(SourceError, match=words):
        inferred_parse(data)


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
def test_every_line_ending_gives_the_same_rows(ending: str, *, last: bool) -> None:
    text = ROWS.replace("\n", ending)
    text = text if last else text[: -len(ending)]
    assert inferred_parse(text).frame.equals(inferred_parse(ROWS).frame)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("9", "too few fields: 1 instead of 2"),
        ("9,q,", "too many fields: 3 instead of 2"),
        ("9,q,r", "too many fields: 3 instead of 2"),
        ("", "blank line"),
        ("  ", "too few fields: 1 instead of 2"),
        ("9,\0", "NUL byte"),
        ("9,a\rb", "carriage return inside a field"),
        ('9,"open', "unclosed quote"),
        ('9,"q"r', "text after a closing quote"),
        ('9,"q" ', "text after a closing quote"),
        ("x,q", "not a valid Int64"),
        ("9.5,q", "not a valid Int64"),
        ("9223372036854775808,q", "not a valid Int64"),
        ("٣,q", "not a valid Int64"),
        ("1_0,q", "not a valid Int64"),
    ],
)
def test_a_broken_row_is_set_aside_alone(row: str, reason: str) -> None:
    parsed = parse_as(f"a,b\n1,x\n{row}\n2,y\n3,\n", TWO)
    assert parsed.frame.rows() == [(1, "x"), (2, "y"), (3, None)]
    assert parsed.quarantine.select("source", "row", "reason", "raw").rows() == [("t", 2, reason, row)]
    assert parsed.rows_read == 4
    assert conserved(parsed)


def test_short_rows_are_found_where_the_last_column_has_missing_values() -> None:
    parsed = parse_as("a,b\n1,\n2\n3,x\n", TWO)
    assert parsed.frame.rows() == [(1, None), (3, "x")]
    assert parsed.quarantine["row"].to_list() == [2]


def test_short_rows_are_found_among_quoted_separators() -> None:
    text = 'a,b,c\n1,"x,y",\n2,"x,\ny"\n3,"""q""",z\n'
    parsed = parse_as(text, {"a": "Int64", "b": "String", "c": "String"})
    assert parsed.frame.rows() == [(1, "x,y", None), (3, '"q"', "z")]
    assert parsed.quarantine["reason"].to_list() == ["unclosed quote", "too few fields: 1 instead of 3"]


def test_a_forgotten_quote_does_not_swallow_the_rest() -> None:
    text = 'a,b\n1,"open\n2,x\n3,"y"\n4,z\n'
    parsed = parse_as(text, TWO)
    assert parsed.frame["a"].to_list() == [2, 3, 4]
    assert parsed.quarantine["raw"].to_list() == ['1,"open']


@pytest.mark.parametrize("cell", ['5"', '5" x 3"', 'a"b', 'say "hi"', ' "q"'])
def test_a_quote_inside_a_plain_field_is_a_character(cell: str) -> None:
    parsed = parse_as(f"a,b\n1,{cell}\n2,y\n", TWO)
    assert parsed.frame["b"].to_list() == [cell, "y"]


def test_quoted_fields_keep_separators_newlines_and_quotes() -> None:
    parsed = parse_as('a,b\n1,"x,y"\n2,"x\ny"\n3,"x""y"\n4,""\n', TWO)
    assert parsed.frame["b"].to_list() == ["x,y", "x\ny", 'x"y', ""]
    assert parsed.quarantine.is_empty()


def test_blank_lines_at_the_end_are_no_rows() -> None:
    parsed = parse_as("a,b\n1,x\n\n\r\n\n", TWO)
    assert (parsed.rows_read, parsed.frame.height) == (1, 1)


def test_a_blank_line_of_a_single_column_is_a_missing_value() -> None:
    assert parse_as("a\n1\n\n3\n", {"a": "Int64"}).frame["a"].to_list() == [1, None, 3]
    assert parse_as("a\n\n2\n", {"a": "Int64"}).frame["a"].to_list() == [None, 2]


@pytest.mark.parametrize("first", ["x^2", "x\x01y", "#a", "PK"])
def test_text_that_begins_like_a_compressed_file_is_text(first: str) -> None:
    parsed = inferred_parse(f"{first},b\n1,2\n3,4\n")
    assert parsed.frame.columns == [first, "b"]
    assert parsed.frame.rows() == [(1, 2), (3, 4)]


def test_a_row_beyond_the_limit_is_set_aside_and_a_header_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (records, __import__("workbench.ingest.structure", fromlist=["structure"])):
        monkeypatch.setattr(module, "MAX_RECORD_BYTES", 1000)
    monkeypatch.setattr("workbench.ingest.delimited.MAX_RECORD_BYTES", 1000)
    parsed = parse_as(f"a,b\n1,x\n2,{'y' * 2000}\n3,z\n", TWO)
    assert parsed.frame["a"].to_list() == [1, 3]
    assert parsed.quarantine["reason"][0].startswith("longer than")
    with pytest.raises(SourceError, match="too long to be a header"):
        inferred_parse("a" * 5000)


@pytest.mark.slow
def test_a_single_line_of_many_megabytes_is_refused() -> None:
    with pytest.raises(SourceError, match="too long to be a header"):
        inferred_parse(b"a," * (40 * 1024 * 1024))


def test_long_raw_rows_are_cut_in_the_quarantine() -> None:
    parsed = parse_as(f"a,b\n1,x\n2,{'y' * 30_000},z\n", TWO)
    assert len(parsed.quarantine["raw"][0]) < 11_000


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        (["007", "8"], "String"),
        (["12345678901234567", "1.0"], "String"),
        (["12345678901234567"], "String"),
        (["9007199254740992"], "Int64"),
        (["9007199254740993"], "String"),
        (["1234567890123456789012"], "String"),
        (["1e400"], "String"),
        (["NaN", "1.5"], "String"),
        (["inf", "-inf"], "String"),
        (["1,5"], "String"),
        (["٣", "٤"], "String"),
        (["1", "x"], "String"),
        (["1", "true"], "String"),
        (["true", "x"], "String"),
        (["yes", "no"], "String"),
        (["+5"], "String"),
        (["0x1F"], "String"),
        (["1_000"], "String"),
        ([" 5"], "String"),
        (["5 "], "String"),
        ([".", "1.5"], "String"),
        (["-0"], "Float64"),
        (["0", "-1", "17"], "Int64"),
        (["1", "2.5"], "Float64"),
        ([".5", "5.", "1e-3", "1E5"], "Float64"),
        (["10.357019999999999"], "Float64"),
        (["true", "False", "TRUE"], "Boolean"),
        (["2013-01-01", "2013-12-31"], "Date"),
        (["2013-01-01", "2013-02-30"], "String"),
        (["31/12/2013", "01/12/2013"], "Date"),
        (["12/31/2013", "12/01/2013"], "Date"),
        (["01/02/2013", "03/04/2013"], "String"),
        (["9/30/1990", "11/3/1991"], "Date"),
        (["1/2/2013", "3/4/2013"], "String"),
        (["31.1.2000", "5.12.2001"], "Date"),
        (["9/30/1990 0:00:00", "11/3/1991 12:30:00"], "Datetime"),
        (["1-2-3", "4-5-6"], "String"),
        (["2013-1-2"], "String"),
        (["2013-01-01T10:00:00Z"], "Datetime"),
        (["2013-01-01 10:00"], "Datetime"),
        (["2013-01-01T10:00:00.5", "2013-01-01T10:00:00"], "Datetime"),
        (["2013-01-01T10:00:00+02:00", "2013-01-01T10:00:00-05:00"], "Datetime"),
        (["2013-01-01T10:00:00+02:00", "2013-01-01T10:00:00"], "String"),
        (["2013-01-01T10:00:00.123456789"], "String"),
        (["20130101", "20131231"], "Int64"),
        ([""], "String"),
    ],
)
def test_the_type_is_the_one_that_loses_nothing(values: list[str], dtype: str) -> None:
    rows = "".join(f'{index},"{value}"\n' for index, value in enumerate(values))
    held = contract_of(csv(f"i,v\n{rows}"), ingest_params()).columns["v"]
    assert held.dtype == dtype
    parsed = inferred_parse(f"i,v\n{rows}")
    assert parsed.quarantine.is_empty()
    if dtype == "String" and values != [""]:
        assert parsed.frame["v"].to_list() == values


def test_times_with_a_zone_become_utc() -> None:
    frame = inferred_parse("i,t\n1,2013-01-01T10:00:00+02:00\n2,2013-01-01T10:00:00-05:00\n").frame
    assert frame["t"].dtype == pl.Datetime("us", "UTC")
    assert frame["t"].dt.hour().to_list() == [8, 15]
    assert inferred_parse("i,t\n1,2013-01-01T10:00:00Z\n").frame["t"].dtype == pl.Datetime("us", "UTC")


@pytest.mark.parametrize("text", ["1e400", "NaN", "inf", "-Infinity", "1.8e308"])
def test_what_is_no_number_is_set_aside_unless_declared(text: str) -> None:
    parsed = parse_as(f"a,b\n1.5,x\n{text},y\n", {"a": "Float64", "b": "String"})
    assert parsed.frame["a"].to_list() == [1.5]
    assert parsed.quarantine["column"].to_list() == ["a"]
    allowed = parse_as(f"a,b\n1.5,x\n{text},y\n", {"a": {"dtype": "Float64", "non_finite": True}, "b": "String"})
    assert allowed.frame.height == 2


def test_the_contract_wins_over_what_the_values_look_like() -> None:
    parsed = parse_as("a,b\n007,1\n8,2\n", {"a": "String", "b": "String"})
    assert parsed.frame.rows() == [("007", "1"), ("8", "2")]


def test_null_values_are_missing_in_every_column() -> None:
    parsed = parse_as("a,b\nNA,NA\n1,x\n", TWO, null_values=["NA"])
    assert parsed.frame.rows() == [(None, None), (1, "x")]


def test_a_missing_value_where_none_may_be_is_set_aside() -> None:
    parsed = parse_as("a,b\n,x\n1,y\n", {"a": {"dtype": "Int64", "nullable": False}, "b": "String"})
    assert parsed.frame.rows() == [(1, "y")]
    assert parsed.quarantine["reason"][0].startswith("missing")


def test_a_column_of_another_type_is_a_breach() -> None:
    with pytest.raises(ContractError, match=r"column 'a': the column has another type.*'x'.*Int64"):
        parse_as("a,b\nx,1\ny,2\n", TWO)


def test_five_thousand_columns() -> None:
    header = ",".join(f"c{index}" for index in range(5000))
    row = ",".join(str(index) for index in range(5000))
    parsed = inferred_parse(f"{header}\n{row}\n{row}\n{row},9\n")
    assert (parsed.frame.width, parsed.frame.height, parsed.quarantine.height) == (5000, 2, 1)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_taken_from_the_header(separator: str) -> None:
    text = 'a,"b;|c",d\n1,x,2\n'.replace(",", separator).replace('b;|c"', 'b c"')
    parsed = inferred_parse(text)
    assert parsed.frame.columns == ["a", "b c", "d"]


def test_an_unnamed_column_gets_a_name() -> None:
    assert inferred_parse(",a\n0,1\n1,2\n").frame.columns == ["column_1", "a"]


def test_surrogates_and_odd_names_survive() -> None:
    name = 'a "b" <script>,\n😀'
    quoted = '"' + name.replace('"', '""') + '"'
    assert inferred_parse(f"{quoted},b\n1,2\n").frame.columns == [name, "b"]


def test_bytes_of_the_source_are_not_shown() -> None:
    assert "secret" not in repr(SourceFile("t", b"secret"))


def test_utf8_returns_the_same_bytes_for_plain_text() -> None:
    data = b"a,b\n1,2\n"
    assert utf8(SourceFile("t", data)) is data


def test_any_bytes_give_rows_or_a_clear_error() -> None:
    params = ingest_params()
    for byte in range(256):
        data = b"a,b\n1,2\n" + bytes([byte]) + b",3\n4,5\n"
        source = csv(data)
        try:
            parsed = parse(source, infer_contract({"t": source}, params), params)
        except SourceError:
            assert byte >= 0x80
            continue
        assert conserved(parsed)
