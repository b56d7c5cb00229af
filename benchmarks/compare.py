"""How often `compare` errs, by simulation: equal models, their intervals, dependent rows, many at once, and power.

Every cell draws tables whose truth is known (`benchmarks/rivals.py`) and gives them to the rules that `compare` itself
applies. Figures stand with their noise, two standard errors of so many simulations.

Usage: `python benchmarks/compare.py [--simulations 2000] [--processes 2] [--results FILE] [--only TEXT]`. With
`--results` the cells that are done are kept and not run again, unless rules or simulations changed. Exits with 1 when
a cell calls more equal models different than its 5 % and chance explain (one in a thousand), or holds other than 93 to
97 % of the truths in its intervals or fewer than 95 % in its careful bounds; each claim counts by itself.
"""

from __future__ import annotations

import argparse
import functools
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rivals import KINDS, METRICS, Scores, pair
from scipy.signal import lfilter
from tally import LIMIT, Cell, digest, keep, kept, with_noise
from threadpoolctl import threadpool_limits

from workbench.evaluate import Dependence, mcnemar, strata
from workbench.evaluate.comparison import judge
from workbench.evaluate.contributions import of_mean
from workbench.params.evaluate import EvaluateParams

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Floats = np.ndarray

SHARES = {
    200: (0.5, 0.1, 0.01),
    1_000: (0.5, 0.1, 0.05, 0.03, 0.02, 0.01),
    10_000: (0.5, 0.1, 0.01),
    100_000: (0.5, 0.1, 0.01),
}
PARAMS = EvaluateParams()
FEWEST_TO_TELL = 500
"""Simulations of a claim below which the summary does not speak of it."""


Job = tuple[str, "Callable[[], Iterator[Cell]]"]


