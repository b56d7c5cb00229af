"""Compares the search with its peers: same rows, same threads, same CPU-seconds, every method in a fresh process.

    python benchmarks/search.py                               six data sets, every method, 60 and 240 CPU-seconds
    python benchmarks/search.py --tables flights --methods workbench defaults handset --budget 60 --seeds 0
    python benchmarks/search.py --csv FILE --target COLUMN    a table of your own; --time COLUMN splits by time
    python benchmarks/search.py --only workbench              run that again, take the peers' runs from the cache
    python benchmarks/search.py --only                        run nothing, show what the cache holds
    python benchmarks/search.py --contended                   two busy neighbours on two cores, and none

Peers live in virtual environments of their own, made on first use under `.workbench/peers` or `$WORKBENCH_PEERS` from
the exact versions in `benchmarks/peers/*.txt`. Results and predictions are kept under `.workbench/bench`. A run that
the cache has is not repeated unless it is named with --only.

LightGBM's defaults, the hand-set configuration and Optuna are given CPU-seconds. FLAML and AutoGluon know seconds only:
their clock is made to show CPU-seconds / threads, so that all may spend the same on a machine that others use as well;
--clock wall leaves their clock alone. Exit 1 when the search is significantly worse than a peer, or overran by 5 %.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from subprocess import CalledProcessError
from typing import TYPE_CHECKING

from contest.contended import contended
from contest.methods import FIXED, METHODS
from contest.record import Records, append_record, key_of, read_records
from contest.reporting import Board, Standing, summary, told
from contest.running import Entry, MethodError, Options, enter, run_method
from tables import DEFAULT, SURVEYS, load, own_table, without

if TYPE_CHECKING:
    from contest.record import Key

MAX_OVERRUN = 0.05
CACHE = Path(".workbench/bench")


def parsed() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--csv", help="a table of your own")
    parser.add_argument("--target", help="its column to predict")
    parser.add_argument("--time", help="its column that orders the rows: split by it instead of at random")
    parser.add_argument("--drop", nargs="*", default=[], help="columns to leave out")
    parser.add_argument("--tables", nargs="+", default=list(DEFAULT), choices=["flights", *SURVEYS])
    parser.add_argument("--budget", type=float, nargs="+", default=[60.0, 240.0], help="CPU-seconds")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--methods", nargs="+", default=list(METHODS), choices=list(METHODS))
    parser.add_argument("--only", nargs="*", choices=list(METHODS), help="run these anew and no other")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--clock", choices=["cpu", "wall"], default="cpu")
    parser.add_argument("--metric", default="auto", help="what this project's search decides by")
    parser.add_argument("--nice", type=int, default=0)
    parser.add_argument("--cache", type=Path, default=CACHE)
    parser.add_argument("--contended", action="store_true", help="measure fits beside two busy neighbours instead")
    given = parser.parse_args()
    if bool(given.csv) != bool(given.target):
        parser.error("give --csv and --target together")
    return given


def entries_of(given: argparse.Namespace) -> list[Entry]:
    """Read and split every data set with every seed, seeds in the outer loop."""
    entries = []
    for seed in given.seeds:
        for name in [Path(given.csv).stem] if given.csv else given.tables:
            splits = own_table(given.csv, given.target, given.time, seed) if given.csv else load(name, seed)
            entries.append(enter(name, seed, without(splits, given.drop), given.cache, given.threads))
    return entries


def key_for(entry: Entry, method: str, asked: float) -> Key:
    """Give the key under which a run is kept; what a method takes whatever the budget is kept once, under 0."""
    return entry.name, entry.rows, method, entry.seed, 0.0 if method in FIXED else asked


def budget_for(entry: Entry, method: str, asked: float, records: Records) -> float | None:
    """Give what a method may spend; None when that depends on a run that is missing."""
    spends = METHODS[method].spends
    if spends is None:
        return asked
    other = records.get(key_for(entry, spends[0], asked))
    return other and other.fit_cpu_seconds * spends[1]


def run_one(entry: Entry, method: str, asked: float, records: Records, options: Options, cache: Path) -> None:
    """Run a method, keep and print what it came to."""
    budget = budget_for(entry, method, asked, records)
    if budget is None:
        return
    try:
        record = run_method(entry, method, key_for(entry, method, asked)[-1], budget, options)
    except (MethodError, CalledProcessError) as error:
        print(f"NOT RUN: {error}", flush=True)
        return
    append_record(cache, record)
    records[key_of(record)] = record
    precision = "" if record.precision is None else f", AP {record.precision:.4f}"
    print(
        f"{entry.name} seed {entry.seed} {method}: loss {record.loss:.5f}{precision}, {record.fit_cpu_seconds:.1f} of "
        f"{budget:.1f} CPU-s, {record.fit_wall_seconds:.1f} s, {record.peak_rss_bytes / 2**30:.2f} GB, {record.notes}",
        flush=True,
    )


def run_all(entries: list[Entry], given: argparse.Namespace, records: Records) -> None:
    """Run what is wanted and not there yet: seed by seed, data set by data set, the methods in turn."""
    options = Options(given.clock, given.metric, given.nice)
    for asked in given.budget:
        for entry in entries:
            for method in given.methods if given.only is None else given.only:
                if given.only is not None or key_for(entry, method, asked) not in records:
                    run_one(entry, method, asked, records, options, given.cache)


def report(entries: list[Entry], given: argparse.Namespace, records: Records, asked: float) -> bool:
    """Print tables, differences and the summary of one budget, and say whether all holds."""
    board = Board(entries, records, asked)
    standings: list[Standing] = []
    print(f"\n# {asked:g} CPU-seconds, {given.threads} threads\n")
    for table in dict.fromkeys(entry.name for entry in entries):
        print(f"## {table}\n\n{board.table(table)}\n")
        found = board.standings(table, given.cache / "runs")
        standings += found
        lines = [*map(told, found), *board.small_budgets(table, given.cache / "runs"), *board.memory(table)]
        print("\n".join(lines) + "\n")
    searches = [one for one in board.records if one.method == "workbench"]
    overrun = [one for one in searches if one.fit_cpu_seconds > asked * (1 + MAX_OVERRUN)]
    print(summary(standings))
    print(f"budgets overrun by more than 5 %: {len(overrun)}")
    return not overrun and not any(one.worse for one in standings)


def main() -> int:
    """Run the benchmark."""
    given = parsed()
    given.cache.mkdir(parents=True, exist_ok=True)
    entries = entries_of(given)
    if given.contended:
        paid = [contended(entry) for entry in entries]
        return 0 if all(paid) else 1
    records = read_records(given.cache)
    run_all(entries, given, records)
    held = [report(entries, given, records, asked) for asked in given.budget]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
