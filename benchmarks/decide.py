"""Times a decision taken anew after one slider moved, with many candidates and thresholds, beside a plain loop.

Usage: `python benchmarks/decide.py [--candidates 10000] [--thresholds 200] [--moves 60] [--limit-ms 50]`; exits with 1
when the median of a move takes longer, or when a move gives another candidate, threshold or bit of its dollars than the
loop over candidates does.
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from workbench.cost import PriceBook, expected_error_usd, price_candidates, rows_per_month, running_usd
from workbench.decide import Decision, Rates, decide, ground, limited_quantities, non_dominated, sensitivity
from workbench.params.cost import CostParams
from workbench.params.decide import DecideParams, Limits

if TYPE_CHECKING:
    from collections.abc import Callable

COMPARED = 400
"""Candidates that the plain loop decides between: it takes too long for all of them."""


def main() -> int:
    """Measure, compare and print; give the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--candidates", type=int, default=10_000)
    parser.add_argument("--thresholds", type=int, default=200)
    parser.add_argument("--moves", type=int, default=60)
    parser.add_argument("--limit-ms", type=float, default=50.0)
    given = parser.parse_args()
    candidates, table = made(given.candidates, given.thresholds)
    start = time.perf_counter()
    rates = Rates.of(table, candidates["id"])
    print(f"{given.candidates:,} candidates x {given.thresholds} thresholds, two splits")
    print(f"laying rates out once: {time.perf_counter() - start:.2f} s")
    book, moves = PriceBook.packaged(), economics(given.moves)
    whole = [price_candidates(candidates, cost, book, params.limits.latency_p99_ms) for cost, params in moves]
    decided = timed(
        "decide, prices of errors moved",
        [
            lambda cost=cost, params=params, frame=frame: decide(frame, rates, cost, params, "binary")
            for (cost, params), frame in zip(moves, whole, strict=True)
        ],
    )
    repriced = timed(
        "price and decide, traffic moved",
        [
            lambda cost=cost, params=params: decide(
                price_candidates(candidates, cost, book, params.limits.latency_p99_ms), rates, cost, params, "binary"
            )
            for cost, params in moves
        ],
    )
    same = compared(candidates, table, book, moves[:5])
    others(candidates, rates, book, whole[0])
    return 0 if same and max(decided, repriced) <= given.limit_ms else 1


def timed(what: str, calls: list[Callable[[], Decision]]) -> float:
    """Time each call; print median and worst, give the median in milliseconds."""
    calls[0]()
    taken = []
    for call in calls:
        start = time.perf_counter()
        call()
        taken.append((time.perf_counter() - start) * 1000)
    print(f"{what}: median {np.median(taken):.1f} ms, 95th percentile {np.quantile(taken, 0.95):.1f} ms")
    return float(np.median(taken))


def economics(count: int) -> list[tuple[CostParams, DecideParams]]:
    """Draw terms as a person moves sliders: traffic, prices of errors, a latency limit."""
    rng = np.random.default_rng(3)
    return [
        (
            CostParams(
                traffic={"requests_per_day": float(10 ** rng.uniform(3, 8))},
                error_usd={"false_positive": 10 ** rng.uniform(-5, 0), "false_negative": 10 ** rng.uniform(-5, 0)},
            ),
            DecideParams(limits=Limits(latency_p99_ms=float(rng.uniform(3, 30)))),
        )
        for _ in range(count)
    ]


