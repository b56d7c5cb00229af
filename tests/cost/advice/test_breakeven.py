"""Break-evens against brute force: every hour, every request rate, every day is tried."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.cost.advice.situations import BOOK, candidate, cost, only, situation
from workbench.artifacts import StoredFile
from workbench.cost.advice import Advice, Gap, Settled
from workbench.cost.advice.commitment import break_even_hours, commitment
from workbench.cost.advice.serverless import machines_win, serverless
from workbench.cost.advice.serving import served
from workbench.cost.advice.tiers import best_class, break_even_days, object_classes, present_class, storage_tier
from workbench.cost.billing.offers import Offer, most_requests
from workbench.cost.economics import DAYS_PER_MONTH
from workbench.cost.pricing.storagelist import Storage
from workbench.params.cost import StorageParams

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

PRICES = st.floats(0.001, 10)


@given(PRICES, st.floats(0.05, 0.99))
def test_a_commitment_pays_from_the_first_hour_that_brute_force_finds(on_demand: float, share: float) -> None:
    committed = on_demand * share
    hours = np.arange(0, 731, 0.5)
    pays = hours[hours * on_demand >= 730 * committed - 1e-9]
    assert break_even_hours(on_demand, committed) == pytest.approx(pays[0], abs=0.5)


def test_serving_all_month_is_worth_a_commitment() -> None:
    advice = only(list(commitment(situation())), Advice)
    od, year = (BOOK.usd_per_hour("aws/us-east-1/m7i.large", kind).usd_per_hour for kind in ("on_demand", "commit_1y"))
    assert advice.usd_per_month == pytest.approx(730 * (od - year))
    assert f"1 y from {730 * year / od:.0f} hours a month" in advice.evidence
    assert "3 years would save" in advice.evidence


def test_a_few_hours_of_training_are_not() -> None:
    settled = only(list(commitment(situation(chosen=None))), Settled)
    assert "20 hours a month are used" in settled.reason


def test_an_unknown_commitment_is_a_gap() -> None:
    assert isinstance(next(iter(commitment(situation(cost=cost(instance="azure/eastus/Standard_D2s_v5"))))), Gap)


INSTANCES = ["aws/us-east-1/t3.medium", "aws/us-east-1/m7i.large", "aws/us-east-1/c7i.4xlarge"]


@settings(max_examples=40, deadline=None)
@example(INSTANCES[1], 50.0, None)  # functions win again just above what a few machines carry
@given(st.sampled_from(INSTANCES), st.floats(0.5, 200), st.sampled_from([None, 300.0]))
def test_machines_win_at_the_rates_that_brute_force_finds(
    instance: str, service_ms: float, limit: float | None
) -> None:
    row = candidate("b01", latency_p50_ms=service_ms, latency_p99_ms=service_ms)
    now = situation(candidates=pl.DataFrame([row]), cost=cost(instance=instance), latency_p99_limit_ms=limit)
    load = served(now)
    machine, function = load.month(), load.month(purchase="serverless")
    stretches = machines_win(load, machine, function)
    most = most_requests(
        tuple(Offer("b", load.cost, month, load.work, np.zeros((1, 4))) for month in (machine, function))
    )
    rates = np.random.default_rng(0).uniform(1, min(most, 40 * 86_400_000 / service_ms), 20_000)
    found = np.zeros(rates.size, bool)
    near = np.zeros(rates.size, bool)
    for low, high in stretches:
        found |= (rates > low) & (rates < high)
        near |= (np.abs(rates / low - 1) < 1e-6) | (np.abs(rates / high - 1) < 1e-6)
    wins = machine.serving_usd(load.work, rates) < function.serving_usd(load.work, rates)
    assert (found == wins)[~near].all()


def test_the_traffic_at_which_machines_win_again_is_told() -> None:
    """A machine that is just worth its price when full: a second one is not, until it is half full."""
    row = candidate("b01", latency_p50_ms=50.0)
    (found,) = serverless(situation(candidates=pl.DataFrame([row])))
    assert ", for good from" in (found.evidence if isinstance(found, Advice) else found.reason)


@pytest.mark.parametrize(("requests", "saves"), [(10_000, True), (50_000_000, False)])
def test_little_traffic_is_served_by_the_request(requests: float, saves: bool) -> None:
    (found,) = serverless(situation(cost=cost(requests)))
    assert isinstance(found, Advice) == saves
    (back,) = serverless(situation(cost=cost(requests, purchase="serverless")))
    assert isinstance(back, Advice) != saves


def classes() -> dict[str, Storage]:
    return object_classes(situation())


def test_the_standard_class_has_no_price_for_reading() -> None:
    assert present_class(situation(), classes()) == "aws/us-east-1/s3-standard"
    stated = situation(cost=cost(storage=StorageParams(tier="s3-standard-ia")))
    assert present_class(stated, classes()) == "aws/us-east-1/s3-standard-ia"
    assert not [name for name in classes() if "deep" in name or "ebs" in name]


@given(st.floats(0.01, 0.05), st.floats(0.001, 0.0099), st.floats(0.001, 0.05), st.integers(0, 180), st.floats(1, 4))
def test_a_tier_pays_from_the_idle_days_that_brute_force_finds(
    dear: float, cheap: float, retrieval: float, minimum: int, gigabytes: float
) -> None:
    """Ten thousand days of a file that is read every `d` days, for every `d`."""
    now = Storage(kind="object", source="s", usd_per_gb_month=dear)
    other = Storage(
        kind="object", source="s", usd_per_gb_month=cheap, retrieval_usd_per_gb=retrieval, minimum_days=minimum
    )
    found = break_even_days(now, other)
    days = 10_000

    def bill(kept: Storage, every: Floats) -> Floats:
        reads = days / every
        return gigabytes * (kept.usd_per_gb_month / DAYS_PER_MONTH * days + reads * (kept.retrieval_usd_per_gb or 0.0))

    tried = np.arange(1.0, 40_000.0)
    pays = tried[(tried >= minimum) & (bill(other, tried) <= bill(now, tried))]
    assert pays[0] == max(1, math.ceil(found - 1e-9))


def kept(gigabytes: float, idle_days: float) -> StoredFile:
    return StoredFile("old.bin", int(gigabytes * 1e9), idle_days)


@example(100.0, 60.0)  # s3-glacier-instant would pay, were it not for its least time
@given(st.floats(0.001, 500), st.floats(0, 4000))
def test_the_class_chosen_is_the_cheapest_that_may_be_used(gigabytes: float, idle_days: float) -> None:
    file, present = kept(gigabytes, idle_days), "aws/us-east-1/s3-standard"
    chosen = best_class(classes(), present, file)
    reads = DAYS_PER_MONTH / max(idle_days, 1 / 24)

    def year(name: str) -> float:
        found = classes()[name]
        move = 0.0 if name == present else (found.put_usd_per_1000 or 0.0) / 1000
        charged = max(gigabytes, found.minimum_kib * 1024 / 1e9) + found.overhead_kib * 1024 / 1e9
        read = gigabytes * (found.retrieval_usd_per_gb or 0.0) + (found.get_usd_per_1000 or 0.0) / 1000
        return move + 12 * (charged * found.usd_per_gb_month + reads * read)

    allowed = [name for name, found in classes().items() if name == present or idle_days >= found.minimum_days]
    assert year(chosen) <= min(map(year, allowed)) * (1 + 1e-6)
    assert chosen in allowed


def test_idle_files_move_and_busy_ones_stay() -> None:
    files = (kept(500, 400), kept(500, 0.5))
    advice = only(list(storage_tier(situation(files=files))), Advice)
    assert "1 file (465.7 GiB) to s3-glacier-instant" in advice.action
    assert advice.usd_per_month == pytest.approx(500 * (0.023 - 0.004 - 0.03 * DAYS_PER_MONTH / 400), rel=0.01)
    assert isinstance(next(iter(storage_tier(situation(files=files[1:])))), Settled)
    assert isinstance(next(iter(storage_tier(situation()))), Gap)


def test_a_candidate_that_was_not_profiled_is_a_gap() -> None:
    broken = candidate("b01")
    broken.pop("latency_p50_ms")
    assert isinstance(next(iter(serverless(situation(chosen="b02")))), Gap)
