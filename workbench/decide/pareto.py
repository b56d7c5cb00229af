"""The frontier: candidates that no other one beats on every count."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]


def frontier(first: Floats, second: Floats, allowed: Flags) -> Flags:
    """Find the points that no other allowed point dominates on two counts; less is better on both.

    A point dominates another when it is no greater on either count and less on one. Equal points
    stand or fall together. One sort, so that ten thousand points take a few milliseconds (Kung, Luccio and
    Preparata, *On finding the maxima of a set of vectors*, JACM 22, 1975).

    Args:
        first: One count, such as dollars for running.
        second: The other, such as dollars of errors.
        allowed: Points to consider; the rest neither count nor qualify.

    Example:
        >>> frontier(np.array([1.0, 2.0, 2.0]), np.array([5.0, 3.0, 4.0]), np.ones(3, bool)).tolist()
        [True, True, False]
    """
    found = allowed.copy()
    known = np.flatnonzero(allowed & ~np.isnan(first) & ~np.isnan(second))
    rows = known[np.lexsort((second[known], first[known]))]
    if rows.size:
        x, y = first[rows], second[rows]
        begins = np.append(True, x[1:] != x[:-1])
        start = np.maximum.accumulate(np.where(begins, np.arange(rows.size), 0))
        least = np.minimum.accumulate(y)[np.maximum(start - 1, 0)]
        found[rows] = ~((start > 0) & (least <= y)) & (y == y[start])
    return found


def non_dominated(points: Floats, allowed: Flags) -> Flags:
    """Find the points that no other allowed point dominates on any number of counts; less is better on each.

    As `frontier`. The point of least sum among those left is dominated by none; it goes to the frontier and takes with
    it what it dominates, until nothing is left (the naive filter with presorting: Chomicki, Godfrey, Gryz and Liang,
    *Skyline with presorting*, ICDE 2003).

    Args:
        points: One row for each candidate, one column for each count; no NaN.
        allowed: Points to consider.

    Example:
        >>> non_dominated(np.array([[1.0, 5.0, 2.0], [2.0, 3.0, 1.0], [2.0, 5.0, 2.0]]), np.ones(3, bool)).tolist()
        [True, True, False]
    """
    found = np.zeros(len(points), dtype=bool)
    ranks = _ranks(points)
    left = np.flatnonzero(allowed)
    left = left[np.argsort(ranks[left].sum(axis=1), kind="stable")]
    while left.size:
        here = ranks[left[0]]
        found[left[0]] = True
        equal = (ranks[left] == here).all(axis=1)
        found[left[equal]] = True
        left = left[(ranks[left] < here).any(axis=1)]
    return found


def dominators(points: Floats, allowed: Flags, row: int) -> NDArray[np.int64]:
    """Name the allowed points that dominate one.

    Args:
        points: As in `non_dominated`.
        allowed: Points that count.
        row: The point.
    """
    no_greater, less = (points <= points[row]).all(axis=1), (points < points[row]).any(axis=1)
    return np.flatnonzero(allowed & no_greater & less)


def _ranks(points: Floats) -> NDArray[np.int64]:
    """Replace each count by its rank, equals alike: what dominates stays, and sums cannot round or overflow."""
    if not points.size:
        return np.zeros(points.shape, dtype=np.int64)
    return np.stack([np.unique(column, return_inverse=True)[1] for column in points.T], axis=1)
