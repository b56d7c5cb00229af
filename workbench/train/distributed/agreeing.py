"""Turns a configuration into one that several workers grow as one process does.

Two rules of LightGBM's learners differ, and neither can be set. Several workers know the rows of a leaf only as an
estimate from its Hessian, and they try an input again beneath a node in which it found no split. The first is exact
where all Hessians are equal, as for a squared error; for classes the Hessian itself bounds a leaf instead. The second
makes no difference where nothing pulls a leaf towards another value and no category is smaller than a leaf may be. What
draws rows parts the two as well (`docs/decisions/0014-one-model-from-many-processes.md`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.train.booster import Settings
    from workbench.train.goal import Goal

ALIKE = frozenset({"feature_fraction", "learning_rate", "num_leaves"})
"""Settings that never part workers from one process."""

LEAST_ROWS, SMOOTH = 20, 10.0
"""Rows of the smallest leaf, and those that smooth a category, by LightGBM's defaults."""

EVERY_CATEGORY = 1_000_000
"""More categories than any column has: all are split off one at a time."""

COARSE_BINS = 127
"""Bins of a column where Hessians vary. The estimate of a leaf is rounded bin by bin; with fine bins it can fall to
nothing beside many rows, a split that LightGBM leaves out, or aborts over where a leaf may be empty."""


def agreeing(settings: Settings, goal: Goal, labels: NDArray[np.float64]) -> Settings:
    """Keep of a configuration what workers and one process do alike, and put the nearest in place of the rest.

    Columns are drawn for trees alone, not for nodes. Of classes the smallest leaf holds the Hessian that `LEAST_ROWS`
    have at the root, whatever the settings say: Hessians shrink as a model becomes sure, so that a larger bound would
    stop it.

    Args:
        settings: LightGBM parameters of a trial.
        goal: What is minimised.
        labels: Labels of all training rows.

    Example:
        >>> from workbench.train.goal import Goal
        >>> goal = Goal("regression", "rmse", {"objective": "regression"})
        >>> agreeing({"min_data_in_leaf": 50, "path_smooth": 1.0}, goal, np.array([0.0, 1.0]))
        {'min_data_in_leaf': 50, 'cat_smooth': 50.0, 'cat_l2': 0.0, 'min_data_per_group': 1}
    """
    kept: Settings = {name: value for name, value in settings.items() if name in ALIKE}
    if goal.task == "regression":
        rows = int(settings.get("min_data_in_leaf", LEAST_ROWS))
        smooth = max(float(rows), float(settings.get("cat_smooth", SMOOTH)))
        return {**kept, "min_data_in_leaf": rows, "cat_smooth": smooth, "cat_l2": 0.0, "min_data_per_group": 1}
    return {
        **kept,
        "max_bin": COARSE_BINS,
        "max_cat_to_onehot": EVERY_CATEGORY,
        "min_data_in_leaf": 1,
        "min_sum_hessian_in_leaf": LEAST_ROWS * row_hessian(goal, labels),
    }


def row_hessian(goal: Goal, labels: NDArray[np.float64]) -> float:
    """Give the second derivative of the loss of classes, as LightGBM takes it, of a row at the mean of all labels.

    Of several classes, each with trees of its own, it is the harmonic mean: the plain one would let leaves of a rare
    class be no smaller than many times its rows.

    Args:
        goal: What is minimised.
        labels: Labels of all training rows.
    """
    shares = np.unique(labels, return_counts=True)[1] / labels.size
    mean = float(1 / np.mean(1 / (shares * (1 - shares))))
    return mean * shares.size / (shares.size - 1) if goal.task == "multiclass" else mean
