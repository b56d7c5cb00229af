"""How often `compare` errs, by simulation: equal models, their intervals, dependent rows, many at once, and power.

Every cell draws tables whose truth is known by quadrature and compares two models on them. *Same* models are equally
noisy readings of one signal; *different* ones have scores of other shapes, or another calibration, or another
operating point, and yet the same average precision, log-loss or dollars; *unequal* ones differ by a known amount.

Usage: `python benchmarks/compare.py [--simulations 2000] [--fewest-rows 0] [--most-rows 100000]`; exits with 1 when a
cell calls more equal models different than its 5 % and chance explain (one in a thousand).
"""

from __future__ import annotations

import argparse
import functools
import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq
from scipy.stats import binom, norm

from workbench.evaluate import Dependence, mcnemar
from workbench.evaluate.comparison import judge
from workbench.evaluate.contributions import Contributions, contributions, of_mean
from workbench.evaluate.power import power
from workbench.params.evaluate import EvaluateParams

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from workbench.evaluate import Comparison

    Floats = np.ndarray

ROWS = (200, 1_000, 10_000, 100_000)
SHARES = (0.5, 0.1, 0.01)
METRICS = ("average_precision", "log_loss", "usd_per_month")
KINDS = ("same", "different", "unequal")
PARAMS = EvaluateParams()
GRID = np.linspace(-14.0, 14.0, 28_001)
SIGNAL = 1.5
WIDER = 1.6
OVERCONFIDENT = 1.5
CUT, OTHER_CUT = 1.5, 2.2
LIMIT = 0.05
OF_ALL = 0.999


@dataclass(frozen=True)
class Scores:
    """A model whose scores are normal: around 0 for negative rows, around `signal` for positive ones.

    Attributes:
        signal: Mean score of positive rows.
        width: Their standard deviation.
        temper: What its log-odds are multiplied with; 1 is calibrated.
        cut: Scores at or above it are called positive.
    """

    signal: float = SIGNAL
    width: float = 1.0
    temper: float = 1.0
    cut: float = CUT

    def draw(self, positive: Floats, noise: Floats) -> Floats:
        """Give scores for rows."""
        return np.where(positive, self.signal + self.width * noise, noise)

    def probabilities(self, scores: Floats, share: float) -> Floats:
        """Give what the model says the chance of a positive row is."""
        odds = np.log(share / (1 - share)) + norm.logpdf(scores, self.signal, self.width) - norm.logpdf(scores)
        return 1.0 / (1.0 + np.exp(-np.clip(self.temper * odds, -30, 30)))

    def truth(self, metric: str, share: float) -> float:
        """Give the metric over infinitely many rows."""
        high, density = self.signal + self.width * GRID, norm.pdf(GRID)
        if metric == "average_precision":
            found = share * norm.sf(GRID)
            return float(np.trapezoid(found / (found + (1 - share) * norm.sf(high)) * density, GRID))
        if metric == "log_loss":
            hit, miss = self.probabilities(high, share), self.probabilities(GRID, share)
            loss = -share * np.log(np.clip(hit, 1e-300, 1)) - (1 - share) * np.log(np.clip(1 - miss, 1e-300, 1))
            return float(np.trapezoid(loss * density, GRID))
        missed = norm.cdf((self.cut - self.signal) / self.width)
        return float((1 - share) * (norm.sf(self.cut) + missed))

    def contributions(self, metric: str, positive: Floats, scores: Floats, share: float) -> Contributions:
        """Give what each row contributes; a miss costs as much as keeps both errors in balance."""
        if metric == "average_precision":
            return contributions("binary", metric, positive * 1.0, scores)
        if metric == "log_loss":
            return contributions("binary", metric, positive * 1.0, self.probabilities(scores, share))
        return of_mean(np.where(positive, (1 - share) / share * (scores < self.cut), scores >= self.cut))


@functools.cache
def pair(kind: str, metric: str, share: float) -> tuple[Scores, Scores, float]:
    """Give two models and the true difference of the first less the second."""
    first = Scores()
    if kind == "same":
        return first, first, 0.0
    other = {
        "average_precision": lambda signal: Scores(signal, WIDER),
        "log_loss": lambda signal: Scores(signal, temper=OVERCONFIDENT),
        "usd_per_month": lambda signal: Scores(signal, cut=OTHER_CUT),
    }[metric]
    wanted = first.truth(metric, share)
    equal = brentq(lambda signal: other(signal).truth(metric, share) - wanted, 0.2, 6.0)
    second = other(equal if kind == "different" else equal + 0.3)
    return first, second, 0.0 if kind == "different" else wanted - second.truth(metric, share)


