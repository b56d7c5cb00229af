"""The knee of a frontier: the candidate beyond which a little more of one thing costs much of another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_FEWEST = 3
_PLANE = 2


@dataclass(frozen=True)
class Knee:
    """The knee.

    Attributes:
        row: Its row among the points.
        distance: How far it is from the best of everything: its counts added up, each in spans along the frontier.
    """

    row: int
    distance: float


def knee(points: Floats, on_frontier: NDArray[np.bool_]) -> Knee | None:
    """Find the point of the frontier that lies nearest to the best of everything.

    Each count is scaled to its span along the frontier, 0 the best and 1 the worst; the point of least sum is taken:
    the least Manhattan distance to the ideal (Chiu, Yen and Juan, *Minimum Manhattan distance approach to multiple
    criteria decision making in multiobjective optimization problems*, IEEE Transactions on Evolutionary Computation 20,
    2016). On two counts that is the point farthest before the straight line between the ends of the frontier, the knee
    of Das (*On characterizing the "knee" of the Pareto curve based on normal-boundary intersection*, Structural
    Optimization 18, 1999). It weighs spans alike and knows no prices: it describes the frontier and recommends nothing.

    Args:
        points: One row for each candidate, less is better.
        on_frontier: Which of them are on the frontier.

    Returns:
        None where fewer than three different points are on the frontier, or where, on two counts, none lies before the
        line.

    Example:
        >>> found = knee(np.array([[0.0, 1.0], [0.2, 0.3], [1.0, 0.0]]), np.ones(3, bool))
        >>> found.row, round(found.distance, 3)
        (1, 0.5)
    """
    rows = np.flatnonzero(on_frontier & np.isfinite(points).all(axis=1))
    edge = points[rows]
    if len(np.unique(edge, axis=0)) < _FEWEST:
        return None
    span = np.ptp(edge, axis=0)
    counts = span > 0
    sums = ((edge[:, counts] - edge.min(axis=0)[counts]) / span[counts]).sum(axis=1)
    least = int(np.argmin(sums))
    flat = counts.sum() == _PLANE and sums[least] >= 1
    return None if flat else Knee(int(rows[least]), float(sums[least]))
