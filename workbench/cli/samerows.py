"""Lays the predictions of several sides out for the same rows, or refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl
    from numpy.typing import NDArray

    from workbench.cli.sides import Side

    Floats = NDArray[np.float64]


def same_rows(sides: Sequence[Side], split: str, key: Sequence[str]) -> tuple[Floats, dict[str, Floats]]:
    """Give the labels of the first side, and the predictions of all for its rows.

    Rows are the same where the digest of the split is, which holds within one revision. Where it differs, the columns
    of `ingest.key` say which row is which; every row of the one must be in the other, with the same label.

    Args:
        sides: The sides, the first of which gives the order of rows.
        split: The split.
        key: Columns that identify a row; empty where there are none.

    Raises:
        UsageError: The rows are not the same, or nothing says that they are.
    """
    first = sides[0]
    labels, scores = first.of(split)
    found = {first.name: scores}
    for side in sides[1:]:
        other_labels, other_scores = side.of(split)
        place = _places(first, side, split, key)
        moved = other_labels if place is None else other_labels[place]
        if moved.shape != labels.shape or not np.array_equal(moved, labels):
            raise _unlike(first, side, split, f"labels that differ on the same rows{_swapped(moved, labels)}")
        found[side.name] = other_scores if place is None else other_scores[place]
    return labels, found


def _swapped(labels: NDArray[np.float64], others: NDArray[np.float64]) -> str:
    """Say so where each row of one has the other class of two: then it is the meaning that differs, not the rows."""
    swapped = labels.shape == others.shape and np.array_equal(labels, 1 - others)
    return ": every one is swapped, as by another ingest.positive" if swapped else ""


def _places(first: Side, other: Side, split: str, key: Sequence[str]) -> NDArray[np.int64] | None:
    """Give the row of the other for each row of the first; None where they lie in the same order."""
    if first.origin is other.origin:
        return None
    digests = first.origin.rows_digest(split), other.origin.rows_digest(split)
    if digests[0] is not None and digests[0] == digests[1]:
        return None
    if not key:
        raise _unlike(first, other, split, "splits with different contents, and no `ingest.key` that tells rows apart")
    frames = [_keyed(side, split, key) for side in (first, other)]
    if frames[0].height != frames[1].height:
        raise _unlike(first, other, split, f"{frames[0].height:,} rows and {frames[1].height:,}")
    for side, frame in zip((first, other), frames, strict=True):
        if frame.drop("place").is_duplicated().any():
            raise _unlike(first, other, split, f"values of `ingest.key` that several rows of {side.name} share")
    joined = frames[0].join(frames[1], on=list(key), how="left", nulls_equal=True, maintain_order="left")
    if joined.height != frames[0].height or joined["place_right"].null_count():
        raise _unlike(first, other, split, "rows that only one of them has, by `ingest.key`")
    return joined["place_right"].to_numpy().astype(np.int64)


def _keyed(side: Side, split: str, key: Sequence[str]) -> pl.DataFrame:
    frame = side.origin.rows(split)
    missing = [column for column in key if column not in frame.columns]
    if missing:
        raise UsageError(f"the rows of {side.name} have no column {missing[0]!r}", expected="the columns of ingest.key")
    return frame.select(*key).with_row_index("place")


def _unlike(first: Side, other: Side, split: str, found: str) -> UsageError:
    return UsageError(
        f"{first.name} and {other.name} were not judged on the same {split} rows",
        found=found,
        hint="evaluate both on the same data, or compare candidates of one revision",
    )
