"""Forecasts a run from those before it: the same again, or the same with more or other data."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

from workbench.cost.forecast.estimate import Estimate, exactly, student, total
from workbench.cost.forecast.law import Prior, fit_law
from workbench.cost.forecast.stage import StageForecast

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from workbench.artifacts import RunRecord

MOST_RUNS = 20
"""Newest runs that count: older ones tell of older code."""

NOISE: Mapping[str, float] = {"wall_seconds": 0.15, "cpu_seconds": 0.09, "peak_rss_bytes": 0.05}
"""Standard deviation of the logarithm between runs of the same stage, as 25 runs of the example project differed on a
shared machine; what the runs at hand show replaces it as they become more."""

NOISE_RUNS = 3.0
"""How many runs that is worth."""

ENOUGH_SIZES = 3
SIZES_DIFFER = 1.02
"""Sizes closer than this count as one."""

SEARCHED = 0.8
"""Share of its budget above which a training has searched, and not grown an earlier plan again."""

REPLAY = Estimate(0.4, 0.2, 1.0)
"""Share of the seconds of a search that growing its plan again takes: 0.33 and 0.44 in the example project; it cannot
take more, because it grows some of the same boosters."""

SCALING = Prior(power=1.0, power_deviation=0.2, noise=0.09, freedom=NOISE_RUNS, departure=0.1)
"""How stages were seen to grow with the bytes of their data."""


@dataclass(frozen=True)
class Situation:
    """What a run would start from.

    Attributes:
        stage: The stage.
        params: Values that it depends on, by dotted key.
        dependencies: SHA-256 of each dependency, by path.
        input_bytes: Size of the data among them; None when unknown.
        machine: The machine, as records name it.
        searches: CPU-seconds that its budget lets it spend; None where it has no such budget.
        clock_seconds: Seconds on the clock that its budget lets it spend; None where it has no such budget.
        usd_per_cpu_second: Price of a CPU-second, for budgets in dollars; None when unknown.
        replays: Whether an earlier search will be grown again instead.
    """

    stage: str
    params: Mapping[str, object] = field(default_factory=dict)
    dependencies: Mapping[str, str] = field(default_factory=dict)
    input_bytes: int | None = None
    machine: str | None = None
    searches: float | None = None
    clock_seconds: float | None = None
    usd_per_cpu_second: float | None = None
    replays: bool = False


@dataclass(frozen=True)
class _Chosen:
    """Runs to go by, and in which way they differ from the one to come."""

    runs: Sequence[RunRecord]
    same_data: bool
    words: str


def from_history(records: Sequence[RunRecord], now: Situation) -> StageForecast | None:
    """Forecast a stage from the ledger; None where no run of it tells anything.

    Args:
        records: Runs, the oldest first; those of other stages and those that did not end well are passed over.
        now: What the run would start from.
    """
    done = [run for run in records if run.stage == now.stage and run.status == "DONE" and run.wall_seconds > 0]
    done = [run for run in done if _fits(run, now)]
    if not done:
        return None
    chosen = _chosen(done[-MOST_RUNS:], now)
    peak = _quantity(chosen, now, "peak_rss_bytes")
    cpu, wall = _times(chosen, now)
    words = f"{chosen.words}; the plan of the last search will be grown again" if now.replays else chosen.words
    bound = now.clock_seconds is not None and not now.replays
    return StageForecast(now.stage, wall, cpu, peak, words, clock_bound=bound)


def _fits(run: RunRecord, now: Situation) -> bool:
    """Leave out what only grew a plan again, where a search is to come."""
    if now.replays or not (now.searches or now.clock_seconds):
        return True
    spent = run.wall_seconds if now.clock_seconds else run.cpu_seconds
    return spent >= SEARCHED * _asked(run, now)


def _chosen(done: Sequence[RunRecord], now: Situation) -> _Chosen:
    """Take the runs that are most like the one to come."""
    here = [run for run in done if run.machine in {None, now.machine}]
    where = "" if here else f", on another machine ({done[-1].machine}), whose speed is taken for this one's"
    done = here or done
    same = [run for run in done if _params(run, now)]
    which = "the same parameters" if same else "other parameters"
    runs = same or done
    alike = [run for run in runs if _data(run.dependencies) == _data(now.dependencies)]
    if alike:
        return _Chosen(alike, same_data=True, words=f"{_count(alike)} with {which} and the same data{where}")
    return _Chosen(runs, same_data=False, words=f"{_count(runs)} with {which} and other data{where}")


def _times(chosen: _Chosen, now: Situation) -> tuple[Estimate, Estimate]:
    """Forecast CPU and wall seconds."""
    busy = median(run.cpu_seconds / run.wall_seconds for run in chosen.runs) or 1.0
    spread = repeated([run.cpu_seconds / run.wall_seconds or 1.0 for run in chosen.runs], NOISE["wall_seconds"])
    if now.replays:
        return _replayed(chosen, now)
    if now.searches is not None:
        rest = _quantity(chosen, now, "cpu_seconds", lambda run: run.cpu_seconds - _asked(run, now))
        cpu = total([exactly(now.searches), rest])
        return cpu, cpu.over(spread)
    if now.clock_seconds is not None:
        rest = _quantity(chosen, now, "wall_seconds", lambda run: run.wall_seconds - _asked(run, now))
        wall = total([exactly(now.clock_seconds), rest])
        return wall.times(busy), wall
    return _quantity(chosen, now, "cpu_seconds"), _quantity(chosen, now, "wall_seconds")


def _replayed(chosen: _Chosen, now: Situation) -> tuple[Estimate, Estimate]:
    """Forecast the growing of an earlier plan: from runs that did so, else as a share of the search."""
    again = [run for run in chosen.runs if run.cpu_seconds < SEARCHED * (now.searches or math.inf)]
    if again:
        like = _Chosen(again, chosen.same_data, chosen.words)
        return _quantity(like, now, "cpu_seconds"), _quantity(like, now, "wall_seconds")
    last = chosen.runs[-1]
    return REPLAY.times(last.cpu_seconds), REPLAY.times(last.wall_seconds)


def _quantity(
    chosen: _Chosen, now: Situation, name: str, value: Callable[[RunRecord], float] | None = None
) -> Estimate:
    """Forecast one quantity."""
    take = value or (lambda run: float(getattr(run, name)))
    points = [(run.input_bytes, max(take(run), 1e-3)) for run in chosen.runs]
    if chosen.same_data:
        return repeated([cost for _, cost in points], NOISE[name])
    known = [(float(size), cost) for size, cost in points if size]
    if now.input_bytes and known:
        return scaled(known, now.input_bytes, NOISE[name])
    return Estimate.around(median(cost for _, cost in points), NOISE[name] + math.log(2))


def repeated(values: Sequence[float], noise: float) -> Estimate:
    """Forecast the next of positive values: their median, and Student's interval of the next one.

    Example:
        >>> repeated([10.0, 11.0, 10.5], 0.1).value
        10.5
    """
    middle = median(values)
    off = sum(math.log(value / middle) ** 2 for value in values)
    freedom = NOISE_RUNS + len(values) - 1
    deviation = math.sqrt((off + NOISE_RUNS * noise**2) / freedom * (1 + 1 / len(values)))
    return Estimate.around(middle, deviation, student(freedom))


def scaled(points: Sequence[tuple[float, float]], size: float, noise: float) -> Estimate:
    """Forecast a cost at another size of the data.

    With runs at three sizes or more a law is fitted. With fewer, the cost lies between unchanged and proportional.
    """
    sizes = [known for known, _ in points]
    if len(_apart(sizes)) >= ENOUGH_SIZES:
        return fit_law(sizes, [cost for _, cost in points], SCALING).at(size)
    nearest = min(sizes, key=lambda known: abs(math.log(known / size)))
    near = repeated(
        [cost for known, cost in points if max(known, nearest) <= SIZES_DIFFER * min(known, nearest)], noise
    )
    ratio = size / nearest
    return Estimate(near.value * (1 + ratio) / 2, near.low * min(1.0, ratio), near.high * max(1.0, ratio))


def _apart(sizes: Sequence[float]) -> list[float]:
    kept: list[float] = []
    for size in sorted(sizes):
        if not kept or size > SIZES_DIFFER * kept[-1]:
            kept.append(size)
    return kept


def _asked(run: RunRecord, now: Situation) -> float:
    """Give the seconds that the budget of a training let it spend, of the kind that counts now; 0 for another kind."""
    name = "train.budget.wall_seconds" if now.clock_seconds else "train.budget.cpu_seconds"
    seconds, usd = run.params.get(name), run.params.get("train.budget.usd")
    if isinstance(seconds, int | float):
        return float(seconds)
    if isinstance(usd, int | float) and now.usd_per_cpu_second and not now.clock_seconds:
        return usd / now.usd_per_cpu_second
    return 0.0


def _params(run: RunRecord, now: Situation) -> bool:
    """Tell whether a run had the same parameters, as far as it wrote them down; budgets are accounted for apart."""
    free = "train.budget." if now.searches or now.clock_seconds else "\0"
    return all(run.params.get(key, value) == value for key, value in now.params.items() if not key.startswith(free))


def _data(dependencies: Mapping[str, str]) -> dict[str, str]:
    return {path: digest for path, digest in dependencies.items() if not is_code(path)}


def is_code(path: str) -> bool:
    """Tell code among the dependencies of a stage from its data.

    Example:
        >>> is_code("workbench/train"), is_code(".workbench/notebooks/train.ipynb"), is_code("data/processed")
        (True, True, False)
    """
    return path.startswith("workbench/") or path.endswith((".py", ".ipynb"))


def _count(runs: Sequence[RunRecord]) -> str:
    return f"{len(runs)} run{'' if len(runs) == 1 else 's'}"
