"""The machines of prices.yaml: what they are, what an hour costs, what a commitment takes off."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, PositiveFloat, model_validator

from workbench.params.base import Section

Arch = Literal["x86_64", "arm64"]


class Shape(Section):
    """What a machine is made of.

    Attributes:
        arch: Instruction set.
        vcpus: Hardware threads.
        memory_gib: Memory.
        accelerator: Name of the GPU.
        accelerators: Number of GPUs.
        accelerator_memory_gib: Memory of each.
    """

    arch: Arch
    vcpus: PositiveFloat
    memory_gib: PositiveFloat
    accelerator: str | None = None
    accelerators: int = 0
    accelerator_memory_gib: PositiveFloat | None = None


class Machine(Shape):
    """One instance type; a price that is absent is unknown.

    Attributes:
        on_demand: USD per hour.
        spot: USD per hour.
        on_demand_source: Source of `on_demand`, where it is not that of the region.
        spot_source: Source of `spot`, where it is not that of the region.
    """

    on_demand: PositiveFloat | None = None
    spot: PositiveFloat | None = None
    on_demand_source: str | None = None
    spot_source: str | None = None


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

    def sources(self, machine: Machine) -> tuple[str, str | None]:
        """Name the sources of a machine's price on demand and of its spot price."""
        return machine.on_demand_source or self.on_demand, machine.spot_source or self.spot


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

    @model_validator(mode="after")
    def _longer_is_not_dearer(self) -> Self:
        if self.commit_1y is not None and self.commit_3y is not None and self.commit_3y < self.commit_1y:
            raise ValueError("three years take off less than one: the shares are mixed up")
        return self


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


class InterruptionBand(Section):
    """Types of one region whose spot capacity is taken back about equally often.

    Attributes:
        cloud: The cloud.
        region: The region.
        source: Where the band is from.
        low: Least share of the capacity taken back in a month.
        high: Largest share.
        mean: What is expected within the band.
        types: The instance types.
    """

    cloud: str
    region: str
    source: str
    low: float = Field(ge=0, le=1)
    high: float = Field(ge=0, le=1)
    mean: float = Field(ge=0, le=1)
    types: tuple[str, ...]

    @model_validator(mode="after")
    def _the_mean_lies_within(self) -> Self:
        if not self.low <= self.mean <= self.high:
            raise ValueError("the mean lies outside its band")
        return self


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

    arch: Arch
    source: str
    units: str
    usd_per_vcpu_second: float = Field(default=0.0, ge=0)
    usd_per_gib_second: PositiveFloat
    usd_per_million_requests: PositiveFloat
    memory_gib: PositiveFloat
    billing_step_ms: PositiveFloat


class OwnMachine(Shape):
    """Hardware of your own, priced by what it costs over its life.

    Attributes:
        source: Where the figures are from.
        example: Whether it only shows how such a machine is written; then it is priced when asked for by
            name, and never listed or advised.
        purchase_usd: What it was bought for.
        life_years: How long it is used.
        share_in_use: Share of its life in which it works.
        busy_watts: Power at the socket while it works.
        idle_watts: Power at the socket while it waits; 0 for a machine that is switched off then.
        usd_per_kwh: Price of electricity.
    """

    source: str
    example: bool = False
    purchase_usd: float = Field(ge=0)
    life_years: PositiveFloat
    share_in_use: float = Field(gt=0, le=1)
    busy_watts: PositiveFloat
    idle_watts: float = Field(default=0.0, ge=0)
    usd_per_kwh: PositiveFloat

    @model_validator(mode="after")
    def _work_takes_power(self) -> Self:
        if self.idle_watts > self.busy_watts:
            raise ValueError("the machine draws more power idle than busy: the figures are mixed up")
        return self