def made(candidates: int, thresholds: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Make candidates and their rates of error: larger ones are slower and see more."""
    rng = np.random.default_rng(0)
    trees = 10 ** rng.uniform(1, 3.5, candidates)
    ids = np.array([f"b{row:05d}" for row in range(candidates)])
    one = 0.1 + trees * 0.002 * rng.uniform(0.7, 1.4, candidates)
    frame = pl.DataFrame(
        {
            "id": ids,
            "latency_p50_ms": one,
            "latency_p99_ms": one * 2,
            "latency_p50_ms_100_rows": one * 5,
            "latency_p99_ms_100_rows": one * 10,
            "size_bytes": (trees * 3000).astype(np.int64),
            "peak_rss_bytes": (2e8 + trees * 1e4).astype(np.int64),
            "train_cpu_seconds": 1 + trees * 0.02,
            "validation_average_precision": 0.2 + 0.05 * np.log10(trees) + rng.normal(0, 0.01, candidates),
        }
    )
    cuts = np.linspace(0, 1, thresholds)
    skill = (1.5 + 0.5 * np.log10(trees) + rng.normal(0, 0.1, candidates))[:, None]
    parts = []
    for split in ("validation", "test"):
        false_positives, false_negatives = 0.85 * (1 - cuts) ** skill, 0.15 * cuts**skill
        parts.append(
            pl.DataFrame(
                {
                    "id": np.repeat(ids, thresholds),
                    "split": np.repeat(split, candidates * thresholds),
                    "threshold": np.tile(cuts, candidates),
                    "false_positives_per_row": false_positives.ravel(),
                    "false_negatives_per_row": false_negatives.ravel(),
                    "misclassified_per_row": (false_positives + false_negatives).ravel(),
                    "absolute_error_per_row": np.zeros(candidates * thresholds),
                }
            )
        )
    return frame, pl.concat(parts)


def compared(
    candidates: pl.DataFrame, table: pl.DataFrame, book: PriceBook, moves: list[tuple[CostParams, DecideParams]]
) -> bool:
    """Tell whether a loop over candidates and thresholds finds the same, bit for bit; print how long it takes."""
    some = candidates.head(COMPARED)
    taken, same = [], True
    for cost, params in moves:
        priced = price_candidates(some, cost, book, params.limits.latency_p99_ms)
        start = time.perf_counter()
        looped = loop(priced, table, cost, params)
        taken.append(time.perf_counter() - start)
        found = decide(priced, table, cost, params, "binary")
        same &= looped == (found.candidate, found.threshold, found.usd_per_month)
    each = np.median(taken) / some.height * 1000
    print(f"a loop over frames: {each:.2f} ms a candidate, {each * candidates.height / 1000:.1f} s for all")
    print(f"the same candidate, threshold and dollars, bit for bit: {'yes' if same else 'NO'}")
    return bool(same)


def loop(
    priced: pl.DataFrame, table: pl.DataFrame, cost: CostParams, params: DecideParams
) -> tuple[str, float, float] | None:
    """Decide by looking at one candidate after the other."""
    rows, limit = rows_per_month(cost.traffic), params.limits.latency_p99_ms
    tail, running = limited_quantities(priced, cost)["latency_p99_ms"], running_usd(priced)
    best = None
    for at, name in enumerate(priced["id"]):
        rates = table.filter(id=name, split="validation")
        usd = expected_error_usd(rates, cost.error_usd, rows)
        place = int(np.argmin(usd))
        point = (name, float(rates["threshold"][place]), float(running[at] + usd[place]))
        if tail[at] <= limit and (best is None or point[2] < best[2]):
            best = point
    return best


def others(candidates: pl.DataFrame, rates: Rates, book: PriceBook, priced: pl.DataFrame) -> None:
    """Time what is asked for once, not with every move."""
    cost = CostParams(error_usd={"false_positive": 0.01, "false_negative": 0.05})
    start = time.perf_counter()
    found = sensitivity(ground(candidates, rates, cost, DecideParams(limits=Limits(latency_p99_ms=10)), book, "binary"))
    bars = len(found.bars) if found else 0
    print(f"sensitivity to {bars} assumptions: {time.perf_counter() - start:.2f} s")
    names = ("usd_serving_per_month", "usd_training_per_month", "latency_p99_ms", "peak_rss_bytes", "size_bytes")
    points = np.stack([-priced["validation_average_precision"].to_numpy(), *(priced[name] for name in names)], axis=1)
    start = time.perf_counter()
    flags = non_dominated(points, np.ones(priced.height, dtype=bool))
    print(f"the frontier on six counts: {time.perf_counter() - start:.2f} s, {int(flags.sum()):,} on it")


if __name__ == "__main__":
    sys.exit(main())
