from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import ModelError, UsageError
from workbench.evaluate import (
    Coverage,
    Evaluation,
    calibration_curve,
    confusion,
    error_rates,
    evaluate,
    metrics,
    precision_recall_curve,
    roc_curve,
    thresholds,
)
from workbench.params.evaluate import EvaluateParams

ROOT = Path(__file__).resolve().parents[2]
PARAMS = EvaluateParams(bootstrap=150)


def predicted(task: str, labels: np.ndarray, noise: float, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    if task == "multiclass":
        odds = np.exp(2 * np.eye(3)[labels.astype(int)] + noise * rng.normal(size=(labels.size, 3)))
        return odds / odds.sum(axis=1, keepdims=True)
    if task == "regression":
        return labels + noise * rng.normal(size=labels.size)
    return 1 / (1 + np.exp(2 - 3 * labels - noise * rng.normal(size=labels.size)))


def judged(task: str) -> Evaluation:
    rng = np.random.default_rng(0)
    classes = {"binary": 2, "multiclass": 3, "regression": 50}[task]
    labels = {split: rng.integers(0, classes, 600).astype(float) for split in ("validation", "test")}
    predictions = {
        split: {
            "b00": predicted(task, labels[split], 2.0, 1),
            "b01": predicted(task, labels[split], 0.5, 2),
            "base": predicted(task, labels[split], 3.0, 3),
        }
        for split in labels
    }
    return evaluate(task, labels, predictions, PARAMS, "base")


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_every_task_runs_and_finds_the_best_on_validation(task: str) -> None:
    found = judged(task)
    assert found.best_id == "b01"
    assert found.metrics.columns == ["id", "split", "metric", "value", "low", "high"]
    inside = found.metrics.drop_nulls("low").filter(pl.col("value").is_between("low", "high").not_())
    assert inside.height <= 1
    assert found.against_baseline().verdict == "better"
    assert found.against_baseline(candidate="base").verdict == "undecided"


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_the_summary_is_json_of_numbers_by_split(task: str) -> None:
    summary = judged(task).summary()
    assert list(summary) == ["validation", "test", "baseline"]
    again = json.loads(json.dumps(summary, allow_nan=False))
    assert set(again["validation"]) == set(again["baseline"]["test"])
    assert all(isinstance(value, float) for value in again["test"].values())


def test_comparisons_keep_what_their_ends_claim() -> None:
    found = judged("binary")
    assert found.against_baseline("log_loss").coverage == Coverage(PARAMS.confidence)
    careful = found.against_baseline("accuracy").coverage
    assert careful is not None
    assert careful.name == "careful bounds (at least 95%)"
    assert found.against_baseline(candidate="base").coverage is None


def test_a_comparison_that_was_not_made_is_named() -> None:
    with pytest.raises(UsageError, match="b01, train, log_loss"):
        judged("binary").against_baseline("log_loss", "train")


def test_a_prediction_that_is_no_number_is_refused_with_its_row() -> None:
    labels, scores = np.array([0.0, 1.0, 1.0]), np.array([0.1, np.nan, 0.3])
    with pytest.raises(ModelError, match="candidate a on validation: the prediction of row 2 is not a number"):
        evaluate("binary", {"validation": labels}, {"validation": {"a": scores}}, PARAMS, "a")


def test_an_unknown_baseline_is_refused_with_the_nearest_name() -> None:
    labels, scores = np.array([0.0, 1.0]), np.array([0.1, 0.3])
    with pytest.raises(UsageError, match="did you mean base"):
        evaluate("binary", {"validation": labels}, {"validation": {"base": scores}}, PARAMS, "bsae")


@given(st.integers(1, 200), st.integers(0, 10_000), st.integers(1, 50))
@settings(max_examples=200, deadline=None)
def test_error_rates_are_the_counted_ones(rows: int, seed: int, levels: int) -> None:
    rng = np.random.default_rng(seed)
    labels, scores = rng.integers(0, 2, rows).astype(float), rng.integers(0, levels + 1, rows) / levels
    frame = error_rates("binary", labels, scores)
    assert frame["threshold"].is_sorted()
    for threshold, positives, negatives, wrong, _ in frame.iter_rows():
        alarm = scores >= threshold
        assert positives == pytest.approx((alarm & (labels == 0)).mean())
        assert negatives == pytest.approx((~alarm & (labels == 1)).mean())
        assert wrong == pytest.approx((alarm != (labels == 1)).mean())


def test_thresholds_reach_from_all_alarms_to_none_and_are_dense_where_positives_are() -> None:
    rng = np.random.default_rng(1)
    labels = (rng.random(50_000) < 0.01).astype(float)
    scores = np.clip(0.01 + 0.3 * labels * rng.random(50_000) + 0.005 * rng.random(50_000), 0, 1)
    found = thresholds(labels, scores)
    frame = error_rates("binary", labels, scores, found)
    assert 40 <= found.size <= 66
    assert frame["false_negatives_per_row"][0] == 0
    assert frame["false_positives_per_row"][-1] == 0
    assert (found > 0.05).sum() >= 20
    assert all(float(f"{value:.4g}") == pytest.approx(value, abs=1e-12) for value in found)


def test_test_rows_are_judged_at_the_thresholds_of_validation() -> None:
    rng = np.random.default_rng(4)
    labels = {split: rng.integers(0, 2, 300).astype(float) for split in ("validation", "test")}
    predictions = {split: {"a": predicted("binary", labels[split], 1.0, 1)} for split in labels}
    rates = evaluate("binary", labels, predictions, PARAMS, "a").error_rates
    expected = thresholds(labels["validation"], predictions["validation"]["a"]).tolist()
    for split in labels:
        assert rates.filter(split=split)["threshold"].to_list() == expected


def test_other_tasks_have_one_rate_without_threshold() -> None:
    regression = error_rates("regression", np.array([0.0, 0.0]), np.array([1.0, 2.0]))
    assert regression["absolute_error_per_row"].to_list() == [1.5]
    assert regression["threshold"].to_list() == [None]
    assert judged("multiclass").error_rates["misclassified_per_row"].null_count() == 0


def test_curves_are_small_and_end_where_they_must() -> None:
    rng = np.random.default_rng(2)
    labels = rng.integers(0, 2, 5000).astype(float)
    scores = predicted("binary", labels, 1.0, 1)
    roc, precision = roc_curve(labels, scores), precision_recall_curve(labels, scores)
    assert roc.height == precision.height == 200
    assert roc.select("false_positive_rate", "true_positive_rate").row(0) == (0, 0)
    assert roc.select("false_positive_rate", "true_positive_rate").row(-1) == (1, 1)
    assert precision["recall"][-1] == 1
    area = np.trapezoid(roc["true_positive_rate"], roc["false_positive_rate"])
    assert area == pytest.approx(metrics("binary", labels, scores)["roc_auc"], abs=0.005)


def test_calibration_of_a_calibrated_score_lies_on_the_diagonal() -> None:
    rng = np.random.default_rng(3)
    scores = rng.random(100_000)
    frame = calibration_curve("binary", (rng.random(100_000) < scores).astype(float), scores)
    assert frame["rows"].sum() == 100_000
    assert frame.height == 20
    assert (frame["predicted"] - frame["observed"]).abs().max() < 0.03


def test_threads_and_the_kernels_of_another_processor_change_no_byte() -> None:
    program = """
import numpy as np
from tests.evaluate.test_evaluation import PARAMS
from workbench.evaluate import calibration_curve, evaluate

rng = np.random.default_rng(0)
scores = {name: rng.beta(1, 8, 60_000) for name in ("b00", "base")}
labels = (rng.random(60_000) < scores["b00"]).astype(float)
found = evaluate("binary", {"validation": labels}, {"validation": scores}, PARAMS, "base")
for frame in (calibration_curve("binary", labels, scores["b00"]), found.metrics, found.comparisons, found.error_rates):
    print(frame.write_csv())
"""
    printed = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env={
                **os.environ,
                "POLARS_MAX_THREADS": threads,
                "OPENBLAS_NUM_THREADS": threads,
                "OPENBLAS_CORETYPE": kernels,
            },
            capture_output=True,
            check=True,
        ).stdout
        for threads, kernels in (("1", "Haswell"), ("2", "Haswell"), ("4", "Prescott"), ("1", "Sandybridge"))
    }
    assert len(printed) == 1


def test_confusion_counts_every_row_once() -> None:
    labels = np.array([0.0, 1.0, 2.0, 2.0])
    predictions = np.eye(3)[[0, 1, 2, 0]]
    frame = confusion(labels, predictions, ("x", "y", "z"))
    assert frame["rows"].sum() == 4
    assert frame.filter(actual="z", predicted="x")["rows"].item() == 1
