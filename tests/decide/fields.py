"""Candidates to decide between, made from seeded noise: larger ones are slower, dearer and see more."""

from __future__ import annotations

import numpy as np
import polars as pl

from workbench.cost import PriceBook, price_candidates
from workbench.cost.erring import RATES
from workbench.params.cost import CostParams

COST = CostParams(error_usd={"false_positive": 0.002, "false_negative": 0.01})
BOOK = PriceBook.packaged()


def profiled(count: int, seed: int = 0) -> pl.DataFrame:
    """Give candidates as they are measured, without a price."""
    rng = np.random.default_rng(seed)
    trees = 10 ** rng.uniform(1, 3.5, count)
    one = 0.1 + trees * 0.002 * rng.uniform(0.7, 1.4, count)
    return pl.DataFrame(
        {
            "id": [f"b{row:02d}" for row in range(count)],
            "latency_p50_ms": one,
            "latency_p99_ms": one * rng.uniform(1.5, 3, count),
            "latency_p50_ms_100_rows": one * 4,
            "latency_p99_ms_100_rows": one * 12,
            "size_bytes": (trees * 3000).astype(np.int64),
            "peak_rss_bytes": (2e8 + trees * 1e4).astype(np.int64),
            "train_cpu_seconds": 1 + trees * 0.02,
            "validation_average_precision": 0.2 + 0.05 * np.log10(trees) + rng.normal(0, 0.02, count),
        }
    )


def priced(count: int, cost: CostParams = COST, latency_p99_ms: float | None = None, seed: int = 0) -> pl.DataFrame:
    """Give candidates with their dollars."""
    return price_candidates(profiled(count, seed), cost, BOOK, latency_p99_ms)


def rates(candidates: pl.DataFrame, seed: int = 0, *, ragged: bool = True, test: bool = True) -> pl.DataFrame:
    """Give rates of error that fall and rise with the threshold, at as many thresholds as each candidate has."""
    rng = np.random.default_rng(seed)
    parts = []
    for name, quality in candidates.select("id", "validation_average_precision").iter_rows():
        skill = 1 + 12 * quality + rng.normal(0, 0.1)
        cuts = np.unique(rng.uniform(0, 1, int(rng.integers(2, 12)) if ragged else 12).round(3))
        for split in ("validation", "test") if test else ("validation",):
            alarms, misses = 0.8 * (1 - cuts) ** skill, 0.2 * cuts**skill * rng.uniform(0.9, 1.1)
            columns = dict.fromkeys(RATES, np.zeros(cuts.size)) | {
                "false_positives_per_row": alarms,
                "false_negatives_per_row": misses,
                "misclassified_per_row": alarms + misses,
            }
            parts.append(
                pl.DataFrame({"threshold": cuts, **columns}).select(
                    pl.lit(name).alias("id"), pl.lit(split).alias("split"), "threshold", *RATES
                )
            )
    return pl.concat(parts)
