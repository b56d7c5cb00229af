"""The treatments of a rare class: what a booster learns from instead of the rows as they are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from workbench.train.imbalance.focal import Focal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Rows = NDArray[np.int64]

GAMMA = 2.0
"""The focal loss that its authors found best."""

BAGS = 10
"""Boosters that balanced bagging averages."""


@dataclass(frozen=True)
class Lesson:
    """What one booster learns from.

    Attributes:
        rows: Positions among the rows it may learn from, ascending, some perhaps twice; None for all of them.
        weights: Weight of each row; None for 1.
        settings: LightGBM parameters beside those of the search.
        focal: The loss; None for the log-loss.
        tilt: Logarithm of how often a row of class 1 counts for each time that one of class 0 does: so much too high
            are the log-odds that it learns.
    """

    rows: Rows | None = None
    weights: Floats | None = None
    settings: Mapping[str, object] = field(default_factory=dict)
    focal: Focal | None = None
    tilt: float = 0.0

    def straightened(self, scores: Floats) -> Floats:
        """Take the distortion that is known beforehand out of scores: what remains are log-odds."""
        return (scores if self.focal is None else self.focal.straightened(scores)) - self.tilt


@dataclass(frozen=True)
class Treatment:
    """One way to deal with a rare class.

    Attributes:
        name: What it is called.
        detail: What it does, in words.
        lesson: Makes the lesson of one booster from the labels it may learn from.
        boosters: Boosters whose scores are averaged.
        draw: Which random numbers they get.
    """

    name: str
    detail: str
    lesson: Callable[[Floats, np.random.Generator], Lesson]
    boosters: int = 1
    draw: int = 0


def _plain(_labels: Floats, _rng: np.random.Generator) -> Lesson:
    return Lesson()


def _class_weights(labels: Floats, _rng: np.random.Generator) -> Lesson:
    ones = labels.sum()
    weights = np.where(labels > 0, labels.size / (2 * ones), labels.size / (2 * (labels.size - ones)))
    return Lesson(weights=weights, tilt=float(np.log(_ratio(labels))))


def _scaled(labels: Floats, _rng: np.random.Generator) -> Lesson:
    return _heavier(_ratio(labels))


def _scaled_mildly(labels: Floats, _rng: np.random.Generator) -> Lesson:
    return _heavier(_ratio(labels) ** 0.5)


def _focal(_labels: Floats, _rng: np.random.Generator) -> Lesson:
    return Lesson(focal=Focal(GAMMA), settings={"objective": "none"})


def _under_sampled(labels: Floats, rng: np.random.Generator) -> Lesson:
    rare, common = _by_size(labels)
    drawn = rng.choice(common, rare.size, replace=False)
    return Lesson(rows=np.sort(np.concatenate([rare, drawn])), tilt=float(np.log(_ratio(labels))))


def _over_sampled(labels: Floats, rng: np.random.Generator) -> Lesson:
    rare, common = _by_size(labels)
    again = rng.choice(rare, common.size - rare.size, replace=True)
    return Lesson(rows=np.sort(np.concatenate([rare, common, again])), tilt=float(np.log(_ratio(labels))))


YARDSTICKS = (
    Treatment("plain", "rows as they are", _plain),
    Treatment("other_seed", "rows as they are, other random numbers", _plain, draw=1),
)
"""What treatments are compared with, and how much of a difference is luck."""

TREATMENTS: tuple[Treatment, ...] = (
    Treatment("scale_pos_weight", "positives weigh as much as all negatives together", _scaled),
    Treatment(
        "balanced_bagging", f"{BAGS} boosters, each on as many rows of one class as of the other", _under_sampled, BAGS
    ),
    Treatment("focal", f"focal loss, gamma {GAMMA:g}: rows told well count little", _focal),
    Treatment("mild_weight", "positives weigh the square root of what would balance them", _scaled_mildly),
    Treatment("under_sampling", "rows of the common class left out until both are as many", _under_sampled),
    Treatment("class_weights", "both classes weigh half of all rows", _class_weights),
    Treatment("over_sampling", "rows of the rare class repeated until both are as many", _over_sampled),
)
"""In the order in which they are tried, while there is time."""


def _ratio(labels: Floats) -> float:
    """Give the rows of class 0 for each row of class 1."""
    return float((labels.size - labels.sum()) / labels.sum())


def _heavier(weight: float) -> Lesson:
    return Lesson(settings={"scale_pos_weight": weight}, tilt=float(np.log(weight)))


def _by_size(labels: Floats) -> tuple[Rows, Rows]:
    """Give the rows of the rarer class and those of the other."""
    ones, zeros = np.flatnonzero(labels > 0), np.flatnonzero(labels <= 0)
    return (ones, zeros) if ones.size <= zeros.size else (zeros, ones)
