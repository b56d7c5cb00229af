from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from workbench.errors import ParamsError
from workbench.evaluate import METRICS, metrics, resolve_metric, sign
from workbench.evaluate.ranking import rank
from workbench.evaluate.resampling import counts
from workbench.model import Roles
from workbench.train import goal


@st.composite
def binary(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Labels with both classes, and scores with as many ties as levels are few."""
    rows = draw(st.integers(2, 60))
    labels = np.array(draw(st.lists(st.integers(0, 1), min_size=rows, max_size=rows)), dtype=float)
    labels[0], labels[-1] = 0.0, 1.0
    levels = draw(st.integers(1, 30))
    scores = np.array(draw(st.lists(st.integers(0, levels), min_size=rows, max_size=rows))) / levels
    return labels, scores


@given(binary())
@settings(max_examples=300, deadline=None)
def test_binary_metrics_equal_scikit_learn(case: tuple[np.ndarray, np.ndarray]) -> None:
    labels, scores = case
    found = metrics("binary", labels, scores)
    assert found["average_precision"] == pytest.approx(reference.average_precision_score(labels, scores), abs=1e-12)
    assert found["roc_auc"] == pytest.approx(reference.roc_auc_score(labels, scores), abs=1e-12)
    assert found["log_loss"] == pytest.approx(reference.log_loss(labels, scores, labels=[0, 1]), rel=1e-12)
    assert found["brier"] == pytest.approx(reference.brier_score_loss(labels, scores), abs=1e-12)
    assert found["accuracy"] == pytest.approx(reference.accuracy_score(labels, scores >= 0.5), abs=1e-12)


@given(binary(), st.integers(0, 1000))
@settings(max_examples=100, deadline=None)
def test_a_resample_is_scored_as_scikit_learn_scores_weighted_rows(
    case: tuple[np.ndarray, np.ndarray], seed: int
) -> None:
    labels, scores = case
    weights = next(counts(labels.size, 4, seed))
    found = rank(labels > 0, scores).values(weights.astype(np.float32))
    for column in range(4):
        weight = weights[:, column]
        if len(set(labels[weight > 0])) < 2:
            continue
        expected = reference.average_precision_score(labels, scores, sample_weight=weight)
        assert found["average_precision"][column] == pytest.approx(expected, abs=2e-6)
        auc = reference.roc_auc_score(labels, scores, sample_weight=weight)
        assert found["roc_auc"][column] == pytest.approx(auc, abs=2e-6)


@given(st.integers(2, 5), st.integers(1, 40), st.integers(0, 10_000))
@settings(max_examples=150, deadline=None)
def test_multiclass_metrics_equal_scikit_learn(classes: int, rows: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, rows).astype(float)
    predictions = rng.dirichlet(np.full(classes, 0.5), rows)
    found, guess = metrics("multiclass", labels, predictions), predictions.argmax(axis=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = reference.log_loss(labels, predictions, labels=range(classes))
        macro = reference.f1_score(labels, guess, average="macro")
    assert found["log_loss"] == pytest.approx(expected, rel=1e-9)
    assert found["accuracy"] == pytest.approx(reference.accuracy_score(labels, guess))
    assert found["macro_f1"] == pytest.approx(macro, abs=1e-12)


@given(st.integers(2, 40), st.floats(-1e6, 1e6), st.integers(0, 10_000))
@settings(max_examples=150, deadline=None)
def test_regression_metrics_equal_scikit_learn(rows: int, centre: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels = centre + rng.normal(size=rows)
    predictions = labels + rng.normal(size=rows)
    found = metrics("regression", labels, predictions)
    assert found["rmse"] == pytest.approx(reference.root_mean_squared_error(labels, predictions), rel=1e-9)
    assert found["mae"] == pytest.approx(reference.mean_absolute_error(labels, predictions), rel=1e-9)
    assert found["r2"] == pytest.approx(reference.r2_score(labels, predictions), rel=1e-6, abs=1e-9)


def test_a_metric_that_the_labels_do_not_define_is_nan_and_no_error() -> None:
    found = metrics("binary", np.zeros(3), np.array([0.1, 0.2, 0.2]))
    assert np.isnan(found["average_precision"])
    assert np.isnan(found["roc_auc"])
    assert found["accuracy"] == 1.0
    assert np.isnan(metrics("binary", np.ones(3), np.array([0.1, 0.2, 0.2]))["roc_auc"])
    assert np.isnan(metrics("regression", np.ones(3), np.zeros(3))["r2"])


def test_extreme_probabilities_cost_much_but_not_infinity() -> None:
    found = metrics("binary", np.array([0.0, 1.0]), np.array([1.0, 0.0]))
    assert found["log_loss"] == pytest.approx(reference.log_loss([0, 1], [1.0, 0.0]))


@pytest.mark.parametrize("task", list(METRICS))
def test_auto_is_a_metric_of_the_task(task: str) -> None:
    assert resolve_metric(task, "auto") in METRICS[task]


def test_a_metric_of_another_task_is_refused_by_name() -> None:
    with pytest.raises(ParamsError, match=r"regression task has no metric log_loss.*rmse"):
        resolve_metric("regression", "log_loss")


@pytest.mark.parametrize("task", list(METRICS))
def test_the_search_and_the_judge_mean_the_same_by_a_metric(task: str) -> None:
    """The rooms train and evaluate may not import each other, so each has its own table of metrics."""
    classes = {"binary": ("no", "yes"), "multiclass": ("a", "b", "c"), "regression": ()}[task]
    roles = Roles("y", task, classes, ("x",))
    rng = np.random.default_rng(3)
    labels = rng.integers(0, max(2, len(classes)), 500).astype(float)
    predictions = rng.dirichlet(np.ones(3), 500) if task == "multiclass" else rng.random(500)
    judged = metrics(task, labels, predictions)
    assert goal.goal_of(roles, "auto").metric == resolve_metric(task, "auto")
    for name in goal.METRICS[task]:
        sought = goal.goal_of(roles, name)
        assert sought.value(labels, predictions) == pytest.approx(judged[name], rel=1e-12), name
        assert sought.badness(1.0) == -sign(name), name
