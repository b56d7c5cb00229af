"""Scaling laws: recovered from points, never below what was measured, intervals that hold what they say."""

from __future__ import annotations

import math
import random
from statistics import median

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.stats import t

from workbench.cost.forecast.estimate import CONFIDENCE, Estimate, exactly, student, total
from workbench.cost.forecast.law import Prior, fit_law

SIZES = [0.01, 0.02, 0.035, 0.05] * 3
positive = st.floats(0.01, 100)


@given(fixed=positive, slope=positive)
def test_a_line_without_noise_is_recovered(fixed: float, slope: float) -> None:
    law = fit_law(SIZES, [fixed + slope * size for size in SIZES], Prior(power_deviation=0.0, noise=0.01))
    assert law.lines[0].fixed == pytest.approx(fixed, rel=1e-6)
    assert law.at(1.0).value == pytest.approx(fixed + slope, rel=1e-6)
    assert fixed + slope in law.at(1.0)


@given(power=st.floats(0.6, 1.4), slope=st.floats(1, 50))
def test_a_wide_range_of_sizes_tells_the_power(power: float, slope: float) -> None:
    sizes = [1.0, 3.0, 10.0, 30.0, 100.0] * 2
    law = fit_law(sizes, [5 + slope * size**power for size in sizes], Prior(power_deviation=0.3, noise=0.01))
    assert law.at(1000.0).value == pytest.approx(5 + slope * 1000**power, rel=0.15)


def test_one_disturbed_run_hardly_moves_the_line() -> None:
    costs = [10 + 100 * size for size in SIZES]
    costs[3] *= 3
    assert fit_law(SIZES, costs, Prior(power_deviation=0.0)).at(1.0).value == pytest.approx(110, rel=0.05)


@given(st.lists(st.floats(1, 1000), min_size=4, max_size=12), st.floats(1.0, 100.0))
@example([147.0, 141.0, 141.0, 74.0, 106.0, 148.0, 147.0], 2.0)
def test_more_data_are_never_forecast_to_cost_less(costs: list[float], further: float) -> None:
    sizes = [float(place + 1) for place in range(len(costs))]
    law = fit_law(sizes, costs, Prior())
    near, far = law.at(sizes[-1]), law.at(sizes[-1] * further)
    assert far.value >= near.value * (1 - 1e-9)
    assert far.low > 0
    assert far.low <= far.value <= far.high


@given(st.floats(2.0, 100.0))
def test_the_further_the_wider(further: float) -> None:
    law = fit_law(SIZES, [1 + 100 * size for size in SIZES], Prior())
    near, far = law.at(0.05), law.at(0.05 * further)
    assert (far.high - far.low) / far.value > (near.high - near.low) / near.value


@pytest.mark.parametrize("fixed", [0.2, 1.0, 5.0])
def test_intervals_hold_what_they_say(fixed: float) -> None:
    """600 made-up tables whose powers and noise are those of the prior: at least 85 % of the facts fall inside."""
    prior, rng = Prior(power=1.0, power_deviation=0.07, noise=0.04), random.Random(0)
    inside = 0
    for _ in range(600):
        power, noise = rng.gauss(prior.power, prior.power_deviation), 0.04 * rng.uniform(0.5, 1.5)

        def cost(size: float, power: float = power, noise: float = noise) -> float:
            return (fixed + 40 * 0.05 * (size / 0.05) ** power) * math.exp(rng.gauss(0, noise))

        inside += cost(1.0) in fit_law(SIZES, [cost(size) for size in SIZES], prior).at(1.0)
    assert 0.85 <= inside / 600 <= 0.99, "below it promises too much, above it says too little"


def test_noise_alone_is_not_continued() -> None:
    """Where the size does not matter, short runs that differ by noise are forecast to take what they took."""
    rng, flat, steep = random.Random(1), [], []
    for _ in range(100):
        costs = [3.0 * math.exp(rng.gauss(0, 0.03)) for _ in range(3)]
        flat.append(fit_law([0.0125, 0.025, 0.05], costs, Prior(noise=0.04, may_be_flat=True)).at(1.0))
        steep.append(fit_law([0.0125, 0.025, 0.05], costs, Prior(noise=0.04)).at(1.0))
    assert sum(3.0 in each for each in flat) >= 90
    assert median(each.value for each in flat) < 3.3 < median(each.value for each in steep)


def test_a_slope_that_stands_out_is_continued() -> None:
    law = fit_law(SIZES, [1 + 100 * size for size in SIZES], Prior(noise=0.04, may_be_flat=True))
    assert law.at(1.0).value == pytest.approx(101, rel=0.05)


def test_a_law_needs_two_sizes() -> None:
    with pytest.raises(ValueError, match="two sizes"):
        fit_law([1.0, 1.0], [2.0, 3.0], Prior())
    with pytest.raises(ValueError, match="positive"):
        fit_law([0.0, 1.0], [2.0, 3.0], Prior())


@given(st.floats(3, 1000))
def test_students_quantile_is_the_right_one(freedom: float) -> None:
    assert student(freedom) == pytest.approx(float(t.ppf(0.5 + CONFIDENCE / 2, freedom)), rel=0.01)
    assert student(1.5) > student(2.5) > student(freedom)


@given(st.lists(st.tuples(positive, positive, positive), min_size=1, max_size=6))
def test_a_sum_holds_its_parts(parts: list[tuple[float, float, float]]) -> None:
    estimates = [Estimate(low + up, low, low + up + more) for low, up, more in parts]
    summed = total(estimates)
    assert summed.value == pytest.approx(sum(each.value for each in estimates))
    assert sum(each.low for each in estimates) - 1e-9 <= summed.low <= summed.value <= summed.high
    assert summed.high <= sum(each.high for each in estimates) + 1e-9


def test_what_is_known_has_no_interval() -> None:
    assert total([exactly(2.0), exactly(3.0)]) == exactly(5.0)
    assert exactly(6.0).over(exactly(2.0)) == exactly(3.0)
