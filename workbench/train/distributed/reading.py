"""Reads one worker's rows and turns them into numbers, a piece at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from workbench.errors import FeatureError, Place, SourceError
from workbench.model import encode, encode_labels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from workbench.train.distributed.job import Job
    from workbench.train.distributed.shards import Shard, Span

PIECE_ROWS = 200_000


@dataclass(frozen=True)
class Numbers:
    """Rows as LightGBM takes them.

    Attributes:
        values: One row per row of the shard.
        labels: Label of each.
        weights: Weight of each, None for 1.
    """

    values: NDArray[np.float64]
    labels: NDArray[np.float64]
    weights: NDArray[np.float64] | None


def schema(shard: Shard, job: Job) -> dict[str, str]:
    """Give the types of the columns that the job names; those of a shard's files must agree.

    Raises:
        SourceError: A file cannot be read, or lacks a column.
        FeatureError: Two files of the shard differ.
    """
    found: dict[str, str] = {}
    for path in dict.fromkeys(span.path for span in shard.spans):
        types = _types(path, job.columns)
        for name, dtype in types.items():
            if found.setdefault(name, dtype) != dtype and "Null" not in {found[name], dtype}:
                raise FeatureError(
                    "two files hold one column with different types",
                    place=Place(file=path, column=name),
                    found=dtype,
                    expected=found[name],
                )
    return found


def read(shard: Shard, job: Job, weight: str | None, tick: Callable[[int], None]) -> Numbers:
    """Read and encode a shard.

    Args:
        shard: The rows.
        job: What the columns are for.
        weight: Column of row weights, if they are wanted.
        tick: Told of every piece how many rows it had.

    Raises:
        FeatureError: A column or a label cannot be learned from.
        SourceError: A file cannot be read.
    """
    width = sum(feature.width for feature in job.features)
    values = np.empty((shard.rows, width), dtype=np.float64, order="F")
    labels = np.empty(shard.rows)
    weights = np.empty(shard.rows) if weight else None
    done = 0
    for piece in _pieces(shard.spans):
        frame = _frame(piece, job.columns)
        rows = slice(done, done + frame.height)
        values[rows] = encode(job.features, frame).values
        labels[rows] = encode_labels(frame, job.roles)
        if weights is not None and weight:
            weights[rows] = _weights(frame[weight])
        done += frame.height
        tick(frame.height)
    if done != shard.rows:
        raise SourceError("a file holds fewer rows than its footer says", found=done, expected=shard.rows)
    return Numbers(values, labels, weights)


def sums(numbers: Numbers) -> tuple[float, float]:
    """Add up the labels, each times its weight, and the weights, in the precision that LightGBM keeps them in."""
    labels = numbers.labels.astype(np.float32).astype(np.float64)
    if numbers.weights is None:
        return float(labels.sum()), float(labels.size)
    weights = numbers.weights.astype(np.float32).astype(np.float64)
    return float(labels @ weights), float(weights.sum())


def _pieces(spans: Sequence[Span]) -> Iterator[Span]:
    for span in spans:
        for first in range(0, span.rows, PIECE_ROWS):
            yield type(span)(span.path, span.first + first, min(PIECE_ROWS, span.rows - first))


def _types(path: str, columns: Sequence[str]) -> dict[str, str]:
    try:
        found = pl.read_parquet_schema(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise SourceError("the Parquet file cannot be read", place=Place(file=path), found=str(error)) from error
    missing = [name for name in columns if name not in found]
    if missing:
        raise FeatureError("a column is missing in the file", place=Place(file=path, column=missing[0]))
    return {name: str(found[name]) for name in columns}


def _frame(span: Span, columns: Sequence[str]) -> pl.DataFrame:
    """Read some rows; Polars skips the row groups outside of them."""
    try:
        lazy = pl.scan_parquet(span.path, glob=False).select(columns).slice(span.first, span.rows)
        return lazy.collect()
    except (OSError, pl.exceptions.PolarsError) as error:
        raise SourceError("the Parquet file cannot be read", place=Place(file=span.path), found=str(error)) from error


def _weights(series: pl.Series) -> NDArray[np.float64]:
    values = series.cast(pl.Float64, strict=False)
    bad = values.is_null() | ~values.is_finite() | (values <= 0)
    if bad.any():
        raise FeatureError(
            "a weight must be a positive number", place=Place(column=series.name), found=f"{bad.sum():,} others"
        )
    return np.array(values.to_numpy())
