"""What is kept of a configuration, and the Hessian that stands for the rows of the smallest leaf."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from workbench.model import lightgbm
from workbench.model.boosters import model_text
from workbench.train.distributed.agreeing import agreeing, row_hessian
from workbench.train.goal import Goal

if TYPE_CHECKING:
    from workbench.train.booster import Settings

ROWS = 400
CLASSES = Goal("binary", "log_loss", {"objective": "binary"})
VALUES = Goal("regression", "rmse", {"objective": "regression"})
LABELS = np.repeat([0.0, 1.0], [300, 100])


@pytest.mark.parametrize(
    ("goal", "labels"),
    [
        (CLASSES, LABELS),
        (
            Goal("multiclass", "log_loss", {"objective": "multiclass", "num_class": 3}),
            np.repeat([0.0, 1.0, 2.0], [200, 150, 50]),
        ),
    ],
    ids=["binary", "multiclass"],
)
def test_the_hessian_is_what_lightgbm_has_at_the_root(goal: Goal, labels: np.ndarray) -> None:
    rows = np.random.default_rng(0).normal(size=(ROWS, 3))
    text = model_text(lightgbm().train({**goal.objective, "verbosity": -1}, lightgbm().Dataset(rows, labels), 1), 1)
    roots = np.array([float(found) for found in re.findall(r"^internal_weight=(\S+)", text, flags=re.MULTILINE)])
    assert 1 / np.mean(1 / roots) / ROWS == pytest.approx(row_hessian(goal, labels), rel=1e-3)


def test_a_rare_class_may_have_leaves() -> None:
    labels = np.repeat([0.0, 1.0, 2.0], [490, 490, 20])
    goal = Goal("multiclass", "log_loss", {"objective": "multiclass", "num_class": 3})
    assert row_hessian(goal, labels) < 3 * row_hessian(CLASSES, np.repeat([0.0, 1.0], [980, 20])) * 1.5


GIVEN: Settings = {
    "learning_rate": 0.05,
    "num_leaves": 15,
    "feature_fraction": 0.5,
    "feature_fraction_bynode": 0.5,
    "bagging_fraction": 0.6,
    "bagging_freq": 1,
    "extra_trees": True,
    "lambda_l2": 1.0,
    "path_smooth": 1.0,
    "cat_smooth": 50.0,
    "cat_l2": 10.0,
    "min_data_per_group": 50,
    "min_data_in_leaf": 40,
    "objective": "tweedie",
    "tweedie_variance_power": 1.5,
}


def test_of_values_all_stays_that_neither_pulls_nor_draws_rows() -> None:
    assert agreeing(GIVEN, VALUES, LABELS) == {
        "learning_rate": 0.05,
        "num_leaves": 15,
        "feature_fraction": 0.5,
        "min_data_in_leaf": 40,
        "cat_smooth": 50.0,
        "cat_l2": 0.0,
        "min_data_per_group": 1,
    }


@pytest.mark.parametrize(("rows", "smooth"), [(5, 10.0), (20, 20.0), (100, 100.0)])
def test_no_category_of_values_is_smaller_than_a_leaf_may_be(rows: int, smooth: float) -> None:
    assert agreeing({"min_data_in_leaf": rows}, VALUES, LABELS)["cat_smooth"] == smooth


def test_of_classes_the_hessian_stands_for_rows() -> None:
    assert agreeing(GIVEN, CLASSES, LABELS) == {
        "learning_rate": 0.05,
        "num_leaves": 15,
        "feature_fraction": 0.5,
        "max_bin": 127,
        "max_cat_to_onehot": 1_000_000,
        "min_data_in_leaf": 1,
        "min_sum_hessian_in_leaf": 20 * 0.1875,
    }


@pytest.mark.parametrize("rows", [1, 5, 100])
def test_the_smallest_leaf_of_classes_stands_for_twenty_rows(rows: int) -> None:
    assert agreeing({"min_data_in_leaf": rows}, CLASSES, LABELS)["min_sum_hessian_in_leaf"] == 20 * 0.1875
