from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from workbench.errors import ParamsError
from workbench.evaluate import compare
from workbench.evaluate.comparison import rows_to_decide
from workbench.evaluate.resampling import MOST_ROWS, counts, replicate
from workbench.params.evaluate import EvaluateParams

PARAMS = EvaluateParams(bootstrap=400, seed=3)


def sample(rows: int, seed: int, noise: tuple[float, ...] = (1.0, 1.0)) -> tuple[np.ndarray, list[np.ndarray]]:
    rng = np.random.default_rng(seed)
    signal = rng.normal(size=rows)
    labels = (signal + rng.normal(size=rows) > 1).astype(float)
    return labels, [1 / (1 + np.exp(1 - signal - size * rng.normal(size=rows))) for size in noise]


def test_the_better_of_two_is_called_better_in_both_directions_of_a_metric() -> None:
    labels, (good, bad) = sample(4000, 1, (0.1, 1.5))
    for metric, gain in (("average_precision", 1), ("roc_auc", 1), ("log_loss", -1), ("brier", -1)):
        forward, backward = (compare("binary", labels, *pair, metric, PARAMS) for pair in ((good, bad), (bad, good)))
        assert (forward.verdict, backward.verdict) == ("better", "worse")
        assert forward.difference * gain > 0
        assert forward.rows_to_decide is None
        assert forward.low == pytest.approx(-backward.high)


def test_the_difference_is_the_plain_one_and_lies_in_its_interval() -> None:
    labels, (a, b) = sample(800, 2)
    found = compare("binary", labels, a, b, "auto", PARAMS)
    expected = average_precision_score(labels, a) - average_precision_score(labels, b)
    assert found.difference == pytest.approx(expected, abs=1e-12)
    assert found.low <= found.difference <= found.high


def test_an_undecided_comparison_says_how_many_rows_would_decide_and_about_so_many_do() -> None:
    rng = np.random.default_rng(0)
    error_a, error_b = rng.normal(1.00, 1.0, 400_000), rng.normal(1.05, 1.0, 400_000)
    few = slice(0, 1000)
    undecided = compare("regression", np.zeros(1000), error_a[few], error_b[few], "mae", PARAMS)
    while undecided.verdict != "undecided" or undecided.difference > -0.01:
        few = slice(few.stop, few.stop + 1000)
        undecided = compare("regression", np.zeros(1000), error_a[few], error_b[few], "mae", PARAMS)
    assert undecided.rows_to_decide is not None
    assert undecided.rows_to_decide > 1000
    enough = slice(0, 50_000)
    decided = compare("regression", np.zeros(50_000), error_a[enough], error_b[enough], "mae", PARAMS)
    assert decided.verdict == "better"


def test_equal_predictions_are_undecided_for_ever() -> None:
    labels, (a, _) = sample(300, 4)
    found = compare("binary", labels, a, a, "log_loss", PARAMS)
    assert (found.difference, found.low, found.high) == (0, 0, 0)
    assert found.verdict == "undecided"
    assert found.rows_to_decide is None


@pytest.mark.parametrize("difference", [1e-15, -1e-15, 5e-324])
def test_a_difference_that_is_a_rounding_error_is_undecided_for_ever(difference: float) -> None:
    assert rows_to_decide(difference, -0.1, 0.1, 132) is None
    assert rows_to_decide(0.05, -0.05, 0.15, 132) == 528


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    """Mean absolute error of a known distribution: 300 samples of 200 rows, 90 % intervals."""
    rng = np.random.default_rng(5)
    truth, params = np.sqrt(2 / np.pi), EvaluateParams(bootstrap=300, confidence=0.9)
    inside = 0
    for _ in range(300):
        drawn = replicate("regression", "mae", np.zeros(200), {"a": rng.normal(size=200)}, params)
        low, high = drawn.interval("mae", "a")
        inside += low <= truth <= high
    assert 0.85 <= inside / 300 <= 0.95


def test_the_interval_of_a_ranking_metric_covers_too() -> None:
    """ROC AUC of two normal distributions one apart is Phi(1/sqrt 2) = .7602."""
    rng = np.random.default_rng(6)
    params = EvaluateParams(bootstrap=200, confidence=0.9)
    labels = np.repeat([0.0, 1.0], 150)
    inside = 0
    for _ in range(200):
        scores = 1 / (1 + np.exp(-rng.normal(size=300) - labels))
        low, high = replicate("binary", "roc_auc", labels, {"a": scores}, params).interval("roc_auc", "a")
        inside += low <= 0.76025 <= high
    assert 0.84 <= inside / 200 <= 0.96


def test_a_paired_interval_is_narrower_than_an_unpaired_one() -> None:
    labels, (a, _) = sample(2000, 7)
    b = np.clip(a + np.random.default_rng(0).normal(scale=0.01, size=2000), 0.001, 0.999)
    drawn = replicate("binary", "log_loss", labels, {"a": a, "b": b}, PARAMS)
    low, high = drawn.interval("log_loss", "a")
    _, paired_low, paired_high = drawn.difference("log_loss", "a", "b")
    assert paired_high - paired_low < (high - low) / 5


def test_resamples_depend_on_the_seed_and_the_rows_alone() -> None:
    first, again = (np.concatenate(list(counts(90, 120, 1)), axis=1) for _ in range(2))
    assert first.shape == (90, 120)
    assert (first == again).all()
    assert (first.sum(axis=0) == 90).all()
    assert (first != np.concatenate(list(counts(90, 120, 2)), axis=1)).any()
    assert len(np.unique(first, axis=1).T) == 120
    assert (first[:, :60] == np.concatenate(list(counts(90, 60, 1)), axis=1)).all()


def test_few_positive_rows_leave_an_interval_of_the_resamples_that_have_one() -> None:
    labels = np.zeros(50)
    labels[0] = 1
    scores = np.linspace(1, 0, 50)
    low, high = replicate("binary", "average_precision", labels, {"a": scores}, PARAMS).interval(
        "average_precision", "a"
    )
    assert (low, high) == (1.0, 1.0)


@pytest.mark.slow
def test_a_split_beyond_the_limit_gets_the_width_of_all_its_rows() -> None:
    rows = MOST_ROWS * 4
    rng = np.random.default_rng(8)
    errors = rng.normal(size=rows)
    params = EvaluateParams(bootstrap=200)
    drawn = replicate("regression", "mae", np.zeros(rows), {"a": errors}, params)
    low, high = drawn.interval("mae", "a")
    expected = 2 * 1.96 * np.abs(errors).std() / np.sqrt(rows)
    assert low < np.abs(errors).mean() < high
    assert high - low == pytest.approx(expected, rel=0.2)


def test_a_metric_without_an_interval_is_refused() -> None:
    with pytest.raises(ParamsError, match="macro_f1 has no interval"):
        compare("multiclass", np.zeros(2), np.ones((2, 2)), np.ones((2, 2)), "macro_f1", PARAMS)
