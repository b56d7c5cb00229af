"""Runs one method on one split in a fresh process of its own environment."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tables import PARTS, Splits, write

from contest.environments import PEERS, interpreter
from contest.measured import run_measured
from contest.methods import METHODS
from contest.record import Record, measures, outcome

if TYPE_CHECKING:
    from contest.measured import Used
    from contest.methods import Method


class MethodError(Exception):
    """A method ended without predictions; its output says why."""


@dataclass(frozen=True)
class Entry:
    """One split of one data set, written down for the peers.

    Attributes:
        name: Data set.
        seed: Seed of the split and of the methods.
        splits: The tables.
        folder: Where tables, predictions and outputs are kept.
        threads: Threads each method may use.
        rows: Fingerprint of the three parts and of the features.
    """

    name: str
    seed: int
    splits: Splits
    folder: Path
    threads: int
    rows: str

    @property
    def tables(self) -> dict[str, str]:
        """The file of each part."""
        folder = self.folder / "tables"
        return {part: str((folder / f"{self.name}-{part}-{self.seed}.parquet").absolute()) for part in PARTS}


def enter(name: str, seed: int, splits: Splits, folder: Path, threads: int) -> Entry:
    """Write a split down."""
    write(splits, folder / "tables", name, seed)
    digest = hashlib.sha256(splits.roles.to_json().encode())
    for frame in splits.frames().values():
        digest.update(frame.select(*splits.roles.features, splits.roles.target).hash_rows().to_numpy().tobytes())
    return Entry(name, seed, splits, folder, threads, digest.hexdigest()[:16])


def run_method(entry: Entry, name: str, asked: float, budget: float, options: Options) -> Record:
    """Run a method and keep its predictions.

    Args:
        entry: The split.
        name: Name of the method.
        asked: Budget the benchmark was asked for.
        budget: CPU-seconds that this method may spend.
        options: How runs are made.

    Raises:
        MethodError: It failed; the message names the file with its output.
    """
    method = METHODS[name]
    out = entry.folder / "runs" / f"{entry.name}-{entry.rows}-{entry.seed}-{asked:g}-{name}"
    out.parent.mkdir(parents=True, exist_ok=True)
    job, clock = out.with_name(f"{out.name}.job"), options.clock_of(method)
    job.write_text(json.dumps(_job(entry, method, budget, clock, options, out)), encoding="utf-8")
    began, load = datetime.now(UTC), os.getloadavg()[0]
    Path(f"{out}.json").unlink(missing_ok=True)
    log = out.with_name(f"{out.name}.log")
    command = [*options.prefix, str(interpreter(method.environment)), str(PEERS / f"{method.script}.py"), str(job)]
    used = run_measured(command, options.environment(entry.threads), log)
    return _record(entry, name, (asked, budget), (began, load, clock), used, out)


@dataclass(frozen=True)
class Options:
    """How runs are made.

    Attributes:
        clock: Clock shown to methods that know wall time only: `cpu` or `wall`.
        metric: Metric that this project's search decides by.
        nice: Added to the priority number of every run.
    """

    clock: str = "cpu"
    metric: str = "auto"
    nice: int = 0

    @property
    def prefix(self) -> list[str]:
        """What the command begins with."""
        return ["nice", "-n", str(self.nice)] if self.nice else []

    def clock_of(self, method: Method) -> str:
        """Say which clock a method sees."""
        return "wall" if method.knows_cpu else self.clock

    def environment(self, threads: int) -> dict[str, str]:
        """Give the environment variables: short spinning for everyone, or a busy machine would decide."""
        spinning = {"GOMP_SPINCOUNT": "1000", "OMP_NUM_THREADS": str(threads), "POLARS_MAX_THREADS": str(threads)}
        return {**os.environ, **spinning}


def _job(entry: Entry, method: Method, budget: float, clock: str, options: Options, out: Path) -> dict[str, object]:
    roles = entry.splits.roles
    variant = f"search:{options.metric}" if method.variant == "search" else method.variant
    return {
        "tables": entry.tables,
        "target": roles.target,
        "task": roles.task,
        "classes": list(roles.classes),
        "features": list(roles.features),
        "time": roles.time,
        "variant": variant,
        "budget": budget,
        "threads": entry.threads,
        "seed": entry.seed,
        "clock": clock,
        "out": str(out.absolute()),
    }


def _record(
    entry: Entry,
    name: str,
    spending: tuple[float, float],
    began: tuple[datetime, float, str],
    used: Used,
    out: Path,
) -> Record:
    told = Path(f"{out}.json")
    if used.returncode or not told.exists():
        raise MethodError(f"{name} on {entry.name} ended with {used.returncode}; see {out}.log")
    figures = json.loads(told.read_text(encoding="utf-8"))
    loss, precision = measures(outcome(entry.splits, Path(f"{out}.npy")))
    return Record(
        table=entry.name,
        rows=entry.rows,
        method=name,
        seed=entry.seed,
        budget=spending[1],
        asked=spending[0],
        date=began[0].isoformat(timespec="seconds"),
        load=began[1],
        clock=began[2],
        loss=loss,
        precision=precision,
        cpu_seconds=used.cpu_seconds,
        wall_seconds=used.wall_seconds,
        peak_rss_bytes=max(used.peak_rss_bytes, figures.pop("peak_rss_bytes")),
        predictions=f"{out.name}.npy",
        **figures,
    )
