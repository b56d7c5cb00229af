"""The frontier: candidates that no other one beats on both counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def frontier(first: NDArray[np.float64], second: NDArray[np.float64], allowed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Find the points that no other allowed point dominates; less is better on both counts.

    A point dominates another when it is no greater on either count and less on one. Equal points
    stand or fall together.

    Args:
        first: One count, such as dollars for running.
        second: The other, such as dollars of errors.
        allowed: Points to consider; the rest neither count nor qualify.

    Example:
        >>> frontier(np.array([1.0, 2.0, 2.0]), np.array([5.0, 3.0, 4.0]), np.ones(3, bool)).tolist()
        [True, True, False]
    """
    no_greater = (first[:, None] <= first) & (second[:, None] <= second)
    less = (first[:, None] < first) | (second[:, None] < second)
    dominates = no_greater & less & allowed[:, None]
    return np.asarray(allowed & ~dominates.any(axis=0))
