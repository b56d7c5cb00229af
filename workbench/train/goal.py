"""What the search minimises, and the metric that decides between candidates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from workbench.errors import ParamsError, Place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from workbench.model import Roles, Task
    from workbench.params.train import Metric

MetricName = Literal["average_precision", "log_loss", "roc_auc", "accuracy", "rmse", "mae"]

METRICS: Mapping[Task, tuple[MetricName, ...]] = {
    "binary": ("average_precision", "log_loss", "roc_auc", "accuracy"),
    "multiclass": ("log_loss", "accuracy"),
    "regression": ("rmse", "mae"),
}
"""The metrics of each task, the default first."""

HIGHER_IS_BETTER: frozenset[MetricName] = frozenset({"average_precision", "roc_auc", "accuracy"})

METRIC_WEIGHT = 0.2
"""Weight of the metric beside the loss where members of a blend are chosen: the loss is less noisy."""

CLIP = 1e-15


@dataclass(frozen=True)
class Goal:
    """What the search minimises and what decides.

    Attributes:
        task: Kind of prediction.
        metric: Metric that decides between candidates.
        objective: LightGBM parameters of the loss.
    """

    task: Task
    metric: MetricName
    objective: Mapping[str, str | int]

    def loss(self, labels: NDArray[np.float64], predictions: NDArray[np.float64]) -> float:
        """Give the proper loss that early stopping and blending minimise, whatever the metric."""
        if self.task != "regression":
            return log_loss(labels, predictions)
        return mae(labels, predictions) if self.metric == "mae" else rmse(labels, predictions)

    def doubt(self, labels: NDArray[np.float64], one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
        """Give the standard error of the difference of two losses on the same rows; that of a root by its slope."""
        parts = self._row_losses(labels, one), self._row_losses(labels, other)
        error = float(np.std(parts[0] - parts[1])) / np.sqrt(labels.size)
        if self.task != "regression" or self.metric == "mae":
            return float(error)
        return float(error / max(2 * np.sqrt(parts[0].mean()), CLIP))

    def _row_losses(self, labels: NDArray[np.float64], predictions: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.task != "regression":
            return row_log_losses(labels, predictions)
        return np.asarray(np.abs(labels - predictions) if self.metric == "mae" else np.square(labels - predictions))

    def score(
        self, labels: NDArray[np.float64], predictions: NDArray[np.float64], reference: tuple[float, float]
    ) -> float:
        """Weigh the proper loss and the metric, both relative to those of a reference; less is better."""
        return self.weighed(self.loss(labels, predictions), self.value(labels, predictions), reference)

    def weighed(self, loss: float, value: float, reference: tuple[float, float]) -> float:
        """Weigh a loss and a metric that are known already."""
        relative = self.badness(value) / max(abs(reference[1]), CLIP)
        return loss / max(reference[0], CLIP) + (METRIC_WEIGHT * relative if np.isfinite(relative) else 0.0)

    def value(self, labels: NDArray[np.float64], predictions: NDArray[np.float64]) -> float:
        """Give the metric that decides."""
        return _MEASURES[self.metric](labels, predictions)

    def badness(self, value: float) -> float:
        """Turn a value of the metric into a number of which less is better; an undefined one is worst."""
        if np.isnan(value):
            return float("inf")
        return -value if self.metric in HIGHER_IS_BETTER else value


def goal_of(roles: Roles, metric: Metric) -> Goal:
    """Resolve the metric for the task.

    Raises:
        ParamsError: The metric is not one of the task's.
    """
    known = METRICS[roles.task]
    chosen = known[0] if metric == "auto" else metric
    if chosen not in known:
        raise ParamsError(
            f"the metric does not fit a {roles.task} task",
            place=Place(key="train.metric"),
            found=metric,
            expected=f"auto or one of {', '.join(known)}",
        )
    if roles.task == "binary":
        return Goal(roles.task, chosen, {"objective": "binary"})
    if roles.task == "multiclass":
        return Goal(roles.task, chosen, {"objective": "multiclass", "num_class": len(roles.classes)})
    return Goal(roles.task, chosen, {"objective": "regression_l1" if chosen == "mae" else "regression"})


def log_loss(labels: NDArray[np.float64], predictions: NDArray[np.float64]) -> float:
    """Give the mean negative logarithm of the probability of what happened."""
    return float(row_log_losses(labels, predictions).mean())


def row_log_losses(labels: NDArray[np.float64], predictions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the negative logarithm of the probability of what happened, row by row."""
    if predictions.ndim == 1:
        likelihood = np.where(labels > 0, predictions, 1 - predictions)
    else:
        likelihood = predictions[np.arange(labels.size), labels.astype(np.intp)]
    return np.asarray(-np.log(np.maximum(likelihood, CLIP)))


def average_precision(labels: NDArray[np.float64], predictions: NDArray[np.float64]) -> float:
    """Give the mean precision over the positives, ties counted together; NaN without a positive."""
    order = np.argsort(-predictions, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(predictions[order])), labels.size - 1)
    positives = np.cumsum(labels[order])[ends]
    if not positives[-1]:
        return float("nan")
    precision = positives / (ends + 1)
    return float(np.sum(np.diff(positives, prepend=0.0) * precision) / positives[-1])


def roc_auc(labels: NDArray[np.float64], predictions: NDArray[np.float64]) -> float:
    """Give the probability that a positive scores above a negative; NaN with one class only."""
    _, inverse, counts = np.unique(predictions, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    positives = labels.sum()
    pairs = positives * (labels.size - positives)
    if not pairs:
        return float("nan")
    return float((ranks[labels > 0].sum() - positives * (positives + 1) / 2) / pairs)


def accuracy(labels: NDArray[np.float64], predictions: NDArray[np.float64]) -> float:
    """Give the share of rows whose likeliest class is the true one."""
    chosen = predictions >= 1 / 2 if predictions.ndim == 1 else predictions.argmax(axis=1)
    return float((chosen == labels).mean())


def rmse(labels: NDArray[np.float64], predictions: NDArray[np.float64]) -> float:
    """Give the root of the mean squared error."""
    return float(np.sqrt(np.square(labels - predictions).mean()))


def mae(labels: NDArray[np.float64], predictions: NDArray[np.float64]) -> float:
    """Give the mean absolute error."""
    return float(np.abs(labels - predictions).mean())


_MEASURES = {
    "average_precision": average_precision,
    "log_loss": log_loss,
    "roc_auc": roc_auc,
    "accuracy": accuracy,
    "rmse": rmse,
    "mae": mae,
}
