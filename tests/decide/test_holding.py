from __future__ import annotations

import polars as pl

from tests.widgets import cases
from workbench.artifacts import DecisionFile, DecisionLog
from workbench.cost import PriceBook, price_candidates
from workbench.decide import Held, decide, differences, hold, in_force
from workbench.params.cost import CostParams
from workbench.params.decide import DecideParams
from workbench.params.team import Duties

IDS = cases.names(12)
COST, LIMITS = cases.cost(), cases.decide()
NOBODY = Duties()


def priced(frame: pl.DataFrame, cost: CostParams) -> pl.DataFrame:
    return price_candidates(frame, cost, PriceBook.load(), LIMITS.limits.latency_p99_ms)


def recorded(candidate: str | None = None, number: int = 1, **content: object) -> DecisionFile:
    """A decision taken on the candidates as they are, by recommendation unless a candidate is named."""
    free = decide(priced(cases.candidates(IDS), COST), cases.rates(IDS), COST, LIMITS, "binary")
    params = LIMITS.model_copy(update={"candidate": candidate or free.candidate})
    taken = decide(priced(cases.candidates(IDS), COST), cases.rates(IDS), COST, params, "binary")
    row = taken.table.row(by_predicate=pl.col("id") == taken.candidate, named=True)
    full = {
        "recommended": free.candidate,
        "assumptions": {"cost": COST.model_dump(mode="json"), "limits": LIMITS.limits.model_dump(mode="json")},
        "evidence": {"figures": {name: value for name, value in row.items() if name.startswith("usd_")}},
    }
    name = f"decisions/{number:04d}-x.yaml"
    at = "2026-11-25T12:00:00+00:00"
    return DecisionFile(
        name, number, "d", taken.candidate, taken.threshold, taken.usd_per_month, "Ada", at, "it pays", full | content
    )


def held(decision: DecisionFile, frame: pl.DataFrame | None = None, cost: CostParams = COST) -> Held:
    table = cases.candidates(IDS) if frame is None else frame
    params = LIMITS.model_copy(update={"candidate": decision.candidate, "threshold": decision.threshold})
    rates = cases.rates(IDS).filter(pl.col("id").is_in(table["id"].to_list()))
    return hold(DecisionLog((decision,)), priced(table, cost), rates, cost, params, "binary")


def test_equal_data_say_the_same() -> None:
    found = held(recorded())
    assert found.moved is not None
    assert not found.moved.moved
    assert found.moved.usd_per_month_more == 0
    assert "same candidate, same threshold, same dollars" in found.told(NOBODY)
    assert "because: it pays" in found.told(NOBODY)


def test_other_dollars_are_said_with_how_much_and_by_which_part() -> None:
    decision = recorded()
    dearer = cases.candidates(IDS).with_columns(train_cpu_seconds=pl.col("train_cpu_seconds") * 1e6)
    found = held(decision, dearer).moved
    assert found is not None
    assert found.moved
    assert found.usd_per_month_more is not None
    assert found.usd_per_month_more > 100
    assert abs(sum(found.parts_usd_per_month.values()) - found.usd_per_month_more) < 1e-6
    assert "more than when it was decided: training +$" in str(found)
    assert "serving" not in str(found)


def test_a_candidate_that_is_gone_is_said_with_what_is_recommended_instead() -> None:
    decision = recorded()
    rest = cases.candidates(IDS).filter(pl.col("id") != decision.candidate)
    found = held(decision, rest).moved
    assert found is not None
    assert (found.gone, found.usd_per_month_now) == (True, None)
    assert f"{decision.candidate} is no longer among the candidates" in str(found)
    assert f"The recommendation moved: {found.recommended} is worth most now at $" in str(found)


def test_another_recommendation_is_said_with_what_keeping_to_the_choice_costs() -> None:
    decision = recorded()
    slow = pl.when(pl.col("id") == decision.candidate).then(1e9).otherwise(1.0)
    found = held(
        decision, cases.candidates(IDS).with_columns(train_cpu_seconds=pl.col("train_cpu_seconds") * slow)
    ).moved
    assert found is not None
    assert found.recommended != decision.candidate
    assert found.regret_usd_per_month is not None
    assert found.regret_usd_per_month > 0
    assert f"{found.recommended} is worth most now" in str(found)
    assert found.to_json()["regret_usd_per_month"] == found.regret_usd_per_month


def test_a_choice_against_the_recommendation_has_not_moved_by_itself() -> None:
    other = recorded("baseline")
    assert other.content["recommended"] != "baseline"
    found = held(other).moved
    assert found is not None
    assert not found.moved


def test_limits_that_the_choice_breaks_now_are_said() -> None:
    decision = recorded()
    slower = cases.candidates(IDS).with_columns(
        latency_p99_ms=pl.col("latency_p99_ms") + 100, latency_p99_ms_100_rows=pl.col("latency_p99_ms_100_rows") + 100
    )
    said = str(held(decision, slower).moved)
    assert "does not keep to the limits now" in said
    assert "No candidate keeps to the limits now" in said


def test_the_newest_decision_for_what_params_say_stands() -> None:
    first, second, third = recorded(number=1), recorded(number=2), recorded("baseline", number=3)
    params = DecideParams(candidate=first.candidate, threshold=first.threshold or "auto")
    assert in_force([first, second, third], params) is second
    assert in_force([first, second, third], DecideParams()) is None
    assert in_force([first], params.model_copy(update={"threshold": 0.9999})) is None, (
        "another threshold is another choice"
    )
    found = Held(DecisionLog((first, second, third)), second, first.candidate)
    assert "Newer, but not what params.yaml says: 0003-x" in found.told(NOBODY)


def test_limits_that_were_broken_when_it_was_decided_are_no_news() -> None:
    strict = DecideParams(limits={"latency_p99_ms": 0.01}, candidate="baseline")
    decision = recorded("baseline")
    figures = {**decision.content["evidence"]["figures"], "within_limits": False}
    told = recorded("baseline", evidence={"figures": figures})
    table = priced(cases.candidates(IDS), COST)
    found = hold(
        DecisionLog((told,)),
        table,
        cases.rates(IDS),
        COST,
        strict.model_copy(update={"threshold": told.threshold}),
        "binary",
    )
    assert found.moved is not None
    assert "does not keep to the limits" not in str(found.moved)


def test_what_no_decision_chose_is_said() -> None:
    assert "leaves the choice to the data" in Held(DecisionLog(()), None, None).told(NOBODY)
    assert "nobody said why" in Held(DecisionLog(()), None, "b01").told(NOBODY)


def test_other_assumptions_are_named_with_both_values() -> None:
    other = CostParams.model_validate(COST.model_dump() | {"traffic": {"requests_per_day": 5e6, "rows_per_request": 1}})
    found = differences(recorded(), other, LIMITS)
    assert found == ("cost.traffic.requests_per_day: 1,000,000.0 then, 5,000,000.0 now",)
    assert differences(recorded(assumptions={}), other, LIMITS) == (), "a file that states none is not compared"
