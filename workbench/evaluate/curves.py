"""Small frames behind the ordinary charts: calibration, ROC, precision and recall, confusion."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.model import Task

    Floats = NDArray[np.float64]

MOST_POINTS = 200
_CALIBRATION_SCHEMA = {"predicted": pl.Float64, "observed": pl.Float64, "rows": pl.UInt32}


def calibration_curve(task: Task, labels: Floats, predictions: Floats, bins: int = 20) -> pl.DataFrame:
    """Compare what was predicted with what happened, in groups of equal size by prediction.

    Binary: the probability against the share of positives. Multiclass: the probability of the most
    likely class against how often it was right. Regression: the value against the mean label.

    Returns:
        Columns `predicted`, `observed` and `rows`.
    """
    happened = labels if task != "multiclass" else (predictions.argmax(axis=1) == labels).astype(np.float64)
    said = predictions.max(axis=1) if task == "multiclass" else predictions
    edges = np.unique(np.quantile(said, np.linspace(0, 1, bins + 1)[1:-1]))
    group = np.searchsorted(edges, said, side="left")
    rows = np.bincount(group)
    there = rows > 0
    means = {  # one row after the other: a sum shared among threads ends in other last digits from run to run
        name: np.bincount(group, weights=values)[there] / rows[there]
        for name, values in (("predicted", said), ("observed", happened))
    }
    return pl.DataFrame({**means, "rows": rows[there]}, schema=_CALIBRATION_SCHEMA)


def roc_curve(labels: Floats, scores: Floats) -> pl.DataFrame:
    """Trace the ROC curve of a binary task with at most 200 points.

    Returns:
        Columns `false_positive_rate`, `true_positive_rate` and `threshold`.
    """
    cuts, found, alarms = _counts(labels, scores)
    frame = pl.DataFrame(
        {
            "false_positive_rate": np.append(0, alarms) / max(alarms[-1], 1),
            "true_positive_rate": np.append(0, found) / max(found[-1], 1),
            "threshold": np.append(np.nan, cuts),
        }
    )
    return _thinned(frame)


def precision_recall_curve(labels: Floats, scores: Floats) -> pl.DataFrame:
    """Trace precision against recall of a binary task with at most 200 points.

    Returns:
        Columns `recall`, `precision` and `threshold`.
    """
    cuts, found, alarms = _counts(labels, scores)
    frame = pl.DataFrame(
        {
            "recall": found / max(found[-1], 1),
            "precision": found / (found + alarms),
            "threshold": cuts,
        }
    )
    return _thinned(frame)


def confusion(labels: Floats, predictions: Floats, classes: tuple[str, ...]) -> pl.DataFrame:
    """Count the rows of each class by the class predicted, for a multiclass task.

    Returns:
        Columns `actual`, `predicted` and `rows`, one row for each pair of classes.
    """
    size = len(classes)
    cell = labels.astype(np.int64) * size + predictions.argmax(axis=1)
    rows = np.bincount(cell, minlength=size * size)
    return pl.DataFrame({"actual": np.repeat(classes, size), "predicted": np.tile(classes, size), "rows": rows})


def _counts(labels: Floats, scores: Floats) -> tuple[Floats, Floats, Floats]:
    """Give each distinct score, falling, with the positives and negatives at or above it."""
    order = np.argsort(-scores, kind="stable")
    ordered, hits = scores[order], labels[order] > 0
    last = np.append(np.flatnonzero(np.diff(ordered)), ordered.size - 1)
    found = np.cumsum(hits, dtype=np.float64)[last]
    return ordered[last], found, last + 1.0 - found


def _thinned(frame: pl.DataFrame) -> pl.DataFrame:
    """Keep both ends and at most 200 points, evenly by position."""
    if frame.height <= MOST_POINTS:
        return frame
    return frame[np.linspace(0, frame.height - 1, MOST_POINTS).round().astype(np.int64)]
