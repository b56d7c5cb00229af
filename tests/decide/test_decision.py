from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.decide import fields
from workbench.cost import DAYS_PER_MONTH
from workbench.decide import (
    Decision,
    candidates_table,
    decide,
    expected_error_usd,
    limited_quantities,
    rows_per_month,
)
from workbench.errors import DecisionError, ParamsError
from workbench.evaluate import error_rates, metrics
from workbench.params.cost import CostParams, ErrorCost, ServingParams, Traffic
from workbench.params.decide import DecideParams, Limits

TRAFFIC = Traffic(requests_per_day=1000, rows_per_request=1)
COST = CostParams(traffic=TRAFFIC, error_usd=ErrorCost(false_positive=1, false_negative=5))
SIMILAR = {"b00": (0.5, 1.0), "b00x10": (0.9, 0.4), "blend": (0.3, 3.0)}


def costs(speeds: dict[str, float]) -> pl.DataFrame:
    """Costs of candidates that take so many milliseconds."""
    return pl.DataFrame(
        [
            {
                "id": name,
                "latency_p99_ms": 2 * ms,
                "latency_p99_ms_100_rows": 20 * ms,
                "size_bytes": int(ms * 1e5),
                "peak_rss_bytes": 100_000_000,
                "usd_serving_per_month": 50.0 * ms,
                "usd_training_per_month": ms,
            }
            for name, ms in speeds.items()
        ]
    )


