"""The typed form of prices.yaml: what the file may hold, checked when it is read."""

from __future__ import annotations

import datetime as dt
from fnmatch import fnmatchcase
from typing import Literal, Self

from pydantic import Field, PositiveFloat, model_validator

from workbench.params.base import Section

Confidence = Literal["confirmed", "secondary", "unconfirmed"]


class Source(Section):
    """Where a price was read.

    Attributes:
        origin: Project and file, or site.
        revision: Commit of that file.
        as_of: The day the prices are of; None when the source does not say.
        confidence: How sure they are.
        note: What to know before relying on them.
    """

    origin: str
    revision: str | None = None
    as_of: dt.date | None = None
    confidence: Confidence
    note: str = ""


class Machine(Section):
    """One instance type; a price that is absent is unknown.

    Attributes:
        arch: Instruction set.
        vcpus: Hardware threads.
        memory_gib: Memory.
        accelerator: Name of the GPU.
        accelerators: Number of GPUs.
        accelerator_memory_gib: Memory of each.
        on_demand: USD per hour.
        spot: USD per hour.
    """

    arch: Literal["x86_64", "arm64"]
    vcpus: PositiveFloat
    memory_gib: PositiveFloat
    accelerator: str | None = None
    accelerators: int = 0
    accelerator_memory_gib: PositiveFloat | None = None
    on_demand: PositiveFloat | None = None
    spot: PositiveFloat | None = None


class Region(Section):
    """The instance types of one region, and the source of each column of prices.

    Attributes:
        cloud: The cloud.
        region: The region.
        on_demand: Source of the on-demand prices.
        spot: Source of the spot prices; None where there are none.
        types: The instance types.
    """

    cloud: str
    region: str
    on_demand: str
    spot: str | None = None
    types: dict[str, Machine]


class Commitment(Section):
    """What a commitment takes off the on-demand price.

    Attributes:
        instances: Pattern of `cloud/region/type`.
        source: Where the shares are from.
        commit_1y: Share taken off for one year; None when unknown.
        commit_3y: Share taken off for three years; None when unknown.
    """

    instances: str
    source: str
    commit_1y: float | None = Field(default=None, gt=0, lt=1)
    commit_3y: float | None = Field(default=None, gt=0, lt=1)


class SustainedUse(Section):
    """What running the whole month takes off the on-demand price.

    Attributes:
        instances: Pattern of `cloud/region/type`.
        source: Where the share is from.
        discount: Share taken off.
    """

    instances: str
    source: str
    discount: float = Field(gt=0, lt=1)


class Serverless(Section):
    """A function paid by use, one request at a time on one processor.

    Attributes:
        arch: Instruction set.
        source: Where the prices are from.
        units: Where `memory_gib` and `billing_step_ms` are from.
        usd_per_vcpu_second: Processor time, where it is charged apart from memory.
        usd_per_gib_second: Memory.
        usd_per_million_requests: Requests.
        memory_gib: Memory that comes with one processor.
        billing_step_ms: Time is rounded up to a multiple of this.
    """

    arch: Literal["x86_64", "arm64"]
    source: str
    units: str
    usd_per_vcpu_second: float = Field(default=0.0, ge=0)
    usd_per_gib_second: PositiveFloat
    usd_per_million_requests: PositiveFloat
    memory_gib: PositiveFloat
    billing_step_ms: PositiveFloat


class Storage(Section):
    """A class of object or block storage.

    Attributes:
        source: Where the prices are from.
        usd_per_gb_month: Storage, first tier.
        retrieval_usd_per_gb: Reading back; None where it is free or unknown.
        minimum_days: Days charged at least.
    """

    source: str
    usd_per_gb_month: PositiveFloat
    retrieval_usd_per_gb: PositiveFloat | None = None
    minimum_days: int = 0


class EgressTier(Section):
    """A price of data sent to the internet.

    Attributes:
        up_to_tb: Upper end of the tier in one month; None for everything beyond.
        usd_per_gb: The price.
    """

    up_to_tb: PositiveFloat | None = None
    usd_per_gb: PositiveFloat


class Egress(Section):
    """Data sent to the internet.

    Attributes:
        source: Where the prices are from.
        tiers: From the first byte upwards.
    """

    source: str
    tiers: tuple[EgressTier, ...]


class PriceList(Section):
    """The whole of prices.yaml."""

    sources: dict[str, Source]
    machines: tuple[Region, ...]
    commitments: tuple[Commitment, ...]
    sustained_use: tuple[SustainedUse, ...]
    serverless: dict[str, Serverless]
    storage: dict[str, Storage]
    egress: dict[str, Egress]

    @model_validator(mode="after")
    def _every_source_is_listed(self) -> Self:
        named = {item.on_demand for item in self.machines} | {item.spot for item in self.machines if item.spot}
        named |= {item.source for item in self.commitments} | {item.source for item in self.sustained_use}
        named |= {item.source for item in self.storage.values()} | {item.source for item in self.egress.values()}
        named |= {name for item in self.serverless.values() for name in (item.source, item.units)}
        if missing := sorted(named - set(self.sources)):
            raise ValueError(f"no source is called {', '.join(missing)}")
        return self

    @model_validator(mode="after")
    def _a_spot_price_has_a_source_and_is_a_discount(self) -> Self:
        for region in self.machines:
            for name, machine in region.types.items():
                if machine.spot is None:
                    continue
                if region.spot is None or machine.on_demand is None or machine.spot >= machine.on_demand:
                    raise ValueError(f"the spot price of {name} has no source or is no discount: leave it out")
        return self

    def commitment(self, instance: str) -> Commitment | None:
        """Give the first commitment whose pattern fits."""
        return next((item for item in self.commitments if fnmatchcase(instance, item.instances)), None)

    def sustained(self, instance: str) -> SustainedUse | None:
        """Give the discount for running all month, where there is one."""
        return next((item for item in self.sustained_use if fnmatchcase(instance, item.instances)), None)
