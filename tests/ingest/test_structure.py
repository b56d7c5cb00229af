"""The proof that the fast reader lost nothing: what it accepts, and what it must not."""

from __future__ import annotations

import polars as pl
import pytest

from tests.ingest.sources import csv
from workbench.ingest.delimited import open_delimited, read_fast
from workbench.ingest.structure import is_conserved, is_plain

HEADER = b"a,b\n"


def conserved(body: bytes, height: int, *, last_is_full: bool = False) -> bool:
    return is_conserved(HEADER + body, len(HEADER), b",", 2, height, last_is_full=last_is_full)


@pytest.mark.parametrize(
    ("body", "height"),
    [
        (b"1,2\n3,4\n", 2),
        (b"1,2\n3,", 2),
        (b'"1,1",2\n3,4\n', 2),
        (b'"1\n1",2\n3,4', 2),
        (b'"1""1",2\n3,""\n', 2),
        (b'"' + b"x,\n" * 1_000_000 + b'",2\n3,"4"\n', 2),
    ],
)
def test_whole_texts_are_conserved(body: bytes, height: int) -> None:
    assert conserved(body, height)
    assert not conserved(body, height - 1)
    assert not conserved(body, height + 1)


@pytest.mark.parametrize(
    "body",
    [
        b"1,2\n3\n",
        b'"1,1",2\n3\n',
        b'"1,1"\n3,4\n',
        b'1,5" x\n3,6" y\n',
        b'1,"x"y\n3,"z"\n',
        b'1,"x\n3,4\n',
    ],
)
def test_what_is_short_or_oddly_quoted_is_not(body: bytes) -> None:
    assert not conserved(body, 2)


def test_rows_are_counted_even_where_the_last_column_is_full() -> None:
    assert conserved(b"1,2\n3,4\n", 2, last_is_full=True)
    assert not conserved(b"1,2\n3,4\n5,6\n", 2, last_is_full=True)


@pytest.mark.parametrize("data", [b"a\n1\0\n", b"a\n1\n\n", b"a\r\n1\r\n\r\n", b"a\n1\r2\n"])
def test_bytes_that_the_fast_reader_takes_in_its_own_way(data: bytes) -> None:
    assert not is_plain(data)


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "x^2,b\n1,2\n", '"a,1",b\r\n1,2\r\n', 'a,b\n"1",2'])
def test_ordinary_texts_take_the_fast_way(text: str) -> None:
    opened = open_delimited(csv(text), "auto", ())
    frame = read_fast(opened, dict.fromkeys(opened.header, pl.Int64()))
    assert frame is not None
    assert frame.rows() == [(1, 2)]


def test_two_stray_quotes_do_not_join_two_rows() -> None:
    opened = open_delimited(csv('a,b\n1,5" x\n3,6" y\n'), "auto", ())
    assert read_fast(opened, dict.fromkeys(opened.header, pl.String())) is None
