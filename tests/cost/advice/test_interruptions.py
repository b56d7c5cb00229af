from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cost.advice.situations import BOOK
from workbench.cost.advice.interruptions import (
    LARGEST_SHARE,
    Handling,
    best_interval_hours,
    expect,
    hourly_hazard,
    young_hours,
)
from workbench.cost.advice.simulation import play

MONTHS = 10_000
HANDLING = Handling(restart_hours=120 / 3600, wait_hours=300 / 3600, checkpoint_hours=10 / 3600)
BANDS = sorted({share for band in BOOK.prices.interruptions for share in (band.low, band.mean, band.high)} - {0.0})
HOURS = st.floats(0.01, 500)
HAZARDS = st.floats(1e-6, 0.02)


def test_the_bands_are_those_of_the_price_book() -> None:
    assert min(BANDS) < 0.05
    assert max(BANDS) == 1.0
    assert len(BANDS) >= 8


@pytest.mark.parametrize("share", BANDS)
@pytest.mark.parametrize("work_hours", [0.5, 8.0, 72.0, 300.0])
@pytest.mark.parametrize("interval_hours", [math.inf, 24.0, 5.0, 1.0, 0.3])
def test_ten_thousand_simulated_months_take_what_was_expected(
    share: float, work_hours: float, interval_hours: float
) -> None:
    hazard = hourly_hazard(share)
    expected = expect(work_hours, hazard, interval_hours, HANDLING)
    played = play(work_hours, hazard, interval_hours, HANDLING, months=MONTHS, seed=1)
    assert played.paid_hours.mean() == pytest.approx(expected.paid_hours, rel=0.05)
    assert played.finish_hours.mean() == pytest.approx(expected.finish_hours, rel=0.05)
    noise = 4 * math.sqrt(max(expected.interruptions, 1 / MONTHS) / MONTHS)
    assert played.interruptions.mean() == pytest.approx(expected.interruptions, rel=0.05, abs=noise)


@pytest.mark.parametrize("hazard", [0.05, 0.3, 1.0])
def test_restarts_that_are_cut_off_themselves_are_counted(hazard: float) -> None:
    """Restarts as long as the work, interruptions as frequent as both: every term of the formula matters."""
    slow = Handling(restart_hours=1.5, wait_hours=0.7, checkpoint_hours=0.4)
    expected = expect(6.0, hazard, 2.0, slow)
    played = play(6.0, hazard, 2.0, slow, months=MONTHS, seed=2)
    assert expected.lost_hours > 0.1
    assert played.paid_hours.mean() == pytest.approx(expected.paid_hours, rel=0.05)
    assert played.finish_hours.mean() == pytest.approx(expected.finish_hours, rel=0.05)
    assert played.interruptions.mean() == pytest.approx(expected.interruptions, rel=0.05)


@pytest.mark.parametrize("share", [share for share in BANDS if share < 1])
def test_a_monthly_share_becomes_a_rate_that_reclaims_that_share_in_a_month(share: float) -> None:
    lives = np.random.default_rng(0).exponential(1 / hourly_hazard(share), 200_000)
    assert (lives < 730).mean() == pytest.approx(share, abs=0.005)


def test_a_band_without_an_end_stays_finite() -> None:
    assert hourly_hazard(1.0) == hourly_hazard(LARGEST_SHARE) < 0.01


@pytest.mark.parametrize("hazard", [0.0005, 0.003, 0.02, 0.1])
@pytest.mark.parametrize("work_hours", [5.0, 50.0, 400.0])
@pytest.mark.parametrize("checkpoint_hours", [0.003, 0.05, 0.3])
def test_the_advised_interval_costs_what_the_best_of_all_costs(
    hazard: float, work_hours: float, checkpoint_hours: float
) -> None:
    handling = Handling(0.03, 0.1, checkpoint_hours)
    advised = expect(work_hours, hazard, best_interval_hours(work_hours, hazard, handling), handling).paid_hours
    every = [expect(work_hours, hazard, work_hours / parts, handling).paid_hours for parts in range(1, 5000)]
    assert min(every) <= advised <= min(every) * 1.02


@pytest.mark.parametrize("hazard", [0.0005, 0.003, 0.02])
@pytest.mark.parametrize("checkpoint_hours", [0.003, 0.05, 0.3])
def test_youngs_interval_itself_costs_nearly_what_the_best_of_all_costs(hazard: float, checkpoint_hours: float) -> None:
    handling, young = Handling(0.03, 0.1, checkpoint_hours), young_hours(checkpoint_hours, hazard)
    work_hours = 20.5 * young
    every = [expect(work_hours, hazard, work_hours / parts, handling).paid_hours for parts in range(1, 200)]
    assert expect(work_hours, hazard, young, handling).paid_hours <= min(every) * 1.02
    assert work_hours / (1 + every.index(min(every))) == pytest.approx(young, rel=0.12)


def test_work_shorter_than_youngs_interval_keeps_no_checkpoint() -> None:
    assert math.isinf(best_interval_hours(1.0, 0.0003, HANDLING))


def test_the_chosen_parts_never_cost_more_than_no_checkpoint() -> None:
    for work_hours in np.geomspace(0.1, 1000, 40):
        best = best_interval_hours(work_hours, 0.01, HANDLING)
        with_it, without = (expect(work_hours, 0.01, every, HANDLING).paid_hours for every in (best, math.inf))
        assert with_it <= without * (1 + 1e-12)


@given(HOURS, HAZARDS, st.one_of(st.just(math.inf), HOURS))
def test_interruptions_only_ever_add_time(work_hours: float, hazard: float, interval_hours: float) -> None:
    quiet, some, more = (expect(work_hours, rate, interval_hours, HANDLING) for rate in (0.0, hazard, hazard * 2))
    assert work_hours <= quiet.paid_hours <= some.paid_hours * (1 + 1e-9)
    assert some.paid_hours <= more.paid_hours * (1 + 1e-9)
    assert some.finish_hours >= some.paid_hours
    assert some.lost_hours >= -1e-6


@given(HOURS, st.one_of(st.just(math.inf), HOURS))
def test_a_vanishing_rate_ends_in_undisturbed_work(work_hours: float, interval_hours: float) -> None:
    rare, never = (expect(work_hours, rate, interval_hours, HANDLING) for rate in (1e-12, 0.0))
    assert rare.paid_hours == pytest.approx(never.paid_hours, rel=1e-6)
    assert never.interruptions == 0
