"""Rows set aside: which, why, and what they said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

SCHEMA = {"source": pl.String, "row": pl.Int64, "column": pl.String, "reason": pl.String, "raw": pl.String}
WITHHELD = "(withheld: the source holds pseudonymized columns)"

_RAW_CHARACTERS = 10_000


@dataclass(frozen=True)
class Fault:
    """One row that cannot be used.

    Attributes:
        row: One-based position in the source, header not counted.
        reason: What is wrong; the same words for the same fault, so that faults can be counted.
        raw: What the row said.
        column: The first column at fault, or None when it is the row.
    """

    row: int
    reason: str
    raw: str
    column: str | None = None


def quarantine_frame(source: str, faults: Sequence[Fault], *, withhold: bool = False) -> pl.DataFrame:
    """Lay faults out as a frame, by row; long rows are cut and say so.

    Args:
        source: Name of the source.
        faults: The rows.
        withhold: Keep what the rows said out of the frame.
    """
    ordered = sorted(faults, key=lambda fault: fault.row)
    return pl.DataFrame(
        {
            "source": [source] * len(ordered),
            "row": [fault.row for fault in ordered],
            "column": [fault.column for fault in ordered],
            "reason": [fault.reason for fault in ordered],
            "raw": [WITHHELD if withhold else _cut(fault.raw) for fault in ordered],
        },
        schema=SCHEMA,
    )


def _cut(raw: str) -> str:
    return raw if len(raw) <= _RAW_CHARACTERS else f"{raw[:_RAW_CHARACTERS]}… ({len(raw):,} characters)"
