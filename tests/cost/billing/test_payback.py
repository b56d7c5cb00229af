from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cost.billing.test_breakeven import offer
from workbench.cost.billing.payback import break_evens, count_words, payback_sentence
from workbench.cost.billing.uncertainty import monthly_total, with_totals
from workbench.evaluate import error_rates, metrics
from workbench.params.cost import CostParams

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.cost.billing.offers import Offer

PRICED = {"error_usd": {"false_positive": 1e-5, "false_negative": 4e-5}, "traffic": {"requests_per_day": 1e6}}


def pair(given: Mapping[str, object] = PRICED, larger_ms: float = 6.0) -> tuple[Offer, Offer]:
    params = CostParams.model_validate(given)
    return (
        offer("small", params, (1.0, 0.0, 10.0, 1e5), 0.3),
        offer("large", params, (larger_ms, 0.0, 7.2e5, 1e7), 0.9),
    )


def test_the_larger_model_pays_from_some_traffic_or_some_price_of_a_miss() -> None:
    small, large = pair()
    found = break_evens(large, small, "binary")
    assert [item.quantity for item in found] == [
        "requests_per_day",
        "false_negative",
        "false_positive",
        "retrains_per_month",
    ]
    said = payback_sentence(large, small, found)
    assert said.startswith("large costs ")
    assert re.search(r"it would pay from [\d.,]+ million requests a day", said), said
    assert re.search(r"when a miss costs (more than|between) \$0\.0000\d+", said), said
    price = next(item for item in found if item.quantity == "false_negative").stretches[-1].low
    for factor, pays in ((0.99, False), (1.01, True)):
        given = PRICED | {"error_usd": {"false_positive": 1e-5, "false_negative": price * factor}}
        small, large = pair(given)
        assert (large.usd() < small.usd()) == pays


def test_one_that_pays_says_until_when() -> None:
    small, large = pair(PRICED | {"traffic": {"requests_per_day": 5e7}})
    said = payback_sentence(large, small, break_evens(large, small, "binary"))
    assert said.startswith("large pays against small: $")
    assert re.search(r"as long as there are more than [\d.,]+ (million )?requests a day", said), said
    assert re.search(r"and there are fewer than [\d.,]+ retrains a month\.$", said), said


def test_one_that_never_pays_is_said_to_never_pay() -> None:
    small, _ = pair()
    worse = replace(small, name="worse", month=replace(small.month, training_usd_per_hour=50.0))
    said = payback_sentence(worse, small, break_evens(worse, small, "binary"))
    assert "does not pay against small" in said
    assert "more, whatever the traffic (looked at up to " in said


def test_a_load_beyond_what_is_usually_looked_at_is_looked_at_too() -> None:
    small, large = pair({**PRICED, "traffic": {"requests_per_day": 3e10}, "retrains_per_month": 5000.0})
    for item in break_evens(large, small, "binary"):
        assert item.low <= item.stated <= item.high, item.quantity


def test_equal_offers_are_called_equal() -> None:
    small, _ = pair()
    said = payback_sentence(replace(small, name="twin"), small, break_evens(small, small, "binary"))
    assert said.startswith("twin does not pay against small: it costs the same, whatever")


@given(st.floats(1e-9, 1e12))
def test_words_for_numbers_keep_three_digits(value: float) -> None:
    scale = {"million": 1e6, "billion": 1e9}
    number, _, word = count_words(max(value, 1.0)).partition(" ")
    assert float(number.replace(",", "")) * scale.get(word, 1) == pytest.approx(max(value, 1.0), rel=6e-3)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_the_interval_of_the_total_is_that_of_resampled_rows(task: str) -> None:
    rng = np.random.default_rng(5)
    rows = 600
    labels = rng.integers(0, {"binary": 2, "multiclass": 3, "regression": 9}[task], rows).astype(float)
    if task == "binary":
        scores = 1 / (1 + np.exp(1 - 2 * labels - 2 * rng.normal(size=rows)))
    elif task == "multiclass":
        odds = np.exp(2 * np.eye(3)[labels.astype(int)] + 2 * rng.normal(size=(rows, 3)))
        scores = odds / odds.sum(axis=1, keepdims=True)
    else:
        scores = labels + rng.gamma(1.0, 2.0, rows)
    usd = {"binary": {"false_positive": 1, "false_negative": 5}}.get(
        task, {"misclassified": 2} if task == "multiclass" else {"absolute_error": 3}
    )
    params = CostParams.model_validate({"error_usd": usd, "traffic": {"requests_per_day": 24}})
    rates = error_rates(task, labels, scores)
    measured = pl.DataFrame(
        [("m", "validation", name, value) for name, value in metrics(task, labels, scores).items()],
        schema=["id", "split", "metric", "value"],
        orient="row",
    )
    frame = pl.DataFrame({"id": ["m"], "usd_serving_per_month": [10.0], "usd_training_per_month": [1.0]})
    tagged = rates.with_columns(id=pl.lit("m"), split=pl.lit("validation"))
    total = with_totals(frame, tagged, params, rows, measured).row(0, named=True)
    per_row = _per_row(task, labels, scores, rates, params)
    drawn = 730 * per_row[rng.integers(0, rows, (4000, rows))].mean(axis=1) + 11
    low, high = np.quantile(drawn, [0.025, 0.975])
    assert total["usd_per_month"] == pytest.approx(730 * per_row.mean() + 11)
    assert total["usd_per_month_low"] == pytest.approx(low, rel=0.02)
    assert total["usd_per_month_high"] == pytest.approx(high, rel=0.02)


def _per_row(task: str, labels: np.ndarray, scores: np.ndarray, rates: pl.DataFrame, params: CostParams) -> np.ndarray:
    if task == "regression":
        return 3.0 * np.abs(scores - labels)
    if task == "multiclass":
        return 2.0 * (scores.argmax(axis=1) != labels)
    cost = rates["false_positives_per_row"] * 1 + rates["false_negatives_per_row"] * 5
    called = scores >= rates["threshold"][int(cost.arg_min())]
    return np.where(called & (labels == 0), 1.0, np.where(~called & (labels == 1), 5.0, 0.0))


@given(st.floats(0, 0.5), st.floats(0, 1000))
@settings(max_examples=30)
def test_stated_doubt_about_prices_widens_the_interval(doubt: float, running: float) -> None:
    rates = pl.DataFrame(
        {
            "false_positives_per_row": [0.0],
            "false_negatives_per_row": [0.0],
            "misclassified_per_row": [0.0],
            "absolute_error_per_row": [0.0],
        }
    )
    total = monthly_total(running, rates, CostParams(price_uncertainty=doubt), 100)
    assert total.usd_per_month == running
    half = (total.usd_per_month_high - total.usd_per_month_low) / 2
    assert half == pytest.approx(0.95 * doubt * running, rel=0.03, abs=1e-9)
    again = monthly_total(running, rates, CostParams(price_uncertainty=doubt), 100)
    assert again == total
