"""Other machines: threads, memory, dollars, carbon; what is unknown stays so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.cost.forecast import Estimate, Host, StageForecast, exactly, on_machine, unknown
from workbench.cost.forecast.machines import busy_threads, memory_fits
from workbench.cost.pricing.prices import PriceBook
from workbench.errors import PriceError

BOOK = PriceBook.packaged()
SMALL = "aws/us-east-1/m7i.large"
HERE = Host("here", 2)
STAGE = StageForecast("train", Estimate(3600.0, 1800.0, 7200.0), exactly(7200.0), exactly(2.0**30), "")


@given(st.floats(0.1, 64), st.integers(1, 64), st.integers(1, 128))
def test_threads_that_are_busy_are_there(busy: float, threads: int, other: int) -> None:
    found = busy_threads(busy, threads, other)
    assert 0 < found <= other * (1 + 1e-9)


@given(st.floats(1.01, 2.0), st.integers(1, 63))
def test_more_threads_never_do_less(busy: float, other: int) -> None:
    assert busy_threads(busy, 2, other) <= busy_threads(busy, 2, other + 1) + 1e-9


@given(st.floats(1.01, 2.0))
def test_a_machine_like_this_one_is_this_one(busy: float) -> None:
    assert busy_threads(busy, 2, 2) == pytest.approx(busy)


def test_time_money_and_carbon_follow_from_each_other() -> None:
    found = on_machine([STAGE], HERE, BOOK, SMALL, "on_demand")
    assert found.wall_seconds.value == pytest.approx(3600.0), "it has two threads too"
    assert found.usd.value == pytest.approx(BOOK.usd_per_hour(SMALL, "on_demand").usd_per_hour)
    assert found.usd.interval() == pytest.approx([found.usd.value / 2, found.usd.value * 2])
    watts, carbon = BOOK.watts(SMALL, 1.0), BOOK.carbon(SMALL)
    assert found.kg_co2e.value == pytest.approx(watts.watts / 1000 * carbon.pue * carbon.grams_co2e_per_kwh / 1000)
    assert found.memory == "enough"


def test_a_budget_on_the_clock_takes_its_time_everywhere() -> None:
    bound = StageForecast("train", exactly(3600.0), exactly(7200.0), None, "", clock_bound=True)
    larger = "aws/us-east-1/m7i.xlarge"
    assert on_machine([bound], HERE, BOOK, larger, "on_demand").wall_seconds.value == 3600.0
    assert on_machine([STAGE], HERE, BOOK, larger, "on_demand").wall_seconds.value == pytest.approx(1800.0)


def test_what_is_unknown_is_not_nothing() -> None:
    found = on_machine([STAGE, unknown("decide", "why")], HERE, BOOK, SMALL, "on_demand")
    assert (found.usd, found.wall_seconds, found.kg_co2e) == (None, None, None)
    assert found.stages[0].usd is not None
    assert found.memory == "unknown"
    assert unknown("decide", "why").on_record(1.0) == {}


def test_memory_is_short_only_when_it_must_be() -> None:
    peak = Estimate(8.0, 6.0, 12.0)
    assert [memory_fits(peak, size) for size in (5.0, 7.0, 12.0)] == ["short", "unsure", "enough"]
    assert memory_fits(None, 5.0) == "unknown"


def test_a_purchase_without_a_price_is_left_out() -> None:
    without = next(name for name in BOOK.instances if "commit_1y" not in BOOK.purchases(name))
    assert on_machine([STAGE], HERE, BOOK, without, "commit_1y") is None
    with pytest.raises(PriceError):
        on_machine([STAGE], HERE, BOOK, "aws/us-east-1/nonsense", "on_demand")
