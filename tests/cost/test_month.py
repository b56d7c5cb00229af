from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.cost import PriceBook, month_of, price_candidates, running_usd, tail_ms
from workbench.cost.month import Month, batch_of
from workbench.cost.upkeep import Tiers
from workbench.errors import PriceError
from workbench.params.cost import CostParams, ServingParams

BOOK = PriceBook.load()
USD_PER_MONTH = 0.1008 * 730
WORK = {
    "latency_p50_ms": 2.0,
    "latency_p99_ms": 4.0,
    "latency_p50_ms_100_rows": 11.9,
    "latency_p99_ms_100_rows": 13.9,
    "peak_rss_bytes": 3e8,
    "size_bytes": 2e9,
    "train_cpu_seconds": 7200.0,
}
FRAME = pl.DataFrame([WORK])
COLUMNS = {name: np.array([value]) for name, value in WORK.items()}


def priced(limit: float | None = None, **terms: object) -> dict[str, float]:
    return price_candidates(FRAME, CostParams.model_validate(terms), BOOK, limit).row(0, named=True)


def month(limit: float | None = None, **terms: object) -> Month:
    return month_of(CostParams.model_validate(terms), BOOK, limit)


def traffic(requests_per_day: float, rows: int = 1) -> dict[str, float]:
    return {"requests_per_day": requests_per_day, "rows_per_request": rows}


def test_what_is_not_stated_costs_nothing() -> None:
    row = priced(10.0)
    assert row["usd_serving_per_month"] == pytest.approx(USD_PER_MONTH)
    assert row["usd_storage_per_month"] == row["usd_egress_per_month"] == 0
    assert row["machines"] == 1
    assert row["busy_share"] == pytest.approx(1e6 / 86_400 * 0.002 / 2)


def test_a_floor_of_machines_is_paid_for_and_none_may_be_kept_without_traffic() -> None:
    assert priced(serving={"min_machines": 3})["usd_serving_per_month"] == pytest.approx(3 * USD_PER_MONTH)
    none = priced(serving={"min_machines": 0}, traffic=traffic(0))
    assert (none["usd_serving_per_month"], none["machines"], none["busy_share"]) == (0, 0, 0)
    assert priced(serving={"min_machines": 0}, traffic=traffic(1))["machines"] == 1


def test_a_latency_limit_adds_machines_before_the_threads_are_full() -> None:
    """At 45 million requests a day 1.04 of 2 threads are busy: enough, but with a queue of its own."""
    busy = traffic(45_000_000)
    assert priced(traffic=busy)["machines"] == 1
    assert priced(60.0, traffic=busy)["machines"] == 1
    assert priced(6.0, traffic=busy)["machines"] > 1
    assert priced(3.9, traffic=busy)["machines"] == 1, "no machine makes scoring itself faster"
    assert priced(6.0, traffic=busy, serving={"peak_factor": 3})["machines"] > priced(6.0, traffic=busy)["machines"]
    assert priced(6.0, traffic=busy, purchase="serverless")["machines"] is None


@given(st.floats(1, 1e9), st.floats(4.1, 100), st.floats(1, 3), st.floats(1, 4))
def test_a_tighter_limit_or_a_higher_peak_never_needs_fewer_machines(
    requests: float, limit: float, looser: float, peak: float
) -> None:
    counts = [
        month(bound, serving={"peak_factor": factor}).machines(COLUMNS, requests)[0]
        for bound, factor in ((None, 1.0), (limit * looser, 1.0), (limit, 1.0), (limit, peak))
    ]
    assert counts == sorted(counts)


def test_requests_that_arrive_together_are_scored_together() -> None:
    """26 million a day are 301 a second: in 10 ms 3 more join the first, and 4 rows take 2.3 ms instead of 8."""
    serving = {"max_batch": 8, "batch_wait_ms": 10}
    alone, together = (priced(traffic=traffic(26e6), serving=given) for given in ({}, serving))
    assert batch_of(ServingParams(**serving), 26e6) == 4
    assert together["usd_per_million_rows"] == pytest.approx(alone["usd_per_million_rows"] * 2.3 / 8)
    assert together["busy_share"] == pytest.approx(alone["busy_share"] * 2.3 / 8)
    late = tail_ms(COLUMNS, ServingParams(**serving), 1, 26e6)
    assert late == pytest.approx([4.3 + 10])
    assert tail_ms(COLUMNS, ServingParams(**serving), 1, 26e6, alone=True) == [4.0]
    by_use = priced(traffic=traffic(26e6), serving=serving, purchase="serverless")
    assert (
        by_use["usd_serving_per_month"] == priced(traffic=traffic(26e6), purchase="serverless")["usd_serving_per_month"]
    )


