"""Fits the baseline once and says what that took: the work that a forecast of training is about.

It runs in a process of its own, so that its memory is nobody else's. The same code does the whole table and one that
stands in for it; where that has fewer rows, it is given the bins, threads and shape of trees of the whole one: leaves
may hold as many times fewer rows as there are fewer, or trees would be smaller than those to come.
"""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from workbench.cost.forecast.fit import Growing
from workbench.model import Feature, Roles, encode, encode_labels, fit_features, lightgbm
from workbench.train.booster import Seat, grow, start
from workbench.train.fitting import Bins, bin_rows
from workbench.train.goal import goal_of
from workbench.train.material import Material

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LEAF_ROWS, LEAF_HESSIAN = 20, 1e-3
"""LightGBM's defaults of min_data_in_leaf and min_sum_hessian_in_leaf."""

BIN_ROWS, DEFAULT_BINS = 3, 255
"""LightGBM's defaults of min_data_in_bin and max_bin."""

_STATUS = Path("/proc/self/status")
_KIB = 1024


@dataclass(frozen=True)
class Task:
    """What to do.

    Attributes:
        train: Parquet file of the rows to learn from.
        validation: Parquet file of the rows to judge by.
        roles: What each column is for, as JSON.
        rounds: Numbers of rounds to tell the time of; the last is how many are grown.
        table_rows: Training rows of the table that these rows stand for; None where they are all of it.
        features: Features of that table, as JSON objects; None for those of these rows.
        threads: Threads to grow by, once with each number; 0 for as many as a search of that table would have.
    """

    train: str
    validation: str
    roles: str
    rounds: tuple[int, ...]
    table_rows: int | None = None
    features: list[dict[str, Any]] | None = None
    threads: tuple[int, ...] = (0,)


@dataclass(frozen=True)
class Answer:
    """What all of it took, imports left aside.

    Attributes:
        rows: Training rows.
        reading_cpu_seconds: Processor time until the rows were binned.
        reading_wall_seconds: Time on the clock until then.
        peak_rss_bytes: Largest memory of the process until it had grown once.
        growings: Growing by each number of threads.
    """

    rows: int
    reading_cpu_seconds: float
    reading_wall_seconds: float
    peak_rss_bytes: int
    growings: tuple[Growing, ...]

    def cpu_seconds(self, rounds: int) -> float:
        """Give the processor time of reading and so many rounds."""
        return self.reading_cpu_seconds + rounds * self.growings[0].cpu_seconds_per_round(rounds)

    def wall_seconds(self, rounds: int) -> float:
        """Give the time on the clock of reading and so many rounds."""
        return self.reading_wall_seconds + rounds * self.growings[0].wall_seconds_per_round(rounds)


def do(task: Task) -> Answer:
    """Read, encode, bin and grow."""
    lightgbm()
    cpu, wall = time.process_time(), time.perf_counter()
    roles = Roles.from_json(task.roles)
    train, validation = (pl.read_parquet(Path(path).read_bytes()) for path in (task.train, task.validation))
    bins = _binned(task, train, validation, roles)
    reading = time.process_time() - cpu, time.perf_counter() - wall
    whole = bins.material.booster_settings(bins.goal, {}, 0)["num_threads"]
    first, *others = dict.fromkeys(threads or int(str(whole)) for threads in task.threads)
    share = train.height / (task.table_rows or train.height)
    grown = _grown(bins, task.rounds, share, first)
    peak = peak_rss_bytes()
    more = (_grown(bins, task.rounds, share, threads) for threads in others)
    return Answer(train.height, *reading, peak, (grown, *more))


def _binned(task: Task, train: pl.DataFrame, validation: pl.DataFrame, roles: Roles) -> Bins:
    table = fit_features(train, roles.features)
    features, dropped = table.features, table.dropped
    if task.features is not None:
        features, dropped = tuple(_feature(item) for item in task.features), {}
    material = Material(
        features=features,
        set_aside=dropped,
        train_values=encode(features, train).values,
        train_labels=encode_labels(train, roles),
        validation_values=encode(features, validation).values,
        validation_labels=encode_labels(validation, roles),
    )
    goal = goal_of(roles, "auto")
    if task.table_rows is not None:
        whole = replace(material.slim(), train_labels=np.broadcast_to(0.0, task.table_rows)).settings(goal)
        share = train.height / task.table_rows
        extra = {"max_bin": whole.get("max_bin", DEFAULT_BINS), "num_threads": whole["num_threads"]}
        material = replace(material, extra={**extra, "min_data_in_bin": max(1, round(BIN_ROWS * share))})
    return bin_rows(material, goal)


def _feature(item: Mapping[str, Any]) -> Feature:
    return Feature(**{**item, "categories": tuple(item["categories"]), "parts": tuple(item["parts"])})


def _grown(bins: Bins, marks: Sequence[int], share: float, threads: int) -> Growing:
    settings = bins.material.booster_settings(bins.goal, scaled_settings(share), 0) | {"num_threads": threads}
    passed: list[tuple[int, float, float]] = []
    cpu, wall = time.process_time(), time.perf_counter()
    growth = start(settings, [Seat(bins.train, bins.validation)])

    def passes() -> bool:
        if growth.rounds in marks and growth.rounds != max(marks):
            passed.append((growth.rounds, time.process_time() - cpu, time.perf_counter() - wall))
        return True

    grow(growth, bins.goal, bins.material.validation_labels, max(marks) + 1, passes, max(marks))
    passed.append((growth.rounds, time.process_time() - cpu, time.perf_counter() - wall))
    rounds, cpu_seconds, wall_seconds = zip(*passed, strict=True)
    return Growing(bins.material.train_labels.size, threads, rounds, cpu_seconds, wall_seconds)


def scaled_settings(share: float) -> dict[str, float | int | bool | str]:
    """Give the settings that let trees on a share of the rows look like those on all of them.

    Example:
        >>> scaled_settings(1.0), scaled_settings(0.1)["min_data_in_leaf"]
        ({}, 2)
    """
    if share >= 1:
        return {}
    return {
        "min_data_in_leaf": max(1, round(LEAF_ROWS * share)),
        "min_sum_hessian_in_leaf": LEAF_HESSIAN * share,
    }


def peak_rss_bytes() -> int:
    """Give the largest memory of this process since its program began.

    `getrusage` would not do: on Linux it also remembers the process that started this one.
    """
    try:
        lines = _STATUS.read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) * _KIB
    except (OSError, StopIteration):
        import resource  # noqa: PLC0415 - absent on some systems

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else _KIB)


def _main() -> None:
    """Answer on what was standard output; whatever libraries print there goes to standard error."""
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as answer:
        os.dup2(2, 1)
        task = Task(**json.loads(sys.stdin.read()))
        answer.write("\n" + json.dumps(asdict(do(task))) + "\n")


if __name__ == "__main__":
    _main()
