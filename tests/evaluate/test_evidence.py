from __future__ import annotations

import json

import numpy as np
import pytest

from workbench.evaluate import Dependence, Point, Prices, Question, in_words
from workbench.evaluate.comparison import Comparison, compare
from workbench.evaluate.operating import error_usd_of_rows, right
from workbench.params.cost import ErrorCost
from workbench.params.evaluate import EvaluateParams, WorthwhileParams

PARAMS = EvaluateParams(bootstrap=400)
PRICES = Prices(ErrorCost(false_positive=1.0, false_negative=5.0), 1000.0)


def binary(rows: int = 3000, seed: int = 0) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    rng = np.random.default_rng(seed)
    labels = (rng.random(rows) < 0.3).astype(float)
    noises = {"good": 0.8, "bad": 2.5, "poor": 4.0}
    return labels, {
        name: 1 / (1 + np.exp(1 - 2 * labels - size * rng.normal(size=rows))) for name, size in noises.items()
    }


def points(names: dict[str, np.ndarray], fixed: float | None = 10.0) -> dict[str, Point]:
    return {name: Point(0.5, fixed) for name in names}


def test_dollars_are_those_of_each_row_at_its_threshold() -> None:
    labels, predictions = binary()
    usd = error_usd_of_rows("binary", labels, predictions["good"], PRICES.error_usd, 0.4)
    alarm = predictions["good"] >= 0.4
    assert usd.sum() == pytest.approx((alarm & (labels == 0)).sum() + 5 * (~alarm & (labels == 1)).sum())
    assert (right("binary", labels, predictions["good"], 0.4) == (usd == 0)).all()
    each = ErrorCost(absolute_error=2.0, misclassified=3.0)
    assert error_usd_of_rows("regression", np.zeros(2), np.array([1.0, -2]), each, None).tolist() == [2, 4]
    odds = np.array([[0.9, 0.1], [0.9, 0.1]])
    assert error_usd_of_rows("multiclass", np.array([0.0, 1]), odds, each, None).tolist() == [0, 3]


def test_the_evidence_agrees_with_itself() -> None:
    labels, predictions = binary()
    pair = {name: predictions[name] for name in ("good", "bad")}
    (found,) = Question("binary", "auto", PARAMS, PRICES).answer(labels, pair, "good", points(pair))
    assert (found.a, found.b, found.quality.verdict) == ("good", "bad", "better")
    assert found.usd is not None
    assert found.usd.verdict == "better"
    assert found.usd.difference < 0
    assert found.usd_is_whole
    assert found.mcnemar is not None
    assert found.right is not None
    shares = (found.mcnemar.only_a - found.mcnemar.only_b) / labels.size
    assert found.right.difference == pytest.approx(shares)
    json.dumps(found.to_json(), allow_nan=False)


def test_what_does_not_depend_on_rows_moves_the_dollars_but_not_their_spread() -> None:
    labels, predictions = binary()
    pair = {name: predictions[name] for name in ("good", "bad")}
    question = Question("binary", "auto", PARAMS, PRICES)
    (plain,) = question.answer(labels, pair, "good", points(pair))
    (dearer,) = question.answer(labels, pair, "good", {"good": Point(0.5, 110.0), "bad": Point(0.5, 10.0)})
    (unknown,) = question.answer(labels, pair, "good", points(pair, None))
    assert plain.usd is not None
    assert dearer.usd is not None
    assert unknown.usd is not None
    assert dearer.usd.difference == pytest.approx(plain.usd.difference + 100)
    assert dearer.usd.high - dearer.usd.low == pytest.approx(plain.usd.high - plain.usd.low)
    assert not unknown.usd_is_whole


@pytest.mark.parametrize(("rows", "positives"), [(400, 20), (3000, 900)])
def test_the_same_calls_on_all_rows_do_not_prove_the_same_calls_for_ever(rows: int, positives: int) -> None:
    labels = (np.arange(rows) < positives).astype(float)
    scores = 0.2 + 0.6 * labels
    pair = {"a": scores, "b": scores - 0.01}
    question = Question("binary", "auto", PARAMS, PRICES)
    (found,) = question.answer(labels, pair, "a", {"a": Point(0.5, 15.0), "b": Point(0.5, 10.0)})
    assert found.usd is not None
    assert found.usd.difference == pytest.approx(5.0)
    assert found.usd.low < 0 < found.usd.high
    assert (found.usd.verdict, found.usd.p_value > 0.05) == ("undecided", True)
    assert found.usd.coverage is not None
    assert found.usd.coverage.kind == "at least"


