from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.cost import (
    PriceBook,
    ScoringProfile,
    price_candidates,
    request_ms,
    tariff,
)
from workbench.errors import PriceError
from workbench.params.cost import CostParams, Traffic

BOOK = PriceBook.load()
PROFILE = ScoringProfile(50_000, 2.0, 4.0, 11.9, 20.0, 1_000_000, 300_000_000, 300)
USD_PER_HOUR = 0.1008


def params(requests_per_day: float, rows: int = 1, **more: object) -> CostParams:
    return CostParams(traffic=Traffic(requests_per_day=requests_per_day, rows_per_request=rows), **more)


def monthly(profile: ScoringProfile, given: CostParams, train_cpu_seconds: float, book: PriceBook) -> SimpleNamespace:
    """Price one candidate."""
    frame = pl.DataFrame([{"train_cpu_seconds": train_cpu_seconds, **profile.to_row()}])
    row = price_candidates(frame, given, book).row(0, named=True)
    return SimpleNamespace(
        usd_serving=row["usd_serving_per_month"],
        usd_training=row["usd_training_per_month"],
        usd_per_million_rows=row["usd_per_million_rows"],
        basis=tariff(given.instance, given.purchase, book).basis,
    )


def test_little_traffic_costs_one_machine_that_never_stops() -> None:
    cost = monthly(PROFILE, params(1000), 100.0, BOOK)
    assert cost.usd_serving == pytest.approx(USD_PER_HOUR * 730)
    assert "m7i.large on demand" in cost.basis
    assert monthly(PROFILE, params(0), 100.0, BOOK).usd_serving == cost.usd_serving


def test_much_traffic_costs_whole_machines_kept_sixty_percent_busy() -> None:
    """100 million requests of 2 ms keep 2.31 threads busy; a machine may spend 1.2 of its 2."""
    cost = monthly(PROFILE, params(100_000_000), 100.0, BOOK)
    assert cost.usd_serving == pytest.approx(2 * USD_PER_HOUR * 730)


def test_a_million_rows_are_priced_without_the_idle_machine() -> None:
    cost = monthly(PROFILE, params(1000), 100.0, BOOK)
    assert cost.usd_per_million_rows == pytest.approx(1e6 * 0.002 / 3600 / 1.2 * USD_PER_HOUR)


def test_rows_together_are_cheaper_than_alone() -> None:
    alone, together = (monthly(PROFILE, params(1000, rows), 100.0, BOOK) for rows in (1, 100))
    assert together.usd_per_million_rows == pytest.approx(alone.usd_per_million_rows * 11.9 / 2 / 100)


def test_training_is_priced_by_processor_time_on_all_threads() -> None:
    cost = monthly(PROFILE, params(1000, retrains_per_month=4), 7200.0, BOOK)
    assert cost.usd_training == pytest.approx(4 * 1 * USD_PER_HOUR)
    assert monthly(PROFILE, params(1000, retrains_per_month=0), 7200.0, BOOK).usd_training == 0


def test_serverless_is_paid_by_use() -> None:
    cost = monthly(PROFILE, params(1000, purchase="serverless"), 0.0, BOOK)
    each = 0.2e-6 + 0.002 * 1.727 * 0.0000166667
    assert cost.usd_serving == pytest.approx(1000 * 730 / 24 * each)
    assert monthly(PROFILE, params(0, purchase="serverless"), 0.0, BOOK).usd_serving == 0
    assert "lambda-x86_64" in cost.basis
    assert "unconfirmed" in cost.basis


def test_serverless_time_is_rounded_up_and_memory_beyond_the_included_is_charged() -> None:
    run = params(1000, purchase="serverless", instance="gcp/us-central1/n2-standard-2")
    quick, quicker = (monthly(replace(PROFILE, latency_p50_ms=ms), run, 0.0, BOOK) for ms in (90.0, 10.0))
    assert quick.usd_serving == quicker.usd_serving
    large = monthly(replace(PROFILE, peak_rss_bytes=2**30), run, 0.0, BOOK)
    assert large.usd_serving / (1000 * 730 / 24) == pytest.approx(0.4e-6 + 0.1 * (0.000024 + 0.0000025))


def test_serverless_wins_at_little_traffic_and_loses_at_much() -> None:
    for requests, serverless_wins in ((10_000, True), (20_000_000, False)):
        machine, function = (
            monthly(PROFILE, params(requests, purchase=purchase), 0.0, BOOK).usd_serving
            for purchase in ("on_demand", "serverless")
        )
        assert (function < machine) == serverless_wins


@given(st.floats(0, 1e9), st.floats(1, 10), st.floats(0.01, 500), st.sampled_from(["on_demand", "spot", "serverless"]))
def test_more_traffic_or_slower_scoring_is_never_cheaper(
    requests: float, factor: float, service_ms: float, purchase: str
) -> None:
    paid = tariff("aws/us-east-1/m7i.large", purchase, BOOK)
    base, memory = np.array([service_ms]), np.array([1e8])
    usd = paid.usd_per_month(base, memory, requests)
    assert usd <= paid.usd_per_month(base, memory, requests * factor)
    assert usd <= paid.usd_per_month(base * factor, memory, requests)
    assert paid.usd_per_million_requests(base, memory) <= paid.usd_per_million_requests(base * factor, memory)


@given(st.floats(0.001, 100), st.floats(0.001, 1000))
def test_a_request_takes_what_was_measured_at_one_and_at_a_hundred_rows(one: float, hundred: float) -> None:
    ends = [float(request_ms(np.array([one]), np.array([hundred]), rows)[0]) for rows in (1, 100)]
    assert ends == pytest.approx([one, max(one, hundred)])


def test_a_table_is_priced_as_its_rows_are_one_by_one() -> None:
    slow = replace(PROFILE, latency_p50_ms=8.0, latency_p50_ms_100_rows=400.0)
    frame = pl.DataFrame(
        [{"id": name, "train_cpu_seconds": 60.0, **item.to_row()} for name, item in (("a", PROFILE), ("b", slow))]
    )
    priced = price_candidates(frame, params(50_000_000, 3), BOOK)
    for row, item in zip(priced.iter_rows(named=True), (PROFILE, slow), strict=True):
        one = monthly(item, params(50_000_000, 3), 60.0, BOOK)
        assert row["usd_serving_per_month"] == one.usd_serving
        assert row["usd_training_per_month"] == one.usd_training
        assert row["usd_per_million_rows"] == one.usd_per_million_rows


def test_a_missing_price_stops_the_pricing() -> None:
    with pytest.raises(PriceError, match=r"p5\.4xlarge spot is unknown"):
        monthly(PROFILE, params(1, instance="aws/us-east-1/p5.4xlarge", purchase="spot"), 0.0, BOOK)
