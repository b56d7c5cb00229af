"""What reading a ledger of many runs takes: `costs` and `advise` whole, their parts, a plain parse of all files.

Usage: `python benchmarks/ledger.py [--runs 100000] [--rounds 7] [--limit 1.0]`; exits with 1 when `costs` or
`costs --json` takes longer than the limit, as the median of the rounds.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WORKBENCH = [sys.executable, "-c", "from workbench.cli import main; main()"]
COMMANDS = (
    "costs",
    "costs --by stage",
    "costs --by day --since 7d",
    "costs --by owner --reprice",
    "costs --json",
    "costs --csv",
    "costs --prometheus",
    "advise",
)
LIMITED = ("costs", "costs --json")
IN_FULL = "from workbench import artifacts; artifacts.read_runs()"
PARTS = {
    "python, nothing": "pass",
    "importing the command line": "import workbench.cli.entry",
    "importing polars": "import polars",
    "importing the views": "import polars, workbench.cli.ledgerviews",
    "list the names": "import os; os.listdir('ledger')",
    "state of each file": "import os; [entry.stat() for entry in os.scandir('ledger')]",
    "read_ledger": "from workbench import artifacts; artifacts.read_ledger()",
    "read_costs of a month": "from workbench import artifacts; artifacts.read_costs('2026-11-01T00:00:00.000Z')",
}
STAGES = ("ingest", "train", "evaluate", "cost", "decide")


def main() -> int:
    """Measure and print; give the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--limit", type=float, default=1.0, help="most seconds of `costs`, once indexed")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ledger-") as folder:
        root = Path(folder)
        size = lay_down(root, given.runs)
        print(f"{given.runs:,} runs, {size / given.runs:,.0f} bytes each; medians of {given.rounds} rounds")
        print(f"{os.cpu_count()} hardware threads, load {os.getloadavg()}")
        return measure(root, given.rounds, given.limit)


def measure(root: Path, rounds: int, limit: float) -> int:
    """Time the index, the commands and the parts in turns."""
    total, naive_seconds = naive(root)
    print(f"{'a plain parse of all files':34} {naive_seconds:7.2f} s wall, once")
    wall, cpu = timed(root, [*WORKBENCH, "costs", "--json"])
    print(f"{'the first time, without an index':34} {wall:7.2f} s wall, {cpu:6.2f} CPU-s, once")
    assert json.loads(run(root, [*WORKBENCH, "costs", "--json"]))["total_nano_usd"] == total
    in_full, cpu = timed(root, [sys.executable, "-c", IN_FULL])
    print(f"{'every record in full (read_runs)':34} {in_full:7.2f} s wall, {cpu:6.2f} CPU-s, once")
    sources = {command: [*WORKBENCH, *command.split()] for command in COMMANDS}
    sources |= {name: [sys.executable, "-c", code] for name, code in PARTS.items()}
    took: dict[str, list[tuple[float, float]]] = {name: [] for name in sources}
    for _ in range(rounds):
        for name, command in sources.items():
            took[name].append(timed(root, command))
    for name, pairs in took.items():
        walls, cpus = zip(*pairs, strict=True)
        spread = f"from {min(walls):.3f} to {max(walls):.3f}"
        print(f"{name:34} {statistics.median(walls):7.3f} s wall ({spread}), {statistics.median(cpus):6.3f} CPU-s")
    middle = {name: statistics.median(wall for wall, _ in pairs) for name, pairs in took.items()}
    print(f"advise takes {middle['advise'] / in_full:.3f} of reading every record in full")
    return 0 if max(middle[name] for name in LIMITED) <= limit else 1


def naive(root: Path) -> tuple[int, float]:
    """Sum by reading every file as JSON."""
    began = time.perf_counter()
    trees = (json.loads(path.read_bytes()) for path in (root / "ledger").glob("*.json"))
    total = sum(round(tree["usd"] * 10**9) for tree in trees)
    return total, time.perf_counter() - began


def timed(root: Path, command: list[str]) -> tuple[float, float]:
    """Give the wall and CPU seconds of a command."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    run(root, command)
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def run(root: Path, command: list[str]) -> str:
    """Run a command in the project."""
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout


def lay_down(root: Path, runs: int) -> int:
    """Write a ledger like that of this project, over a year and a half, old enough for an index to hold on to."""
    (root / "params.yaml").write_text("ingest: {sources: {t: {path: t.csv}}, table: t, target: y}\n")
    (root / "ledger").mkdir()
    draw = random.Random(0)  # noqa: S311 - a seeded ledger
    params = {f"train.some.parameter_{number}": number / 7 for number in range(90)}
    told = {
        "pid": 1,
        "process_started": "boot:1",
        "instance": "aws/us-east-1/m7i.large on_demand",
        "git_revision": "68bf126d217a3309ed633cfdf384db2da4441868",
        "machine": "some processor, 2 threads, 8 GiB",
        "peak_rss_bytes": 656015360,
        "dependencies": {f"workbench/some/file_{number}.py": f"{number:064x}" for number in range(10)},
        "params": params,
        "origins": dict.fromkeys(params, "params.yaml:12"),
    }
    size = 0
    now = time.time()
    for number in range(runs):
        seconds = draw.expovariate(1 / 60)
        moment = time.gmtime(now - (runs - number) * 47e6 / runs)
        record = told | {
            "run": f"{draw.getrandbits(64):016x}",
            "stage": STAGES[number % 5],
            "status": draw.choices(("DONE", "FAILED", "KILLED", "TIMEOUT"), (90, 6, 3, 1))[0],
            "started": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", moment),
            "owner": draw.choice(("ada", "bob", "eve")),
            "tags": {"project": draw.choice("pqr"), "purpose": draw.choice(("try", "serve"))},
            "wall_seconds": seconds,
            "cpu_seconds": 1.5 * seconds,
            "usd": seconds * 0.1008 / 3600,
        }
        name = f"{time.strftime('%Y%m%dT%H%M%S000Z', moment)}-{record['stage']}-{record['run']}.json"
        path = root / "ledger" / name
        size += path.write_text(json.dumps(record, sort_keys=True, indent=1))
        os.utime(path, (now - 86400, now - 86400))
    return size


if __name__ == "__main__":
    sys.exit(main())
