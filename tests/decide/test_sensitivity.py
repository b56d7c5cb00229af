from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.decide import fields
from workbench.cost import price_candidates
from workbench.cost.erring import RATES
from workbench.decide import (
    Ground,
    Terms,
    assumptions,
    break_even,
    decide,
    ground,
    ranges,
    ranges_table,
    sensitivity,
)
from workbench.decide.assumptions import Assumption, moved
from workbench.decide.ranges import STEP, STEPS
from workbench.decide.rates import Rates
from workbench.decide.sensitivity import Bar, Sensitivity, Side
from workbench.errors import DecisionError
from workbench.params.cost import CostParams, Traffic
from workbench.params.decide import DecideParams, Limits
from workbench.params.reading import overridden

PARAMS = DecideParams(limits=Limits(latency_p99_ms=6.0, size_bytes=9_000_000))


def on(count: int = 8, seed: int = 0, cost: CostParams = fields.COST, params: DecideParams = PARAMS) -> Ground:
    candidates = fields.profiled(count, seed)
    return ground(candidates, fields.rates(candidates, seed), cost, params, fields.BOOK, "binary")


def by_hand(place: Ground, cost: CostParams, params: DecideParams, factor: float = 1.0, kept: str = "auto") -> object:
    """Decide anew from params.yaml, as a person does who edits it."""
    frame = price_candidates(place.candidates, cost, fields.BOOK, params.limits.latency_p99_ms)
    frame = frame.with_columns(pl.col("^usd_(serving|training|storage|egress)_per_month$") * factor)
    table = fields.rates(place.candidates, int(place.metric) if place.metric.isdigit() else 0)
    return decide(frame, table, cost, params.model_copy(update={"candidate": kept}), "binary")


CHANGES = {
    "cost.traffic.requests_per_day": lambda cost, params, value: (
        overridden(cost, traffic=cost.traffic.model_dump() | {"requests_per_day": value}),
        params,
    ),
    "cost.traffic.rows_per_request": lambda cost, params, value: (
        overridden(cost, traffic=cost.traffic.model_dump() | {"rows_per_request": int(value)}),
        params,
    ),
    "cost.error_usd.false_positive": lambda cost, params, value: (
        overridden(cost, error_usd=cost.error_usd.model_dump() | {"false_positive": value}),
        params,
    ),
    "cost.error_usd.false_negative": lambda cost, params, value: (
        overridden(cost, error_usd=cost.error_usd.model_dump() | {"false_negative": value}),
        params,
    ),
    "cost.retrains_per_month": lambda cost, params, value: (overridden(cost, retrains_per_month=value), params),
    "decide.limits.latency_p99_ms": lambda cost, params, value: (
        cost,
        overridden(params, limits=params.limits.model_dump() | {"latency_p99_ms": value}),
    ),
    "decide.limits.size_bytes": lambda cost, params, value: (
        cost,
        overridden(params, limits=params.limits.model_dump() | {"size_bytes": int(value)}),
    ),
    "prices": lambda cost, params, _: (cost, params),
}


def test_every_side_is_what_editing_params_and_deciding_anew_gives() -> None:
    place = on()
    found = sensitivity(place)
    assert found is not None
    stated = by_hand(place, fields.COST, PARAMS)
    assert (found.candidate, found.usd_per_month) == (stated.candidate, stated.usd_per_month)
    rows = found.table().rows(named=True)
    assert {row["assumption"] for row in rows} == set(CHANGES)
    assert len(rows) == 2 * len(CHANGES) - 1, "half of one row is one row"
    for row in rows:
        cost, params = CHANGES[row["assumption"]](fields.COST, PARAMS, row["value"])
        factor = row["value"] if row["assumption"] == "prices" else 1.0
        kept = by_hand(place, cost, params, factor, found.candidate)
        assert row["kept_usd_per_month"] == kept.usd_per_month
        assert row["kept_within_limits"] == kept.table.filter(id=found.candidate)["within_limits"].item()
        try:
            free = by_hand(place, cost, params, factor)
        except DecisionError:
            assert row["choice"] is row["choice_usd_per_month"] is None
        else:
            assert (row["choice"], row["choice_usd_per_month"]) == (free.candidate, free.usd_per_month)
        assert row["flips"] == (row["choice"] != found.candidate)
        assert row["value"] == row["stated"] * {"low": 0.5, "high": 2}[row["side"]]
    for bar in found.bars:
        assert bar.low is None or bar.low.value < bar.assumption.stated
        assert bar.high is None or bar.high.value > bar.assumption.stated
        assert set(found.table().filter(assumption=bar.assumption.key)["words"]) == {bar.assumption.words}


