"""Deals the rows of Parquet files to workers, whole row groups where they are fine enough."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

import numpy as np

from workbench.errors import Place, SourceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

SNAP = 0.1
"""A shard begins at a row group if one begins within this share of a shard from the even cut."""

SAMPLE_CELLS = 4_000_000
"""Cells that the bins are found on, at most, unless that were too few rows."""

SAMPLE_ROWS = 20_000, 200_000
"""Rows that the bins are found on: at least and at most."""


@dataclass(frozen=True)
class Span:
    """Consecutive rows of one file.

    Attributes:
        path: The Parquet file.
        first: Zero-based row it begins with.
        rows: Number of rows.
    """

    path: str
    first: int
    rows: int


@dataclass(frozen=True)
class Shard:
    """The rows of one worker.

    Attributes:
        first: Position of its first row among the rows of all workers.
        spans: Where the rows are.
    """

    first: int
    spans: tuple[Span, ...]

    @property
    def rows(self) -> int:
        """Number of rows."""
        return sum(span.rows for span in self.spans)


def row_groups(paths: Sequence[str]) -> tuple[Span, ...]:
    """List the row groups of files, from their footers alone.

    Raises:
        SourceError: A file is missing or is not Parquet.
    """
    import pyarrow as pa  # noqa: PLC0415 - comes with the extra `ray`
    import pyarrow.parquet as pq  # noqa: PLC0415

    spans: list[Span] = []
    for path in paths:
        try:
            with pq.ParquetFile(path) as file:
                meta = file.metadata
                rows = [meta.row_group(index).num_rows for index in range(meta.num_row_groups)]
        except (OSError, pa.ArrowException) as error:
            raise SourceError("the Parquet file cannot be read", place=Place(file=path), found=str(error)) from error
        starts = [0, *accumulate(rows)]
        spans += [Span(path, first, last - first) for first, last in pairwise(starts)]
    return tuple(spans)


def deal(spans: Sequence[Span], workers: int) -> tuple[Shard, ...]:
    """Cut rows into one shard per worker, in order and about equal.

    A cut snaps to the nearest row group that begins near it, so that no group is decoded twice; a group that is
    large beside a shard is cut inside.

    Example:
        >>> [shard.rows for shard in deal([Span("a", 0, 100), Span("a", 100, 104)], 2)]
        [100, 104]
    """
    starts = np.array([0, *accumulate(span.rows for span in spans)])
    total = int(starts[-1])
    cuts = [0]
    for worker in range(1, workers):
        even = round(total * worker / workers)
        nearest = int(starts[np.abs(starts - even).argmin()])
        cuts.append(nearest if abs(nearest - even) <= SNAP * total / workers else even)
    cuts.append(total)
    return tuple(Shard(first, _between(spans, first, last)) for first, last in pairwise(cuts))


def ordered(parts: Sequence[Sequence[Span]]) -> tuple[Shard, ...]:
    """Take shards as they were cut by hand."""
    starts = [0, *accumulate(sum(span.rows for span in part) for part in parts)]
    return tuple(Shard(first, tuple(part)) for first, part in zip(starts, parts, strict=False))


def sample_size(width: int) -> int:
    """Give the rows to find bins on, for so many columns."""
    return int(np.clip(SAMPLE_CELLS // max(1, width), *SAMPLE_ROWS))


def sample_mask(first: int, rows: int, total: int, wanted: int) -> NDArray[np.bool_]:
    """Choose about `wanted` of `total` rows by their position alone, whoever holds them.

    The position is mixed by the finaliser of SplitMix64 (Steele, Lea and Flood, 2014), so that no period of the data
    meets a period of the choice.

    Args:
        first: Position of the first row asked about.
        rows: Number of rows asked about.
        total: Rows there are.
        wanted: Rows to choose.
    """
    if wanted >= total:
        return np.ones(rows, dtype=np.bool_)
    mixed = np.arange(first, first + rows, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return np.asarray(mixed < np.uint64(int(wanted / total * (2**64 - 1))))


def _between(spans: Sequence[Span], first: int, last: int) -> tuple[Span, ...]:
    """Cut the rows from `first` to before `last` out of all, and join what touches."""
    cut: list[Span] = []
    start = 0
    for span in spans:
        low, high = max(first, start), min(last, start + span.rows)
        if low < high:
            piece = Span(span.path, span.first + low - start, high - low)
            before = cut[-1] if cut else None
            if before and before.path == piece.path and before.first + before.rows == piece.first:
                cut[-1] = Span(before.path, before.first, before.rows + piece.rows)
            else:
                cut.append(piece)
        start += span.rows
    return tuple(cut)
