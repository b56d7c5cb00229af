"""The records of a delimited text, one by one: what is whole, what is broken, and why.

A field may be quoted as RFC 4180 says. A quote inside a field that does not begin with one is an
ordinary character. A record that does not fit is told apart alone: reading goes on with the next
line, so that one forgotten quote does not swallow the rest of the file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_RECORD_BYTES: Final = 16 * 1024 * 1024
"""A longer record is no row; a file with such a header is refused."""

_MAX_QUOTED_BYTES = 1024 * 1024
"""A quoted field that runs on for longer counts as never closed."""


@dataclass(frozen=True)
class Record:
    """One record of a delimited text.

    Attributes:
        raw: Its bytes, without the end of the line.
        fault: Why it cannot be read, or None.
        clean: Its bytes in a form that every reader takes alike.
    """

    raw: bytes
    fault: str | None = None
    clean: bytes = b""


@dataclass(frozen=True)
class Grammar:
    """What a record looks like for one separator.

    Attributes:
        separator: One byte.
    """

    separator: bytes

    @cached_property
    def _field(self) -> re.Pattern[bytes]:
        """Match one field: quoted (group 1), or plain (group 2)."""
        end = re.escape(self.separator)
        return re.compile(rb'"((?:[^"]++|"")*+)"(?=' + end + rb"|\Z)|([^" + end + rb"]*+)(?=" + end + rb"|\Z)")

    def fields(self, record: bytes) -> tuple[list[tuple[bytes, bool]], str | None]:
        """Split a record into its fields, each with whether it was quoted, and say what is wrong with it."""
        found: list[tuple[bytes, bool]] = []
        at = 0
        while True:
            if record[at : at + 1] == b'"' and record.find(b'"', at + 1) < 0:
                return found, "unclosed quote"
            match = self._field.match(record, at)
            if match is None or (match[1] is None and match[2].startswith(b'"')):
                return found, _quote_fault(record[at:])
            quoted = match[1] is not None
            found.append((match[1] if quoted else match[2], quoted))
            at = match.end() + 1
            if at > len(record):
                return found, None


def _quote_fault(rest: bytes) -> str:
    """Tell a quote that is never closed from one that closes too early."""
    body = rest[1:].replace(b'""', b"")
    return "text after a closing quote" if b'"' in body else "unclosed quote"


def header_end(data: bytes, grammar: Grammar) -> int:
    """Find where the header record ends: the offset of its line end, or the end of the text."""
    end = data.find(b"\n", 0, MAX_RECORD_BYTES)
    while end >= 0:
        _, fault = grammar.fields(data[:end].removesuffix(b"\r"))
        if fault != "unclosed quote":
            return end
        end = data.find(b"\n", end + 1, MAX_RECORD_BYTES)
    first = data.find(b"\n", 0, MAX_RECORD_BYTES)
    return first if first >= 0 else len(data)


def split(body: bytes, grammar: Grammar, width: int) -> Iterator[Record]:
    """Go through the records below the header; blank lines at the end are no records.

    Args:
        body: The text below the header.
        grammar: How records are written.
        width: Number of fields of a whole record.
    """
    lines = body.split(b"\n")
    while lines and not lines[-1].strip(b"\r"):
        lines.pop()
    at = 0
    while at < len(lines):
        line = lines[at].removesuffix(b"\r")
        if b'"' not in line or len(line) > MAX_RECORD_BYTES:
            yield _plain_record(line, grammar.separator, width)
            at += 1
            continue
        record, used = _quoted_record(lines, at, grammar, width)
        yield record
        at += used


def _plain_record(line: bytes, separator: bytes, width: int) -> Record:
    fault = _byte_fault(line)
    if fault is None and (count := line.count(separator) + 1) != width:
        fault = _width_fault(line, count, width)
    return Record(line, fault, line)


def _byte_fault(line: bytes) -> str | None:
    if len(line) > MAX_RECORD_BYTES:
        return f"longer than {MAX_RECORD_BYTES // 1024**2} MiB"
    if b"\0" in line:
        return "NUL byte"
    return "carriage return inside a field" if b"\r" in line else None


def _width_fault(line: bytes, count: int, width: int) -> str:
    if not line:
        return "blank line"
    return f"{'too few' if count < width else 'too many'} fields: {count} instead of {width}"


def _quoted_record(lines: Sequence[bytes], at: int, grammar: Grammar, width: int) -> tuple[Record, int]:
    """Read a record that holds quotes, over several lines where a quoted field does; give it and its lines."""
    first = lines[at].removesuffix(b"\r")
    fields, fault = grammar.fields(first)
    if fault == "unclosed quote":
        whole = _continued(lines, at, grammar, width)
        return whole or (Record(first, fault), 1)
    return _checked(first, fields, fault, grammar, width), 1


def _continued(lines: Sequence[bytes], at: int, grammar: Grammar, width: int) -> tuple[Record, int] | None:
    """Try to complete a record with the lines after it; None when that does not give a whole one."""
    size, pending = 0, [lines[at]]
    for used, line in enumerate(lines[at + 1 :] if at + 1 < len(lines) else (), start=2):
        pending.append(line)
        size += len(line) + 1
        if size > _MAX_QUOTED_BYTES:
            return None
        if b'"' not in line:
            continue
        text = b"\n".join(pending).removesuffix(b"\r")
        fields, fault = grammar.fields(text)
        if fault != "unclosed quote":
            record = _checked(text, fields, fault, grammar, width)
            return (record, used) if record.fault is None else None
    return None


def _checked(
    raw: bytes, fields: Sequence[tuple[bytes, bool]], fault: str | None, grammar: Grammar, width: int
) -> Record:
    if fault is None and b"\0" in raw:
        fault = "NUL byte"
    if fault is None and any(b"\r" in text for text, quoted in fields if not quoted):
        fault = "carriage return inside a field"
    if fault is None and len(fields) != width:
        fault = _width_fault(raw, len(fields), width)
    if fault is not None:
        return Record(raw, fault)
    stray = any(b'"' in text for text, quoted in fields if not quoted)
    return Record(raw, None, grammar.separator.join(map(_quoted_again, fields)) if stray else raw)


def _quoted_again(item: tuple[bytes, bool]) -> bytes:
    text, quoted = item
    if quoted:
        return b'"' + text + b'"'
    return b'"' + text.replace(b'"', b'""') + b'"' if b'"' in text else text
