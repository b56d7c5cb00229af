"""The energy of prices.yaml: carbon of grids, overhead of data centres, power of processors and GPUs."""

from __future__ import annotations

from typing import Self

from pydantic import Field, PositiveFloat, model_validator

from workbench.params.base import Section


class Grid(Section):
    """What one source says of the electricity of a region.

    Attributes:
        source: Where the figure is from.
        grid: The grid, state or country it is of.
        grams_co2e_per_kwh: Carbon intensity.
    """

    source: str
    grid: str
    grams_co2e_per_kwh: PositiveFloat


class Overhead(Section):
    """What a data centre draws for each watt its machines draw.

    Attributes:
        source: Where the figure is from.
        pue: Power usage effectiveness.
    """

    source: str
    pue: float = Field(ge=1)


class Power(Section):
    """Power of one processor thread or one GPU.

    Attributes:
        source: Where the figures are from.
        idle_watts: At no load.
        busy_watts: At full load.
    """

    source: str
    idle_watts: float = Field(ge=0)
    busy_watts: PositiveFloat

    @model_validator(mode="after")
    def _work_takes_power(self) -> Self:
        if self.idle_watts > self.busy_watts:
            raise ValueError("more power idle than busy: the figures are mixed up")
        return self

    def watts(self, utilisation: float) -> float:
        """Give the power at a load between 0 and 1, on a straight line between idle and busy."""
        return self.idle_watts + (self.busy_watts - self.idle_watts) * utilisation


class MemoryPower(Section):
    """Power of memory.

    Attributes:
        source: Where the figure is from.
        watts_per_gib: Power of each.
    """

    source: str
    watts_per_gib: PositiveFloat


class Energy(Section):
    """Everything about electricity.

    Attributes:
        carbon: What sources say of a region, the one that is used first; the key is `cloud/region` or `world`.
        overhead: By `cloud` or `cloud/region`.
        vcpu: Power of one hardware thread by cloud.
        accelerator: Power of one GPU by its name.
        memory: Power of memory; None leaves it out.
    """

    carbon: dict[str, tuple[Grid, ...]] = Field(default_factory=dict)
    overhead: dict[str, Overhead] = Field(default_factory=dict)
    vcpu: dict[str, Power] = Field(default_factory=dict)
    accelerator: dict[str, Power] = Field(default_factory=dict)
    memory: MemoryPower | None = None
