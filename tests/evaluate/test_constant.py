from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.evaluate import beside_constant, metrics
from workbench.evaluate.constant import constant
from workbench.params.evaluate import EvaluateParams

PARAMS = EvaluateParams(bootstrap=200)
RNG = np.random.default_rng(0)
BINARY = (RNG.random(400) < 0.3).astype(float)
CLASSES = RNG.integers(0, 3, 400).astype(float)
VALUES = RNG.normal(size=400)


def noise(task: str, labels: np.ndarray) -> np.ndarray:
    """Give predictions that know nothing of the labels."""
    if task == "multiclass":
        return RNG.dirichlet(np.ones(3), labels.size)
    return RNG.random(labels.size) if task == "binary" else RNG.permutation(labels)


def knowing(task: str, labels: np.ndarray) -> np.ndarray:
    if task == "multiclass":
        return np.eye(3)[labels.astype(int)] * 0.7 + 0.1
    return 0.2 + 0.6 * labels if task == "binary" else labels * 0.9


@pytest.mark.parametrize(("task", "labels"), [("binary", BINARY), ("multiclass", CLASSES), ("regression", VALUES)])
def test_what_knows_the_labels_is_better_and_noise_is_not(task: str, labels: np.ndarray) -> None:
    learned, judged = labels[:200], labels[200:]
    assert " is better than a constant" in beside_constant(task, learned, judged, knowing(task, judged), PARAMS).told(
        "b01"
    )
    found = beside_constant(task, learned, judged, noise(task, judged), PARAMS)
    assert found.told("b01").startswith(f"CAUTION: b01 is not shown to be better than a constant ({found.metric}")


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30))
def test_no_other_constant_is_better_on_its_own_rows(values: list[float]) -> None:
    labels = np.array(values)
    for metric in ("mae", "rmse"):
        least = metrics("regression", labels, constant("regression", labels, labels.size, metric))[metric]
        for other in (labels.min(), labels.max(), 0.0):
            assert least <= metrics("regression", labels, np.full(labels.size, other))[metric] * (1 + 1e-9) + 1e-9


def test_a_class_that_was_not_seen_is_not_impossible() -> None:
    learned = np.array([0.0, 0.0, 1.0])
    found = constant("multiclass", learned, 2, "log_loss", 3)
    assert found.shape == (2, 3)
    np.testing.assert_allclose(found[0], [3 / 6, 2 / 6, 1 / 6])