@dataclass
class Cell:
    """What became of the simulations of one cell.

    Attributes:
        name: What was simulated.
        truth: The true difference.
        verdicts: Simulations with a verdict.
        covered: Simulations whose interval holds the truth.
        unjudged: Simulations with too few rows of a class for an interval and a verdict.
        runs: Simulations.
        expected: Power that the first simulation forecast, where the truth is a difference.
        seconds: Time that they took.
    """

    name: str
    truth: float = 0.0
    verdicts: int = 0
    covered: int = 0
    unjudged: int = 0
    runs: int = 0
    expected: list[float] = field(default_factory=list)
    seconds: float = 0.0

    def add(self, found: Comparison) -> None:
        """Count one simulation."""
        self.runs += 1
        self.verdicts += found.verdict != "undecided"
        self.unjudged += bool(found.too_few)
        self.covered += not found.too_few and found.low <= self.truth <= found.high
        if self.truth and found.standard_error > 0 and not found.too_few:
            self.expected.append(float(power(np.array(self.truth), found.standard_error, found.critical)))

    @property
    def holds(self) -> bool:
        """Tell whether no more equal models were called different than 5 % and chance explain."""
        return bool(self.truth) or self.verdicts <= binom.ppf(OF_ALL, self.runs, LIMIT)

    def __str__(self) -> str:
        """Give one line of the table."""
        verdicts, unjudged = self.verdicts / self.runs, self.unjudged / self.runs
        covered = self.covered / (self.runs - self.unjudged) if self.runs > self.unjudged else float("nan")
        forecast = f"  forecast {np.mean(self.expected):6.1%}" if self.expected else ""
        what = "found" if self.truth else "false"
        mark = "" if self.holds else "  TOO MANY"
        return (
            f"{self.name:60} {what} {verdicts:6.1%}  covered {covered:6.1%}  too few rows {unjudged:4.0%}"
            f"  {self.seconds:5.1f} s{forecast}{mark}"
        )


def main() -> int:
    """Run the campaign and print it; give the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--simulations", type=int, default=2000)
    parser.add_argument("--fewest-rows", type=int, default=0)
    parser.add_argument("--most-rows", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    print(f"{given.simulations:,} simulations a cell; load {os.getloadavg()}", flush=True)
    began, failed, cells = time.perf_counter(), 0, 0
    for cell in campaign(given.simulations, (given.fewest_rows, given.most_rows), given.seed):
        print(cell, flush=True)
        cells, failed = cells + 1, failed + (not cell.holds)
    print(f"{cells} cells, {failed} with too many false verdicts, {time.perf_counter() - began:,.0f} s")
    return int(failed > 0)


def campaign(simulations: int, sizes: tuple[int, int], seed: int) -> Iterator[Cell]:
    """Run every cell of tables between two sizes."""
    for rows in (size for size in ROWS if sizes[0] <= size <= sizes[1]):
        for share in SHARES if rows < ROWS[-1] else SHARES[1:]:
            for kind in KINDS if rows < ROWS[-1] else KINDS[:2]:
                yield from independent_rows(rows, share, kind, simulations, seed)
    for run in (grouped_rows, rows_in_time, many_at_once, right_and_wrong):
        yield from run(simulations, seed)


def independent_rows(rows: int, share: float, kind: str, simulations: int, seed: int) -> Iterator[Cell]:
    """Compare two models on rows that are independent."""
    rng = np.random.default_rng([seed, rows, int(share * 1000), KINDS.index(kind)])
    pairs = {metric: pair(kind, metric, share) for metric in METRICS}
    cells = {m: Cell(f"{rows:>7,} rows, {share:.0%} positive, {kind}, {m}", pairs[m][2]) for m in METRICS}
    for _ in range(simulations):
        began = time.perf_counter()
        positive = rng.random(rows) < share
        noise = rng.standard_normal((2, rows))
        noise[1] = (noise[0] + noise[1]) / np.sqrt(2)
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
            cell.covered += found.p_value >= LIMIT
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
    from scipy.signal import lfilter  # noqa: PLC0415 - one cell needs it

    ahead = int(20 / (1 - memory))
    return lfilter([1.0], [1.0, -memory], rng.standard_normal(rows + ahead))[ahead:]


if __name__ == "__main__":
    raise SystemExit(main())
