"""What each row contributes to a metric: the metric of a resample is, nearly, their weighted mean.

A mean over rows takes a row's own value. Average precision and ROC AUC take the jackknife: how far the metric moves
when the row is left out, times the rows that remain (Efron, *The Jackknife, the Bootstrap and Other Resampling
Plans*, 1982), found for all rows in one sort. The spread that they give leans to the careful side where positive rows
are few (Efron and Stein, *The Jackknife Estimate of Variance*, 1981). RMSE and R² take the delta method.

Where hardly a row tells two candidates apart, few rows show less spread than there is: of twenty positives that both
find, the next may be missed by one. Metrics of which it is known how far a row can move them therefore say what rows
not seen would add, as Agresti and Min add half an observation to each cell (*Simple Improved Confidence Intervals for
Comparing Matched Proportions*, 2005): a call is right or wrong, and of what did not happen once there may be three
(Hanley and Lippman-Hand, *If Nothing Goes Wrong, Is Everything All Right?*, 1983); a mean of ranks adds one row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.evaluate.scores import RANKED, row_statistics

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from workbench.model import Task

    Floats = NDArray[np.float64]

FEWEST_OF_A_CLASS = 2
"""The jackknife leaves one out, and one must remain."""
_RULE_OF_THREE = 3.0**0.5
"""Standard deviation of three calls, each for one candidate or the other."""
_UNIFORM = 3.0**-0.5
"""Standard deviation of a number between -1 and 1."""
_PLACES: Mapping[str, Mapping[str, int]] = {
    "binary": {"log_loss": 0, "brier": 1, "accuracy": 2},
    "multiclass": {"log_loss": 0, "accuracy": 1},
    "regression": {"rmse": 0, "mae": 1, "r2": 0},
}


@dataclass(frozen=True)
class Contributions:
    """A metric and what each row contributes to it.

    Attributes:
        value: The metric on the rows; NaN where they do not define it.
        rows: One number per row, with mean 0: `value` plus their weighted mean is nearly the metric of weighted rows.
        unseen: Standard deviation of what rows not seen may add to the sum over rows of a difference; 0 where nothing
            says how far a row can move the metric.
    """

    value: float
    rows: Floats
    unseen: float = 0.0

    def less(self, other: Contributions) -> Contributions:
        """Give the contributions to the difference of two metrics of the same rows."""
        return Contributions(self.value - other.value, self.rows - other.rows, max(self.unseen, other.unseen))


def contributions(task: Task, metric: str, labels: Floats, predictions: Floats) -> Contributions:
    """Give what each row contributes to a metric.

    Args:
        task: The task.
        metric: A metric of the task other than macro F1.
        labels: Label of each row.
        predictions: Predictions for the same rows.

    Example:
        >>> contributions("regression", "mae", np.array([1.0, 2.0]), np.array([1.0, 4.0]))
        Contributions(value=1.0, rows=array([-1.,  1.]))
    """
    if metric in RANKED:
        order = _Order.of(labels > 0, predictions)
        return order.average_precision() if metric == "average_precision" else order.roc_auc()
    statistics = row_statistics(task, labels, predictions)
    taken = statistics[_PLACES[task][metric]]
    if metric == "r2":
        return _r2(taken, statistics[2])
    linear = of_mean(taken, float(metric == "accuracy"))
    return _root(linear) if metric == "rmse" else linear


def of_mean(values: Floats, most: float = 0.0) -> Contributions:
    """Give the contributions to a mean over rows.

    Args:
        values: The value of each row.
        most: By how much one call parts two candidates, where a row is called rightly or wrongly; 0 elsewhere.
    """
    mean = float(values.mean())
    return Contributions(mean, values - mean, most * _RULE_OF_THREE)


def _root(squares: Contributions) -> Contributions:
    root = float(np.sqrt(squares.value))
    return Contributions(root, squares.rows / (2.0 * root) if root else squares.rows)


def _r2(squared_error: Floats, centred: Floats) -> Contributions:
    error, spread = of_mean(squared_error), of_mean(centred**2)
    if not spread.value:
        return Contributions(float("nan"), np.full(centred.size, np.nan))
    rows = error.value / spread.value**2 * spread.rows - error.rows / spread.value
    return Contributions(1.0 - error.value / spread.value, rows)


@dataclass(frozen=True)
class _Order:
    """Rows by falling score, tied ones in one step; counts are of the steps.

    Attributes:
        positive: Whether each row is positive.
        step: The step of each row.
        hits: Positive rows of each step.
        found: Positive rows of the step and those above.
        called: Rows of the step and those above.
    """

    positive: NDArray[np.bool_]
    step: NDArray[np.int64]
    hits: Floats
    found: Floats
    called: Floats

    @classmethod
    def of(cls, positive: NDArray[np.bool_], scores: Floats) -> _Order:
        order = np.argsort(-scores)
        falling = scores[order]
        starts = np.ones(falling.size, dtype=bool)
        starts[1:] = falling[1:] != falling[:-1]
        place = np.cumsum(starts) - 1
        step = np.empty(falling.size, dtype=np.int64)
        step[order] = place
        last = np.flatnonzero(np.append(starts[1:], True))
        found = np.cumsum(positive[order])[last].astype(np.float64)
        return cls(
            positive, step, np.asarray(np.diff(found, prepend=0.0), np.float64), found, last.astype(np.float64) + 1.0
        )

    def average_precision(self) -> Contributions:
        """Leave every row out once: a negative one lifts all precisions from its step down, a positive one lowers them.

        At n rows, `hits * found / called` summed over the steps and divided by the positives is the metric.
        """
        positives = self.found[-1]
        if self._is_short_of_a_class():
            return self._undefined()
        fewer = np.maximum(self.called - 1.0, 1.0)
        kept = self.hits * self.found / self.called
        above, value = np.cumsum(kept) - kept, float(kept.sum() / positives)
        without_negative = (above + _from_below(self.hits * self.found / fewer)) / positives
        others = (self.found - 1.0) / fewer
        at_own_step = (self.hits - 1.0) * others
        below = _from_below(self.hits * others) - self.hits * others
        without_positive = (above + at_own_step + below) / (positives - 1.0)
        without = np.where(self.positive, without_positive[self.step], without_negative[self.step])
        return self._jackknife(value, without, of=positives)

    def roc_auc(self) -> Contributions:
        """Leave every row out once; a row's share is that of the rows of the other class it is placed rightly to."""
        if self._is_short_of_a_class():
            return self._undefined()
        misses = np.diff(self.called, prepend=0.0) - self.hits
        positives, negatives = self.found[-1], self.called[-1] - self.found[-1]
        below = (negatives - np.cumsum(misses) + misses / 2)[self.step]
        above = (self.found - self.hits / 2)[self.step]
        value = float(below[self.positive].sum() / (positives * negatives))
        without_positive = (value * positives - below / negatives) / (positives - 1.0)
        without_negative = (value * negatives - above / positives) / (negatives - 1.0)
        without = np.where(self.positive, without_positive, without_negative)
        return self._jackknife(value, without, of=min(positives, negatives))

    def _jackknife(self, value: float, without: Floats, of: float) -> Contributions:
        """Turn the metric without each row into what the row contributes.

        A row is one of so many that the metric is a mean of, each between 0 and 1: two candidates may part on an unseen
        one by anything between -1 and 1, uniformly.
        """
        moved = (without.size - 1.0) * (value - without)
        return Contributions(value, moved - moved.mean(), without.size / of * _UNIFORM)

    def _is_short_of_a_class(self) -> bool:
        positives = self.found[-1] if self.found.size else 0.0
        return min(positives, self.step.size - positives) < FEWEST_OF_A_CLASS

    def _undefined(self) -> Contributions:
        return Contributions(float("nan"), np.full(self.step.size, np.nan))


def _from_below(values: Floats) -> Floats:
    """Sum from each step to the last."""
    return np.asarray(np.cumsum(values[::-1])[::-1])
