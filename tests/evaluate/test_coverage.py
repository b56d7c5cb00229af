from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t

from workbench.evaluate import Coverage, Dependence, Evidence, Point, Prices, Question, compare
from workbench.evaluate.comparison import judge
from workbench.evaluate.contributions import contributions, of_mean
from workbench.evaluate.coverage import FEW
from workbench.params.cost import ErrorCost
from workbench.params.evaluate import EvaluateParams

PARAMS = EvaluateParams(bootstrap=200)


def table(positives: int, rows: int = 300, seed: int = 0) -> tuple[np.ndarray, list[np.ndarray]]:
    rng = np.random.default_rng(seed)
    labels = (np.arange(rows) < positives).astype(float)
    return labels, [1 / (1 + np.exp(2 - 2 * labels - rng.normal(size=rows))) for _ in range(2)]


@pytest.mark.parametrize(("rare", "kind"), [(0, "nominal"), (10, "at least"), (FEW - 1, "at least"), (FEW, "nominal")])
def test_few_rows_of_a_class_bound_their_coverage_from_below(rare: int, kind: str) -> None:
    found = Coverage.of(0.95, rare)
    assert found.to_json() == {"level": 0.95, "kind": kind}
    assert ("at least" in found.name) == (kind == "at least")


def test_what_counts_calls_is_bounded_from_below_however_many_rows_there_are() -> None:
    assert Coverage.of(0.95, 10_000, "usd_per_month").kind == Coverage.of(0.95, 10_000, "accuracy").kind == "at least"
    assert Coverage.of(0.95, 0, "usd_per_month").kind == Coverage.of(0.95, FEW, "log_loss").kind == "nominal"
    labels, scores = table(FEW + 50)
    calls = [of_mean((each >= 0.5) != labels) for each in scores]
    found = [
        judge(metric, [calls[0].less(calls[1])], PARAMS, Dependence(), labels > 0)[0]
        for metric in ("usd_per_month", "mae")
    ]
    assert [one.coverage.kind for one in found] == ["at least", "nominal"]
    assert (found[0].low, found[0].high) == (found[1].low, found[1].high), "the claim is another, not the ends"


def test_a_comparison_claims_no_more_than_it_holds() -> None:
    few, many = table(20), table(100)
    careful = compare("binary", few[0], *few[1], "average_precision", PARAMS)
    assert careful.to_json()["coverage"] == {"level": 0.95, "kind": "at least"}
    assert compare("binary", 1 - few[0], *few[1], "log_loss", PARAMS).coverage == careful.coverage
    nominal = compare("binary", many[0], *many[1], "average_precision", EvaluateParams(bootstrap=200, confidence=0.9))
    assert nominal.to_json()["coverage"] == {"level": 0.9, "kind": "nominal"}
    groups = Dependence("groups", "customer", np.arange(300) // 3)
    assert compare("binary", few[0], *few[1], "log_loss", PARAMS, groups).coverage == Coverage(0.95)


def test_nothing_is_claimed_where_nothing_can_be_told() -> None:
    labels, (one, _) = table(20)
    assert compare("binary", labels, one, one, "average_precision", PARAMS).to_json()["coverage"] is None
    labels, scores = table(9)
    assert compare("binary", labels, *scores, "average_precision", PARAMS).to_json()["coverage"] is None


@given(st.integers(10, FEW - 1), st.integers(0, 5))
def test_bounds_hold_what_no_row_has_shown(positives: int, seed: int) -> None:
    labels, scores = table(positives, seed=seed)
    one, other = (contributions("binary", "average_precision", labels, each) for each in scores)
    (found,) = judge("average_precision", [one.less(other)], PARAMS, Dependence(), labels > 0)
    assert found.standard_error > 1 / (positives * np.sqrt(3))
    assert found.critical * found.standard_error == pytest.approx(found.high - found.difference)


def test_two_that_part_on_no_rare_row_may_part_on_three() -> None:
    """One negative row is called otherwise; of twenty positives none is, and to miss one costs a thousandfold."""
    positive = np.arange(400) < 20
    values = np.zeros(400)
    values[399] = 1.0
    (found,) = judge("usd_per_month", [of_mean(values, 1000.0)], PARAMS, Dependence(), positive)
    assert found.high >= 1000 * 3 / 400
    assert found.high == pytest.approx(found.critical * 1000 * np.sqrt(3) / 400, rel=0.01)
    assert found.critical >= t.ppf(0.975, 399)
    (found,) = judge("usd_per_month", [of_mean(values, 1000.0)], PARAMS, Dependence(), np.arange(400) < FEW)
    assert found.standard_error == pytest.approx(1 / 400, rel=0.01)


def test_bounds_without_a_most_reach_as_far_as_the_heavier_tail() -> None:
    rng = np.random.default_rng(3)
    positive = np.arange(300) < 20
    skewed = of_mean(rng.exponential(size=300) ** 2)
    (careful,) = judge("log_loss", [skewed], PARAMS, Dependence(), positive)
    (nominal,) = judge("log_loss", [skewed], PARAMS, Dependence("groups", "row", np.arange(300)), positive)
    assert careful.standard_error == pytest.approx(nominal.standard_error, rel=0.05)
    assert careful.critical > 1.05 * nominal.critical


def test_the_costliest_error_is_what_dollars_may_move_by() -> None:
    labels, scores = table(20)
    found = {usd: answer(labels, scores, usd) for usd in (10.0, 1000.0)}
    for usd, evidence in found.items():
        assert evidence.usd is not None
        assert evidence.usd.standard_error > np.sqrt(3) * usd / 300
        assert evidence.right is not None
        assert evidence.right.standard_error > np.sqrt(3) / 300


def answer(labels: np.ndarray, scores: list[np.ndarray], usd: float) -> Evidence:
    prices = Prices(ErrorCost(false_negative=usd, false_positive=1.0), 1.0)
    question = Question("binary", "log_loss", PARAMS, prices)
    points = {"a": Point(0.5), "b": Point(0.5)}
    (evidence,) = question.answer(labels, dict(zip("ab", scores, strict=True)), "a", points)
    return evidence
