"""One fit from fits to samples: reading, rounds, threads, memory; and the rehearsals of whole stages."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.cost.forecast.fit import Growing, Reading, forecast_fit, threading_of
from workbench.cost.forecast.rehearsed import Rehearsal, Spending, from_rehearsals

SIZES = (2_000, 4_000, 7_000, 10_000)
ROWS = 200_000


def read(rows: int) -> Reading:
    return Reading(rows, 0.02 + rows * 6e-6, 0.03 + rows * 9e-6, 260e6 + rows * 1600)


def grown(rows: int, rounds: int = 50, factor: float = 1.0) -> Growing:
    seconds = (1e-3 + rows * 1.5e-7) * rounds * factor
    return Growing(rows, 1, (rounds,), (seconds,), (seconds,))


def test_a_fit_is_reading_and_rounds() -> None:
    found = forecast_fit([read(rows) for rows in SIZES], [grown(rows) for rows in SIZES], ROWS, 300)
    truth = 0.02 + ROWS * 6e-6 + 300 * (1e-3 + ROWS * 1.5e-7)
    assert found.cpu_seconds.value == pytest.approx(truth, rel=0.1)
    assert found.peak_rss_bytes.value == pytest.approx(260e6 + ROWS * 1600, rel=0.02)
    assert truth in found.cpu_seconds
    assert found.wall_seconds.value == pytest.approx(found.cpu_seconds.value + 0.5 * (0.02 + ROWS * 6e-6), rel=0.02)


def test_noise_of_a_shared_machine_stays_inside() -> None:
    rng, inside = random.Random(0), 0
    for _ in range(200):
        growings = [grown(rows, factor=2.718 ** rng.gauss(0, 0.04)) for rows in SIZES * 3]
        found = forecast_fit([read(rows) for rows in SIZES], growings, ROWS, 300)
        inside += (0.02 + ROWS * 6e-6 + 300 * (1e-3 + ROWS * 1.5e-7)) in found.cpu_seconds
    assert inside / 200 >= 0.85


def test_later_rounds_cost_what_those_before_them_did() -> None:
    told = Growing(100, 1, (30, 100), (3.0, 8.6), (3.0, 8.6))
    assert told.cpu_seconds_per_round(15) == pytest.approx(0.1)
    assert told.cpu_seconds_per_round(100) == pytest.approx(0.086)
    assert 200 * told.cpu_seconds_per_round(200) == pytest.approx(8.6 + 100 * 0.08)


@given(st.floats(0, 1), st.integers(2, 16), st.floats(0, 1e-3))
def test_what_threads_gain_is_recovered(serial: float, threads: int, waiting: float) -> None:
    alone = Growing(10_000, 1, (10,), (0.1,), (0.1,))
    wall = 0.01 * (serial + (1 - serial) / threads) + waiting
    several = Growing(10_000, threads, (10,), (10 * (0.01 + threads * waiting),), (10 * wall,))
    found = threading_of([alone, several], 10)
    assert found.serial == pytest.approx(serial, abs=1e-6)
    assert found.waiting_seconds == pytest.approx(waiting, abs=1e-9)


def rehearsals(rest: float = 5.0, budgets: tuple[float, ...] = (0.0, 0.0, 0.0)) -> list[Rehearsal]:
    return [
        Rehearsal(share, share, rest + 20 * share + budget, rest + 20 * share + budget, 400e6 + 4e8 * share)
        for share, budget in zip((0.0125, 0.025, 0.05), budgets, strict=True)
    ]


def test_a_rehearsed_stage_is_continued() -> None:
    found = from_rehearsals("ingest", rehearsals(), 1.0, "why")
    assert found.cpu_seconds.value == pytest.approx(25.0, rel=0.2)
    assert found.peak_rss_bytes.value == pytest.approx(800e6, rel=0.02)
    assert found.basis == "why"


def test_a_rehearsed_training_spends_its_own_budget() -> None:
    budgets = (2.0, 3.0, 6.0)
    spending = Spending(cpu_seconds=120.0, threads=2)
    found = from_rehearsals("train", rehearsals(budgets=budgets), 1.0, "why", spending, budgets)
    assert found.cpu_seconds.value == pytest.approx(145.0, rel=0.05)
    assert 60 + 25 <= found.wall_seconds.value < 145, "two threads are busy, though not always"
    clock = Spending(clock_seconds=60.0, threads=2)
    bound = from_rehearsals("train", rehearsals(budgets=budgets), 1.0, "why", clock, budgets)
    assert bound.wall_seconds.value == pytest.approx(85.0, rel=0.1)
    assert bound.clock_bound


def test_more_trials_take_longer_and_are_less_sure() -> None:
    few, many = (
        from_rehearsals("train", rehearsals(), 1.0, "why", Spending(trials_factor=factor)).cpu_seconds
        for factor in (1.0, 10.0)
    )
    assert many.value == pytest.approx(10 * few.value)
    assert many.high / many.low > few.high / few.low


def test_what_does_not_grow_is_expected_again() -> None:
    same = [Rehearsal(8.0, share, seconds, seconds, 4e8) for share, seconds in ((0.01, 4.0), (0.02, 5.0), (0.04, 4.5))]
    assert from_rehearsals("cost", same, 8.0, "why").cpu_seconds.value == 4.5
