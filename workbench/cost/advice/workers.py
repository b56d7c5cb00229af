"""More workers: where they stop paying, from runs that differ in nothing else."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from workbench.cost.advice.finding import Advice, Gap, Settled
from workbench.cost.advice.usage import stage_usd_per_hour, stage_uses
from workbench.cost.advice.wording import duration, share

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from workbench.cost.advice.finding import Finding
    from workbench.cost.advice.situation import Situation


@dataclass(frozen=True)
class Scaling:
    """Runs with one number of workers.

    Attributes:
        workers: How many.
        runs: Runs on record.
        wall_seconds: Median time.
    """

    workers: int
    runs: int
    wall_seconds: float

    def machine_seconds(self, vcpus: float) -> float:
        """Give the machine time paid when a machine holds as many workers as it has threads."""
        return self.wall_seconds * max(1, math.ceil(self.workers / vcpus))


def measured(runs: pl.DataFrame) -> tuple[Scaling, ...]:
    """Give the latest set of runs of train that differ only in their workers; empty when there is none."""
    done = runs.filter(
        pl.col("status") == "DONE", pl.col("stage") == "train", pl.col("digest_but_workers", "workers").is_not_null()
    )
    sets = (
        done.group_by("digest_but_workers")
        .agg(kinds=pl.col("workers").n_unique(), last=pl.col("started").max())
        .filter(pl.col("kinds") > 1)
        .sort("last", descending=True)
    )
    if sets.is_empty():
        return ()
    table = (
        done.filter(digest_but_workers=sets["digest_but_workers"][0])
        .group_by("workers")
        .agg(runs=pl.len(), wall_seconds=pl.col("wall_seconds").median())
        .sort("workers")
    )
    return tuple(Scaling(**row) for row in table.iter_rows(named=True))


def serial_share(points: Sequence[Scaling]) -> float:
    """Fit the share of the time that more workers do not shorten, by least squares on `wall = a + b / workers`.

    Source: G. M. Amdahl, "Validity of the single processor approach to achieving large scale computing
    capabilities", AFIPS 1967.

    Example:
        >>> round(serial_share([Scaling(1, 1, 100.0), Scaling(2, 1, 60.0), Scaling(4, 1, 40.0)]), 6)
        0.2
    """
    inverse = [1 / point.workers for point in points]
    mean_x, mean_y = sum(inverse) / len(points), sum(point.wall_seconds for point in points) / len(points)
    spread = sum((x - mean_x) ** 2 for x in inverse)
    slope = sum((x - mean_x) * (p.wall_seconds - mean_y) for x, p in zip(inverse, points, strict=True)) / spread
    serial = mean_y - slope * mean_x
    return min(1.0, max(0.0, serial / (serial + slope))) if serial + slope > 0 else 1.0


def workers(situation: Situation) -> Iterator[Finding]:
    """Compare the machine time of every number of workers on record with that of the number in force."""
    points = measured(situation.runs)
    if not points:
        yield Gap(
            "workers",
            "two runs of train that differ only in the workers: `workbench run train --set train.workers=2`",
        )
        return
    vcpus = situation.book.machine(situation.cost.instance).vcpus
    paid = {point.workers: point.machine_seconds(vcpus) for point in points}
    latest = situation.runs.filter(pl.col("stage") == "train", pl.col("workers").is_not_null()).sort("started")
    now = latest["workers"][-1]
    best = min(paid, key=lambda number: (paid[number], number))
    evidence = _evidence(points)
    if now not in paid or best == now:
        yield Settled("workers", f"{best} worker(s) cost least on {situation.cost.instance} ({evidence})")
        return
    per_month = next((use.runs_per_month for use in stage_uses(situation) if use.stage == "train"), 0.0)
    yield Advice(
        "workers",
        f"Train with {best} worker(s) instead of {now} (train.workers).",
        (paid[now] - paid[best]) / 3600 * per_month * stage_usd_per_hour(situation),
        f"{evidence}.",
        (
            f"a machine holds {vcpus:g} workers, one to a thread",
            f"train runs {per_month:g} times a month, and only money counts, not when it ends",
        ),
        "the median of few runs on a busy machine misleads",
        "stages",
    )


def _evidence(points: Sequence[Scaling]) -> str:
    first = points[0]
    steps = ", ".join(
        f"{point.workers}: {duration(point.wall_seconds / 3600)} (efficiency "
        f"{share(first.wall_seconds * first.workers / point.wall_seconds / point.workers)})"
        for point in points
    )
    return f"time by workers {steps}; {share(serial_share(points))} of it does not divide (Amdahl)"
