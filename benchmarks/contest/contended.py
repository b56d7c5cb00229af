"""Measures one fit beside busy neighbours: LightGBM as imported against LightGBM through this project's door."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from statistics import fmean, median
from typing import TYPE_CHECKING

from contest.environments import PEERS

if TYPE_CHECKING:
    from contest.running import Entry

CORES = 2
REPEATS = 7
SECONDS = 1.1
ROUNDS = 100
GAIN = 3.0
LOSS = 1.05


def contended(entry: Entry) -> bool:
    """Fit with and without two busy neighbours on the same two cores, and say whether the door pays.

    Small tables get as many rounds as take about a second on idle cores: a fit of a tenth of that passes between two
    slices of the scheduler or does not, so that its median tells luck.
    """
    cores = sorted(os.sched_getaffinity(0))[:CORES]
    os.sched_setaffinity(0, cores)
    rounds = max(ROUNDS, round(ROUNDS * SECONDS / _one(entry, "door", ROUNDS)))
    print(f"{entry.name}: {rounds} rounds", flush=True)
    ratios = {}
    for neighbours in (0, len(cores)):
        walls = _walls(entry, neighbours, rounds)
        ratios[neighbours] = median(walls["imported"]) / median(walls["door"])
        shown = ", ".join(f"{name} {median(values):.2f} s {sorted(values)}" for name, values in walls.items())
        means = fmean(walls["imported"]) / fmean(walls["door"])
        told = f"as imported takes {ratios[neighbours]:.2f} times by medians, {means:.2f} by means"
        print(f"{entry.name}, {neighbours} neighbours: {shown}; {told}", flush=True)
    return ratios[len(cores)] >= GAIN and ratios[0] >= 1 / LOSS


def _walls(entry: Entry, neighbours: int, rounds: int) -> dict[str, list[float]]:
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(neighbours)]
    walls: dict[str, list[float]] = {"imported": [], "door": []}
    try:
        for _ in range(REPEATS):
            for way, values in walls.items():
                values.append(round(_one(entry, way, rounds), 2))
    finally:
        for process in busy:
            process.kill()
            process.wait()
    return walls


def _one(entry: Entry, way: str, rounds: int) -> float:
    """Fit in a fresh process, without the spin count that the other runs get."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("GOMP_", "OMP_"))}
    roles = entry.splits.roles
    asked = {"tables": entry.tables, "target": roles.target, "task": roles.task, "way": way, "rounds": rounds}
    job = json.dumps(asked)
    command = [sys.executable, str(PEERS / "one_fit.py"), job]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return float(done.stdout.split()[-1])
