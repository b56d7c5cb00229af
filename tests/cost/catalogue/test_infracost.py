"""Infracost's JSON: a breakdown and the products of its price API, in US dollars or not at all."""

from __future__ import annotations

import json

import pytest

from workbench.cost.catalogue import infracost
from workbench.cost.catalogue.infracost import read_infracost
from workbench.cost.catalogue.listing import NO_DISCOUNT, Listing, Reading
from workbench.errors import SourceError, UsageError


def component(name: str, price: object, unit: str = "hours") -> dict[str, object]:
    return {"name": name, "unit": unit, "hourlyQuantity": "1", "price": price, "hourlyCost": price}


def usage(
    instance_type: str, price: object, bought: str = "on-demand", system: str = "Linux/UNIX"
) -> dict[str, object]:
    return component(f"Instance usage ({system}, {bought}, {instance_type})", price)


def breakdown(*components: dict[str, object], resource: str = "aws_instance.a", **more: object) -> str:
    resources = [{"name": resource, "costComponents": list(components), "subresources": []}]
    return json.dumps({"currency": "USD", "projects": [{"breakdown": {"resources": resources}}]} | more)


def product(usd: dict[str, object], **attributes: str) -> dict[str, object]:
    known = {"instanceType": "m7i.large", "vcpu": "2", "memory": "8 GiB", "operatingSystem": "Linux"} | attributes
    return {
        "vendorName": "aws",
        "region": "us-east-1",
        "attributes": [{"key": key, "value": value} for key, value in known.items()],
        "prices": [{"purchaseOption": "on_demand", "unit": "Hrs"} | usd],
    }


def read(text: str, region: str | None = "us-east-1") -> Reading:
    return read_infracost(text, "infracost.json", region=region)


def test_a_breakdown_tells_types_and_prices() -> None:
    other = component("Storage (general purpose SSD, gp2)", "0.1", "GB")
    reading = read(breakdown(usage("m7i.large", "0.1008"), usage("m7i.large", "0.04", "spot"), other))
    assert reading.listings == (Listing("aws", "us-east-1", "m7i.large", 0.1008, 0.04),)
    assert reading.skipped[infracost.NO_MACHINE] == 1


def test_machines_inside_machines_count() -> None:
    inner = {"name": "aws_instance.b", "costComponents": [usage("c7i.large", "0.08925")]}
    tree = {"currency": "USD", "projects": [{"breakdown": {"resources": [{"name": "m", "subresources": [inner]}]}}]}
    assert [listing.type for listing in read(json.dumps(tree)).listings] == ["c7i.large"]


def test_a_month_has_730_hours() -> None:
    monthly = component("Instance usage (Linux/UNIX, on-demand, m7i.large)", "73.584", "months")
    assert read(breakdown(monthly)).listings[0].on_demand == 0.1008


@pytest.mark.parametrize(
    ("resource", "bought", "name"),
    [
        ("azurerm_linux_virtual_machine.a", "pay as you go", "azure/us-east-1/x"),
        ("module.m.google_compute_instance.a", "on-demand", "gcp/us-east-1/x"),
    ],
)
def test_the_resource_tells_the_cloud(resource: str, bought: str, name: str) -> None:
    reading = read(breakdown(usage("x", "0.1", bought), resource=resource))
    assert [listing.instance for listing in reading.listings] == [name]


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        (usage("m7i.large", "0.2", system="Windows"), infracost.NOT_LINUX),
        (usage("m7i.large", "0.06", "reserved"), infracost.COMMITTED),
        (component("Instance usage (Linux/UNIX, on-demand, m7i.large)", "3", "days"), infracost.OTHER_UNIT),
        (usage("m7i.large", "0"), "prices of machines without a price: unknown, not free"),
        (usage("m7i.large", None), "prices of machines without a price: unknown, not free"),
    ],
)
def test_what_is_no_hourly_price_of_linux_is_left_out(part: dict[str, object], reason: str) -> None:
    reading = read(breakdown(part))
    assert reading.listings == ()
    assert reading.skipped[reason] == 1


def test_spot_as_dear_as_on_demand_is_no_discount() -> None:
    reading = read(breakdown(usage("m7i.large", "0.1"), usage("m7i.large", "0.1", "spot")))
    assert (reading.listings[0].spot, reading.listings[0].no_discount) == (None, True)
    assert reading.skipped[NO_DISCOUNT] == 1


@pytest.mark.parametrize("currency", ["EUR", "GBP", "usd", None])
def test_another_currency_is_refused(currency: str | None) -> None:
    text = breakdown(usage("m7i.large", "0.1"), currency=currency)
    with pytest.raises(
        SourceError, match=r"infracost\.json: the prices are in another currency.*INFRACOST_CURRENCY=USD"
    ):
        read(text)


def test_a_missing_currency_is_infracosts_default_and_said_so() -> None:
    tree = json.loads(breakdown(usage("m7i.large", "0.1")))
    del tree["currency"]
    assert "US dollars" in read(json.dumps(tree)).notes[0]


def test_products_tell_the_size_of_the_machine_too() -> None:
    wrapped = json.dumps({"data": {"products": [product({"USD": "0.1008"})]}})
    expected = Listing("aws", "us-east-1", "m7i.large", 0.1008, arch="x86_64", vcpus=2.0, memory_gib=8.0)
    for text in (wrapped, json.dumps({"products": [product({"USD": "0.1008"})]}), f"[{wrapped}]"):
        assert read(text, region=None).listings == (expected,)


def test_products_of_another_system_or_tenancy_are_left_out() -> None:
    products = [product({"USD": "0.2"}, operatingSystem="Windows"), product({"USD": "0.2"}, tenancy="Dedicated")]
    reading = read(json.dumps({"products": products}), region=None)
    assert reading.listings == ()
    assert reading.skipped[infracost.NOT_LINUX] == 2


def test_products_in_another_currency_are_refused() -> None:
    with pytest.raises(SourceError, match=r"another currency.*Found: CNY"):
        read(json.dumps({"products": [product({"CNY": "0.7"})]}), region=None)


def test_a_breakdown_needs_its_region() -> None:
    with pytest.raises(UsageError, match=r"does not name its region.*--region once"):
        read(breakdown(usage("m7i.large", "0.1")), region=None)


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("{", r"infracost\.json:1: not valid JSON"),
        ("{}", "no JSON of Infracost"),
        ('{"projects": 3, "currency": "USD"}', "no JSON of Infracost"),
        (breakdown(usage("m7i.large", "0.1"), resource="thing"), "the cloud of thing cannot be told"),
    ],
)
def test_other_json_is_refused(text: str, pattern: str) -> None:
    with pytest.raises(SourceError, match=pattern):
        read(text)


@pytest.mark.parametrize(
    "text", ['{"currency": "USD", "projects": [3, {"breakdown": []}]}', '{"products": [3, {}]}', "[]"]
)
def test_parts_of_other_shapes_are_passed_over(text: str) -> None:
    assert read(text).listings == ()
