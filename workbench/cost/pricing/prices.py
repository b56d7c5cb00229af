"""The price book: what an hour of a machine costs, with the basis of every figure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, get_args

from workbench.cost.pricing import footprint, ownhardware, unknowns
from workbench.cost.pricing.pricefile import packaged, read_prices
from workbench.cost.pricing.quoting import DEFAULT_FRESH_DAYS, Interruption, Price
from workbench.errors import PriceError
from workbench.params.cost import Purchase

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import polars as pl

    from workbench.cost.pricing.footprint import Carbon, Watts
    from workbench.cost.pricing.machinelist import Machine, OwnMachine, Region, Serverless
    from workbench.cost.pricing.pricelist import Kind, PriceList
    from workbench.cost.pricing.storagelist import Storage

PURCHASES: tuple[Purchase, ...] = get_args(Purchase)


@dataclass(frozen=True)
class PriceBook:
    """Prices by `cloud/region/type`.

    Attributes:
        prices: The typed prices.yaml.
    """

    prices: PriceList

    @classmethod
    def load(cls, root: Path | None = None) -> PriceBook:
        """Read the packaged prices, overlaid by the project's prices.yaml where there is one.

        Args:
            root: The project; by default the one around the working directory, if there is one.

        Raises:
            ParamsError: The project's prices.yaml is not valid.
        """
        return cls(read_prices(root))

    @classmethod
    def packaged(cls) -> PriceBook:
        """Read the packaged prices alone."""
        return cls(packaged())

    @cached_property
    def _regions(self) -> Mapping[str, Region]:
        return {f"{item.cloud}/{item.region}/{name}": item for item in self.prices.machines for name in item.types}

    @cached_property
    def _own(self) -> Mapping[str, OwnMachine]:
        return {f"{ownhardware.PREFIX}{name}": own for name, own in self.prices.local.items()}

    @property
    def examples(self) -> tuple[str, ...]:
        """Examples of own hardware: priced when asked for by name, in no list."""
        return tuple(name for name, own in self._own.items() if own.example)

    @property
    def instances(self) -> tuple[str, ...]:
        """Every machine, as `cloud/region/type`; an example of own hardware is left out."""
        return (*self._regions, *(name for name in self._own if name not in self.examples))

    def machine(self, instance: str) -> Machine:
        """Give one machine.

        Raises:
            PriceError: It is not in the price book; names the nearest.
        """
        if own := self._own.get(ownhardware.full_name(instance)):
            return ownhardware.as_machine(own)
        return self._region(instance).types[instance.rsplit("/", 1)[-1]]

    def usd_per_hour(self, instance: str, purchase: Purchase, *, whole_month: bool = False) -> Price:
        """Price an hour of a machine.

        With `serverless` the machine is the one that trains, on demand: serving is priced by `serverless`.

        Args:
            instance: `cloud/region/type`, or `local/here/<name>` for hardware of your own.
            purchase: How it is paid for.
            whole_month: Whether it never stops, which some clouds reward.

        Raises:
            PriceError: The machine or this way to pay for it has no known price.
        """
        machine = self.machine(instance)
        if own := self._own.get(ownhardware.full_name(instance)):
            return self._own_price(instance, own, purchase, whole_month=whole_month)
        region = self._region(instance)
        on_demand, spot = region.sources(machine)
        if machine.on_demand is None:
            raise unknowns.no_price(self, instance)
        if purchase == "spot":
            if machine.spot is None or spot is None:
                raise unknowns.no_price(self, instance, purchase)
            return self._price(machine.spot, instance, "spot", spot, "spot")
        if purchase in {"on_demand", "serverless"}:
            return self._on_demand(instance, machine.on_demand, on_demand, whole_month=whole_month)
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
        return tuple(purchase for purchase in PURCHASES if self.is_known(instance, purchase))

    def interruption(self, instance: str) -> Interruption | None:
        """Tell how often spot machines of a type are taken back; None where nobody publishes it.

        The share is monthly: as a constant hazard per hour it is `-ln(1 - share) / 730`.

        Raises:
            PriceError: The machine is not in the price book.
        """
        self.machine(instance)
        where, _, name = instance.rpartition("/")
        for band in reversed(self.prices.interruptions):
            if f"{band.cloud}/{band.region}" == where and name in band.types:
                source = self.prices.sources[band.source]
                basis = (
                    f"{band.low:.0%} to {band.high:.0%} of {name} taken back in a month, {source.as_of or 'undated'}"
                )
                days = self.fresh_days("interruption")
                return Interruption(band.low, band.high, band.mean, basis, source.origin, source.as_of, days)
        return None

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

    def storage_classes(self, cloud: str) -> Mapping[str, Storage]:
        """Give the classes of storage of a cloud, or of one `cloud/region`, by `cloud/region/class`."""
        return {name: item for name, item in self.prices.storage.items() if name.startswith(f"{cloud}/")}

    def egress_usd(self, cloud: str, gb_per_month: float) -> float:
        """Price a month's data sent to the internet, tier by tier.

        Args:
            cloud: `cloud/region`, or a cloud alone for the first of its regions.
            gb_per_month: The data.

        Raises:
            PriceError: No price of egress is known there.
        """
        names = [name for name in self.prices.egress if name == cloud or name.startswith(f"{cloud}/")]
        if not names:
            known = ", ".join(self.prices.egress)
            raise PriceError(f"no price of egress is known for {cloud}", hint=f"the price book has {known}")
        return self.prices.egress[names[0]].usd_per_month(gb_per_month)

    def carbon(self, instance: str) -> Carbon | None:
        """Tell what a kilowatt-hour of a machine emits; None when nothing is known at all."""
        return footprint.carbon(self.prices.energy, ownhardware.full_name(instance))

    def watts(self, instance: str, utilisation: float, gpu_utilisation: float | None = None) -> Watts | None:
        """Estimate what a whole machine draws, data centre not included.

        Args:
            instance: The machine.
            utilisation: Load of its threads, 0 to 1.
            gpu_utilisation: Load of its GPUs; by default that of the threads.

        Returns:
            None when nothing is known of its processor or GPU.

        Raises:
            PriceError: The machine is not in the price book.
        """
        machine = self.machine(instance)
        if own := self._own.get(ownhardware.full_name(instance)):
            return footprint.own_watts(own, utilisation)
        gpu = utilisation if gpu_utilisation is None else gpu_utilisation
        return footprint.cloud_watts(self.prices.energy, instance.split("/", maxsplit=1)[0], machine, utilisation, gpu)

    def fresh_days(self, kind: Kind) -> int:
        """Give the days after which a figure of a kind is stale."""
        return self.prices.fresh_days.get(kind, DEFAULT_FRESH_DAYS)

    def table(self) -> pl.DataFrame:
        """List every machine and what is known of its prices in USD per hour; null is unknown."""
        from workbench.cost.pricing.pricetable import price_table  # noqa: PLC0415 - pricing a run needs no table

        return price_table(self)

    def rows(self, match: str = "") -> list[dict[str, object]]:
        """List machines whose name contains a text, as `table` does; an example of own hardware by its whole name."""
        from workbench.cost.pricing.pricetable import price_row  # noqa: PLC0415 - pricing a run needs no table

        found = [name for name in self.instances if match in name]
        example = ownhardware.full_name(match)
        return [price_row(self, name) for name in (found or ([example] if example in self.examples else []))]

    def warnings(self, instances: Iterable[str], today: dt.date) -> list[str]:
        """Say which prices of some machines are stale, once for each source."""
        from workbench.cost.pricing.pricetable import stale_warnings  # noqa: PLC0415 - pricing a run needs no table

        return stale_warnings(self, instances, today)

    def _region(self, instance: str) -> Region:
        if instance in self._regions:
            return self._regions[instance]
        raise unknowns.no_such_machine(self, instance)

    def _on_demand(self, instance: str, usd: float, source: str, *, whole_month: bool) -> Price:
        sustained = self.prices.sustained(instance) if whole_month else None
        if sustained is None:
            return self._price(usd, instance, "on demand", source, "on_demand")
        words = f"on demand all month, less {sustained.discount:.0%} sustained use"
        return self._price(usd * (1 - sustained.discount), instance, words, sustained.source, "on_demand")

    def _committed(self, instance: str, usd: float, purchase: Purchase) -> Price:
        found = self.prices.commitment(instance)
        discount = getattr(found, purchase) if found else None
        if found is None or discount is None:
            raise unknowns.no_price(self, instance, purchase)
        words = f"{unknowns.WORDS[purchase]}, on demand less {discount:.1%}"
        return self._price(usd * (1 - discount), instance, words, found.source, "commitment")

    def _own_price(self, instance: str, own: OwnMachine, purchase: Purchase, *, whole_month: bool) -> Price:
        if purchase not in {"on_demand", "serverless"}:
            raise unknowns.no_price(self, instance, purchase)
        words = ownhardware.basis(own, whole_month=whole_month)
        usd = ownhardware.usd_per_hour(own, whole_month=whole_month)
        return self._price(usd, ownhardware.full_name(instance), words, own.source, "own_hardware")

    def _price(self, usd: float, instance: str, words: str, source_name: str, kind: Kind) -> Price:
        source = self.prices.sources[source_name]
        cloud, region, name = instance.split("/")
        note = f" ({source.note})" if source.note else ""
        basis = f"{cloud} {region} {name} {words}, {source.as_of or 'undated'}{note}"
        return Price(usd, basis, source.origin, source.confidence, source.as_of, self.fresh_days(kind))

    def is_known(self, instance: str, purchase: Purchase) -> bool:
        """Tell whether a machine can be paid for in this way at a known price.

        Raises:
            PriceError: The machine is not in the price book.
        """
        machine, found, region = self.machine(instance), self.prices.commitment(instance), instance.rsplit("/", 1)[0]
        if ownhardware.full_name(instance) in self._own:
            return purchase == "on_demand"
        services = self.prices.serverless.items()
        known = {
            "on_demand": True,
            "spot": machine.spot is not None,
            "commit_1y": found is not None and found.commit_1y is not None,
            "commit_3y": found is not None and found.commit_3y is not None,
            "serverless": any(name.startswith(f"{region}/") and item.arch == machine.arch for name, item in services),
        }
        return machine.on_demand is not None and known[purchase]
