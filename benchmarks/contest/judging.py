"""Compares predictions on test: the paired bootstrap."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

RESAMPLES = 1000
CLIP = 1e-15
Verdict = Literal["better", "worse", "no evidence"]


@dataclass(frozen=True)
class Difference:
    """How much less loss, or more precision, one method has than another.

    Attributes:
        mean: Difference on the test rows as they are.
        low: Lower end of the 95 % interval.
        high: Upper end.
        sign: -1 where less is better, 1 where more is.
    """

    mean: float
    low: float
    high: float
    sign: int

    @property
    def verdict(self) -> Verdict:
        """Say whether the interval is beyond 0, and on which side."""
        if self.low <= 0 <= self.high:
            return "no evidence"
        return "better" if self.mean * self.sign > 0 else "worse"

    def __str__(self) -> str:
        """Show difference, interval and verdict."""
        return f"{self.mean:+.5f} [{self.low:+.5f}, {self.high:+.5f}] {self.verdict}"


@dataclass(frozen=True)
class Outcome:
    """Predictions of one run on its test rows."""

    task: str
    labels: Floats
    predictions: Floats

    @cached_property
    def losses(self) -> Floats:
        """Log-loss, or squared error, row by row."""
        labels, predictions = self.labels, self.predictions
        if self.task == "regression":
            return np.square(labels - predictions)
        if self.task == "binary":
            return np.asarray(-np.log(np.maximum(np.where(labels > 0, predictions, 1 - predictions), CLIP)))
        return np.asarray(-np.log(np.maximum(predictions[np.arange(labels.size), labels.astype(int)], CLIP)))

    def loss(self, copies: Floats) -> float:
        """Give log-loss, or root mean squared error, with so many copies of each row."""
        mean = float(copies @ self.losses / copies.sum())
        return mean**0.5 if self.task == "regression" else mean

    @cached_property
    def ranked(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """The rows by falling prediction, and where each run of equal predictions ends."""
        order = np.argsort(-self.predictions, kind="stable")
        return order, np.append(np.flatnonzero(np.diff(self.predictions[order])), order.size - 1)

    def precision(self, copies: Floats) -> float:
        """Give average precision with so many copies of each row; ties are counted together."""
        order, ends = self.ranked
        here = copies[order]
        hits = np.cumsum(self.labels[order] * here, dtype=np.float64)[ends]
        return float(
            np.diff(hits, prepend=0.0)
            @ (hits / np.maximum(np.cumsum(here, dtype=np.float64)[ends], 1))
            / max(hits[-1], 1)
        )


def whole(outcome: Outcome) -> Floats:
    """Give one copy of each row."""
    return np.ones(outcome.labels.size)


def loss_difference(ours: Sequence[Outcome], theirs: Sequence[Outcome]) -> Difference:
    """Compare the loss, averaged over runs that belong together in pairs."""
    return _difference(_loss_resamples(ours) - _loss_resamples(theirs), -1)


def precision_difference(ours: Sequence[Outcome], theirs: Sequence[Outcome]) -> Difference:
    """Compare average precision, averaged over runs that belong together in pairs."""
    return _difference(_precision_resamples(ours) - _precision_resamples(theirs), 1)


def _difference(values: Floats, sign: int) -> Difference:
    """Take the first value as that of the rows as they are, the others as resamples; one row per run."""
    mean = values.mean(axis=0)
    low, high = np.quantile(mean[1:], [0.025, 0.975])
    return Difference(float(mean[0]), float(low), float(high), sign)


def _loss_resamples(outcomes: Sequence[Outcome]) -> Floats:
    return np.array([[one.loss(copies) for copies in _copies(one.labels.size)] for one in outcomes])


def _precision_resamples(outcomes: Sequence[Outcome]) -> Floats:
    return np.array([[one.precision(copies) for copies in _copies(one.labels.size)] for one in outcomes])


@lru_cache(maxsize=4)
def _copies(size: int) -> NDArray[np.float32]:
    """Draw the resamples, the same for any run with as many rows: so runs on the same rows stay paired."""
    rng = np.random.default_rng(0)
    drawn = [np.bincount(rng.integers(0, size, size), minlength=size) for _ in range(RESAMPLES)]
    return np.vstack([np.ones(size), drawn]).astype(np.float32)
