"""The focal loss as a LightGBM objective, and the way back from its scores to log-odds.

The loss is that of Lin et al. 2017, "Focal Loss for Dense Object Detection" (arXiv 1708.02002), without its class
weight: `-(1 - p)**gamma * log(p)`, where p is the probability of what happened. Its minimiser is not the true
probability; the map back is that of Charoenphakdee et al. 2021, "On Focal Loss for Class-Posterior Probability
Estimation" (arXiv 2011.09172).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.model.boosters import linked

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

STEEPEST = 30.0
"""Log-odds beyond which nothing changes: a probability of 1e-13."""

LEAST_CURVATURE = 1e-6
"""Least second derivative: the focal loss bends the other way where it is far off, and a step of Newton would climb."""


@dataclass(frozen=True)
class Focal:
    """A focal loss.

    Attributes:
        gamma: How little rows count that are already told well; 0 gives the log-loss.
    """

    gamma: float

    def derivatives(self, scores: Floats, labels: Floats) -> tuple[Floats, Floats]:
        """Give the first and second derivative of each row's loss by its score.

        Args:
            scores: `(rows,)` scores, whose logistic is the probability of class 1.
            labels: `(rows,)` labels, 0 or 1.

        Returns:
            Both `(rows,)`; the second at least `LEAST_CURVATURE`.
        """
        sign = np.where(labels > 0, 1.0, -1.0)
        log_p, p, q = _sides(sign * scores)
        faded = q**self.gamma
        first = faded * (self.gamma * p * log_p - q)
        second = p * faded * ((2 * self.gamma + 1) * q + self.gamma * log_p * (q - self.gamma * p))
        return sign * first, np.maximum(second, LEAST_CURVATURE)

    def straightened(self, scores: Floats) -> Floats:
        """Turn scores that minimise this loss into the log-odds of class 1."""
        return np.asarray(np.log(self._slope(-scores)) - np.log(self._slope(scores)))

    def start(self, share: float) -> float:
        """Give the score that minimises the loss where this share of the rows is of class 1 and nothing else is known.

        Args:
            share: Share of class 1, between 0 and 1, both excluded.
        """
        grid = np.linspace(-STEEPEST, STEEPEST, 60_001)
        return float(np.interp(np.log(share / (1 - share)), self.straightened(grid), grid))

    def _slope(self, scores: Floats) -> Floats:
        """Give how fast the loss falls with the probability of what happened."""
        log_p, p, q = _sides(scores)
        return np.asarray(q**self.gamma / p - self.gamma * q ** (self.gamma - 1) * log_p)


def _sides(scores: Floats) -> tuple[Floats, Floats, Floats]:
    """Give the logarithm of the probability of what happened, it, and 1 less it, all without cancellation."""
    scores = np.clip(scores, -STEEPEST, STEEPEST)
    return -np.logaddexp(0.0, -scores), linked("binary", scores), linked("binary", -scores)
