"""Storage, egress, own hardware, power and carbon: units, monotony, and what the sources say."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from workbench.cost.pricing import ownhardware
from workbench.cost.pricing.energylist import Power
from workbench.cost.pricing.machinelist import Commitment, InterruptionBand, OwnMachine
from workbench.cost.pricing.pricefile import overlaid
from workbench.cost.pricing.prices import PriceBook
from workbench.cost.pricing.quoting import Price
from workbench.cost.pricing.storagelist import GB_PER_TB, Egress, Storage, Tier
from workbench.errors import PriceError

BOOK = PriceBook.packaged()
M7I = "aws/us-east-1/m7i.large"
CLOUDS = st.sampled_from(list(BOOK.prices.egress))
GB = st.floats(min_value=0, max_value=1e6)


def own(**more: float) -> OwnMachine:
    known = {"purchase_usd": 2000, "life_years": 4, "share_in_use": 0.25, "busy_watts": 200, "idle_watts": 50}
    return OwnMachine.model_validate(
        {"source": "s", "arch": "x86_64", "vcpus": 8, "memory_gib": 32, "usd_per_kwh": 0.2} | known | more
    )


@given(CLOUDS, GB, GB)
def test_more_egress_is_never_cheaper_and_the_price_of_the_next_gb_never_rises(
    cloud: str, one: float, two: float
) -> None:
    low, high = sorted((one, two))
    assert BOOK.egress_usd(cloud, low) <= BOOK.egress_usd(cloud, high)
    assume(high - low > 1)
    dearest = max(tier.usd_per_gb for tier in BOOK.prices.egress[cloud].tiers)
    assert BOOK.egress_usd(cloud, high) - BOOK.egress_usd(cloud, low) <= (high - low) * dearest * (1 + 1e-9)


@given(CLOUDS, st.integers(min_value=0, max_value=3))
def test_egress_does_not_jump_at_the_bounds_of_tiers(cloud: str, number: int) -> None:
    bounds = [tier.up_to_tb * GB_PER_TB for tier in BOOK.prices.egress[cloud].tiers if tier.up_to_tb]
    edge = bounds[number % len(bounds)]
    assert BOOK.egress_usd(cloud, edge + 1e-6) - BOOK.egress_usd(cloud, edge - 1e-6) < 1e-5


def test_egress_adds_up_tier_by_tier() -> None:
    assert BOOK.egress_usd("aws/us-west-2", 0) == 0
    assert BOOK.egress_usd("aws/us-west-2", 100) == pytest.approx(9.0)
    expected = 10_240 * 0.09 + 40 * 1024 * 0.085 + 100 * 1024 * 0.07 + 1024 * 0.05
    assert BOOK.egress_usd("aws/us-west-2", 151 * 1024) == pytest.approx(expected)
    assert BOOK.egress_usd("aws", 100) == BOOK.egress_usd("aws/us-east-1", 100)
    assert BOOK.egress_usd("azure/eastus", 100) == 0
    assert BOOK.egress_usd("azure/eastus", 101) == pytest.approx(0.087)
    with pytest.raises(PriceError, match="no price of egress is known for aws/mars"):
        BOOK.egress_usd("aws/mars", 1)


def test_beyond_the_last_known_tier_its_price_holds() -> None:
    one = Egress(source="s", tiers=(Tier(up_to_tb=1, usd_per_gb=0.1),))
    assert one.usd_per_month(2048) == pytest.approx(204.8)


@pytest.mark.parametrize("bounds", [(None, 1), (2, 1), (1, 1)])
def test_tiers_in_the_wrong_order_are_refused(bounds: tuple[float | None, float]) -> None:
    tiers = [{"up_to_tb": bound, "usd_per_gb": 0.1} for bound in bounds]
    with pytest.raises(ValidationError, match="do not grow"):
        Egress.model_validate({"source": "s", "tiers": tiers})


def test_storage_has_kinds_and_conditions() -> None:
    classes = BOOK.storage_classes("aws/us-east-1")
    assert {item.kind for item in classes.values()} == {"object", "block"}
    archive = classes["aws/us-east-1/s3-deep-archive"]
    assert (archive.retrieval_usd_per_gb, archive.minimum_days, archive.overhead_kib) == (0.02, 180, 40)
    assert set(BOOK.storage_classes("gcp")) > set(BOOK.storage_classes("gcp/us"))
    assert BOOK.storage_classes("local") == {}


@given(st.sampled_from(list(BOOK.prices.storage)), GB, GB)
def test_more_storage_is_never_cheaper(name: str, one: float, two: float) -> None:
    low, high = sorted((one, two))
    storage = BOOK.prices.storage[name]
    assert storage.usd_per_month(low) <= storage.usd_per_month(high) <= high * storage.usd_per_gb_month * (1 + 1e-9)


def test_storage_tiers_count_from_the_first_byte() -> None:
    hot = BOOK.prices.storage["azure/westus/blob-hot"]
    assert hot.usd_per_month(60 * 1024) == pytest.approx(50 * 1024 * 0.0208 + 10 * 1024 * 0.019968)
    with pytest.raises(ValidationError, match="first tier is not"):
        Storage.model_validate(hot.model_dump() | {"usd_per_gb_month": 0.03})


@given(st.sampled_from(BOOK.instances), GB, GB)
def test_more_hours_are_never_cheaper_and_longer_commitments_never_dearer(
    instance: str, one: float, two: float
) -> None:
    low, high = sorted((one, two))
    usd = {option: BOOK.usd_per_hour(instance, option).usd_per_hour for option in BOOK.purchases(instance)}
    for price in usd.values():
        assert 0 <= low * price <= high * price
    order = [usd[option] for option in ("on_demand", "commit_1y", "commit_3y") if option in usd]
    assert order == sorted(order, reverse=True)


@given(st.sampled_from([name for name in BOOK.instances if "on_demand" in BOOK.purchases(name)]))
def test_an_hour_is_3600_seconds_of_all_threads_and_a_month_730_hours(instance: str) -> None:
    hour = BOOK.usd_per_hour(instance, "on_demand").usd_per_hour
    assert BOOK.usd_per_cpu_second(instance) * 3600 * BOOK.machine(instance).vcpus == pytest.approx(hour)
    month = BOOK.usd_per_hour(instance, "on_demand", whole_month=True).usd_per_hour * 730
    assert month <= hour * 730


def test_three_years_that_take_off_less_than_one_are_refused() -> None:
    with pytest.raises(ValidationError, match="mixed up"):
        Commitment(instances="*", source="s", commit_1y=0.4, commit_3y=0.3)


@given(
    st.floats(min_value=0, max_value=50_000),
    st.floats(min_value=0.5, max_value=20),
    st.floats(min_value=0.01, max_value=1),
    st.floats(min_value=0, max_value=300),
)
def test_the_hours_in_use_carry_purchase_and_electricity(usd: float, years: float, share: float, idle: float) -> None:
    tower = own(purchase_usd=usd, life_years=years, share_in_use=share, busy_watts=400, idle_watts=idle)
    life = years * 8760
    kwh = life * (share * 400 + (1 - share) * idle) / 1000
    assert ownhardware.usd_per_hour(tower) * life * share == pytest.approx(usd + kwh * 0.2)
    assert ownhardware.usd_per_hour(tower, whole_month=True) <= ownhardware.usd_per_hour(tower) * (1 + 1e-9)


def test_own_hardware_is_priced_like_any_machine() -> None:
    text = (
        "sources:\n  invoice: {origin: invoice, as_of: 2026-11-01, confidence: confirmed}\nlocal:\n  tower:\n"
        "    {source: invoice, arch: x86_64, vcpus: 8, memory_gib: 32, purchase_usd: 3504, life_years: 4,\n"
        "     share_in_use: 0.1, busy_watts: 200, usd_per_kwh: 0.2}\n"
    )
    book = PriceBook(overlaid(text))
    price = book.usd_per_hour("local/tower", "on_demand")
    assert price.usd_per_hour == pytest.approx(3504 / 3504 + 0.04)
    assert price == book.usd_per_hour("local/here/tower", "on_demand")
    assert "3,504 USD over 4 years, in use 10% of the time" in price.basis
    assert "local/here/tower" in book.instances
    assert book.purchases("local/here/tower") == ("on_demand",)
    assert book.usd_per_cpu_second("local/here/tower") == pytest.approx(1.04 / 8 / 3600)
    assert book.watts("local/tower", 0.5).watts == 100
    assert book.table().filter(cloud="local").height == 1
    with pytest.raises(PriceError, match="spot is unknown"):
        book.usd_per_hour("local/here/tower", "spot")
    with pytest.raises(PriceError, match=r"did you mean local/here/tower"):
        book.machine("local/here/towr")


def test_an_example_of_own_hardware_is_in_no_list() -> None:
    assert BOOK.usd_per_hour("local/workstation", "on_demand").confidence == "unconfirmed"
    assert not [name for name in BOOK.instances if name.startswith("local")]


def test_interruption_bands_are_those_of_spot_advisor() -> None:
    band = BOOK.interruption(M7I)
    assert (band.low, band.high, band.mean) == (0.15, 0.2, 0.175)
    assert "15% to 20%" in band.basis
    assert "2025-06-28" in band.basis
    assert BOOK.interruption("gcp/us-central1/e2-standard-4") is None
    assert BOOK.interruption("aws/us-east-1/p5.4xlarge") is None
    with pytest.raises(PriceError):
        BOOK.interruption("aws/us-east-1/m7i.lrge")
    with pytest.raises(ValidationError, match="outside its band"):
        InterruptionBand(cloud="a", region="b", source="s", low=0.1, high=0.2, mean=0.3, types=())


def test_the_mean_of_the_open_band_is_that_of_the_exponential_distribution_it_says() -> None:
    from math import exp, log  # noqa: PLC0415 - only here

    scale = -0.2 / log(401 / 894)
    beyond = scale - 0.8 * exp(-0.8 / scale) / (1 - exp(-0.8 / scale))
    assert BOOK.interruption("aws/us-east-1/g5.xlarge").mean == pytest.approx(0.2 + beyond, abs=0.005)


def test_sources_of_carbon_disagree_and_both_are_told() -> None:
    carbon = BOOK.carbon("aws/us-west-2/m7i.large")
    assert (carbon.grams_co2e_per_kwh, carbon.pue, carbon.source) == (322.2, 1.135, "cloud-carbon-footprint")
    assert carbon.others == (("codecarbon", 138.8),)
    assert "others say 138.8 g CO2e per kWh (Oregon, codecarbon)" in carbon.basis
    assert carbon.kg_co2e(10) == pytest.approx(10 * 1.135 * 322.2 / 1000)
    assert BOOK.carbon("gcp/us-central1/e2-standard-2").pue == 1.11
    unknown = BOOK.carbon("azure/mars/x")
    assert (unknown.grams_co2e_per_kwh, unknown.pue) == (475, 1.185)
    assert "mean of the world" in unknown.basis
    assert BOOK.carbon("local/here/x").pue == 1


def test_power_is_that_of_threads_memory_and_boards() -> None:
    assert BOOK.watts(M7I, 0.0).watts == pytest.approx(2 * 0.74 + 8 * 0.392)
    assert BOOK.watts(M7I, 1.0).watts == pytest.approx(2 * 3.5 + 8 * 0.392)
    g4dn = "aws/us-east-1/g4dn.xlarge"
    assert BOOK.watts(g4dn, 0.5, 1.0).watts == pytest.approx(4 * 2.12 + 16 * 0.392 + 71)
    assert "1 T4 at 100%" in BOOK.watts(g4dn, 0.5, 1.0).basis
    unknown = overlaid("energy: {accelerator: {}}\n")
    assert PriceBook(unknown).watts(M7I, 0.5) == BOOK.watts(M7I, 0.5)


@given(st.sampled_from(BOOK.instances), st.floats(min_value=0, max_value=1), st.floats(min_value=0, max_value=1))
def test_more_load_never_draws_less(instance: str, one: float, two: float) -> None:
    low, high = sorted((one, two))
    assert 0 < BOOK.watts(instance, low).watts <= BOOK.watts(instance, high).watts


def test_idle_above_busy_is_refused() -> None:
    with pytest.raises(ValidationError, match="mixed up"):
        Power(source="s", idle_watts=5, busy_watts=4)
    with pytest.raises(ValidationError, match="mixed up"):
        own(idle_watts=300)


@pytest.mark.parametrize(("days", "stale"), [(0, False), (30, False), (31, True)])
def test_a_price_gets_stale_after_the_days_of_its_kind(days: int, stale: bool) -> None:
    as_of = dt.date(2026, 1, 1)
    price = Price(0.1, "m7i.large spot", "s", "confirmed", as_of, 30)
    today = as_of + dt.timedelta(days=days)
    assert price.is_stale(today) is stale
    assert price.warning(today) == ("stale price: m7i.large spot is 31 days old, more than 30" if stale else None)


def test_an_undated_price_is_always_stale() -> None:
    spot = BOOK.usd_per_hour(M7I, "spot")
    assert spot.as_of is None
    assert spot.is_stale(dt.date(2026, 1, 1))
    assert "of an unknown day" in spot.warning(dt.date(2026, 1, 1))


def test_spot_prices_age_faster_than_list_prices() -> None:
    gcp = "gcp/us-central1/e2-standard-4"
    today = dt.date(2026, 9, 15)
    assert BOOK.usd_per_hour(gcp, "spot").is_stale(today)
    assert not BOOK.usd_per_hour(gcp, "on_demand").is_stale(today)
    (warning,) = BOOK.warnings([gcp], today)
    assert warning.startswith("1 spot prices from Cyclenerd/google-cloud-pricing-cost-calculator")
    assert warning.endswith("are 47 days old, those of their kind are stale after 30 days")


def test_every_figure_of_the_book_has_a_source_with_a_confidence() -> None:
    for path, name in BOOK.prices.named_sources():
        assert BOOK.prices.sources[name].confidence in {"confirmed", "secondary", "unconfirmed"}, path
    assert set(BOOK.prices.fresh_days) == {
        "on_demand",
        "spot",
        "commitment",
        "interruption",
        "serverless",
        "storage",
        "egress",
        "energy",
        "own_hardware",
    }
