"""Gives up trials that the leaders have left behind."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from workbench.train.portfolio import rate_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from workbench.train.booster import Settings

WARM_UP = 0.4
"""Share of what the leaders had learned at their best, below which nothing is said: good trials may begin slowly."""

BEHIND = 0.01
"""Share of the loss by which a trial must be behind the last of the leaders."""

LEADERS = 4
"""Trials that a new one is compared with."""


@dataclass(frozen=True)
class Curve:
    """How the loss of a trial fell.

    Attributes:
        rate: Learning rate.
        losses: Loss on the judged rows after each round.
        best_round: Rounds at the least loss.
    """

    rate: float
    losses: tuple[float, ...]
    best_round: int

    @cached_property
    def least(self) -> NDArray[np.float64]:
        """The least loss so far, round by round."""
        return np.minimum.accumulate(self.losses)

    @property
    def length(self) -> float:
        """Rounds times learning rate, at the best round."""
        return self.rate * self.best_round

    def at(self, length: float) -> float:
        """Give the least loss until so many rounds times learning rate."""
        return float(self.least[int(np.clip(length / self.rate, 1, self.best_round)) - 1])


@dataclass(frozen=True)
class Pace:
    """What a trial must keep up with: the trials that did best so far.

    Trials with other learning rates are compared where rounds times learning rate are equal, which is about how far
    along the same path of boosting they are (Friedman, "Greedy function approximation: a gradient boosting machine",
    2001, section 5). That is kinder to a good configuration that is dear than equal seconds would be.

    Attributes:
        leaders: Their curves; none where too few trials have ended to tell.
    """

    leaders: tuple[Curve, ...] = ()

    @cached_property
    def _warm_up(self) -> float:
        return WARM_UP * float(np.median([curve.length for curve in self.leaders]))

    def lost_by(self, settings: Settings, rounds: int, loss: float) -> bool:
        """Say whether a trial is so far behind that the rest of it would be wasted.

        Args:
            settings: Its LightGBM parameters.
            rounds: Rounds it has grown.
            loss: Its least loss so far.
        """
        length = rounds * rate_of(settings)
        if not self.leaders or length < self._warm_up:
            return False
        return loss > (1 + BEHIND) * max(curve.at(length) for curve in self.leaders)


AT_EASE = Pace()
"""Nothing to keep up with."""


def pace_of(ended: Sequence[Curve]) -> Pace:
    """Let the best of the trials that were grown to their end set the pace, once there are enough of them."""
    best = sorted(ended, key=lambda curve: float(curve.least[-1]))[:LEADERS]
    return Pace(tuple(best)) if len(best) == LEADERS else AT_EASE
