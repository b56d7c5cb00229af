"""Scenarios are decisions on other terms; one candidate for all of them is named, with what it may cost."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.cost import PriceBook, price_candidates
from workbench.decide import candidates_table, decide
from workbench.decide.hedging import advice, best_of_each, every_choice, one_for_all
from workbench.decide.scenarios import SPLIT, Point, WhatIf, scenario_terms, what_if
from workbench.errors import DecisionError
from workbench.evaluate import error_rates, metrics
from workbench.params.cost import CostParams, ErrorCost, ServingParams, StorageParams, Traffic
from workbench.params.decide import DecideParams, Limits
from workbench.params.scenarios import AS_STATED, ScenariosParams

BOOK = PriceBook.packaged()
COST = CostParams(
    traffic=Traffic(requests_per_day=100_000),
    error_usd=ErrorCost(false_positive=0.0001, false_negative=0.0005),
    serving=ServingParams(min_machines=0, bytes_per_response=2000),
    storage=StorageParams(tier="s3-standard", data_gb=100),
)
LIMITS = Limits(latency_p99_ms=200)
KINDS = {"small": (1.2, 2.0), "middle": (0.9, 20.0), "large": (0.6, 60.0)}
"""Noise of the scores, and milliseconds for a request."""


def profiled() -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "id": name,
                "latency_p50_ms": ms,
                "latency_p50_ms_100_rows": 3 * ms,
                "latency_p99_ms": 1.5 * ms,
                "latency_p99_ms_100_rows": 4 * ms,
                "peak_rss_bytes": 2e8,
                "size_bytes": int(ms * 1e5),
                "train_cpu_seconds": 10 * ms,
            }
            for name, (_, ms) in KINDS.items()
        ]
    )


def judged(task: str = "binary") -> tuple[pl.DataFrame, pl.DataFrame]:
    rng = np.random.default_rng(0)
    measured, rates = [], []
    for split in ("validation", "test"):
        labels = rng.integers(0, 2, 600).astype(float)
        for name, (noise, _) in KINDS.items():
            scores = 1 / (1 + np.exp(1 - 2 * labels - 2 * noise * rng.normal(size=600)))
            seen = labels + noise * rng.normal(size=600) if task == "regression" else scores
            measured += [(name, split, key, value) for key, value in metrics(task, labels, seen).items()]
            rates.append(error_rates(task, labels, seen).with_columns(id=pl.lit(name), split=pl.lit(split)))
    return pl.DataFrame(measured, ["id", "split", "metric", "value"], orient="row"), pl.concat(rates)


METRICS, RATES = judged()
CANDIDATES = candidates_table(profiled(), METRICS)


def played(
    scenarios: dict[str, Any],
    cost: CostParams = COST,
    limits: Limits = LIMITS,
    kept: Point | None = None,
    candidates: pl.DataFrame = CANDIDATES,
) -> WhatIf:
    terms = scenario_terms(ScenariosParams.model_validate(scenarios), cost, limits)
    return what_if(candidates, RATES, terms, BOOK, "binary", kept=kept)


def usd_of(found: WhatIf, candidate: str, scenario: str) -> float:
    return float(every_choice(found).filter(id=candidate, scenario=scenario)["usd_per_month"][0])


@given(
    requests=st.floats(0, 5e7),
    misses=st.floats(0, 0.01),
    limit=st.one_of(st.none(), st.floats(2, 300)),
    purchase=st.sampled_from(["on_demand", "spot", "commit_1y", "serverless"]),
)
@settings(max_examples=40)
def test_a_scenario_is_the_decision_on_its_terms(
    requests: float, misses: float, limit: float | None, purchase: str
) -> None:
    cost = COST.model_copy(
        update={
            "traffic": Traffic(requests_per_day=requests),
            "error_usd": ErrorCost(false_positive=0.0001, false_negative=misses),
            "purchase": purchase,
        }
    )
    params = DecideParams(limits=LIMITS.model_copy(update={"latency_p99_ms": limit}))
    priced = price_candidates(CANDIDATES, cost, BOOK, limit)
    other = {
        "cost": {
            "traffic": {"requests_per_day": requests},
            "error_usd": {"false_negative": misses},
            "purchase": purchase,
        },
        "decide": {"limits": {"latency_p99_ms": limit}},
    }
    row = best_of_each(played({"other": other})).row(1, named=True)
    try:
        expected = decide(priced, RATES, cost, params, "binary")
    except DecisionError:
        assert row["candidate"] is None
        assert "latency_p99_ms" in row["needs"]
        return
    assert (row["candidate"], row["threshold"]) == (expected.candidate, expected.threshold)
    assert row["usd_per_month"] == expected.usd_per_month
    assert row["runner_up"] == expected.runner_up
    assert sum(row[name] for name in SPLIT) == pytest.approx(row["usd_per_month"])
    assert row["needs"] is None


def test_what_is_written_in_decide_is_not_what_a_scenario_is_asked_for() -> None:
    """The terms as stated are those of cost: and decide.limits: alone."""
    free = best_of_each(played({}))
    assert free["scenario"].to_list() == [AS_STATED]
    priced = price_candidates(CANDIDATES, COST, BOOK, LIMITS.latency_p99_ms)
    assert free["usd_per_month"][0] == decide(priced, RATES, COST, DecideParams(limits=LIMITS), "binary").usd_per_month


@given(machine=st.floats(0, 5), storage=st.floats(0, 5), egress=st.floats(0, 5))
@settings(max_examples=25)
def test_prices_move_what_they_are_prices_of(machine: float, storage: float, egress: float) -> None:
    found = played({"other": {"prices": {"machine": machine, "storage": storage, "egress": egress}}})
    rows = every_choice(found)
    before, after = rows.filter(scenario=AS_STATED), rows.filter(scenario="other")
    factors = {
        "usd_serving_per_month": machine,
        "usd_training_per_month": machine,
        "usd_storage_per_month": storage,
        "usd_egress_per_month": egress,
        "usd_errors_per_month": 1.0,
    }
    assert set(factors) == set(SPLIT)
    for name, factor in factors.items():
        assert before[name].sum() > 0, name
        np.testing.assert_allclose(after[name], before[name].to_numpy() * factor)
    total = after.select(pl.sum_horizontal(SPLIT)).to_series()
    np.testing.assert_allclose(after["usd_per_month"], total)


@given(
    st.dictionaries(
        st.sampled_from(["a", "b", "c", "d"]),
        st.tuples(st.floats(1e3, 1e8), st.floats(1e-5, 0.01), st.floats(2, 300)),
        min_size=1,
    )
)
@settings(max_examples=30)
def test_regret_is_what_a_candidate_costs_above_the_best_and_the_robust_one_has_the_least_of_it(
    made: dict[str, tuple[float, float, float]],
) -> None:
    found = played(
        {
            name: {
                "cost": {"traffic": {"requests_per_day": requests}, "error_usd": {"false_negative": miss}},
                "decide": {"limits": {"latency_p99_ms": limit}},
            }
            for name, (requests, miss, limit) in made.items()
        }
    )
    best = {row["scenario"]: row for row in best_of_each(found).to_dicts()}
    most: dict[str, float] = dict.fromkeys(KINDS, 0.0)
    broken: dict[str, int] = dict.fromkeys(KINDS, 0)
    for row in every_choice(found).to_dicts():
        at = best[row["scenario"]]
        if row["breaks"]:
            assert row["regret_usd"] is None
            broken[row["id"]] += at["candidate"] is not None
            continue
        assert row["regret_usd"] == pytest.approx(row["usd_per_month"] - at["usd_per_month"])
        assert row["regret_usd"] >= 0
        assert row["regret_usd"] == 0 or row["id"] != at["candidate"]
        most[row["id"]] = max(most[row["id"]], row["regret_usd"])
    first = one_for_all(found).row(0, named=True)
    assert (broken[first["id"]], first["most_regret_usd"]) == min((broken[name], most[name]) for name in KINDS)


BUSY = {"busy": {"cost": {"traffic": {"requests_per_day": 3e7}, "error_usd": {"false_negative": 0.00001}}}}


def test_the_advice_names_the_choice_for_all_and_what_it_may_cost() -> None:
    found = played(BUSY)
    rows = best_of_each(found)
    assert rows["candidate"].n_unique() == 2, "the scenario was made to want another candidate"
    ranking = one_for_all(found)
    said = advice(found)
    assert f"{ranking['id'][0]} is the robust choice" in said
    assert dict(ranking.select("id", "best_in").filter(pl.col("best_in") > 0).iter_rows()) == dict.fromkeys(
        rows["candidate"], 1
    )
    assert f"Best is {rows['candidate'][0]} as stated; {rows['candidate'][1]} in busy." in said
    assert "it keeps to the limits everywhere" in said


def test_one_best_everywhere_is_said_in_one_sentence() -> None:
    found = played({"double": {"cost": {"traffic": {"requests_per_day": 200_000}}}})
    name = best_of_each(found)["candidate"][0]
    assert advice(found) == f"{name} is best in every scenario: it is the choice for all of them."


def test_a_scenario_that_nothing_keeps_to_is_left_out_and_explained() -> None:
    found = played({"impossible": {"decide": {"limits": {"latency_p99_ms": 0.1}}}})
    row = best_of_each(found).row(1, named=True)
    assert row["candidate"] is None
    assert "latency_p99_ms from 0.1 to 3" in row["needs"]
    assert "No candidate keeps to the limits in impossible" in advice(found)
    assert every_choice(found).filter(scenario="impossible")["regret_usd"].is_null().all()
    assert one_for_all(found)["most_regret_usd"][0] == 0
    assert one_for_all(found)["breaks"][0] == ""


def test_a_candidate_that_breaks_a_limit_anywhere_is_no_choice_for_all() -> None:
    found = played({"strict": {"decide": {"limits": {"latency_p99_ms": 5}}}})
    ranking = one_for_all(found)
    assert ranking["id"][0] == "small"
    assert ranking.filter(id="large")["breaks"].to_list() == ["latency_p99_ms in strict"]
    today = best_of_each(found)["candidate"][0]
    assert today != "small"
    assert f"{today}, which would break latency_p99_ms in strict." in advice(found)


def test_where_every_candidate_breaks_a_limit_somewhere_the_fewest_win() -> None:
    heavy = CANDIDATES.with_columns(peak_rss_bytes=pl.when(id="small").then(5e8).otherwise(2e8))
    lean = {"decide": {"limits": {"peak_rss_bytes": 300_000_000}}}
    fast = {"decide": {"limits": {"latency_p99_ms": 5}}}
    small = {"decide": {"limits": {"size_bytes": 2_000_000}}}
    found = played({"lean": lean, "fast": fast, "small disk": small}, candidates=heavy)
    ranking = one_for_all(found)
    assert ranking["breaks"].to_list()[-1] == "latency_p99_ms in fast and size_bytes in small disk"
    assert ranking["id"].to_list()[-1] == "large"
    said = advice(found)
    assert "No candidate keeps to the limits in every scenario." in said
    assert f"{ranking['id'][0]} breaks fewest: {ranking['breaks'][0]}. Elsewhere it costs" in said
    assert "robust choice" not in said


def test_where_nothing_keeps_to_the_limits_at_all_there_is_nothing_to_choose_from() -> None:
    none = played({"fast": {"decide": {"limits": {"latency_p99_ms": 0.1}}}}, limits=Limits(latency_p99_ms=0.1))
    assert "there is nothing to choose from" in advice(none)
    assert one_for_all(none)["most_regret_usd"].is_null().all()
    assert best_of_each(none)["candidate"].is_null().all()


def test_expected_regret_follows_the_probabilities() -> None:
    likely = played({"busy": {"probability": 0.9} | BUSY["busy"]})
    unlikely = played({"busy": {"probability": 0.001} | BUSY["busy"]})
    rows = best_of_each(likely)
    assert rows["probability"].to_list() == [0.1, 0.9]
    for found, column in ((likely, 1), (unlikely, 0)):
        assert found.regret is not None
        assert found.ids[found.regret.likely or 0] == best_of_each(found)["candidate"][column]
        assert "By the stated probabilities" in advice(found)
    by_hand = every_choice(likely).filter(id="small")["regret_usd"].to_numpy() @ np.array([0.1, 0.9])
    assert one_for_all(likely).filter(id="small")["expected_regret_usd"][0] == pytest.approx(by_hand)


def test_without_a_price_for_errors_there_is_no_regret() -> None:
    free = {"free": {"cost": {"error_usd": {"false_positive": 0, "false_negative": 0}}}}
    found = played(free)
    assert found.regret is None
    assert one_for_all(found).is_empty()
    assert every_choice(found)["regret_usd"].is_null().all()
    assert best_of_each(found)["candidate"].null_count() == 0
    assert "No error has a price (cost.error_usd) in free" in advice(found)


def test_keeping_the_decision_keeps_its_threshold() -> None:
    stated = best_of_each(played({})).row(0, named=True)
    kept = Point(stated["candidate"], stated["threshold"])
    found = played({"misses": {"cost": {"error_usd": {"false_negative": 0.02}}}}, kept=kept)
    assert found.kept_usd[0] == pytest.approx(stated["usd_per_month"])
    assert found.kept_usd[1] > usd_of(found, kept.candidate, "misses")
    assert "moving its threshold alone wins back" in advice(found)
    gone = played({}, kept=Point("gone", 0.5))
    assert gone.kept is None
    assert gone.kept_usd == ()


def test_values_have_no_threshold() -> None:
    measured, rates = judged("regression")
    cost = COST.model_copy(update={"error_usd": ErrorCost(absolute_error=0.001)})
    terms = scenario_terms(ScenariosParams.model_validate(BUSY), cost, LIMITS)
    table = candidates_table(profiled(), measured)
    found = what_if(table, rates, terms, BOOK, "regression", kept=Point("small"))
    assert best_of_each(found)["threshold"].is_null().all()
    assert found.kept_usd == tuple(usd_of(found, "small", name) for name in found.names)


def test_no_candidate_is_an_error() -> None:
    terms = scenario_terms(ScenariosParams(), COST, LIMITS)
    with pytest.raises(DecisionError, match="there is no candidate"):
        what_if(CANDIDATES.head(0), RATES, terms, BOOK, "binary")
