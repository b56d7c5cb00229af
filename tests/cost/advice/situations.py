"""Small situations for the tests of advice."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import polars as pl

from workbench.cost import PriceBook
from workbench.cost.advice import QUALITY, RUNS, Situation
from workbench.params.cost import CostParams, Traffic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.cost.advice import Finding

NOW = dt.datetime(2026, 9, 30, tzinfo=dt.UTC)
GIB = 2**30
BOOK = PriceBook.packaged()


def runs(count: int = 20, **columns: object) -> pl.DataFrame:
    """Make runs of train of one hour on one core and half a GiB, a day apart, the last one yesterday."""
    values: dict[str, object] = {
        "run": [f"r{number:03}" for number in range(count)],
        "stage": "train",
        "status": "DONE",
        "started": [NOW - dt.timedelta(days=count - number) for number in range(count)],
        "wall_seconds": 3600.0,
        "cpu_seconds": 3600.0,
        "peak_rss_bytes": 0.5 * GIB,
        "gpu_seconds": 0.0,
        "workers": 1,
        "digest": [f"d{number}" for number in range(count)],
        "digest_but_workers": [f"e{number}" for number in range(count)],
    } | columns
    wide = {name: value if isinstance(value, list) else [value] * count for name, value in values.items()}
    return pl.DataFrame(wide, schema=RUNS)


def candidate(name: str, **columns: object) -> dict[str, object]:
    """Make a profiled candidate that takes 2 ms for a row and 12 ms for a hundred."""
    return {
        "id": name,
        "trees": 100,
        "latency_p50_ms": 2.0,
        "latency_p50_ms_100_rows": 12.0,
        "latency_p99_ms": 3.0,
        "latency_p99_ms_100_rows": 20.0,
        "peak_rss_bytes": 300_000_000,
        "size_bytes": 0,
        "train_cpu_seconds": 0.0,
        "usd_errors_per_month": 0.0,
    } | columns


def judged(**ends: tuple[float, float, float]) -> pl.DataFrame:
    """Make the average precision on validation of some candidates: value, low, high."""
    rows = [(name, "validation", "average_precision", *values) for name, values in ends.items()]
    return pl.DataFrame(rows, schema=QUALITY, orient="row")


def cost(requests_per_day: float = 1e6, **more: object) -> CostParams:
    """Make the section `cost:`."""
    traffic = Traffic(requests_per_day=requests_per_day)
    return CostParams(traffic=traffic, **more)


def situation(**more: object) -> Situation:
    """Make a situation in which one candidate serves and train has run twenty times."""
    known = {
        "now": NOW,
        "book": BOOK,
        "cost": cost(),
        "runs": runs(),
        "candidates": pl.DataFrame([candidate("b01")]),
        "chosen": "b01",
        "metric": "average_precision",
        "quality": judged(b01=(0.8, 0.75, 0.85)),
    }
    return Situation(**known | more)


def only(found: Sequence[Finding], kind: type) -> Finding:
    """Give the one finding of a kind."""
    (item,) = [finding for finding in found if isinstance(finding, kind)]
    return item
