"""CSV: a fast reader that is held to account, and a careful one for what it cannot answer for."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from workbench.errors import Place, SourceError
from workbench.ingest.quarantine import Fault
from workbench.ingest.records import MAX_RECORD_BYTES, Grammar, header_end, split
from workbench.ingest.source import SourceFile, utf8
from workbench.ingest.structure import is_conserved, is_plain
from workbench.ingest.texts import Texts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

READER_FAILURES: Final = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError)
"""What a reader of Polars raises on bytes it cannot take; a panic is no ordinary exception."""

_SEPARATORS = (",", ";", "\t", "|")
_LINE_TEXT = re.compile(rb"[^\r\n]")
_SHOWN_BYTES = 50_000
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Delimited:
    """A CSV text whose header was read.

    Attributes:
        name: Name of the source.
        data: UTF-8 text without a byte order mark, lines ended by a newline.
        separator: Field separator.
        header: Names of its columns.
        start: Where the records begin.
        null_values: Texts that mean "missing".
    """

    name: str
    data: bytes
    separator: str
    header: tuple[str, ...]
    start: int
    null_values: tuple[str, ...]


def open_delimited(source: SourceFile, separator: str, null_values: Sequence[str]) -> Delimited:
    """Read the header of a CSV source.

    Raises:
        SourceError: The source is empty, no text, or its header cannot be read or names a column twice.
    """
    data = _with_newlines(utf8(source)).lstrip(b"\r\n")
    if not data:
        raise SourceError("the source is empty", place=Place(source.name), expected="a header and rows")
    sign = _separator(source.name, data, separator)
    end = header_end(data, Grammar(sign.encode()))
    header = _header(source.name, data[:end].removesuffix(b"\r"), sign)
    if not _LINE_TEXT.search(data, end):
        raise SourceError("there is a header but no row", place=Place(source.name), found=f"{len(header):,} columns")
    return Delimited(source.name, data, sign, header, end + 1, tuple(null_values))


def read_fast(csv: Delimited, dtypes: Mapping[str, pl.DataType]) -> pl.DataFrame | None:
    """Read with Polars, all columns by position; None when the result cannot be vouched for.

    Args:
        csv: The text.
        dtypes: Type of each column of the header, in its order.
    """
    if not is_plain(csv.data):
        return None
    simple = b'"' not in csv.data[: csv.start] and not csv.data.startswith(b"x")
    try:
        frame = pl.read_csv(
            csv.data if simple else _BYTE_ORDER_MARK + csv.data[csv.start :],  # "x^" would be taken for zlib data
            has_header=False,
            skip_lines=1 if simple else 0,
            schema=dict(dtypes),
            separator=csv.separator,
            null_values=list(csv.null_values),
        )
    except READER_FAILURES:
        return None
    full = frame.to_series(frame.width - 1).null_count() == 0
    start, sign = csv.start, csv.separator.encode()
    return frame if is_conserved(csv.data, start, sign, frame.width, frame.height, last_is_full=full) else None


def read_texts(csv: Delimited) -> Texts:
    """Read record by record, as texts; what is broken becomes a fault.

    Raises:
        SourceError: Not one record is whole.
    """
    grammar = Grammar(csv.separator.encode())
    width = len(csv.header)
    positions: list[int] = []
    raws: list[bytes] = []
    clean: list[bytes] = []
    faults: list[Fault] = []
    for position, record in enumerate(split(csv.data[csv.start :], grammar, width), start=1):
        if record.fault is not None:
            faults.append(Fault(position, record.fault, _shown(record.raw)))
            continue
        positions.append(position)
        raws.append(record.raw)
        clean.append(record.clean)
    if not clean:
        raise _nothing_whole(csv, faults)
    return Texts(_text_frame(csv, clean), positions, lambda index: _shown(raws[index]), tuple(faults))


def _shown(raw: bytes) -> str:
    return raw[:_SHOWN_BYTES].decode("utf-8", "replace")


def _text_frame(csv: Delimited, records: Sequence[bytes]) -> pl.DataFrame:
    names = [f"c{index}" for index in range(len(csv.header))]
    text = b"\n".join([csv.separator.join(names).encode(), *records, b""])
    try:
        frame = pl.read_csv(
            text,
            schema=dict.fromkeys(names, pl.String),
            separator=csv.separator,
            null_values=list(csv.null_values),
        )
    except READER_FAILURES as error:
        raise SourceError("the text cannot be read as CSV", place=Place(csv.name), found=str(error)[:200]) from error
    if frame.height != len(records):
        raise SourceError(
            "the text cannot be read as CSV without losing rows",
            place=Place(csv.name),
            found=f"{frame.height:,} rows",
            expected=f"{len(records):,} rows",
        )
    return frame.rename(dict(zip(names, csv.header, strict=True)))


def _nothing_whole(csv: Delimited, faults: Sequence[Fault]) -> SourceError:
    reason, count = Counter(fault.reason for fault in faults).most_common(1)[0]
    return SourceError(
        "no row can be read",
        place=Place(csv.name, row=faults[0].row),
        found=f"{count:,} of {len(faults):,} rows: {reason}; the first says {faults[0].raw[:80]!r}",
        expected=f"{len(csv.header):,} fields separated by {csv.separator!r}",
    )


def _with_newlines(data: bytes) -> bytes:
    """End the lines of a text from a classic Mac, which has no newline at all, as everybody else does."""
    return data.replace(b"\r", b"\n") if b"\n" not in data and b"\r" in data else data


def _separator(name: str, data: bytes, separator: str) -> str:
    if separator != "auto":
        if len(separator.encode()) != 1 or separator in '"\r\n':
            raise SourceError("a separator is one ASCII character", place=Place(name), found=repr(separator))
        return separator
    header = data[: header_end(data, Grammar(b","))]
    outside = b"".join(header.split(b'"')[::2])
    return max(_SEPARATORS, key=lambda sign: outside.count(sign.encode()))


def _header(name: str, record: bytes, separator: str) -> tuple[str, ...]:
    place = Place(name, 1)
    if len(record) >= MAX_RECORD_BYTES:
        limit = f"at most {MAX_RECORD_BYTES // 1024**2} MiB"
        raise SourceError("the first line is too long to be a header", place=place, expected=limit)
    if b"\0" in record or b"\r" in record:
        raise SourceError("the header holds a control character", place=place, found=repr(record[:80]))
    fields, fault = Grammar(separator.encode()).fields(record)
    if fault is not None:
        raise SourceError(f"the header cannot be read: {fault}", place=place, found=repr(record[:80]))
    texts = [(text.replace(b'""', b'"') if quoted else text).decode() for text, quoted in fields]
    names = [text or f"column_{number}" for number, text in enumerate(texts, start=1)]
    twice = [column for column, count in Counter(names).items() if count > 1]
    if twice:
        where = [number for number, column in enumerate(names, start=1) if column == twice[0]]
        raise SourceError(
            "the header names a column twice",
            place=Place(name, 1, column=twice[0]),
            found=f"at positions {', '.join(map(str, where))}",
            hint="rename one of them in the source",
        )
    return tuple(names)