def test_few_rows_on_which_two_are_alike_prove_no_equality() -> None:
    labels = (np.arange(400) < 20).astype(float)
    scores = 0.2 + 0.6 * labels
    params = EvaluateParams(worthwhile=WorthwhileParams(accuracy=0.001))
    found = compare("binary", labels, scores, scores - 0.01, "accuracy", params)
    assert found.low < 0 < found.high
    assert (found.verdict, found.in_practice) == ("undecided", "undecided")


def test_without_prices_or_classes_those_parts_are_left_out() -> None:
    rng = np.random.default_rng(0)
    values = {"a": rng.normal(size=200), "b": rng.normal(size=200)}
    (found,) = Question("regression", "mae", PARAMS).answer(np.zeros(200), values, "a", {"a": Point(), "b": Point()})
    assert (found.usd, found.mcnemar, found.right) == (None, None, None)


def test_several_at_once_have_wider_intervals_that_all_hold_together() -> None:
    labels, predictions = binary()
    question = Question("binary", "log_loss", PARAMS)
    together = question.answer(labels, predictions, "good", points(predictions))
    assert [pair.b for pair in together] == ["bad", "poor"]
    for pair in together:
        alone_ = {name: predictions[name] for name in ("good", pair.b)}
        (alone,) = question.answer(labels, alone_, "good", points(alone_))
        assert pair.quality.compared == 2
        assert pair.quality.difference == alone.quality.difference
        assert pair.quality.high - pair.quality.low > alone.quality.high - alone.quality.low
        assert pair.quality.p_value >= alone.quality.p_value


def test_rows_of_few_groups_prove_less_than_as_many_rows() -> None:
    rng = np.random.default_rng(3)
    group = np.repeat(np.arange(25), 80)
    a, b = rng.normal(size=25)[group] + rng.normal(size=2000), np.zeros(2000)
    pair = {"a": a + 3, "b": b + 3}
    spots = {"a": Point(), "b": Point()}
    widths = {}
    for name, dependence in (("rows", Dependence()), ("groups", Dependence("groups", "g", group))):
        (found,) = Question("regression", "mae", PARAMS, None, dependence).answer(np.zeros(2000), pair, "a", spots)
        widths[name] = found.quality.high - found.quality.low
        assert found.quality.kind == name
    assert widths["groups"] > 3 * widths["rows"]


def test_too_few_rows_of_a_class_or_groups_give_no_verdict() -> None:
    labels, predictions = np.zeros(500), np.linspace(0, 1, 500)
    labels[-9:] = 1
    pair = {"a": predictions, "b": 1 - predictions}
    (found,) = Question("binary", "auto", PARAMS).answer(labels, pair, "a", points(pair))
    assert found.quality.verdict == "undecided"
    assert np.isnan(found.quality.low)
    assert found.quality.rows_to_decide == 556
    assert in_words(found.quality).startswith("not enough evidence: the rarer class has 9 rows")
    few = Dependence("groups", "g", np.arange(500) // 100)
    spots = {"a": Point(), "b": Point()}
    values = {"a": predictions, "b": predictions + 1}
    (found,) = Question("regression", "mae", PARAMS, None, few).answer(np.zeros(500), values, "a", spots)
    assert "there are 5 groups" in found.quality.too_few


@pytest.mark.parametrize(
    ("low", "high", "practice", "words"),
    [
        (-0.05, -0.03, "better", "better, by a worthwhile difference"),
        (-0.05, -0.01, "undecided", "better, though perhaps by less"),
        (-0.01, -0.005, "equivalent", "better, but equivalent in practice"),
        (-0.01, 0.01, "equivalent", "equivalent in practice"),
        (-0.03, 0.01, "undecided", "not enough evidence"),
        (0.03, 0.05, "worse", "worse, by a worthwhile difference"),
    ],
)
def test_the_words_weigh_the_interval_against_what_is_worthwhile(
    low: float, high: float, practice: str, words: str
) -> None:
    verdict = "better" if high < 0 else "worse" if low > 0 else "undecided"
    found = Comparison("log_loss", (low + high) / 2, low, high, verdict, None, rows=100, worthwhile=0.02)
    assert found.in_practice == practice
    assert in_words(found).startswith(words)


def test_what_is_worthwhile_is_taken_from_the_parameters() -> None:
    labels, predictions = binary()
    pair = {name: predictions[name] for name in ("good", "bad")}
    params = EvaluateParams(worthwhile=WorthwhileParams(average_precision=0.9, usd_per_month=1e9))
    (found,) = Question("binary", "auto", params, PRICES).answer(labels, pair, "good", points(pair))
    assert found.quality.in_practice == "equivalent"
    assert found.quality.verdict == "better"
    assert found.usd is not None
    assert found.usd.in_practice == "equivalent"
