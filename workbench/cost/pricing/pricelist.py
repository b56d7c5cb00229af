"""The typed form of prices.yaml: what the file may hold, checked when it is read."""

from __future__ import annotations

import datetime as dt
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, PositiveInt, model_validator

from workbench.cost.pricing.energylist import Energy
from workbench.cost.pricing.machinelist import (
    Commitment,
    InterruptionBand,
    OwnMachine,
    Region,
    Serverless,
    SustainedUse,
)
from workbench.cost.pricing.storagelist import Egress, Storage
from workbench.params.base import Section

if TYPE_CHECKING:
    from collections.abc import Iterator

Confidence = Literal["confirmed", "secondary", "unconfirmed"]
Kind = Literal[
    "on_demand", "spot", "commitment", "interruption", "serverless", "storage", "egress", "energy", "own_hardware"
]
Path = tuple[str, ...]


class Source(Section):
    """Where a price was read.

    Attributes:
        origin: Project and file, or site.
        revision: Commit of that file, or digest of its bytes.
        as_of: The day the prices are of; None when the source does not say.
        confidence: How sure they are.
        note: What to know before relying on them.
    """

    origin: str
    revision: str | None = None
    as_of: dt.date | None = None
    confidence: Confidence
    note: str = ""


class PricePart(Section):
    """What a prices.yaml may hold; a project's own holds any part of it.

    Attributes:
        sources: Where figures were read.
        fresh_days: Days after which a figure of a kind is stale.
        machines: Instance types by region; a later one replaces an earlier one of the same name.
        commitments: Discounts; the first pattern that fits counts.
        sustained_use: Discounts for running all month; the first pattern that fits counts.
        interruptions: How often spot machines are taken back.
        serverless: Functions by `cloud/region/service`.
        local: Hardware of your own, priced as `local/here/<name>`.
        storage: Classes by `cloud/region/class`.
        egress: Data sent to the internet by `cloud/region`.
        energy: Carbon, overhead and power.
    """

    sources: dict[str, Source] = Field(default_factory=dict)
    fresh_days: dict[Kind, PositiveInt] = Field(default_factory=dict)
    machines: tuple[Region, ...] = ()
    commitments: tuple[Commitment, ...] = ()
    sustained_use: tuple[SustainedUse, ...] = ()
    interruptions: tuple[InterruptionBand, ...] = ()
    serverless: dict[str, Serverless] = Field(default_factory=dict)
    local: dict[str, OwnMachine] = Field(default_factory=dict)
    storage: dict[str, Storage] = Field(default_factory=dict)
    egress: dict[str, Egress] = Field(default_factory=dict)
    energy: Energy = Energy()

    def named_sources(self) -> Iterator[tuple[Path, str]]:
        """Walk every place that names a source."""
        for number, region in enumerate(self.machines):
            yield from _named(region, ("machines", str(number)), ("on_demand", "spot"))
            for name, machine in region.types.items():
                path = ("machines", str(number), "types", name)
                yield from _named(machine, path, ("on_demand_source", "spot_source"))
        for section in ("commitments", "sustained_use", "interruptions"):
            for number, item in enumerate(getattr(self, section)):
                yield from _named(item, (section, str(number)), ("source",))
        for section in ("serverless", "local", "storage", "egress"):
            for name, item in getattr(self, section).items():
                yield from _named(item, (section, name), ("source", "units"))
        yield from self._energy_sources()

    def _energy_sources(self) -> Iterator[tuple[Path, str]]:
        for region, grids in self.energy.carbon.items():
            for number, grid in enumerate(grids):
                yield from _named(grid, ("energy", "carbon", region, str(number)), ("source",))
        for section in ("overhead", "vcpu", "accelerator"):
            for name, item in getattr(self.energy, section).items():
                yield from _named(item, ("energy", section, name), ("source",))
        if self.energy.memory:
            yield from _named(self.energy.memory, ("energy", "memory"), ("source",))

    def false_spots(self) -> Iterator[tuple[Path, str]]:
        """Walk spot prices that have no source or are no discount."""
        for number, region in enumerate(self.machines):
            for name, machine in region.types.items():
                if machine.spot is None:
                    continue
                _, source = region.sources(machine)
                if source is None or machine.on_demand is None or machine.spot >= machine.on_demand:
                    yield ("machines", str(number), "types", name, "spot"), name

    def commitment(self, instance: str) -> Commitment | None:
        """Give the first commitment whose pattern fits."""
        return next((item for item in self.commitments if fnmatchcase(instance, item.instances)), None)

    def sustained(self, instance: str) -> SustainedUse | None:
        """Give the discount for running all month, where there is one."""
        return next((item for item in self.sustained_use if fnmatchcase(instance, item.instances)), None)


class PriceList(PricePart):
    """A price list that stands on its own: every source it names is listed, every spot price is a discount."""

    @model_validator(mode="after")
    def _every_source_is_listed(self) -> Self:
        if missing := sorted({name for _, name in self.named_sources()} - set(self.sources)):
            raise ValueError(f"no source is called {', '.join(missing)}")
        return self

    @model_validator(mode="after")
    def _a_spot_price_has_a_source_and_is_a_discount(self) -> Self:
        for _, name in self.false_spots():
            raise ValueError(f"the spot price of {name} has no source or is no discount: leave it out")
        return self


def _named(item: Section, path: Path, fields: tuple[str, ...]) -> Iterator[tuple[Path, str]]:
    for field in fields:
        if (name := getattr(item, field, None)) is not None:
            yield (*path, field), name