def main() -> int:
    """Run the campaign and print it; give the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--simulations", type=int, default=2000)
    parser.add_argument("--fewest-rows", type=int, default=0)
    parser.add_argument("--most-rows", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--results", type=Path, help="keep the cells that are done in this file, and take them from it")
    parser.add_argument("--only", default="", help="only what has this text in its name")
    given = parser.parse_args()
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {given.simulations:,} simulations a cell, seed {given.seed}")
    began = time.perf_counter()
    jobs = [
        (name, run)
        for name, run in campaign(given.simulations, (given.fewest_rows, given.most_rows), given.seed)
        if given.only in name
    ]
    key = f"{digest()} {given.simulations} {given.seed}"
    done = kept(given.results, key)
    waiting = [(name, run) for name, run in jobs if name not in done]
    for name, cells in runs(waiting, given.processes):
        done[name] = cells
        keep(given.results, key, name, cells)
        print(f"{name}: {sum(cell.seconds for cell in cells):.0f} s", file=sys.stderr, flush=True)
    table = [cell for name, _ in jobs for cell in done[name]]
    print(*table, sep="\n")
    print(*_summary(table), sep="\n")
    before = len(jobs) - len(waiting)
    print(
        f"{time.perf_counter() - began:,.0f} s, processes: {given.processes}; {before} of {len(jobs)} runs done before"
    )
    return int(not all(cell.holds and cell.covers for cell in table))


def _summary(table: list[Cell]) -> Iterator[str]:
    equal = [cell for cell in table if not cell.truth]
    yield f"{len(table)} cells, {sum(not cell.holds for cell in table)} with too many false verdicts"
    if equal:
        worst = max(equal, key=lambda cell: cell.verdicts / cell.runs)
        yield f"most false verdicts: {with_noise(worst.verdicts, worst.runs)} {worst.name}"
    yield from (f"does not hold what it claims: {cell.name}" for cell in table if not cell.covers)
    yield from _span("95 %", [(cell.covered, cell.nominal, cell.name) for cell in table])
    yield from _span("at least 95 %", [(cell.held, cell.careful, cell.name) for cell in table])


def _span(claim: str, counts: list[tuple[int, int, str]]) -> Iterator[str]:
    """Say between which shares of the truths the cells hold that make a claim often."""
    shares = sorted((held / of, name) for held, of, name in counts if of >= FEWEST_TO_TELL)
    if shares:
        (least, of_least), (most, of_most) = shares[0], shares[-1]
        yield f"claims {claim}: {least:.1%} ({of_least.strip()}) to {most:.1%} ({of_most.strip()})"


def runs(jobs: list[Job], processes: int) -> Iterator[tuple[str, list[Cell]]]:
    """Give the cells of every run by its name, as they are done."""
    if processes <= 1:
        yield from ((name, _cells(run)) for name, run in jobs)
        return
    longest_first = list(reversed(jobs))
    with ProcessPoolExecutor(processes) as pool:
        found = {pool.submit(_cells, run): name for name, run in longest_first}
        yield from ((found[run], run.result()) for run in as_completed(found))


_remembered = functools.lru_cache(512)(strata.resamples_of.__wrapped__)
"""The product remembers those of a few class sizes; here each simulation has others."""


def _cells(run: Callable[[], Iterator[Cell]]) -> list[Cell]:
    strata.resamples_of = _remembered
    with threadpool_limits(1, user_api="blas"):
        return list(run())


def campaign(simulations: int, sizes: tuple[int, int], seed: int) -> Iterator[Job]:
    """Name every run between two sizes of tables, and what gives its cells."""
    for run in (many_at_once, right_and_wrong, grouped_rows, rows_in_time):
        yield run.__name__.replace("_", " "), functools.partial(run, simulations, seed)
    for rows in (size for size in SHARES if sizes[0] <= size <= sizes[1]):
        for share in SHARES[rows]:
            for kind in KINDS:
                name = f"{rows:>7,} rows, {share:.0%} positive, {kind}"
                yield name, functools.partial(independent_rows, rows, share, kind, simulations, seed)


def independent_rows(rows: int, share: float, kind: str, simulations: int, seed: int) -> Iterator[Cell]:
    """Compare two models on rows that are independent."""
    rng = np.random.default_rng([seed, rows, int(share * 1000), KINDS.index(kind)])
    pairs = {metric: pair(kind, metric, share) for metric in METRICS}
    cells = {m: Cell(f"{rows:>7,} rows, {share:.0%} positive, {kind}, {m}", pairs[m][2]) for m in METRICS}
    noise = np.empty((2, rows))
    for _ in range(simulations):
        began = time.perf_counter()
        positive = rng.random(rows) < share
        rng.standard_normal(out=noise)
        noise[1] = noise[0] if kind == "close" else (noise[0] + noise[1]) / np.sqrt(2)
        for metric, (first, second, _) in pairs.items():
            one = first.contributions(metric, positive, first.draw(positive, noise[0]), share)
            two = second.contributions(metric, positive, second.draw(positive, noise[1]), share)
            cells[metric].add(judge(metric, [one.less(two)], PARAMS, Dependence(), positive)[0])
        for cell in cells.values():
            cell.seconds += (time.perf_counter() - began) / len(cells)
    yield from cells.values()


def grouped_rows(simulations: int, seed: int) -> Iterator[Cell]:
    """Compare errors that the rows of a group share; once as if they did not."""
    for groups, each in ((30, 20), (200, 10), (3_000, 5)):
        of_row = np.repeat(np.arange(groups), each)
        dependence = Dependence("groups", "customer", of_row)
        draw = functools.partial(_grouped_errors, of_row)
        yield _dependent(f"{groups:,} groups of {each}", draw, dependence, simulations, seed)


def rows_in_time(simulations: int, seed: int) -> Iterator[Cell]:
    """Compare errors that last from row to row."""
    for rows, memory in ((1_000, 0.0), (1_000, 0.5), (5_000, 0.8), (50_000, 0.99)):
        dependence = Dependence("blocks", "time", np.arange(rows))
        draw = functools.partial(_lasting_errors, rows, memory)
        yield _dependent(f"{rows:,} rows in time, correlation {memory}", draw, dependence, simulations, seed)


def many_at_once(simulations: int, seed: int) -> Iterator[Cell]:
    """Compare a model with ten equal ones; a verdict on any of them is false."""
    rng, rows, share = np.random.default_rng([seed, 10]), 1_000, 0.1
    cell = Cell(f"{rows:>7,} rows, 10 equal models at once, average precision")
    model = Scores()
    for _ in range(simulations):
        began = time.perf_counter()
        positive = rng.random(rows) < share
        common = rng.standard_normal(rows)
        noises = [(common + rng.standard_normal(rows)) / np.sqrt(2) for _ in range(11)]
        first, *others = (
            model.contributions("average_precision", positive, model.draw(positive, noise), share) for noise in noises
        )
        differences = [first.less(other) for other in others]
        found = judge("average_precision", differences, PARAMS, Dependence(), positive)
        cell.add(max(found, key=lambda one: max(one.low, -one.high)))
        cell.seconds += time.perf_counter() - began
    yield cell


def right_and_wrong(simulations: int, seed: int) -> Iterator[Cell]:
    """Test models that are right equally often by McNemar's test."""
    rng = np.random.default_rng([seed, 11])
    for rows, parted in ((200, 0.05), (200, 0.3), (10_000, 0.01), (10_000, 0.2)):
        cell = Cell(f"{rows:>7,} rows, {parted:.0%} called differently, McNemar")
        for _ in range(simulations):
            began = time.perf_counter()
            drawn = rng.random(rows)
            found = mcnemar(drawn >= parted / 2, (drawn < parted / 2) | (drawn >= parted))
            cell.runs += 1
            cell.verdicts += found.p_value < LIMIT
            cell.seconds += time.perf_counter() - began
        yield cell


def _dependent(
    name: str, draw: Callable[[np.random.Generator], Floats], dependence: Dependence, simulations: int, seed: int
) -> Cell:
    rng = np.random.default_rng([seed, 12])
    cell = Cell(name)
    for _ in range(simulations):
        began = time.perf_counter()
        cell.add(judge("mae", [of_mean(draw(rng))], PARAMS, dependence, None)[0])
        cell.seconds += time.perf_counter() - began
    return cell


def _grouped_errors(of_row: Floats, rng: np.random.Generator) -> Floats:
    return rng.standard_normal(of_row[-1] + 1)[of_row] + rng.standard_normal(of_row.size)


def _lasting_errors(rows: int, memory: float, rng: np.random.Generator) -> Floats:
    ahead = int(20 / (1 - memory))
    return lfilter([1.0], [1.0, -memory], rng.standard_normal(rows + ahead))[ahead:]


if __name__ == "__main__":
    raise SystemExit(main())
