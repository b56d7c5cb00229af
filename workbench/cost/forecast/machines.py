"""The same run on another machine: time from its threads, dollars from its price, carbon from its watts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from workbench.cost.forecast.estimate import Estimate, total
from workbench.errors import PriceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.cost.forecast.stage import StageForecast
    from workbench.cost.pricing.prices import PriceBook
    from workbench.cost.pricing.quoting import Price
    from workbench.params.cost import Purchase

Memory = Literal["enough", "short", "unsure", "unknown"]

_GIB = 2**30
_SECONDS_PER_HOUR = 3600

SPEED_RATIO = 1.0
SPEED_BASIS = (
    "speed of a thread: taken for this machine's, none was measured; threads: Amdahl's law from those busy here"
)


@dataclass(frozen=True)
class Host:
    """The machine that measured.

    Attributes:
        name: Its name.
        threads: Hardware threads it may use.
    """

    name: str
    threads: int


@dataclass(frozen=True)
class Abroad:
    """A stage on a machine of the price book; None is unknown, never 0.

    Attributes:
        stage: The stage.
        wall_seconds: Time on the clock.
        usd: What that costs.
        kg_co2e: What it emits.
        memory: Whether the machine has enough of it: `unsure` where its size lies inside the interval.
    """

    stage: str
    wall_seconds: Estimate | None
    usd: Estimate | None
    kg_co2e: Estimate | None
    memory: Memory


@dataclass(frozen=True)
class MachineForecast:
    """Every stage on a machine of the price book.

    Attributes:
        instance: The machine.
        vcpus: Its hardware threads.
        memory_bytes: Its memory.
        price: What an hour costs.
        stages: Each stage.
    """

    instance: str
    vcpus: float
    memory_bytes: float
    price: Price
    stages: tuple[Abroad, ...]

    @property
    def wall_seconds(self) -> Estimate | None:
        """The stages one after another; None where one is unknown."""
        return _sum([stage.wall_seconds for stage in self.stages])

    @property
    def usd(self) -> Estimate | None:
        """What they cost together; None where one is unknown."""
        return _sum([stage.usd for stage in self.stages])

    @property
    def kg_co2e(self) -> Estimate | None:
        """What they emit together; None where one is unknown."""
        return _sum([stage.kg_co2e for stage in self.stages])

    @property
    def memory(self) -> Memory:
        """The worst of the stages."""
        answers = {stage.memory for stage in self.stages}
        order: tuple[Memory, ...] = ("short", "unsure", "unknown", "enough")
        return next((answer for answer in order if answer in answers), "unknown")


def on_machine(
    stages: Sequence[StageForecast], here: Host, book: PriceBook, instance: str, purchase: Purchase
) -> MachineForecast | None:
    """Forecast stages on a machine of the price book; None where its price by this purchase is unknown.

    Args:
        stages: Forecasts for this machine.
        here: This machine.
        book: The price book.
        instance: The other machine.
        purchase: How it is paid for.

    Raises:
        PriceError: The machine is not in the price book.
    """
    machine = book.machine(instance)
    try:
        price = book.usd_per_hour(instance, purchase)
    except PriceError:
        return None
    memory = machine.memory_gib * _GIB
    abroad = tuple(_abroad(stage, here, book, instance, price, machine.vcpus, memory) for stage in stages)
    return MachineForecast(instance, machine.vcpus, memory, price, abroad)


def _abroad(
    stage: StageForecast, here: Host, book: PriceBook, instance: str, price: Price, vcpus: float, memory_bytes: float
) -> Abroad:
    busy_here, wall = stage.threads_busy, stage.wall_seconds
    fits = memory_fits(stage.peak_rss_bytes, memory_bytes)
    if busy_here is None or wall is None:
        return Abroad(stage.stage, None, None, None, fits)
    busy = busy_threads(busy_here, here.threads, vcpus)
    there = wall if stage.clock_bound else wall.times(busy_here / busy / SPEED_RATIO)
    return Abroad(
        stage.stage,
        there,
        there.times(price.usd_per_hour / _SECONDS_PER_HOUR),
        emitted(there, book, instance, min(1.0, busy / vcpus)),
        fits,
    )


def busy_threads(busy: float, threads: int, other_threads: float) -> float:
    """Forecast the threads that work at a time on a machine with more or fewer of them, by Amdahl's law.

    The share of the work that only one thread can do follows from how many of the threads here were busy. On one thread
    it cannot be told, so that more threads are not expected to help.

    Source: Amdahl 1967, "Validity of the single processor approach to achieving large scale computing capabilities".

    Example:
        >>> busy_threads(2.0, 2, 8), busy_threads(1.0, 2, 8), round(busy_threads(1.6, 2, 4), 2)
        (8.0, 1.0, 2.29)
    """
    if threads <= 1 or busy <= 1:
        return min(busy, float(other_threads))
    serial = min(1.0, max(0.0, (threads / min(busy, threads) - 1) / (threads - 1)))
    return 1 / (serial + (1 - serial) / other_threads)


def memory_fits(peak: Estimate | None, memory_bytes: float) -> Memory:
    """Tell whether a machine's memory is enough."""
    if peak is None:
        return "unknown"
    if peak.high <= memory_bytes:
        return "enough"
    return "short" if peak.low > memory_bytes else "unsure"


def emitted(wall_seconds: Estimate, book: PriceBook, instance: str, utilisation: float) -> Estimate | None:
    """Forecast emissions: watts, hours, the data centre's overhead, the grid; None where one is unknown."""
    watts, carbon = book.watts(instance, utilisation), book.carbon(instance)
    if watts is None or carbon is None:
        return None
    return wall_seconds.times(carbon.kg_co2e(watts.watts / 1000 / _SECONDS_PER_HOUR))


def _sum(parts: Sequence[Estimate | None]) -> Estimate | None:
    known = [part for part in parts if part is not None]
    return total(known) if known and len(known) == len(parts) else None