@given(st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_bars_come_with_the_greatest_swing_first_and_name_every_flip(seed: int) -> None:
    found = sensitivity(on(6, seed))
    if found is None:
        assert on(6, seed).weighed().best is None
        return
    swings = [bar.swing_usd for bar in found.bars]
    assert swings == sorted(swings, reverse=True)
    for bar in found.bars:
        sides = [side for side in (bar.low, bar.high) if side]
        costs = [found.usd_per_month, *(side.kept_usd_per_month for side in sides)]
        assert bar.swing_usd == max(costs) - min(costs)
        assert set(bar.flips_to) == {side.choice or "nothing" for side in sides} - {found.candidate}
        assert len(bar.flips_to) == len(set(bar.flips_to))
        for side in sides:
            assert (
                side.choice_usd_per_month is None
                or not side.kept_within_limits
                or (side.choice_usd_per_month <= side.kept_usd_per_month)
            )
    json.dumps(found.table().to_dicts(), allow_nan=False)
    assert found.sentence.startswith(f"The cost of {found.candidate} hangs most on ")


def test_bars_of_equal_swing_stand_in_the_order_of_the_assumptions() -> None:
    place = on(params=DecideParams(limits=Limits(size_bytes=10**12, peak_rss_bytes=10**12)))
    found = sensitivity(place)
    still = [bar.assumption.key for bar in found.bars if bar.swing_usd == 0]
    assert still == ["decide.limits.size_bytes", "decide.limits.peak_rss_bytes"]


def bar_of(key: str, *choices: str | None, kept: str = "b00") -> Bar:
    sides = [Side(value, 1.0, True, choice, 1.0) for value, choice in zip((1.0, 4.0), choices, strict=True)]
    return Bar(Assumption(key, 2.0, 1.0, 4.0), *sides, 1.0, tuple(c or "nothing" for c in choices if c != kept))


def test_the_sentence_names_what_moves_the_cost_most_and_every_flip() -> None:
    calm, traffic = bar_of("prices", "b00", "b00"), bar_of("cost.traffic.requests_per_day", "b03", None)
    retrains = bar_of("cost.retrains_per_month", "b00", "b05")
    most = "The cost of b00 hangs most on all prices together (factor)."
    assert Sensitivity("b00", 1.0, ()).sentence == "b00 rests on no assumption that can be halved or doubled."
    assert Sensitivity("b00", 1.0, (calm,)).sentence == (
        f"{most} Halving or doubling any one assumption leaves the choice as it is."
    )
    assert Sensitivity("b00", 1.0, (calm, traffic, retrains)).sentence == (
        f"{most} The choice would change with requests a day (to b03 or nothing); retrains a month (to b05)."
    )


def test_a_rival_that_wins_on_both_sides_is_named_once() -> None:
    """At half the traffic its dearer training is not worth it, at double it needs a second machine."""
    slow = fields.profiled(2).with_columns(
        latency_p50_ms=pl.Series([80.0, 10.0]),
        latency_p50_ms_100_rows=pl.Series([800.0, 100.0]),
        train_cpu_seconds=pl.Series([540_000.0, 1.0]),
    )
    rates = pl.DataFrame({"id": ["b00", "b01"], "split": "validation", "threshold": 0.5}).with_columns(
        pl.lit(0.0).alias(name) for name in RATES
    )
    rates = rates.with_columns(false_positives_per_row=pl.Series([0.0, 6.6e-4]))
    found = sensitivity(ground(slow, rates, fields.COST, DecideParams(), fields.BOOK, "binary"))
    assert found.candidate == "b00"
    bar = next(bar for bar in found.bars if bar.assumption.key == "cost.traffic.requests_per_day")
    assert (bar.low.choice, bar.high.choice, bar.flips_to) == ("b01", "b01", ("b01",))


def test_while_no_error_has_a_price_the_metric_that_was_asked_for_decides() -> None:
    candidates = fields.profiled(6).with_columns(validation_log_loss=pl.Series([0.5, 0.4, 0.1, 0.3, 0.2, 0.6]))
    laid_out = Rates.of(fields.rates(candidates), candidates["id"])
    best = str(candidates.sort("validation_average_precision")["id"][-1])
    assert best != "b02"
    for metric, expected in (("log_loss", "b02"), ("auto", best)):
        place = ground(candidates, laid_out, CostParams(), DecideParams(), fields.BOOK, "binary", metric)
        assert place.rates is laid_out
        assert sensitivity(place).candidate == expected


def test_nothing_is_moved_where_nothing_keeps_to_the_limits() -> None:
    tight = on(params=DecideParams(limits=Limits(size_bytes=1)))
    assert sensitivity(tight) is None
    assert ranges(tight) == ()


def test_a_limit_that_lets_nobody_in_flips_to_nothing() -> None:
    place = on(1, params=DecideParams(limits=Limits(latency_p99_ms=60.0)))
    only = float(place.candidates["latency_p99_ms"][0])
    tight = on(1, params=DecideParams(limits=Limits(latency_p99_ms=only * 1.5)))
    bar = next(bar for bar in sensitivity(tight).bars if bar.assumption.key.endswith("latency_p99_ms"))
    assert bar.flips_to == ("nothing",)
    end = next(item for item in ranges(tight) if item.assumption.key.endswith("latency_p99_ms")).low
    assert end.choice == "nothing"
    assert end.value == pytest.approx(only)


def test_assumptions_of_nothing_are_left_out_and_uncertain_prices_move_as_far_as_stated() -> None:
    cost = CostParams(traffic=Traffic(requests_per_day=0), retrains_per_month=0, price_uncertainty=0.2)
    found = assumptions(Terms(cost, Limits(size_bytes=1)), "regression")
    assert [(item.key, item.low, item.high) for item in found] == [
        ("cost.traffic.rows_per_request", None, 2),
        ("decide.limits.size_bytes", None, 2),
        ("prices", 0.8, 1.2),
    ]


def test_a_threshold_that_is_set_for_all_stays() -> None:
    params = PARAMS.model_copy(update={"threshold": 0.9})
    place = on(params=params)
    assert sensitivity(on()).usd_per_month < by_hand(place, fields.COST, params).usd_per_month, (
        "the best one is another"
    )
    found = sensitivity(place)
    assert found.candidate == by_hand(place, fields.COST, params).candidate
    assert found.usd_per_month == by_hand(place, fields.COST, params).usd_per_month


def test_a_candidate_that_is_set_does_not_count_nor_does_its_threshold() -> None:
    chosen = on(params=PARAMS.model_copy(update={"threshold": 0.9, "candidate": "b00"}))
    assert sensitivity(chosen) == sensitivity(on())


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_range_ends_where_the_choice_turns(seed: int) -> None:
    place = on(8, seed)
    kept = place.weighed().best
    found = ranges(place)
    assert len(found) == len(CHANGES)
    for item in found:
        for end, beyond in ((item.low, 1 - 1e-6), (item.high, 1 + 1e-6)):
            if end is None:
                continue
            further = end.value * beyond
            if item.assumption.is_whole:
                further = end.value + (1 if beyond > 1 else -1)
            at, after = (
                place.weighed(moved(place.terms, item.assumption.key, value)) for value in (end.value, further)
            )
            assert at.best == kept
            assert (end.choice == "nothing") == (after.best is None)
            assert after.best is None or after.ids[after.best] == end.choice != at.ids[kept]
        looked = item.assumption.stated * STEP**STEPS
        assert item.high is not None or item.looked_high == pytest.approx(
            looked, rel=0.5 * item.assumption.is_whole + 1e-9
        )
    assert ranges_table(found).height == len(found)
    assert any(item.low or item.high for item in found)


def test_at_every_break_even_the_rival_overtakes() -> None:
    seen = set()
    for seed in range(10):
        place = on(5, seed)
        ranking = place.weighed().ranking
        if ranking.size < 2:
            continue
        mine, rival = (place.rates.ids[int(row)] for row in ranking[:2])
        rows = sorted(int(row) for row in ranking[:2])
        two = replace(place, candidates=place.candidates[rows], rates=place.rates.only(rows))
        for item in break_even(place, mine, rival):
            if item.assumption.is_whole or item.assumption.key.startswith("decide"):
                continue
            for end, beyond in ((item.low, 1 - 1e-6), (item.high, 1 + 1e-6)):
                if end is None or end.value == 0:
                    continue
                inside, outside = (
                    two.weighed(moved(two.terms, item.assumption.key, end.value * factor))
                    for factor in (2 - beyond, beyond)
                )
                assert inside.ids[inside.best] == mine, (seed, item)
                assert outside.ids[outside.best] == end.choice == rival, (seed, item)
                seen.add(item.assumption.key)
    assert len(seen) >= 3


def test_a_break_even_finds_a_narrow_stretch_that_steps_pass_over() -> None:
    place = on(5, 4, params=DecideParams())
    mine, rival = (place.rates.ids[int(row)] for row in place.weighed().ranking[:2])
    found = {item.assumption.key: item for item in break_even(place, mine, rival)}
    assert found["cost.error_usd.false_positive"].high.value == pytest.approx(0.0029774455)
    assert found["cost.error_usd.false_positive"].sentence.endswith(f"above 0.002977 {rival} would be chosen.")


def test_no_break_even_where_the_rival_costs_less_as_stated() -> None:
    place = on()
    ids = [place.rates.ids[int(row)] for row in place.weighed().ranking[:2]]
    assert break_even(place, ids[1], ids[0]) == ()
    assert break_even(place, *ids) != ()


def test_prices_break_even_where_the_straight_lines_cross() -> None:
    place = on(5, 3, params=DecideParams())
    weighed = place.weighed()
    mine, rival = (int(row) for row in weighed.ranking[:2])
    table = weighed.table
    running = (table["usd_per_month"] - table["usd_errors_per_month"]).to_numpy()
    errors = table["usd_errors_per_month"].to_numpy()
    crossing = (errors[rival] - errors[mine]) / (running[mine] - running[rival])
    found = next(
        item for item in break_even(place, weighed.ids[mine], weighed.ids[rival]) if item.assumption.key == "prices"
    )
    ends = [end.value for end in (found.low, found.high) if end]
    expected = [crossing] if STEP**-STEPS < crossing < STEP**STEPS else []
    assert np.allclose(ends, expected)
