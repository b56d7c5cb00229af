"""How often a candidate is wrong, per row scored: what the cost of errors is multiplied with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.model import Task

    Floats = NDArray[np.float64]

THRESHOLDS = 64
SCHEMA = {
    "threshold": pl.Float64,
    "false_positives_per_row": pl.Float64,
    "false_negatives_per_row": pl.Float64,
    "misclassified_per_row": pl.Float64,
    "absolute_error_per_row": pl.Float64,
}


def thresholds(labels: Floats, scores: Floats) -> Floats:
    """Choose about 64 thresholds: half spread over all rows, half over the positive ones.

    The first calls every row positive and the last calls none, unless a score is exactly 1. They
    are rounded to four figures, so that one can be read and typed.

    Args:
        labels: Label of each row.
        scores: Probability of the positive class.
    """
    steps = np.linspace(0.0, 1.0, THRESHOLDS // 2 - 1)
    positive = scores[labels > 0]
    spread = [np.quantile(part, steps) for part in (scores, positive) if part.size]
    rounded = [float(f"{value:.4g}") for value in np.concatenate(spread)]
    above = min(1.0, float(np.ceil((scores.max() + 1e-9) * 1e4) / 1e4))
    return np.unique([0.0, *rounded, above])


def error_rates(task: Task, labels: Floats, predictions: Floats, at: Floats | None = None) -> pl.DataFrame:
    """Count errors per row.

    A row is called positive when its probability is at least the threshold. Columns that have no
    meaning for the task are null; multiclass and regression have one row without a threshold.

    Args:
        task: The task.
        labels: Label of each row.
        predictions: Predictions for the same rows.
        at: Thresholds of a binary task; by default `thresholds(labels, predictions)`.

    Returns:
        Columns `threshold`, `false_positives_per_row`, `false_negatives_per_row`, `misclassified_per_row` and
        `absolute_error_per_row`, in order of rising threshold.
    """
    if task == "regression":
        return _frame({"absolute_error_per_row": [float(np.abs(predictions - labels).mean())]})
    if task == "multiclass":
        return _frame({"misclassified_per_row": [float((predictions.argmax(axis=1) != labels).mean())]})
    cuts = thresholds(labels, predictions) if at is None else at
    false_positives = _share_at_least(predictions[labels == 0], cuts, labels.size)
    found = _share_at_least(predictions[labels > 0], cuts, labels.size)
    false_negatives = float((labels > 0).mean()) - found
    return _frame(
        {
            "threshold": cuts,
            "false_positives_per_row": false_positives,
            "false_negatives_per_row": false_negatives,
            "misclassified_per_row": false_positives + false_negatives,
        }
    )


def _share_at_least(scores: Floats, cuts: Floats, rows: int) -> Floats:
    ordered = np.sort(scores)
    return np.asarray((ordered.size - np.searchsorted(ordered, cuts, side="left")) / rows)


def _frame(columns: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame(columns).match_to_schema(pl.Schema(SCHEMA), missing_columns="insert")
