"""What the explorer knows of machines: a few of them, with every way to pay for each."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from workbench.cost import ServerlessTariff, tariff
from workbench.errors import PriceError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workbench.cost import PriceBook
    from workbench.params.cost import Purchase

    Json = Mapping[str, "Json"] | Sequence["Json"] | str | float | bool | None

PURCHASE_WORDS: Mapping[Purchase, str] = {
    "on_demand": "on demand",
    "spot": "spot",
    "commit_1y": "committed for 1 year",
    "commit_3y": "committed for 3 years",
    "serverless": "serverless, paid by use",
}
MOST_MACHINES = 12


def machines(instance: str, prices: PriceBook) -> list[Json]:
    """Describe a machine and its neighbours: same region, same instruction set, no GPU, nearest in price.

    Latencies were measured on one machine and are taken to hold on these, core for core.

    Args:
        instance: The machine of `cost.instance`.
        prices: The price book.

    Raises:
        PriceError: The machine is not in the price book; names the nearest.
    """
    return [machine(name, prices) for name in _neighbours(instance, prices)]


def machine(instance: str, prices: PriceBook) -> dict[str, Json]:
    """Describe one machine: its threads, its memory, and what each way to pay for it costs."""
    found = prices.machine(instance)
    return {
        "instance": instance,
        "vcpus": found.vcpus,
        "memory_gib": found.memory_gib,
        "purchases": [_option(instance, purchase, prices) for purchase in PURCHASE_WORDS],
    }


def basis_of(described: Mapping[str, Any], purchase: object) -> str:
    """Give the sentence that says what the prices of a machine rest on."""
    found = [str(option["basis"]) for option in described["purchases"] if option["name"] == purchase]
    return found[0] if found else ""


def _neighbours(instance: str, prices: PriceBook) -> list[str]:
    own = prices.machine(instance)
    region = instance.rpartition("/")[0]
    known = {name: prices.machine(name) for name in prices.instances if name.rpartition("/")[0] == region}
    alike = {
        name: like.on_demand
        for name, like in known.items()
        if like.arch == own.arch and like.accelerator is None and like.on_demand and name != instance
    }
    asked = own.on_demand or min(alike.values(), default=1.0)
    nearest = sorted(alike, key=lambda name: (max(alike[name] / asked, asked / alike[name]), name))[: MOST_MACHINES - 1]
    return sorted([instance, *nearest], key=lambda name: (alike.get(name, asked), name))


def _option(instance: str, purchase: Purchase, prices: PriceBook) -> dict[str, Json]:
    words: dict[str, Json] = {"name": purchase, "label": PURCHASE_WORDS[purchase]}
    try:
        paid = tariff(instance, purchase, prices)
        hour = prices.usd_per_hour(instance, purchase)
    except PriceError as error:
        return words | {"known": False, "reason": error.problem, "basis": ""}
    serverless = isinstance(paid, ServerlessTariff)
    kind: dict[str, Json] = {"kind": "serverless" if serverless else "machine"} | asdict(paid)
    rate = "per use" if serverless else f"${kind['usd_per_hour']:,.4g} per hour"
    words["label"] = f"{words['label']}, {rate}"
    basis = f"Price basis: {paid.basis}; {hour.confidence}. {_sums(serverless=serverless)}"
    return words | {
        "known": True,
        "reason": "",
        "tariff": kind,
        "training_usd_per_hour": hour.usd_per_hour,
        "basis": basis,
    }


def _sums(*, serverless: bool) -> str:
    month = "A month has 730 hours. Errors are counted on the validation set."
    if serverless:
        return f"Serving is paid for each request; free allowances are not deducted. {month}"
    return f"Serving pays for whole machines that never stop, kept at most 60 % busy. {month}"
