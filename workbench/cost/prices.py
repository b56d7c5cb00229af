"""The price book: what an hour of a machine costs, with the basis of every figure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import TYPE_CHECKING, get_args

from workbench.cost.pricelist import PriceList
from workbench.errors import PriceError, nearest
from workbench.params.cost import Purchase

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import polars as pl

    from workbench.cost.pricelist import Confidence, Machine, Region, Serverless

PURCHASES: tuple[Purchase, ...] = get_args(Purchase)
_WORDS: Mapping[str, str] = {
    "on_demand": "on demand",
    "spot": "spot",
    "commit_1y": "committed for 1 year",
    "commit_3y": "committed for 3 years",
}


@dataclass(frozen=True)
class Price:
    """An hourly price and what it rests on.

    Attributes:
        usd_per_hour: The price.
        basis: Cloud, region, type, purchase option and day, as a reader should see it beside the figure.
        source: Where it was read.
        confidence: How sure it is.
        as_of: The day it is of; None when the source does not say.
    """

    usd_per_hour: float
    basis: str
    source: str
    confidence: Confidence
    as_of: dt.date | None


@dataclass(frozen=True)
class PriceBook:
    """Prices by `cloud/region/type`.

    Attributes:
        prices: The typed prices.yaml.
    """

    prices: PriceList

    @classmethod
    def load(cls) -> PriceBook:
        """Read the price book that comes with the package."""
        return _load()

    @cached_property
    def _regions(self) -> Mapping[str, Region]:
        return {f"{item.cloud}/{item.region}/{name}": item for item in self.prices.machines for name in item.types}

    @property
    def instances(self) -> tuple[str, ...]:
        """Every machine, as `cloud/region/type`."""
        return tuple(self._regions)

    def machine(self, instance: str) -> Machine:
        """Give one machine.

        Raises:
            PriceError: It is not in the price book; names the nearest.
        """
        return self._region(instance).types[instance.rsplit("/", 1)[-1]]

    def usd_per_hour(self, instance: str, purchase: Purchase, *, whole_month: bool = False) -> Price:
        """Price an hour of a machine.

        With `serverless` the machine is the one that trains, on demand: serving is priced by `serverless`.

        Args:
            instance: `cloud/region/type`.
            purchase: How it is paid for.
            whole_month: Whether it never stops, which some clouds reward.

        Raises:
            PriceError: The machine or this way to pay for it has no known price.
        """
        machine, region = self.machine(instance), self._region(instance)
        if machine.on_demand is None:
            raise PriceError(f"the price of {instance} is unknown", hint=self._nearest_priced(instance, "on_demand"))
        if purchase == "spot":
            if machine.spot is None or region.spot is None:
                raise self._unknown(instance, purchase)
            return self._price(machine.spot, instance, "spot", region.spot)
        if purchase in {"on_demand", "serverless"}:
            return self._on_demand(instance, machine.on_demand, region, whole_month=whole_month)
        return self._committed(instance, machine.on_demand, purchase)

    def usd_per_cpu_second(self, instance: str, purchase: Purchase = "on_demand") -> float:
        """Price one CPU-second of a machine, all of its hardware threads in use.

        Args:
            instance: The machine.
            purchase: How it is paid for; training cannot run serverless, so that this means on demand.

        Raises:
            PriceError: See `usd_per_hour`.
        """
        paid = "on_demand" if purchase == "serverless" else purchase
        return self.usd_per_hour(instance, paid).usd_per_hour / self.machine(instance).vcpus / 3600

    def purchases(self, instance: str) -> tuple[Purchase, ...]:
        """List the ways to pay for a machine that have a known price."""
        return tuple(purchase for purchase in PURCHASES if self._is_known(instance, purchase))

    def serverless(self, instance: str) -> tuple[str, Serverless]:
        """Give the function service beside a machine: same cloud, region and instruction set.

        Raises:
            PriceError: The machine is unknown, or its region has no function service in the price book.
        """
        machine, region = self.machine(instance), instance.rsplit("/", 1)[0]
        for name, service in self.prices.serverless.items():
            if name.rsplit("/", 1)[0] == region and service.arch == machine.arch:
                return name, service
        known = ", ".join(self.prices.serverless)
        raise PriceError(
            f"no serverless price is known for {machine.arch} in {region}", hint=f"the price book has {known}"
        )

    def table(self) -> pl.DataFrame:
        """List every machine and what is known of its prices in USD per hour; null is unknown."""
        import polars as pl  # noqa: PLC0415 - pricing a run needs no table

        return pl.DataFrame(
            [self._row(instance) for instance in self.instances],
            schema_overrides={"as_of": pl.Date, "accelerator": pl.String, "accelerator_memory_gib": pl.Float64},
            infer_schema_length=None,
        )

    def _row(self, instance: str) -> dict[str, object]:
        cloud, region, name = instance.split("/")
        machine = self.machine(instance)
        source = self.prices.sources[self._region(instance).on_demand]
        kept = machine.model_dump(exclude={"on_demand", "spot"})
        options = [purchase for purchase in PURCHASES if purchase != "serverless"]
        usd = {
            f"{option}_usd_per_hour": self.usd_per_hour(instance, option).usd_per_hour
            if self._is_known(instance, option)
            else None
            for option in options
        }
        where = {"instance": instance, "cloud": cloud, "region": region, "type": name}
        return where | kept | usd | {"source": source.origin, "as_of": source.as_of, "confidence": source.confidence}

    def _region(self, instance: str) -> Region:
        if instance in self._regions:
            return self._regions[instance]
        if instance in self.prices.serverless:
            raise PriceError(
                f"{instance} is a function service, no machine",
                hint="name the machine that trains as cost.instance, and set cost.purchase: serverless",
            )
        same_type = [known for known in self.instances if known.rsplit("/", 1)[-1] == instance.rsplit("/", 1)[-1]]
        hint = f"did you mean {same_type[0]}?" if same_type else nearest(instance, self.instances)
        raise PriceError(
            f"no machine {instance} in the price book",
            expected="cloud/region/type",
            hint=hint or "list them with `workbench prices`",
        )

    def _on_demand(self, instance: str, usd: float, region: Region, *, whole_month: bool) -> Price:
        sustained = self.prices.sustained(instance) if whole_month else None
        if sustained is None:
            return self._price(usd, instance, "on demand", region.on_demand)
        words = f"on demand all month, less {sustained.discount:.0%} sustained use"
        return self._price(usd * (1 - sustained.discount), instance, words, sustained.source)

    def _committed(self, instance: str, usd: float, purchase: Purchase) -> Price:
        found = self.prices.commitment(instance)
        discount = getattr(found, purchase) if found else None
        if found is None or discount is None:
            raise self._unknown(instance, purchase)
        words = f"{_WORDS[purchase]}, on demand less {discount:.1%}"
        return self._price(usd * (1 - discount), instance, words, found.source)

    def _price(self, usd: float, instance: str, words: str, source_name: str) -> Price:
        source = self.prices.sources[source_name]
        cloud, region, name = instance.split("/")
        note = f" ({source.note})" if source.note else ""
        basis = f"{cloud} {region} {name} {words}, {source.as_of or 'undated'}{note}"
        return Price(usd, basis, source.origin, source.confidence, source.as_of)

    def _unknown(self, instance: str, purchase: Purchase) -> PriceError:
        known = ", ".join(self.purchases(instance))
        return PriceError(
            f"the price of {instance} {_WORDS[purchase]} is unknown",
            expected=f"cost.purchase: one of {known}",
            hint=self._nearest_priced(instance, purchase),
        )

    def _nearest_priced(self, instance: str, purchase: Purchase) -> str | None:
        """Name the machine most like this one, in the same region, whose price is known."""
        machine, region = self.machine(instance), instance.rsplit("/", 1)[0]
        like = [known for known in self.instances if known.startswith(f"{region}/") and self._is_known(known, purchase)]
        like = [known for known in like if self.machine(known).accelerator == machine.accelerator] or like
        closest = min(like, key=lambda known: abs(self.machine(known).vcpus - machine.vcpus), default=None)
        return f"{closest} has one" if closest else None

    def _is_known(self, instance: str, purchase: Purchase) -> bool:
        machine, found, region = self.machine(instance), self.prices.commitment(instance), instance.rsplit("/", 1)[0]
        services = self.prices.serverless.items()
        known = {
            "on_demand": True,
            "spot": machine.spot is not None,
            "commit_1y": found is not None and found.commit_1y is not None,
            "commit_3y": found is not None and found.commit_3y is not None,
            "serverless": any(name.startswith(f"{region}/") and item.arch == machine.arch for name, item in services),
        }
        return machine.on_demand is not None and known[purchase]


@cache
def _load() -> PriceBook:
    """Read the packaged file once; the book is frozen."""
    from ruamel.yaml import YAML  # noqa: PLC0415 - only needed when a price is asked for

    text = files("workbench.cost").joinpath("prices.yaml").read_text(encoding="utf-8")
    return PriceBook(PriceList.model_validate(YAML(typ="safe", pure=True).load(text)))
