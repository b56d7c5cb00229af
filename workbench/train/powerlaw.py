"""The loss over the number of rows as `floor + scale * rows ** -power`, fitted to a few measured points.

The form is the one learning curves of many kinds of models were found to follow (Hestness et al. 2017, "Deep Learning
Scaling is Predictable, Empirically"; Viering and Loog 2021, "The Shape of Learning Curves: a Review").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

POWERS = np.geomspace(0.1, 1.5, 150)
"""Beyond these the curve is a straight line, or has ended, between any points that can be measured."""

FEWEST_POINTS = 3
"""Points that the three numbers of the law need."""


@dataclass(frozen=True)
class PowerLaw:
    """Fits of the law, one per measurement of the same points.

    Attributes:
        floor: Loss that no number of rows goes below, shape (measurements,).
        scale: What the rows are yet to gain, shape (measurements,).
        power: How fast they gain it, shape (measurements,).
        unit: Rows that count as 1.
    """

    floor: NDArray[np.float64]
    scale: NDArray[np.float64]
    power: NDArray[np.float64]
    unit: float

    def at(self, rows: float) -> NDArray[np.float64]:
        """Give the loss at a number of rows, one per measurement."""
        return np.asarray(self.floor + self.scale * (rows / self.unit) ** -self.power)


def fit_power_law(rows: NDArray[np.float64], losses: NDArray[np.float64], weights: NDArray[np.float64]) -> PowerLaw:
    """Fit by least squares: for each power the other two numbers follow, and the best power is kept.

    Neither the floor nor the scale is negative, so that more rows never make the law worse.

    Args:
        rows: Number of rows of each point, ascending.
        losses: Losses, shape (measurements, points).
        weights: Weight of each point, such as one over its variance.
    """
    unit = float(rows[-1])
    shares = weights / weights.sum()
    errors, floors, scales = [], [], []
    for power in POWERS:
        curve = (rows / unit) ** -power
        floor, scale = _floor_and_scale(curve, losses, shares)
        floors.append(floor)
        scales.append(scale)
        errors.append((shares * (floor[:, None] + scale[:, None] * curve - losses) ** 2).sum(axis=1))
    best = np.argmin(errors, axis=0)
    each = np.arange(len(losses))
    return PowerLaw(np.array(floors)[best, each], np.array(scales)[best, each], POWERS[best], unit)


def _floor_and_scale(
    curve: NDArray[np.float64], losses: NDArray[np.float64], shares: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    middle, means = shares @ curve, losses @ shares
    scale = np.maximum(0.0, ((losses - means[:, None]) * (shares * (curve - middle))).sum(axis=1))
    scale /= (shares * (curve - middle) ** 2).sum()
    floor = means - scale * middle
    through_zero = np.maximum(0.0, losses @ (shares * curve)) / (shares @ curve**2)
    return np.maximum(floor, 0.0), np.where(floor < 0, through_zero, scale)
