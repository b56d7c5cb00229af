from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.evaluate.contributions import contributions
from workbench.evaluate.scores import METRICS, metrics

TASKS = [(task, metric) for task, names in METRICS.items() for metric in names if metric != "macro_f1"]


def sample(task: str, rows: int, seed: int, levels: int = 7) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    if task == "regression":
        return rng.normal(size=rows), rng.normal(size=rows)
    if task == "multiclass":
        odds = rng.random((rows, 3)) + 0.1
        return rng.integers(0, 3, rows).astype(float), odds / odds.sum(axis=1, keepdims=True)
    labels = np.where(np.arange(rows) < 2, 1.0, np.where(np.arange(rows) < 4, 0.0, rng.integers(0, 2, rows)))
    return labels, (1 + rng.integers(0, levels, rows)) / (levels + 1)


@pytest.mark.parametrize(("task", "metric"), TASKS)
def test_the_value_is_the_metric_and_contributions_add_up_to_nothing(task: str, metric: str) -> None:
    labels, predictions = sample(task, 60, 1)
    found = contributions(task, metric, labels, predictions)
    assert found.value == pytest.approx(metrics(task, labels, predictions)[metric])
    assert found.rows.shape == (60,)
    assert found.rows.mean() == pytest.approx(0, abs=1e-9)


@given(
    st.integers(5, 40), st.integers(0, 10_000), st.integers(1, 30), st.sampled_from(["average_precision", "roc_auc"])
)
@settings(max_examples=150, deadline=None)
def test_a_ranked_contribution_is_what_leaving_the_row_out_changes(
    rows: int, seed: int, levels: int, metric: str
) -> None:
    labels, scores = sample("binary", rows, seed, levels)
    found = contributions("binary", metric, labels, scores)
    without = [metrics("binary", np.delete(labels, i), np.delete(scores, i))[metric] for i in range(rows)]
    moved = (rows - 1) * (found.value - np.array(without))
    assert found.rows == pytest.approx(moved - moved.mean(), abs=1e-9)


@pytest.mark.parametrize(("task", "metric"), TASKS)
def test_weights_that_lean_a_little_move_the_metric_by_the_weighted_contributions(task: str, metric: str) -> None:
    labels, predictions = sample(task, 400, 2)
    found = contributions(task, metric, labels, predictions)
    twice = np.concatenate([np.arange(400), np.arange(40)])
    after = metrics(task, labels[twice], predictions[twice])[metric]
    expected = found.rows[twice].mean()
    assert after - found.value == pytest.approx(expected, abs=0.15 * found.rows.std() / 10 + 1e-12)


def test_a_metric_that_the_rows_do_not_define_has_no_contributions() -> None:
    for labels in (np.zeros(5), np.array([1.0, 0, 0, 0, 0])):
        found = contributions("binary", "average_precision", labels, np.linspace(0, 1, 5))
        assert np.isnan(found.value)
        assert np.isnan(found.rows).all()
    assert np.isnan(contributions("regression", "r2", np.ones(4), np.arange(4.0)).value)
