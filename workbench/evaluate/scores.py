"""The metrics of each task: plain functions of labels and predictions, equal to scikit-learn's.

A metric is a function of a few sums over rows (`row_statistics`) or of the ranking
(`workbench.evaluate.ranking`). Both take row weights, so the same code gives the value on a split
and the value on every bootstrap resample of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.errors import ParamsError, Place, nearest
from workbench.evaluate.ranking import rank

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from workbench.model import Task

    Floats = NDArray[np.float64]

METRICS: Mapping[str, tuple[str, ...]] = {
    "binary": ("average_precision", "log_loss", "roc_auc", "brier", "accuracy"),
    "multiclass": ("log_loss", "accuracy", "macro_f1"),
    "regression": ("rmse", "mae", "r2"),
}
DEFAULT_METRIC: Mapping[str, str] = {"binary": "average_precision", "multiclass": "log_loss", "regression": "rmse"}
EVEN_ODDS = 0.5
"""The threshold behind accuracy."""
RANKED = ("average_precision", "roc_auc")
LOWER_IS_BETTER = frozenset({"log_loss", "brier", "rmse", "mae", "usd_per_month"})
_ROW_METRICS: Mapping[str, tuple[str, ...]] = {
    "binary": ("log_loss", "brier", "accuracy"),
    "multiclass": ("log_loss", "accuracy"),
    "regression": ("rmse", "mae", "r2"),
}


def metrics(task: Task, labels: Floats, predictions: Floats) -> dict[str, float]:
    """Score predictions with every metric of the task.

    Average precision, log-loss, ROC AUC, Brier score, accuracy and macro F1 are those of
    scikit-learn. A metric that the labels do not define, such as ROC AUC with one class, is NaN.

    Args:
        task: The task.
        labels: Class index of each row, or its value.
        predictions: Probability of the positive class `(n,)`, of each class `(n, k)`, or the value `(n,)`.

    Example:
        >>> metrics("regression", np.array([1.0, 2.0]), np.array([1.0, 4.0]))["mae"]
        1.0
    """
    once = np.ones((labels.size, 1))
    values = {name: float(value[0]) for name, value in row_values(task, labels, predictions, once).items()}
    if task == "binary":
        ranked = rank(labels > 0, predictions).values(once)
        values |= {name: float(value[0]) for name, value in ranked.items()}
    if task == "multiclass":
        values["macro_f1"] = _macro_f1(labels, predictions)
    return {name: values[name] for name in METRICS[task]}


def resolve_metric(task: Task, metric: str) -> str:
    """Give the metric that decides between candidates; `auto` follows the task.

    Raises:
        ParamsError: The task has no such metric.

    Example:
        >>> resolve_metric("binary", "auto")
        'average_precision'
    """
    name = DEFAULT_METRIC[task] if metric == "auto" else metric
    if name not in METRICS[task]:
        raise ParamsError(
            f"a {task} task has no metric {name}",
            place=Place(key="train.metric"),
            expected=f"auto or one of {', '.join(METRICS[task])}",
            hint=nearest(name, METRICS[task]),
        )
    return name


def sign(metric: str) -> float:
    """Give 1 when more is better and -1 when less is."""
    return -1.0 if metric in LOWER_IS_BETTER else 1.0


def row_values(task: Task, labels: Floats, predictions: Floats, weights: Floats) -> dict[str, Floats]:
    """Score the metrics that are functions of sums over rows, once for each column of weights.

    Args:
        task: The task.
        labels: As in `metrics`.
        predictions: As in `metrics`.
        weights: `(n, b)` row weights.

    Returns:
        For each metric its `b` values.
    """
    sums = row_statistics(task, labels, predictions) @ weights
    return from_sums(task, sums, weights.sum(axis=0))


def row_statistics(task: Task, labels: Floats, predictions: Floats) -> Floats:
    """Give the quantities `(s, n)` whose weighted sums decide the row metrics of the task."""
    if task == "regression":
        error = predictions - labels
        centred = labels - labels.mean() if labels.size else labels
        return np.stack([error**2, np.abs(error), centred, centred**2])
    loss = _log_losses(labels, predictions)
    if task == "binary":
        return np.stack([loss, (predictions - labels) ** 2, (predictions >= EVEN_ODDS) == (labels > 0)])
    return np.stack([loss, predictions.argmax(axis=1) == labels])


def from_sums(task: Task, sums: Floats, total: Floats) -> dict[str, Floats]:
    """Turn the weighted sums `(s, b)` of `row_statistics` into metrics."""
    with np.errstate(divide="ignore", invalid="ignore"):
        means = sums / total
        if task == "regression":
            r2 = 1.0 - means[0] / (means[3] - means[2] ** 2)
            values = (np.sqrt(means[0]), means[1], np.where(np.isfinite(r2), r2, np.nan))
        else:
            values = tuple(means)
    return dict(zip(_ROW_METRICS[task], values, strict=True))


def with_intervals(task: Task, metric: str) -> tuple[str, ...]:
    """Name the metrics of the task that get an interval: all that resample cheaply."""
    return tuple(name for name in METRICS[task] if name == metric or name in {*_ROW_METRICS[task], *RANKED})


def _log_losses(labels: Floats, predictions: Floats) -> Floats:
    smallest = np.finfo(predictions.dtype).eps
    if predictions.ndim == 1:
        hit = np.where(labels > 0, predictions, 1.0 - predictions)
    else:
        hit = predictions[np.arange(labels.size), labels.astype(np.int64)]
    return np.asarray(-np.log(np.clip(hit, smallest, 1.0 - smallest)), dtype=np.float64)


def _macro_f1(labels: Floats, predictions: Floats) -> float:
    """Average F1 over the classes that occur among labels or predictions, as scikit-learn does."""
    classes = predictions.shape[1]
    truth, guess = labels.astype(np.int64), predictions.argmax(axis=1)
    hits = np.bincount(truth[truth == guess], minlength=classes)
    both = np.bincount(truth, minlength=classes) + np.bincount(guess, minlength=classes)
    occurs = both > 0
    return float((2 * hits[occurs] / both[occurs]).mean()) if occurs.any() else float("nan")