@given(st.integers(1, 64), st.floats(0, 100), st.floats(0, 1e9))
def test_a_batch_holds_at_least_one_and_at_most_what_is_allowed(most: int, wait: float, requests: float) -> None:
    assert 1 <= batch_of(ServingParams(max_batch=most, batch_wait_ms=wait), requests) <= most


def test_storage_keeps_models_as_long_as_stated_and_is_charged_for_at_least_the_minimum() -> None:
    """2 GB a model: 4 a month for 3 months are 24 GB."""
    kept = {"tier": "s3-standard", "data_gb": 100, "keep_months": 3}
    assert priced(storage=kept)["usd_storage_per_month"] == pytest.approx((100 + 24) * 0.023)
    newest = priced(storage=kept | {"keep_months": 0, "data_gb": 0})
    assert newest["usd_storage_per_month"] == pytest.approx(2 * 0.023)
    cold = priced(storage={"tier": "s3-glacier-instant", "keep_months": 0})
    assert cold["usd_storage_per_month"] == pytest.approx(4 * 90 / (730 / 24) * 2 * 0.004)


def test_a_cold_tier_pays_for_reading_the_data_at_each_training() -> None:
    kept = {"tier": "s3-standard-ia", "data_gb": 1000, "keep_months": 1}
    row = priced(storage=kept, retrains_per_month=10)
    assert row["usd_storage_per_month"] == pytest.approx((1000 + 20) * 0.0125 + 10 * 1000 * 0.01)


def test_a_tier_that_is_not_there_is_named_beside_those_that_are() -> None:
    with pytest.raises(PriceError, match=r"no price of storage s3-standrad is known in aws/us-east-1") as caught:
        priced(storage={"tier": "s3-standrad"})
    assert "s3-standard-ia" in str(caught.value)
    assert "did you mean s3-standard" in str(caught.value)


def test_answers_are_sent_tier_by_tier() -> None:
    """A million answers of 1 MB a day are 30.4 TB a month."""
    row = priced(serving={"bytes_per_response": 1e6})
    gb = 1e6 * 730 / 24 / 1000
    assert row["usd_egress_per_month"] == pytest.approx(BOOK.egress_usd("aws/us-east-1", gb))
    assert row["usd_egress_per_month"] < gb * 0.09


@pytest.mark.parametrize("region", ["aws/us-east-1", "gcp/us-central1", "azure/eastus"])
@given(gb=st.floats(0, 1e6))
def test_tiers_price_as_the_price_book_does(region: str, gb: float) -> None:
    instance = next(name for name in BOOK.instances if name.startswith(f"{region}/"))
    tiers = month(instance=instance, serving={"bytes_per_response": 1}).egress
    assert isinstance(tiers, Tiers)
    assert tiers.usd(np.array([gb]))[0] == pytest.approx(BOOK.egress_usd(region, gb), abs=1e-9)


def test_running_is_all_four_and_unknown_where_one_is() -> None:
    row = pl.DataFrame([priced(serving={"bytes_per_response": 1e4}, storage={"tier": "s3-standard"})])
    parts = ("usd_serving_per_month", "usd_training_per_month", "usd_storage_per_month", "usd_egress_per_month")
    assert all(row[name][0] > 0 for name in parts)
    assert running_usd(row)[0] == pytest.approx(sum(row[name][0] for name in parts))
    unknown = row.with_columns(usd_storage_per_month=pl.lit(None, pl.Float64))
    assert running_usd(unknown)[0] is None


def test_one_candidate_under_many_loads_is_priced_as_under_each() -> None:
    terms = {"serving": {"max_batch": 4, "batch_wait_ms": 2, "bytes_per_response": 1e3, "peak_factor": 1.4}}
    made, loads = month(12.0, **terms), np.array([0.0, 1e3, 1e6, 3e7, 4e8])
    one = [priced(12.0, traffic=traffic(load), **terms) for load in loads]
    assert made.serving_usd(COLUMNS, loads).tolist() == [row["usd_serving_per_month"] for row in one]
    assert made.machines(COLUMNS, loads).tolist() == [row["machines"] for row in one]
    assert made.egress_usd(loads).tolist() == [row["usd_egress_per_month"] for row in one]
