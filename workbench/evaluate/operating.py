"""Each candidate at its operating point: which rows it calls rightly, and what its errors cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.model import Task
    from workbench.params.cost import ErrorCost

    Floats = NDArray[np.float64]


def right(task: Task, labels: Floats, predictions: Floats, threshold: float | None) -> NDArray[np.bool_] | None:
    """Tell which rows are called rightly; None for a task of values.

    Args:
        task: The task.
        labels: Label of each row.
        predictions: Predictions for the same rows.
        threshold: Rows at or above it are called positive, in a binary task.
    """
    if task == "regression":
        return None
    if task == "multiclass":
        return np.asarray(predictions.argmax(axis=1) == labels)
    return np.asarray((predictions >= (threshold or 0.0)) == (labels > 0))


def costliest_error_usd(task: Task, error_usd: ErrorCost) -> float:
    """Price the costliest error that one row can be, in dollars; 0 for a task of values, which knows none."""
    if task == "regression":
        return 0.0
    either = max(error_usd.false_negative, error_usd.false_positive) if task == "binary" else 0.0
    return error_usd.misclassified + either


def error_usd_of_rows(
    task: Task, labels: Floats, predictions: Floats, error_usd: ErrorCost, threshold: float | None
) -> Floats:
    """Price the error of each row, in dollars.

    Args:
        task: The task.
        labels: Label of each row.
        predictions: Predictions for the same rows.
        error_usd: What one error costs.
        threshold: As in `right`.
    """
    if task == "regression":
        return np.asarray(np.abs(predictions - labels) * error_usd.absolute_error)
    wrong = ~np.asarray(right(task, labels, predictions, threshold))
    usd = wrong * error_usd.misclassified
    if task == "binary":
        missed = np.where(labels > 0, error_usd.false_negative, error_usd.false_positive)
        usd = usd + wrong * missed
    return np.asarray(usd, dtype=np.float64)
