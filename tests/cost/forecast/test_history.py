"""Forecasts from the ledger: the same again, more data, another budget, another machine."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cost.forecast.runs import MACHINE, ended
from workbench.cost.forecast import Situation, calibration, from_history
from workbench.cost.forecast.history import repeated, scaled

NOW = Situation(
    "evaluate", {"evaluate.seed": 0}, {"data/processed": "a", "workbench/evaluate": "x"}, 1_000_000, MACHINE
)
SEARCH = Situation("train", {"train.budget.cpu_seconds": 100.0}, {"d": "a"}, 1_000_000, MACHINE, searches=100.0)


def train(number: int, budget: float, rest: float, **values: object) -> object:
    return ended(
        "train",
        number,
        cpu_seconds=budget + rest,
        wall_seconds=(budget + rest) / 2,
        params={"train.budget.cpu_seconds": budget},
        dependencies={"d": "a"},
        **values,
    )


def test_nothing_is_forecast_from_nothing() -> None:
    assert from_history([], NOW) is None
    assert from_history([ended("train"), ended(status="FAILED"), ended(status="KILLED")], NOW) is None


def test_the_same_again_is_the_median() -> None:
    runs = [ended(number=place, wall_seconds=wall) for place, wall in enumerate([9.0, 10.0, 30.0])]
    found = from_history(runs, NOW)
    assert found.wall_seconds.value == 10.0
    assert found.wall_seconds.low < 10.0 < found.wall_seconds.high
    assert found.peak_rss_bytes.value == 500_000_000
    assert "3 runs with the same parameters and the same data" in found.basis


def test_edited_code_is_the_same_data_and_other_data_are_not() -> None:
    assert "the same data" in from_history([ended()], NOW).basis
    changed = replace(NOW, dependencies={"data/processed": "b"}, input_bytes=2_000_000)
    found = from_history([ended()], changed)
    assert "other data" in found.basis
    assert found.wall_seconds.value == pytest.approx(15.0), "between unchanged and proportional"
    assert found.wall_seconds.low < 10.0
    assert found.wall_seconds.high > 20.0


def test_three_sizes_make_a_law() -> None:
    runs = [
        ended(number=place, dependencies={"d": str(size)}, input_bytes=size, cpu_seconds=2 + size / 1e6)
        for place, size in enumerate([1_000_000, 2_000_000, 4_000_000])
    ]
    found = from_history(runs, replace(NOW, dependencies={"d": "new"}, input_bytes=16_000_000))
    assert found.cpu_seconds.value == pytest.approx(18, rel=0.1)
    assert 18.0 in found.cpu_seconds


def test_runs_of_this_machine_come_first() -> None:
    here, there = ended(number=0, wall_seconds=10.0), ended(number=1, wall_seconds=99.0, machine="there")
    assert from_history([here, there], NOW).wall_seconds.value == 10.0
    assert "another machine (there)" in from_history([there], NOW).basis


def test_runs_with_the_same_parameters_come_first() -> None:
    like, unlike = ended(number=0), ended(number=1, wall_seconds=99.0, params={"evaluate.seed": 1})
    assert from_history([like, unlike], NOW).wall_seconds.value == 10.0
    assert "other parameters" in from_history([unlike], NOW).basis


def test_a_training_spends_its_budget_and_what_stands_around_it() -> None:
    runs = [train(0, 50.0, 6.0), train(1, 200.0, 6.0)]
    found = from_history(runs, SEARCH)
    assert found.cpu_seconds.value == pytest.approx(106.0)
    assert found.wall_seconds.value == pytest.approx(53.0)
    assert found.cpu_seconds.low >= 100.0


def test_a_training_that_grew_a_plan_again_tells_nothing_of_a_search() -> None:
    assert from_history([train(0, 100.0, -60.0)], SEARCH) is None
    again = from_history([train(0, 100.0, 5.0), train(1, 100.0, -60.0)], replace(SEARCH, replays=True))
    assert again.cpu_seconds.value == pytest.approx(40.0)
    assert "grown again" in again.basis
    first = from_history([train(0, 100.0, 5.0)], replace(SEARCH, replays=True))
    assert first.cpu_seconds.value < 60.0
    assert first.cpu_seconds.high >= 105.0


def test_a_budget_on_the_clock_is_the_time() -> None:
    now = replace(SEARCH, params={"train.budget.wall_seconds": 60.0}, searches=None, clock_seconds=60.0)
    run = ended("train", wall_seconds=34.0, cpu_seconds=60.0, params={"train.budget.wall_seconds": 30.0})
    found = from_history([run], now)
    assert found.wall_seconds.value == pytest.approx(64.0)
    assert found.clock_bound


@given(st.floats(0.02, 0.3), st.integers(2, 12), st.integers(0, 1000))
def test_the_next_run_falls_into_the_interval(noise: float, runs: int, seed: int) -> None:
    rng = random.Random(seed)
    inside = 0
    for _ in range(200):
        values = [10 * 2.718 ** rng.gauss(0, noise) for _ in range(runs + 1)]
        inside += values[-1] in repeated(values[:-1], noise)
    assert inside / 200 >= 0.78, "nine of ten, less what 200 draws scatter"


@given(st.floats(0.1, 10.0))
def test_with_one_size_the_truth_lies_between_unchanged_and_proportional(ratio: float) -> None:
    found = scaled([(100.0, 7.0)], 100.0 * ratio, 0.1)
    assert 7.0 in found
    assert 7.0 * ratio in found


def test_forecasts_are_judged() -> None:
    forecast = {"wall_seconds": 12.0, "wall_seconds_low": 11.0, "wall_seconds_high": 13.0}
    runs = [ended(number=0, forecast=forecast), ended(number=1, forecast=forecast, wall_seconds=12.5), ended(number=2)]
    wall, memory = calibration(runs)
    assert (wall.quantity, wall.runs, wall.inside_share) == ("wall_seconds", 2, 0.5)
    assert wall.median_error_percent == pytest.approx(12.0)
    assert wall.bias_percent == pytest.approx(8.0)
    assert (memory.runs, memory.inside_share) == (0, None)
    assert calibration([replace(runs[0], status="FAILED")])[0].runs == 0
