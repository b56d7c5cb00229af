"""What being wrong costs row by row, as the rows get older."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from workbench.cost.advice.situation import AGED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.model import Task
    from workbench.params.cost import ErrorCost

    Floats = NDArray[np.float64]

_LEAST_PROBABILITY = 1e-15


def aged_rows(
    period: str,
    times: pl.Series,
    task: Task,
    judged: tuple[Floats, Floats],
    threshold: float | None,
    error_usd: ErrorCost,
) -> pl.DataFrame:
    """Lay the judged rows of a split out by age, columns `AGED`.

    Args:
        period: The split.
        times: When each row happened.
        task: The task.
        judged: Class index of each row, or its value; and what was predicted for it.
        threshold: Rows at or above it are called positive (binary).
        error_usd: What one error costs.
    """
    labels, predictions = judged
    blind = _blind(task, labels)
    columns = {
        "loss": row_losses(task, labels, predictions),
        "loss_blind": row_losses(task, labels, blind),
        "usd": row_errors_usd(task, labels, predictions, threshold, error_usd),
        "usd_blind": _cheapest_blind(task, labels, blind, threshold, error_usd),
    }
    moments = times.cast(pl.Datetime("us"))
    frame = pl.DataFrame(
        {
            "period": [period] * labels.size,
            "age_days": (moments - moments.min()).dt.total_seconds() / 86_400,
            **{name: [None] * labels.size if values is None else values for name, values in columns.items()},
        }
    )
    return frame.select(pl.col(name).cast(kind) for name, kind in AGED.items()).drop_nulls("age_days")


def row_losses(task: Task, labels: Floats, predictions: Floats) -> Floats:
    """Give the loss of each row: that of the logarithm for classes, the absolute error for a value.

    Example:
        >>> row_losses("regression", np.array([1.0]), np.array([3.0])).tolist()
        [2.0]
    """
    if task == "regression":
        return np.abs(labels - predictions)
    right = labels.astype(np.int64)
    if task == "binary":
        probability = np.where(right == 1, predictions, 1 - predictions)
    else:
        probability = predictions[np.arange(labels.size), right]
    return np.asarray(-np.log(np.maximum(probability, _LEAST_PROBABILITY)))


def row_errors_usd(
    task: Task, labels: Floats, predictions: Floats, threshold: float | None, error_usd: ErrorCost
) -> Floats | None:
    """Price the error of each row; None while no error of the task has a price."""
    if task == "regression":
        return np.asarray(np.abs(labels - predictions) * error_usd.absolute_error) if error_usd.absolute_error else None
    if task == "multiclass":
        wrong = predictions.argmax(axis=1) != labels
        return np.asarray(wrong * error_usd.misclassified) if error_usd.misclassified else None
    alarm, miss = (price + error_usd.misclassified for price in (error_usd.false_positive, error_usd.false_negative))
    if threshold is None or not alarm + miss:
        return None
    called = predictions >= threshold
    return np.asarray(np.where(called, (labels == 0) * alarm, (labels == 1) * miss))


def _blind(task: Task, labels: Floats) -> Floats:
    """Predict the same for every row: how often each class occurs, or the median."""
    if task == "regression":
        return np.full(labels.size, np.median(labels)) if labels.size else labels
    if task == "binary":
        return np.full(labels.size, labels.mean()) if labels.size else labels
    shares = np.bincount(labels.astype(np.int64)) / max(1, labels.size)
    return np.tile(shares, (labels.size, 1))


def _cheapest_blind(
    task: Task, labels: Floats, blind: Floats, threshold: float | None, error_usd: ErrorCost
) -> Floats | None:
    """Price the errors of calling every row the same: for a binary task the cheaper of the two ways."""
    if task != "binary":
        return row_errors_usd(task, labels, blind, threshold, error_usd)
    ways = [
        row_errors_usd(task, labels, np.full(labels.size, value), threshold, error_usd) for value in (-np.inf, np.inf)
    ]
    known = [way for way in ways if way is not None]
    return min(known, key=lambda way: float(way.sum()), default=None)
