"""Forecasts a stage that never ran from rehearsals on a few of the rows."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING

from workbench.cost.forecast.estimate import NORMAL, Estimate, exactly, total
from workbench.cost.forecast.history import repeated
from workbench.cost.forecast.law import FEWEST_SIZES, Prior, fit_law
from workbench.cost.forecast.stage import StageForecast

if TYPE_CHECKING:
    from collections.abc import Sequence

TIME = Prior(power=1.0, power_deviation=0.1, noise=0.04, departure=0.1)
MEMORY = Prior(power=1.0, power_deviation=0.07, noise=0.005, departure=0.05)

OF_CANDIDATES = frozenset({"evaluate", "cost", "decide"})
"""Stages that look at every candidate; the training on all rows may offer more of them, or fewer."""

MODELS_TIME, MODELS_MEMORY = replace(TIME, departure=0.25), replace(MEMORY, departure=0.12)
MAY_BE_FLAT = frozenset({"ingest", "cost", "decide"})
"""Stages whose start, or whose fixed time for each candidate, may be all there is to them."""

THREADS_POWER = Estimate(0.8, 0.5, 1.0)
"""Threads that are busy, as a power of those that train: 1.75 of 2 in the example project."""

TRIALS_DEPARTURE = 0.4
"""Standard deviation of the logarithm of the time of further configurations over that of the first few."""


@dataclass(frozen=True)
class Rehearsal:
    """A stage, rehearsed once.

    Attributes:
        size: What its time grows with: share of the rows, number of candidates, or one times the other.
        share: Share of the rows, which its memory grows with.
        wall_seconds: Time on the clock.
        cpu_seconds: Processor time.
        peak_rss_bytes: Largest memory.
    """

    size: float
    share: float
    wall_seconds: float
    cpu_seconds: float
    peak_rss_bytes: float


@dataclass(frozen=True)
class Spending:
    """What bounds a training.

    Attributes:
        cpu_seconds: CPU-seconds that it may spend; None where something else bounds it.
        clock_seconds: Seconds on the clock that it may spend; None where something else bounds it.
        trials_factor: Configurations asked for over those rehearsed; None where something else bounds it.
        threads: Threads that will train.
    """

    cpu_seconds: float | None = None
    clock_seconds: float | None = None
    trials_factor: float | None = None
    threads: int = 1


def from_rehearsals(
    stage: str,
    points: Sequence[Rehearsal],
    size: float,
    basis: str,
    spending: Spending | None = None,
    budgets: Sequence[float] = (),
) -> StageForecast:
    """Forecast a stage on all rows.

    Args:
        stage: The stage.
        points: Rehearsals.
        size: Size to come, of what the time grows with.
        basis: What was rehearsed, in words.
        spending: What bounds a training; None for the other stages.
        budgets: CPU-seconds of the budget of each rehearsal of a training that counts seconds.
    """
    sizes = [point.size for point in points]
    time, memory = (MODELS_TIME, MODELS_MEMORY) if stage in OF_CANDIDATES else (TIME, MEMORY)
    time = replace(time, may_be_flat=stage in MAY_BE_FLAT)
    peak = _continued([point.share for point in points], [point.peak_rss_bytes for point in points], 1.0, memory)
    waits = max(1.0, median(point.wall_seconds / point.cpu_seconds for point in points))
    bound = spending and (spending.cpu_seconds or spending.clock_seconds)
    if spending is None or not bound:
        cpu = _continued(sizes, [point.cpu_seconds for point in points], size, time)
        cpu = cpu if spending is None else _more_trials(cpu, spending.trials_factor or 1.0)
        busy = _busy(1 if spending is None else spending.threads)
        return StageForecast(stage, cpu.over(busy).times(waits), cpu, peak, basis)
    rest = [max(0.1, point.cpu_seconds - budget) for point, budget in zip(points, budgets, strict=True)]
    around = _continued(sizes, rest, size, time)
    busy = _busy(spending.threads)
    if spending.clock_seconds:
        wall = total([exactly(spending.clock_seconds), around.times(waits)])
        return StageForecast(stage, wall, wall.times(busy.value), peak, basis, clock_bound=True)
    spent = exactly(spending.cpu_seconds or 0.0)
    cpu = total([spent, around])
    return StageForecast(stage, total([spent.over(busy), around.times(waits)]), cpu, peak, basis)


def _continued(sizes: Sequence[float], costs: Sequence[float], size: float, prior: Prior) -> Estimate:
    """Continue a law; where all rehearsals were of one size, expect the same again."""
    if len(set(sizes)) < FEWEST_SIZES:
        return repeated(costs, prior.noise)
    return fit_law(sizes, costs, prior).at(size)


def _busy(threads: int) -> Estimate:
    low, high = threads**THREADS_POWER.low, float(threads)
    return Estimate(threads**THREADS_POWER.value, low, high)


def _more_trials(cpu: Estimate, factor: float) -> Estimate:
    """Give the time of more configurations than were rehearsed."""
    if factor <= 1:
        return cpu
    off = math.exp(NORMAL * TRIALS_DEPARTURE)
    return Estimate(cpu.value * factor, cpu.low * factor / off, cpu.high * factor * off)
