"""Pairs of models whose true difference is known by quadrature, to simulate comparisons with.

*Same* models are equally noisy readings of one signal; *different* ones have scores of other shapes, or another
calibration, or another operating point, and yet the same average precision, log-loss or dollars; *unequal* ones differ
by a known amount. *Close* ones are readings of one signal with the same noise that hardly a row tells apart: both
nearly perfect, or one a little overconfident, or at another operating point.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

from workbench.evaluate.contributions import Contributions, contributions, of_mean

if TYPE_CHECKING:
    Floats = np.ndarray

METRICS = ("average_precision", "log_loss", "usd_per_month")
KINDS = ("same", "different", "unequal", "close")
GRID = np.linspace(-14.0, 14.0, 28_001)
SIGNAL = 1.5
WIDER = 1.6
OVERCONFIDENT = 1.5
CUT, OTHER_CUT = 1.5, 2.2


@dataclass(frozen=True)
class Scores:
    """A model whose scores are normal: around 0 for negative rows, around `signal` for positive ones.

    Attributes:
        signal: Mean score of positive rows.
        width: Their standard deviation.
        temper: What its log-odds are multiplied with; 1 is calibrated.
        cut: Scores at or above it are called positive.
    """

    signal: float = SIGNAL
    width: float = 1.0
    temper: float = 1.0
    cut: float = CUT

    def draw(self, positive: Floats, noise: Floats) -> Floats:
        """Give scores for rows."""
        return np.where(positive, self.signal + self.width * noise, noise)

    def probabilities(self, scores: Floats, share: float) -> Floats:
        """Give what the model says the chance of a positive row is."""
        likelier = (scores**2 - ((scores - self.signal) / self.width) ** 2) / 2 - np.log(self.width)
        odds = np.log(share / (1 - share)) + likelier
        return 1.0 / (1.0 + np.exp(-np.clip(self.temper * odds, -30, 30)))

    def truth(self, metric: str, share: float) -> float:
        """Give the metric over infinitely many rows."""
        high, density = self.signal + self.width * GRID, norm.pdf(GRID)
        if metric == "average_precision":
            found = share * norm.sf(GRID)
            return float(np.trapezoid(found / (found + (1 - share) * norm.sf(high)) * density, GRID))
        if metric == "log_loss":
            hit, miss = self.probabilities(high, share), self.probabilities(GRID, share)
            loss = -share * np.log(np.clip(hit, 1e-300, 1)) - (1 - share) * np.log(np.clip(1 - miss, 1e-300, 1))
            return float(np.trapezoid(loss * density, GRID))
        missed = norm.cdf((self.cut - self.signal) / self.width)
        return float((1 - share) * (norm.sf(self.cut) + missed))

    def contributions(self, metric: str, positive: Floats, scores: Floats, share: float) -> Contributions:
        """Give what each row contributes; a miss costs as much as keeps both errors in balance."""
        if metric == "average_precision":
            return contributions("binary", metric, positive * 1.0, scores)
        if metric == "log_loss":
            return contributions("binary", metric, positive * 1.0, self.probabilities(scores, share))
        miss = (1 - share) / share
        return of_mean(np.where(positive, miss * (scores < self.cut), scores >= self.cut), max(miss, 1.0))


CLOSE = {
    "average_precision": (Scores(3.5), Scores(3.9)),
    "log_loss": (Scores(), Scores(temper=1.2)),
    "usd_per_month": (Scores(), Scores(cut=1.7)),
}


@functools.cache
def pair(kind: str, metric: str, share: float) -> tuple[Scores, Scores, float]:
    """Give two models and the true difference of the first less the second."""
    first = Scores()
    if kind == "same":
        return first, first, 0.0
    if kind == "close":
        one, other = CLOSE[metric]
        return one, other, one.truth(metric, share) - other.truth(metric, share)
    alike = {
        "average_precision": lambda signal: Scores(signal, WIDER),
        "log_loss": lambda signal: Scores(signal, temper=OVERCONFIDENT),
        "usd_per_month": lambda signal: Scores(signal, cut=OTHER_CUT),
    }[metric]
    wanted = first.truth(metric, share)
    equal = brentq(lambda signal: alike(signal).truth(metric, share) - wanted, 0.2, 6.0)
    second = alike(equal if kind == "different" else equal + 0.3)
    return first, second, 0.0 if kind == "different" else wanted - second.truth(metric, share)
