"""The bytes of a source, and the way from any Unicode encoding to UTF-8 text."""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field
from typing import Literal

from workbench.errors import Place, SourceError

Format = Literal["csv", "parquet", "ndjson"]

_MARKS = (  # the longer marks first: that of UTF-32 begins like that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_FOREIGN = (
    (b"\x1f\x8b", "gzip data"),
    (b"\x28\xb5\x2f\xfd", "Zstandard data"),
    (b"BZh", "bzip2 data"),
    (b"\xfd7zXZ\x00", "xz data"),
    (b"PK\x03\x04", "a zip archive or an Excel workbook"),
    (b"PAR1", "a Parquet file"),
    (b"ARROW1", "an Arrow file"),
    (b"%PDF-", "a PDF document"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
)
_SAMPLE_BYTES = 4096


@dataclass(frozen=True)
class SourceFile:
    """One source as it was read, decompressed.

    Attributes:
        name: Its name under `ingest.sources`.
        data: The bytes.
        format: What the bytes are.
    """

    name: str
    data: bytes = field(repr=False)
    format: Format = "csv"


def utf8(source: SourceFile) -> bytes:
    """Give the text of a source as valid UTF-8 without a byte order mark.

    UTF-16 and UTF-32 are recognised by their mark or by the pattern of their NUL bytes.

    Raises:
        SourceError: The source is empty, is no text, or is text in an encoding that nothing tells.
    """
    data = source.data
    if not data:
        raise SourceError("the source is empty", place=Place(source.name), expected="a header and rows")
    for mark, what in _FOREIGN:
        if data.startswith(mark):
            raise SourceError(f"this is {what}, not text", place=Place(source.name), expected=source.format)
    encoding, start = _encoding(data)
    if encoding != "utf-8":
        return _transcoded(source, encoding, start)
    text = data[start:] if start else data
    if not text.isascii():
        _assert_utf8(source.name, text)
    return text


def _encoding(data: bytes) -> tuple[str, int]:
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name, len(mark)
    return _by_nul_pattern(data[: _SAMPLE_BYTES - _SAMPLE_BYTES % 4]), 0


def _by_nul_pattern(sample: bytes) -> str:
    """Recognise Latin text in two or four bytes per character by which of them are always NUL."""
    if b"\0" not in sample:
        return "utf-8"
    shares = [_nul_share(sample[offset::4]) for offset in range(4)]
    patterns = {
        "utf-32-le": (0, 1, 1, 1),
        "utf-32-be": (1, 1, 1, 0),
        "utf-16-le": (0, 1, 0, 1),
        "utf-16-be": (1, 0, 1, 0),
    }
    for name, pattern in patterns.items():
        if all(abs(share - wanted) < 0.3 for share, wanted in zip(shares, pattern, strict=True)):  # noqa: PLR2004 - a few characters of other scripts are allowed
            return name
    return "utf-8"


def _nul_share(part: bytes) -> float:
    return part.count(0) / len(part) if part else 0.0


def _transcoded(source: SourceFile, encoding: str, start: int) -> bytes:
    try:
        text = source.data[start:].decode(encoding)
    except UnicodeDecodeError as error:
        raise SourceError(
            f"the text is not valid {encoding.upper()} at byte {start + error.start:,}",
            place=Place(source.name),
            hint="the file may be cut off; save it as UTF-8",
        ) from error
    if not text:
        raise SourceError("the source is empty", place=Place(source.name), expected="a header and rows")
    return text.encode("utf-8", "replace")


def _assert_utf8(name: str, text: bytes) -> None:
    try:
        text.decode("utf-8")
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        raise SourceError(
            f"byte {error.start:,} is not UTF-8 text",
            place=Place(name, line),
            found=f"byte 0x{text[error.start]:02x} in {text[max(0, error.start - 20) : error.start + 20]!r}",
            expected="UTF-8, UTF-16 or UTF-32",
            hint="it looks like Latin-1 or Windows-1252; convert it, for example with `iconv -f WINDOWS-1252 -t UTF-8`",
        ) from error
