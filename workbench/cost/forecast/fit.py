"""Forecasts one fit to a whole table from fits to made-up ones, at growing sizes up to its own where that is small.

Reading a table and growing a round by one thread have a law each; memory has one of its own. What more threads gain is
taken from rounds that were grown both ways.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from workbench.cost.forecast.estimate import Estimate, total
from workbench.cost.forecast.law import Prior, fit_law

if TYPE_CHECKING:
    from collections.abc import Sequence

READING = Prior(power=1.0, power_deviation=0.05, noise=0.08)
GROWING = Prior(power=1.02, power_deviation=0.085, noise=0.04, departure=0.09)
MEMORY = Prior(power=1.0, power_deviation=0.05, noise=0.002, departure=0.06)
"""Of reading, of growing and of memory; how they were measured: docs/decisions/0023-forecast.md. The departure of
growing is what a made-up table costs more or less than the real one."""


@dataclass(frozen=True)
class Reading:
    """What it took to read and bin rows, and the largest memory of the whole fit.

    Attributes:
        rows: Training rows.
        cpu_seconds: Processor time.
        wall_seconds: Time on the clock.
        peak_rss_bytes: Largest memory of the process.
    """

    rows: int
    cpu_seconds: float
    wall_seconds: float
    peak_rss_bytes: float


@dataclass(frozen=True)
class Growing:
    """What it took to grow rounds, told after some of them.

    Attributes:
        rows: Training rows.
        threads: Threads that grew them.
        rounds: Numbers of rounds, ascending.
        cpu_seconds: Processor time up to each.
        wall_seconds: Time on the clock up to each.
    """

    rows: int
    threads: int
    rounds: tuple[int, ...]
    cpu_seconds: tuple[float, ...]
    wall_seconds: tuple[float, ...]

    def cpu_seconds_per_round(self, rounds: int) -> float:
        """Give the mean processor time of so many rounds."""
        return _up_to(rounds, self.rounds, self.cpu_seconds) / rounds

    def wall_seconds_per_round(self, rounds: int) -> float:
        """Give the mean time on the clock of so many rounds."""
        return _up_to(rounds, self.rounds, self.wall_seconds) / rounds


def _up_to(rounds: int, marks: Sequence[int], seconds: Sequence[float]) -> float:
    """Read a time between marks, or beyond the last at the pace of the rounds before it."""
    known = [(0, 0.0), *zip(marks, seconds, strict=True)]
    place = next((place for place in range(1, len(known)) if known[place][0] >= rounds), len(known) - 1)
    (before, began), (after, ended) = known[place - 1], known[place]
    return began + (ended - began) * (rounds - before) / (after - before)


@dataclass(frozen=True)
class Threading:
    """What growing by several threads gains and costs.

    Attributes:
        threads: How many.
        serial: Share of the work that one of them does alone.
        waiting_seconds: Seconds of a round that each of them spends on waiting for the others.
    """

    threads: int = 1
    serial: float = 1.0
    waiting_seconds: float = 0.0

    def cpu_seconds(self, alone: Estimate) -> Estimate:
        """Give the processor time of a round that takes one thread so long."""
        more = self.threads * self.waiting_seconds
        return Estimate(alone.value + more, alone.low + more, alone.high + more)

    def wall_seconds(self, alone: Estimate) -> Estimate:
        """Give the time on the clock of a round that takes one thread so long."""
        part = alone.times(self.serial + (1 - self.serial) / self.threads)
        more = self.waiting_seconds
        return Estimate(part.value + more, part.low + more, part.high + more)


@dataclass(frozen=True)
class Fit:
    """A forecast of one fit.

    Attributes:
        cpu_seconds: Processor time.
        wall_seconds: Time on the clock.
        peak_rss_bytes: Largest memory of the process.
    """

    cpu_seconds: Estimate
    wall_seconds: Estimate
    peak_rss_bytes: Estimate


def forecast_fit(readings: Sequence[Reading], growings: Sequence[Growing], rows: int, rounds: int) -> Fit:
    """Forecast a fit of so many rounds to so many rows.

    Args:
        readings: Fits to tables of at least two sizes.
        growings: Rounds by one thread on tables of at least two sizes; rounds by several on the largest, if the fit
            will have several.
        rows: Rows of the whole table.
        rounds: Rounds to grow.

    Raises:
        ValueError: There are too few sizes.
    """
    sizes = [float(each.rows) for each in readings]
    read = fit_law(sizes, [each.cpu_seconds for each in readings], READING).at(rows)
    alone = [each for each in growings if each.threads == 1]
    grown = fit_law(
        [float(each.rows) for each in alone], [each.cpu_seconds_per_round(rounds) for each in alone], GROWING
    ).at(rows)
    together = threading_of(growings, rounds)
    waits = median(each.wall_seconds[-1] / each.cpu_seconds[-1] for each in alone)
    reading_waits = median(each.wall_seconds / each.cpu_seconds for each in readings)
    return Fit(
        total([read, together.cpu_seconds(grown).times(rounds)]),
        total([read.times(reading_waits), together.wall_seconds(grown).times(rounds * waits)]),
        fit_law(sizes, [each.peak_rss_bytes for each in readings], MEMORY).at(rows),
    )


def threading_of(growings: Sequence[Growing], rounds: int) -> Threading:
    """Find out what several threads gain, by Amdahl's law and a cost of waiting, from rounds on the largest table.

    Example:
        >>> alone, two = Growing(10, 1, (1,), (1.0,), (1.0,)), Growing(10, 2, (1,), (1.2,), (0.7,))
        >>> found = threading_of([alone, two], 1)
        >>> round(found.serial, 3), round(found.waiting_seconds, 3)
        (0.2, 0.1)
    """
    most = max(each.rows for each in growings)
    alone = [each for each in growings if each.threads == 1 and each.rows == most]
    several = [each for each in growings if each.threads > 1]
    if not several or not alone:
        return Threading()
    threads = several[0].threads
    cpu = median(each.cpu_seconds_per_round(rounds) for each in alone)
    waiting = max(0.0, median(each.cpu_seconds_per_round(rounds) for each in several) - cpu) / threads
    wall = median(each.wall_seconds_per_round(rounds) for each in several) - waiting
    serial = (wall / cpu - 1 / threads) / (1 - 1 / threads)
    return Threading(threads, min(1.0, max(0.0, serial)), waiting)
