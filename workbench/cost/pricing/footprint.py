"""Power and carbon of a machine, with the source beside every figure, since sources disagree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.cost.pricing.energylist import Energy, Grid
    from workbench.cost.pricing.machinelist import Machine, OwnMachine

WORLD = "world"
OWN_PUE = 1.0
"""Hardware of your own is counted at the socket; cooling of the room is not in it."""


@dataclass(frozen=True)
class Carbon:
    """What a kilowatt-hour of a machine emits.

    Attributes:
        grams_co2e_per_kwh: Carbon intensity of the grid.
        pue: Watts of the data centre for each watt of the machine.
        source: Name of the source in the price book.
        basis: Region, grid, source and what other sources say.
        others: What other sources say, by their names.
    """

    grams_co2e_per_kwh: float
    pue: float
    source: str
    basis: str
    others: tuple[tuple[str, float], ...] = ()

    def kg_co2e(self, kwh: float) -> float:
        """Give the emissions of energy that a machine itself has drawn.

        Example:
            >>> Carbon(400.0, 1.5, "s", "").kg_co2e(10)
            6.0
        """
        return kwh * self.pue * self.grams_co2e_per_kwh / 1000


@dataclass(frozen=True)
class Watts:
    """What a whole machine draws.

    Attributes:
        watts: Power.
        basis: What it rests on.
        source: Names of the sources in the price book.
    """

    watts: float
    basis: str
    source: str


def carbon(energy: Energy, instance: str) -> Carbon | None:
    """Look up what the grid of a machine emits.

    The region's first source counts; a region that no source tells of takes the mean of the world and says so.
    """
    cloud, region = instance.split("/", maxsplit=1)[0], instance.rpartition("/")[0]
    grids = energy.carbon.get(region) or energy.carbon.get(WORLD)
    if not grids:
        return None
    first, *rest = grids
    overhead = energy.overhead.get(region) or energy.overhead.get(cloud)
    pue = overhead.pue if overhead else OWN_PUE
    words = f"{region}: {_words(first)}, PUE {pue:g}" + (f" ({overhead.source})" if overhead else "")
    if rest:
        words += "; others say " + ", ".join(_words(item) for item in rest)
    others = tuple((item.source, item.grams_co2e_per_kwh) for item in rest)
    return Carbon(first.grams_co2e_per_kwh, pue, first.source, words, others)


def cloud_watts(energy: Energy, cloud: str, machine: Machine, utilisation: float, gpu: float) -> Watts | None:
    """Estimate the power of a machine in a cloud from its threads, memory and GPUs.

    The method is that of Cloud Carbon Footprint: a straight line between idle and busy for each thread and
    each GPU, and a constant for each gigabyte of memory.

    Returns:
        None when nothing is known of its processor or of its GPU.
    """
    vcpu = energy.vcpu.get(cloud)
    board = energy.accelerator.get(machine.accelerator) if machine.accelerator else None
    if vcpu is None or (machine.accelerators and board is None):
        return None
    watts = machine.vcpus * vcpu.watts(utilisation)
    parts, sources = [f"{machine.vcpus:g} threads at {utilisation:.0%}"], [vcpu.source]
    if energy.memory:
        watts += machine.memory_gib * energy.memory.watts_per_gib
        parts.append(f"{machine.memory_gib:g} GiB")
        sources.append(energy.memory.source)
    if board and machine.accelerators:
        watts += machine.accelerators * board.watts(gpu)
        parts.append(f"{machine.accelerators} {machine.accelerator} at {gpu:.0%}")
        sources.append(board.source)
    return Watts(watts, f"estimate: {', '.join(parts)}", ", ".join(dict.fromkeys(sources)))


def own_watts(machine: OwnMachine, utilisation: float) -> Watts:
    """Give the power of hardware of your own, on a straight line between idle and busy."""
    watts = machine.idle_watts + (machine.busy_watts - machine.idle_watts) * utilisation
    basis = f"{machine.idle_watts:g} W idle, {machine.busy_watts:g} W busy, at {utilisation:.0%}"
    return Watts(watts, basis, machine.source)


def _words(grid: Grid) -> str:
    return f"{grid.grams_co2e_per_kwh:g} g CO2e per kWh ({grid.grid}, {grid.source})"
