"""How small a table can be written, and how long that takes: measured on a sample of its own rows."""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING, Literal

import polars as pl

from workbench.cost.advice.situation import Rewrite

if TYPE_CHECKING:
    from collections.abc import Mapping

SAMPLE_ROWS = 50_000
"""Rows of the sample; it is one block of neighbouring rows, as a row group is."""
WAYS: Mapping[str, tuple[Literal["zstd", "lz4", "snappy"], int | None]] = {
    "zstd level 3": ("zstd", 3),
    "zstd level 1": ("zstd", 1),
    "zstd level 9": ("zstd", 9),
    "zstd level 19": ("zstd", 19),
    "lz4": ("lz4", None),
    "snappy": ("snappy", None),
}


def rewrites(
    sample: pl.DataFrame, ways: Mapping[str, tuple[Literal["zstd", "lz4", "snappy"], int | None]] = WAYS
) -> tuple[Rewrite, ...]:
    """Write a sample in every way and read it back.

    Args:
        sample: Some rows of the table.
        ways: Codec and level by their name.
    """
    return tuple(_rewrite(sample, way, codec, level) for way, (codec, level) in ways.items())


def _rewrite(sample: pl.DataFrame, way: str, codec: Literal["zstd", "lz4", "snappy"], level: int | None) -> Rewrite:
    target = io.BytesIO()
    began = time.process_time()
    sample.write_parquet(target, compression=codec, compression_level=level)
    written = time.process_time()
    target.seek(0)
    pl.read_parquet(target)
    return Rewrite(way, target.getbuffer().nbytes, written - began, time.process_time() - written)
