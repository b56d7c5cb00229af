"""A candidate beside a constant: what a prediction scores that looks at no column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.evaluate.comparison import compare
from workbench.evaluate.scores import metrics, resolve_metric
from workbench.evaluate.wording import in_words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.evaluate.bundles import Dependence
    from workbench.evaluate.comparison import Comparison
    from workbench.model import Task
    from workbench.params.evaluate import EvaluateParams

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class BesideConstant:
    """A candidate held against a constant on rows that neither has seen.

    Attributes:
        metric: The metric.
        value: The candidate's.
        constant: The constant's.
        comparison: The candidate less the constant.
    """

    metric: str
    value: float
    constant: float
    comparison: Comparison

    def told(self, name: str) -> str:
        """Say it in a sentence, with a caution where the candidate is not shown to be better."""
        figures = f"{self.metric} {self.value:.4g} against {self.constant:.4g}"
        if self.comparison.verdict == "better":
            return f"{name} is better than a constant, which looks at no column: {figures}."
        return f"CAUTION: {name} is not shown to be better than a constant ({figures}; {in_words(self.comparison)})."


def constant(task: Task, labels: Floats, rows: int, metric: str, classes: int = 2) -> Floats:
    """Give the constant prediction that labels suggest, as often as there are rows.

    The median where the metric is `mae`, else the mean, or the shares of the classes with one more row of each
    (Laplace's rule of succession), so that a class that was not seen is not impossible.

    Args:
        task: The task.
        labels: What it is learned from: 0 and 1, class numbers, or values.
        rows: How many predictions to give.
        metric: The metric it is to be good at.
        classes: How many classes there are.

    Returns:
        `(rows,)`, or `(rows, classes)` with more than two classes.

    Example:
        >>> constant("regression", np.array([1.0, 2.0, 9.0]), 2, "mae").tolist()
        [2.0, 2.0]
        >>> constant("multiclass", np.array([0.0, 1.0, 1.0]), 1, "log_loss", 3).round(2).tolist()
        [[0.33, 0.5, 0.17]]
    """
    if task == "regression":
        return np.full(rows, np.median(labels) if metric == "mae" else labels.mean())
    shares = (np.bincount(labels.astype(np.int64), minlength=classes) + 1) / (labels.size + classes)
    return np.full(rows, shares[1]) if task == "binary" else np.tile(shares, (rows, 1))


def beside_constant(
    task: Task,
    learned: Floats,
    labels: Floats,
    predictions: Floats,
    params: EvaluateParams,
    metric: str = "auto",
    dependence: Dependence | None = None,
) -> BesideConstant:
    """Hold a candidate against a constant that was learned from other rows.

    Args:
        task: The task.
        learned: Labels that the constant is learned from, such as those of validation.
        labels: Labels of the rows to judge on, such as those of test.
        predictions: The candidate's, for these rows.
        params: Resamples, coverage and seed.
        metric: A metric with an interval, or `auto`.
        dependence: Which rows to judge on depend on each other; None for none.

    Raises:
        ParamsError: The task has no such metric, or it has no interval.
    """
    name = resolve_metric(task, metric)
    classes = predictions.shape[1] if task == "multiclass" else 2
    plain = constant(task, learned, labels.size, name, classes)
    found = compare(task, labels, predictions, plain, name, params, dependence)
    value, plainly = (metrics(task, labels, scores)[name] for scores in (predictions, plain))
    return BesideConstant(name, value, plainly, found)
