"""Takes some of the rows of a table, in their order, in the format that it is in."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from workbench.ingest.source import SourceFile, utf8

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray


def sampled_rows(count: int, share: float, fewest: int = 50, seed: int = 0) -> NDArray[np.int64]:
    """Choose positions at random, ascending."""
    wanted = min(count, max(fewest, round(count * share)))
    return np.sort(np.random.default_rng(seed).choice(count, wanted, replace=False))


def sample_parquet(path: Path, target: Path, share: float, seed: int = 0) -> int:
    """Write some of the rows of a Parquet file to another; give their number."""
    frame = pl.read_parquet(path)
    taken = frame[sampled_rows(frame.height, share, seed=seed)]
    taken.write_parquet(target)
    return taken.height


def sample_source(source: SourceFile, share: float, seed: int = 0) -> tuple[bytes, int]:
    """Take some of the rows of a source as it was read; give the bytes and how many rows there were.

    Records of a CSV file that span lines, because a quoted field does, stay whole.

    Raises:
        SourceError: It is no text.
    """
    if source.format == "parquet":
        frame = pl.read_parquet(source.data)
        stream = io.BytesIO()
        frame[sampled_rows(frame.height, share, seed=seed)].write_parquet(stream)
        return stream.getvalue(), frame.height
    lines = utf8(source).splitlines(keepends=True)
    records = _records(lines) if source.format == "csv" else [line for line in lines if line.strip()]
    header, rows = (records[:1], records[1:]) if source.format == "csv" else ([], records)
    chosen = sampled_rows(len(rows), share, seed=seed)
    return b"".join([*header, *(rows[position] for position in chosen)]), len(rows)


def _records(lines: Sequence[bytes]) -> list[bytes]:
    """Join lines until the quotes of a record are closed."""
    records: list[bytes] = []
    held = b""
    for line in lines:
        held = held + line if held else line
        if held.count(b'"') % 2 == 0:
            records.append(held)
            held = b""
    return [*records, held] if held else records
