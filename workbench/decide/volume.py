"""How good a frontier is as a whole, in one figure: the hypervolume."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.decide.pareto import frontier

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

BEYOND = 0.1
"""How far beyond the worst candidate the reference lies, as a share of the span from best to worst."""
_PLANE = 2


@dataclass(frozen=True)
class Hypervolume:
    """The part of the box between the best and the reference that the frontier dominates.

    Attributes:
        share: From 0 (nothing) to 1 (one candidate is best on every count).
        best: The least of each count, less is better; the corner of the box.
        reference: The opposite corner, which every candidate is better than.
    """

    share: float
    best: tuple[float, ...]
    reference: tuple[float, ...]


def hypervolume(points: Floats, reference: Floats | None = None) -> Hypervolume:
    """Measure how much a set of candidates dominates.

    This is the hypervolume of Zitzler and Thiele (*Multiobjective optimization using evolutionary algorithms*, PPSN V,
    1998). Each count is scaled to its span, as dollars, milliseconds and bytes have no common unit. The reference lies
    a tenth of the span beyond the worst candidate, so that the extreme ones count too (Ishibuchi, Imada, Setoguchi and
    Nojima, *How to specify a reference point in hypervolume calculation*, Evolutionary Computation 26, 2018). On two
    counts it is the exact area of a staircase; on more, moocore computes it exactly.

    Args:
        points: One row for each candidate, one column for each count, less is better; rows with an infinite count are
            left out.
        reference: A reference of your own, in the units of `points`, such as that of an earlier run: figures are
            comparable only between equal references and equal best points.

    Example:
        >>> round(hypervolume(np.array([[0.0, 1.0], [1.0, 0.0]])).share, 6)
        0.173554
    """
    known = points[np.isfinite(points).all(axis=1)]
    if not known.size:
        nothing = (float("nan"),) * points.shape[1]
        return Hypervolume(0.0, nothing, nothing)
    best, worst = known.min(axis=0), known.max(axis=0)
    corner = worst + BEYOND * (worst - best) if reference is None else np.asarray(reference, dtype=np.float64)
    corner = np.where(corner > best, corner, best + 1.0)
    scaled = (known - best) / (corner - best)
    inside = scaled[(scaled < 1).all(axis=1)]
    share = _area(inside) if points.shape[1] == _PLANE else _volume(inside)
    return Hypervolume(min(1.0, share), tuple(best.tolist()), tuple(corner.tolist()))  # sums of parts round beyond it


def _area(scaled: Floats) -> float:
    """Sum up the steps under the reference (1, 1), from left to right."""
    edge = scaled[frontier(scaled[:, 0], scaled[:, 1], np.ones(len(scaled), dtype=bool))]
    edge = np.unique(edge, axis=0)
    above = np.append(1.0, edge[:-1, 1]) if len(edge) else np.empty(0)
    return float(((1.0 - edge[:, 0]) * (above - edge[:, 1])).sum())


def _volume(scaled: Floats) -> float:
    if not scaled.size:
        return 0.0
    if scaled.shape[1] == 1:
        return float(1.0 - scaled.min())
    import moocore  # noqa: PLC0415 - a tenth of a second that only this figure should pay

    return float(moocore.hypervolume(scaled, ref=np.ones(scaled.shape[1])))
