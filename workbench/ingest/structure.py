"""A cheap proof that a fast reader saw every record of a delimited text, and padded none.

Polars refuses a record with too many fields but fills one with too few. Since every record has at
most the full number of fields, the separators of the whole text add up only if each has exactly
that number; when the last column has no missing value there is no short record at all. The text
is counted without parsing it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.ingest.records import MAX_RECORD_BYTES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BLOCK_BYTES = 1 << 20
_QUOTE, _NEWLINE, _RETURN = 0x22, 0x0A, 0x0D


@dataclass(frozen=True)
class Counts:
    """What a text holds outside its quotes.

    Attributes:
        newlines: Ends of lines.
        separators: Field separators.
    """

    newlines: int
    separators: int


def is_plain(data: bytes) -> bool:
    """Tell whether the text is free of what the fast reader takes in a way of its own."""
    if b"\0" in data or data.endswith((b"\n\n", b"\n\r\n")):
        return False
    if b"\r" in data and data.count(b"\r") != data.count(b"\r\n"):
        return False
    return not _has_long_record(data)


def is_conserved(data: bytes, start: int, separator: bytes, width: int, height: int, *, last_is_full: bool) -> bool:
    """Tell whether a frame read from a text holds each of its records, none of them padded.

    Args:
        data: The text.
        start: Where the records begin, after the header.
        separator: Field separator.
        width: Columns of the frame.
        height: Rows of the frame.
        last_is_full: Whether the last column has no missing value.
    """
    if data.find(b'"', start) >= 0:
        counts = _outside_quotes(data, start, separator)
        if counts is None:
            return False
        newlines, separators = counts.newlines, counts.separators
    else:
        newlines = data.count(b"\n", start)
        separators = height * (width - 1) if last_is_full else data.count(separator, start)
    records = newlines + (not data.endswith(b"\n"))
    return records == height and separators == height * (width - 1)


def _has_long_record(data: bytes) -> bool:
    at = 0
    while at + MAX_RECORD_BYTES < len(data):
        at = data.rfind(b"\n", at, at + MAX_RECORD_BYTES) + 1
        if at == 0:
            return True
    return False


def _outside_quotes(data: bytes, start: int, separator: bytes) -> Counts | None:
    """Count outside quotes; None when a quote stands where RFC 4180 has none, so that parity means nothing."""
    import numpy as np  # noqa: PLC0415 - 0.05 CPU-seconds that a text without quotes need not spend

    text = np.frombuffer(data, np.uint8)[start:]
    if not _quotes_in_place(text, np.flatnonzero(text == _QUOTE), separator[0]):
        return None
    newlines = separators = 0
    inside = 0
    for at in range(0, len(text), _BLOCK_BYTES):
        block = text[at : at + _BLOCK_BYTES]
        parity = np.add.accumulate(block == _QUOTE, dtype=np.uint8) + np.uint8(inside)  # wraps at 256, parity stays
        open_ = parity & 1
        newlines += int(np.count_nonzero((block == _NEWLINE) & (open_ == 0)))
        separators += int(np.count_nonzero((block == separator[0]) & (open_ == 0)))
        inside = int(open_[-1])
    return Counts(newlines, separators)


def _quotes_in_place(text: NDArray[np.uint8], quotes: NDArray[np.intp], separator: int) -> bool:
    """Check that each opening quote begins a field and each closing one ends it, doubled quotes aside."""
    import numpy as np  # noqa: PLC0415 - see `_outside_quotes`

    if len(quotes) % 2:
        return False
    opening, closing = quotes[0::2], quotes[1::2]
    before = np.where(opening == 0, _NEWLINE, text[np.maximum(opening - 1, 0)])
    last = len(text) - 1
    after = np.where(closing == last, _NEWLINE, text[np.minimum(closing + 1, last)])
    begins = np.isin(before, (separator, _NEWLINE, _QUOTE))
    ends = np.isin(after, (separator, _NEWLINE, _RETURN, _QUOTE))
    return bool(begins.all() and ends.all())