def judged(task: str, noises: dict[str, float], seed: int = 0) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Metrics and error rates of candidates that see the truth through so much noise."""
    rng = np.random.default_rng(seed)
    measured, rates = [], []
    for split in ("validation", "test"):
        labels = rng.integers(0, {"binary": 2, "multiclass": 3, "regression": 50}[task], 800).astype(float)
        for name, noise in noises.items():
            if task == "multiclass":
                odds = np.exp(2 * np.eye(3)[labels.astype(int)] + noise * rng.normal(size=(800, 3)))
                predictions = odds / odds.sum(axis=1, keepdims=True)
            elif task == "regression":
                predictions = labels + noise * rng.normal(size=800)
            else:
                predictions = 1 / (1 + np.exp(1 - 2 * labels - noise * rng.normal(size=800)))
            measured += [(name, split, key, value) for key, value in metrics(task, labels, predictions).items()]
            found = error_rates(task, labels, predictions)
            rates.append(found.with_columns(id=pl.lit(name), split=pl.lit(split)))
    return pl.DataFrame(measured, ["id", "split", "metric", "value"], orient="row"), pl.concat(rates)


def decided(task: str = "binary", cost: CostParams = COST, params: DecideParams | None = None) -> Decision:
    measured, rates = judged(task, {name: 2 * noise for name, (noise, _) in SIMILAR.items()})
    table = candidates_table(costs({name: ms for name, (_, ms) in SIMILAR.items()}), measured)
    return decide(table, rates, cost, params or DecideParams(), task)


@given(
    st.lists(st.tuples(st.floats(0.1, 5), st.floats(0.2, 4)), min_size=1, max_size=5),
    st.floats(0, 10),
    st.floats(0, 10),
    st.floats(0.5, 10),
)
@settings(max_examples=60, deadline=None)
def test_the_choice_is_the_least_total_over_all_candidates_and_thresholds_within_the_limits(
    made: list[tuple[float, float]], false_positive: float, false_negative: float, limit_ms: float
) -> None:
    speeds = {f"c{row}": ms for row, (ms, _) in enumerate(made)}
    measured, rates = judged("binary", {f"c{row}": noise for row, (_, noise) in enumerate(made)})
    error_usd = ErrorCost(false_positive=false_positive, false_negative=false_negative)
    cost = CostParams(traffic=TRAFFIC, error_usd=error_usd)
    params = DecideParams(limits=Limits(latency_p99_ms=limit_ms))
    totals = {}
    for name, ms in speeds.items():
        for row in rates.filter(id=name, split="validation").iter_rows(named=True):
            wrong = row["false_positives_per_row"] * false_positive + row["false_negatives_per_row"] * false_negative
            if 2 * ms <= limit_ms:
                totals[name, row["threshold"]] = 51.0 * ms + wrong * 1000 * DAYS_PER_MONTH
    table = candidates_table(costs(speeds), measured)
    if not totals:
        with pytest.raises(DecisionError, match="no candidate keeps to the limits"):
            decide(table, rates, cost, params, "binary")
        return
    found = decide(table, rates, cost, params, "binary")
    if false_positive or false_negative:
        assert found.usd_per_month == pytest.approx(min(totals.values()))
        chosen = found.table.filter(id=found.candidate)
        assert chosen["on_frontier"].item()
    assert 2 * speeds[found.candidate] <= limit_ms


@given(
    st.integers(0, 10_000),
    st.sampled_from([0.0, 0.0005, 0.02, 3.0]),
    st.sampled_from([0.0, 0.002, 0.5]),
    st.floats(2, 8),
    st.tuples(*[st.one_of(st.none(), st.floats(0.02, 1.1))] * 4),
)
@settings(max_examples=120, deadline=None)
def test_with_any_economics_and_limits_a_plain_loop_finds_the_same_bits(
    seed: int, alarm: float, miss: float, magnitude: float, shares: tuple[float | None, ...]
) -> None:
    cost = CostParams(
        traffic=Traffic(requests_per_day=10**magnitude, rows_per_request=3),
        error_usd=ErrorCost(false_positive=alarm, false_negative=miss),
    )
    candidates = fields.priced(8, cost, seed=seed)
    table = fields.rates(candidates, seed)
    most = limited_quantities(candidates, cost)
    bounds = {
        name: None if share is None else type_of(float(values.max()) * share)
        for (name, values), share, type_of in zip(most.items(), shares, (float, float, int, int), strict=True)
    }
    params = DecideParams(limits=Limits(**bounds))
    best = None
    for row, name in enumerate(candidates["id"]):
        if any(bound is not None and most[limit][row] > bound for limit, bound in bounds.items()):
            continue
        usd = {
            cut: rows_per_month(cost.traffic) * (alarms * alarm + misses * miss)
            for cut, alarms, misses in table.filter(id=name, split="validation")
            .select("threshold", "false_positives_per_row", "false_negatives_per_row")
            .iter_rows()
        }
        cut = min(usd, key=usd.__getitem__)
        total = most["usd_per_month"][row] + usd[cut]
        quality = -candidates["validation_average_precision"][row]
        key = (total, usd[cut], quality) if alarm or miss else (quality, most["usd_per_month"][row])
        if best is None or key < best[0]:
            best = key, name, cut if alarm or miss else 0.5, total
    if best is None:
        with pytest.raises(DecisionError, match="no candidate keeps to the limits"):
            decide(candidates, table, cost, params, "binary")
        return
    found = decide(candidates, table, cost, params, "binary")
    assert (found.candidate, found.threshold) == best[1:3]
    assert found.usd_per_month == (
        best[3] if alarm or miss else most["usd_per_month"][found.table["id"].index_of(best[1])]
    )


def twins(changes: dict[str, list[float]], cost: CostParams = fields.COST) -> Decision:
    """Decide between two candidates that are alike in all but what is given."""
    one = fields.priced(1, cost)
    table = pl.concat([one.with_columns(id=pl.lit(name)) for name in ("first", "second")])
    table = table.with_columns(pl.Series(name, values) for name, values in changes.items())
    rates = fields.rates(one)
    same = pl.concat([rates.with_columns(id=pl.lit(name)) for name in ("first", "second")])
    return decide(table, same, cost, DecideParams(), "binary")


def test_ties_are_explained() -> None:
    found = twins({})
    assert found.candidate == "first"
    assert "second would cost the same: first goes first, as it stands before second in the table." in found.reason
    found = twins({"validation_average_precision": [0.3, 0.4]})
    assert "first would cost the same: second goes first, as its average_precision on validation" in found.reason
    found = twins({"usd_training_per_month": [2.0, 1.0]}, CostParams(traffic=fields.COST.traffic))
    assert "Next is first with 0.3317." in found.reason
    assert "second goes first of these two, as it is cheaper to run." in found.reason
    found = twins({}, CostParams(traffic=fields.COST.traffic))
    assert "first goes first, as it stands before second in the table." in found.reason


def test_one_that_costs_the_same_to_the_cent_and_is_better_is_named() -> None:
    metric = "validation_average_precision"
    found = twins({"usd_training_per_month": [1.0, 1.000001], metric: [0.3, 0.4]})
    assert found.candidate == "first"
    assert "To the cent 1 others cost no more; of these second has the better average_precision" in found.reason
    assert "To the cent" not in twins({"usd_training_per_month": [1.0, 1.01], metric: [0.3, 0.4]}).reason
    assert "To the cent" not in twins({"usd_training_per_month": [1.0, 1.000001], metric: [0.4, 0.3]}).reason


def test_of_equal_totals_the_one_with_fewer_dollars_of_errors_goes_first_and_the_reason_says_so() -> None:
    candidates = fields.priced(2).with_columns(
        pl.Series("usd_training_per_month", [0.0, 2.0]), usd_serving_per_month=pl.lit(8.0)
    )
    cost = CostParams(traffic=Traffic(requests_per_day=24 / 730), error_usd=ErrorCost(misclassified=1))
    rates = pl.DataFrame({"id": ["b00", "b01"], "misclassified_per_row": [6.0, 4.0]}).with_columns(
        threshold=0.5, split=pl.lit("validation")
    )
    empty = dict.fromkeys(("false_positives_per_row", "false_negatives_per_row", "absolute_error_per_row"), 0.0)
    found = decide(
        candidates, rates.with_columns(**{k: pl.lit(v) for k, v in empty.items()}), cost, DecideParams(), "binary"
    )
    assert found.candidate == "b01"
    assert "b00 would cost the same: b01 goes first, as $2.00 less of it is for errors." in found.reason


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_every_task_is_decided(task: str) -> None:
    error_usd = ErrorCost(false_positive=1, false_negative=5, misclassified=2, absolute_error=3)
    error_usd = error_usd.model_copy(update={"misclassified": 0.0}) if task == "binary" else error_usd
    found = decided(task, CostParams(traffic=TRAFFIC, error_usd=error_usd))
    row = found.table.filter(id=found.candidate).row(0, named=True)
    assert row["usd_per_month"] == pytest.approx(found.usd_per_month)
    assert found.usd_per_month == found.table["usd_per_month"].min()
    assert (found.threshold is None) == (task != "binary")
    assert found.runner_up in set(SIMILAR) - {found.candidate}
    json.dumps([found.summary(), found.record()], allow_nan=False)
    assert all(isinstance(value, int | float) for value in found.summary().values())


def test_expected_cost_is_rates_times_prices_times_rows_and_null_is_nothing() -> None:
    rates = error_rates("binary", np.array([0.0, 1.0, 1.0, 1.0]), np.array([0.9, 0.1, 0.2, 0.8]), np.array([0.5]))
    found = expected_error_usd(rates, ErrorCost(false_positive=10, false_negative=100, absolute_error=7), 400)
    assert found.tolist() == [400 * (0.25 * 10 + 0.5 * 100)]


def test_what_a_person_chose_is_honoured_and_the_price_of_it_stated() -> None:
    free = decided()
    other = next(name for name in SIMILAR if name != free.candidate)
    found = decided(params=DecideParams(candidate=other, threshold=0.3))
    assert (found.candidate, found.threshold) == (other, 0.3)
    assert found.usd_per_month > free.usd_per_month
    assert "chosen in params.yaml" in found.reason
    assert "0.3 (set in params.yaml)" in found.reason
    assert f"{found.runner_up} would cost" in found.reason


def test_a_threshold_chosen_with_a_candidate_is_that_candidates_alone() -> None:
    free = decided()
    other = next(name for name in SIMILAR if name != free.candidate)
    found = decided(params=DecideParams(candidate=other, threshold=0.3))
    columns = ["id", "threshold", "usd_errors_per_month", "test_usd_errors_per_month", "usd_per_month"]
    rest = pl.col("id") != other
    assert found.table.filter(rest).select(columns).equals(free.table.filter(rest).select(columns))
    assert found.runner_up == free.candidate
    everyones = decided(params=DecideParams(threshold=0.3))
    assert everyones.table["threshold"].unique().to_list() == [0.3]
    assert found.usd_per_month == everyones.table.filter(id=other)["usd_per_month"].item()


def test_writing_the_automatic_choice_into_params_gives_the_same_point_again() -> None:
    free = decided()
    again = decided(params=DecideParams(candidate=free.candidate, threshold=free.threshold))
    assert (again.candidate, again.threshold, again.usd_per_month) == (
        free.candidate,
        free.threshold,
        free.usd_per_month,
    )


def test_a_chosen_candidate_beyond_a_limit_is_kept_and_the_reason_says_so() -> None:
    found = decided(params=DecideParams(candidate="blend", limits=Limits(latency_p99_ms=3)))
    assert found.candidate == "blend"
    assert "although it breaks the limit latency_p99_ms" in found.reason
    assert not found.table.filter(id="blend")["within_limits"].item()


def test_an_unknown_candidate_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(ParamsError, match=r"decide\.candidate.*Found: blnd.*did you mean blend"):
        decided(params=DecideParams(candidate="blnd"))


def test_limits_that_nobody_keeps_are_counted_and_the_least_change_named() -> None:
    limits = Limits(latency_p99_ms=0.4, size_bytes=50_000)
    with pytest.raises(
        DecisionError,
        match=r"latency_p99_ms by 3 of 3; size_bytes by 2 of 3.*raise latency_p99_ms from 0.4 to 0.8, which lets",
    ) as error:
        decided(params=DecideParams(limits=limits))
    assert error.value.exit_code == 1


def test_the_limit_on_dollars_leaves_the_cost_of_errors_out() -> None:
    found = decided(params=DecideParams(limits=Limits(usd_per_month=60)))
    assert found.table["within_limits"].to_list() == [True, True, False]
    assert found.usd_per_month > 60


def test_latency_is_that_of_a_request_of_the_stated_size() -> None:
    params = DecideParams(limits=Limits(latency_p99_ms=19))
    wide = CostParams(traffic=Traffic(requests_per_day=1000, rows_per_request=100), error_usd=COST.error_usd)
    assert decided(params=params).table["within_limits"].to_list() == [True, True, True]
    assert decided(cost=wide, params=params).table["within_limits"].to_list() == [False, True, False]


def test_without_a_price_on_errors_the_metric_decides_and_the_reason_says_so() -> None:
    found = decided(cost=CostParams(traffic=TRAFFIC))
    best = found.table.sort("validation_average_precision", descending=True)["id"][0]
    assert found.candidate == best
    assert found.threshold == 0.5
    assert found.reason.startswith("No error has a price (cost.error_usd), so the best average_precision")


def test_a_price_without_meaning_for_the_task_does_not_count_as_one() -> None:
    cost = CostParams(traffic=TRAFFIC, error_usd=ErrorCost(false_positive=1, false_negative=5))
    assert decided("regression", cost).reason.startswith("No error has a price")


def test_the_reason_holds_the_figures() -> None:
    found = decided(params=DecideParams(limits=Limits(latency_p99_ms=5)))
    assert "of the 2 candidates within the limits" in found.reason
    assert "Of 3 candidates 1 break latency_p99_ms 5" in found.reason
    assert "serving $" in found.reason
    assert "By the test rows" in found.reason
    assert "1,000 requests a day of 1 row on aws/us-east-1/m7i.large, on_demand" in found.reason


def test_stages_that_saw_different_candidates_are_told_apart() -> None:
    measured, _ = judged("binary", {"a": 1.0, "b": 1.0})
    with pytest.raises(DecisionError, match=r"different candidates.*Found: b in one of them only"):
        candidates_table(costs({"a": 1.0}), measured)


def test_no_candidates_and_no_rates_are_errors() -> None:
    measured, rates = judged("binary", {"a": 1.0})
    table = candidates_table(costs({"a": 1.0}), measured)
    with pytest.raises(DecisionError, match="no candidate to choose from"):
        decide(table.clear(), rates, COST, DecideParams(), "binary")
    with pytest.raises(DecisionError, match="no error rates"):
        decide(table, rates.clear(), COST, DecideParams(), "binary")


@pytest.mark.parametrize("amount", [float("nan"), float("inf")])
def test_dollars_that_are_no_number_are_no_decision(amount: float) -> None:
    with pytest.raises(DecisionError, match=r"no finite number\. Found: first: (nan|inf)"):
        twins({"usd_serving_per_month": [amount, amount]})


def test_storage_and_egress_are_part_of_the_total_of_the_limit_and_of_the_reason() -> None:
    measured, rates = judged("binary", {name: 2 * noise for name, (noise, _) in SIMILAR.items()})
    frame = costs({name: ms for name, (_, ms) in SIMILAR.items()})
    table = candidates_table(frame, measured)
    more = table.with_columns(usd_storage_per_month=pl.lit(2.0), usd_egress_per_month=pl.lit(30.0))
    before, after = (decide(found, rates, COST, DecideParams(), "binary") for found in (table, more))
    assert after.usd_per_month == pytest.approx(before.usd_per_month + 32)
    assert after.summary()["usd_egress_per_month"] == 30
    assert "storage $2.00 and egress $30.00, and errors of" in after.reason
    assert "egress" not in before.reason
    running = frame.filter(id="b00x10")["usd_serving_per_month"][0] + 0.4
    tight = DecideParams(limits=Limits(usd_per_month=running + 10))
    assert decide(table, rates, COST, tight, "binary").candidate == "b00x10"
    with pytest.raises(DecisionError, match="no candidate keeps to the limits"):
        decide(more, rates, COST, tight, "binary")


def test_waiting_for_a_batch_counts_towards_the_latency_limit() -> None:
    measured, rates = judged("binary", {name: 2 * noise for name, (noise, _) in SIMILAR.items()})
    table = candidates_table(costs({name: ms for name, (_, ms) in SIMILAR.items()}), measured)
    params = DecideParams(limits=Limits(latency_p99_ms=7))
    waiting = COST.model_copy(update={"serving": ServingParams(max_batch=8, batch_wait_ms=2)})
    alone, together = (decide(table, rates, cost, params, "binary") for cost in (COST, waiting))
    assert alone.table["within_limits"].to_list() == [True, True, True]
    assert together.table["within_limits"].to_list() == [True, True, False]
    by_use = waiting.model_copy(update={"purchase": "serverless"})
    assert decide(table, rates, by_use, params, "binary").table["within_limits"].to_list() == [True, True, True]


def test_a_candidate_of_an_earlier_training_is_not_taken_for_a_slip_of_the_pen() -> None:
    candidates = fields.priced(3)
    with pytest.raises(ParamsError, match="Hint: each training names its candidates anew") as error:
        decide(candidates, fields.rates(candidates), fields.COST, DecideParams(candidate="b05"), "binary")
    assert "did you mean" not in str(error.value)
