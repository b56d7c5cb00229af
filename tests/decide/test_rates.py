from __future__ import annotations

import time

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.decide import fields
from workbench.cost import expected_error_usd, priced_errors, rows_per_month
from workbench.decide import Rates, decide
from workbench.decide.expectation import operating_points
from workbench.errors import DecisionError
from workbench.params.cost import CostParams, ErrorCost
from workbench.params.decide import DecideParams

PRICES = st.sampled_from([0.0, 0.003, 0.25, 1.0, 7.3])


def one_by_one(
    table: pl.DataFrame, name: str, error_usd: ErrorCost, rows: float, threshold: float | None
) -> tuple[float, float, float | None]:
    """Find where to operate one candidate by looking at its rows of the table."""
    validation, test = (table.filter(id=name, split=split) for split in ("validation", "test"))
    usd, test_usd = (expected_error_usd(part, error_usd, rows) for part in (validation, test))
    if threshold is None and not priced_errors("binary", error_usd):
        threshold = 0.5
    chosen = float(validation["threshold"][int(np.argmin(usd))]) if threshold is None else threshold
    at = [
        float(np.interp(chosen, part["threshold"].to_numpy(), dollars)) if part.height else None
        for part, dollars in ((validation, usd), (test, test_usd))
    ]
    return chosen, at[0], at[1]


@given(
    st.integers(0, 10_000),
    st.tuples(PRICES, PRICES, PRICES),
    st.one_of(st.none(), st.floats(0, 1)),
    st.one_of(st.none(), st.integers(0, 6)),
    st.booleans(),
)
@settings(max_examples=80, deadline=None)
def test_laid_out_rates_give_the_same_bits_as_looking_at_one_candidate_after_the_other(
    seed: int, prices: tuple[float, float, float], threshold: float | None, of: int | None, tested: bool
) -> None:
    candidates = fields.profiled(7, seed)
    table = fields.rates(candidates, seed, test=tested)
    error_usd = ErrorCost(**dict(zip(("false_positive", "false_negative", "misclassified"), prices, strict=True)))
    points = operating_points(Rates.of(table, candidates["id"]), "binary", error_usd, 1234.5, threshold, of)
    found = zip(
        points.threshold.tolist(),
        points.usd_errors_per_month.tolist(),
        points.test_usd_errors_per_month.tolist(),
        strict=True,
    )
    for row, (name, (cut, usd, test_usd)) in enumerate(zip(candidates["id"], found, strict=True)):
        expected = one_by_one(table, name, error_usd, 1234.5, threshold if of in {None, row} else None)
        assert (cut, usd, test_usd if tested else None) == expected
        assert tested or np.isnan(test_usd)


def test_the_order_of_the_rows_does_not_matter() -> None:
    candidates = fields.profiled(9)
    table = fields.rates(candidates)
    laid, shuffled = (Rates.of(part, candidates["id"]) for part in (table, table.sample(fraction=1, shuffle=True)))
    assert np.array_equal(laid.validation.thresholds, shuffled.validation.thresholds)
    for one, other in zip(laid.test.rates, shuffled.test.rates, strict=True):
        assert one is other is None or np.array_equal(one, other)


def test_decisions_from_the_table_and_from_laid_out_rates_are_equal() -> None:
    candidates = fields.priced(12)
    table = fields.rates(candidates)
    one = decide(candidates, table, fields.COST, DecideParams(), "binary")
    other = decide(candidates, Rates.of(table, candidates["id"]), fields.COST, DecideParams(), "binary")
    assert one.table.equals(other.table)
    assert (one.candidate, one.reason) == (other.candidate, other.reason)


def test_rates_of_other_candidates_and_missing_ones_are_refused() -> None:
    candidates = fields.priced(4)
    table = fields.rates(candidates)
    laid = Rates.of(table, candidates["id"])
    with pytest.raises(DecisionError, match="laid out for other candidates"):
        decide(candidates.reverse(), laid, fields.COST, DecideParams(), "binary")
    with pytest.raises(DecisionError, match=r"no error rates on validation\. Found: b02"):
        Rates.of(table.filter(pl.col("id") != "b02"), candidates["id"])


def test_some_candidates_can_be_kept() -> None:
    candidates = fields.profiled(6)
    laid = Rates.of(fields.rates(candidates), candidates["id"])
    kept = laid.only([4, 1])
    assert kept.ids == ("b04", "b01")
    ways = [operating_points(part, "binary", fields.COST.error_usd, 10, None) for part in (laid, kept)]
    assert ways[1].usd_errors_per_month.tolist() == ways[0].usd_errors_per_month[[4, 1]].tolist()


def test_values_and_classes_have_one_rate_and_no_threshold() -> None:
    table = pl.DataFrame(
        {
            "id": ["a", "b"] * 2,
            "split": ["validation"] * 2 + ["test"] * 2,
            "threshold": [None] * 4,
            "false_positives_per_row": [None] * 4,
            "false_negatives_per_row": [None] * 4,
            "misclassified_per_row": [None] * 4,
            "absolute_error_per_row": [1.0, 2.0, 3.0, 4.0],
        },
        schema_overrides={"threshold": pl.Float64, "misclassified_per_row": pl.Float64},
    )
    points = operating_points(Rates.of(table, ["b", "a"]), "regression", ErrorCost(absolute_error=10), 2, None)
    assert points.threshold is None
    assert points.usd_errors_per_month.tolist() == [40, 20]
    assert points.test_usd_errors_per_month.tolist() == [80, 60]


def test_a_move_is_many_times_quicker_than_a_loop_over_candidates() -> None:
    candidates = fields.priced(300)
    table = fields.rates(candidates, ragged=False)
    laid, rows = Rates.of(table, candidates["id"]), rows_per_month(fields.COST.traffic)
    costs = [CostParams(error_usd={"false_positive": 0.001 * step, "false_negative": 0.01}) for step in range(1, 6)]
    decide(candidates, laid, costs[0], DecideParams(), "binary")
    start = time.perf_counter()
    for cost in costs:
        decide(candidates, laid, cost, DecideParams(), "binary")
    moved = (time.perf_counter() - start) / len(costs)
    start = time.perf_counter()
    for name in candidates["id"]:
        one_by_one(table, name, costs[0].error_usd, rows, None)
    assert moved < (time.perf_counter() - start) / 5
