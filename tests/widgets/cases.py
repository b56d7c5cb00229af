"""Candidates with a real trade-off between quality, latency and money, made from seeded noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from workbench.evaluate import error_rates
from workbench.model import Roles
from workbench.params.cost import CostParams
from workbench.params.decide import DecideParams
from workbench.widgets import Explorer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workbench.model import Task

ROWS = 1500
TREES = (40, 120, 400, 1200)
METRICS = {
    "binary": ("average_precision", "log_loss"),
    "multiclass": ("log_loss", "accuracy"),
    "regression": ("rmse", "mae"),
}
CLASSES = {"binary": ("false", "true"), "multiclass": ("a", "b", "c"), "regression": ()}


def names(count: int) -> list[str]:
    return ["baseline", *(f"b{i // 4:02d}@{TREES[i % 4]}" for i in range(count - 1))]


def roles(task: Task = "binary", target: str = "late", classes: tuple[str, ...] | None = None) -> Roles:
    return Roles(target, task, CLASSES[task] if classes is None else classes, ("hour",))


def candidates(ids: Sequence[str], seed: int = 0, task: Task = "binary") -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    count = len(ids)
    trees = np.array([TREES[i % 4] for i in range(count)]) * rng.uniform(0.8, 1.2, count)
    one = 0.15 + trees * 0.0016 * rng.uniform(0.7, 1.3, count)
    quality = 0.3 + 0.05 * np.log10(trees) + rng.normal(0, 0.01, count)
    return pl.DataFrame(
        {
            "id": list(ids),
            "kind": ["single"] * count,
            "rows_per_second": 1e6 / trees,
            "latency_p50_ms": one,
            "latency_p99_ms": one * rng.uniform(1.5, 4, count),
            "latency_p50_ms_100_rows": one + trees * 0.002,
            "latency_p99_ms_100_rows": (one + trees * 0.002) * 2,
            "size_bytes": (trees * 3300).astype(int),
            "peak_rss_bytes": (2e8 + trees * 1e4).astype(int),
            "train_cpu_seconds": 2 + trees * 0.02,
            **{f"{split}_{metric}": quality for split in ("validation", "test") for metric in METRICS[task]},
        }
    )


def rates(ids: Sequence[str], seed: int = 0, task: Task = "binary") -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    labels = (rng.uniform(size=ROWS) < 0.2).astype(float)
    noise = rng.normal(size=ROWS)
    parts = []
    for i, name in enumerate(ids):
        signal = 0.8 + 0.25 * np.log10(TREES[i % 4]) + rng.normal(0, 0.05)
        if task == "binary":
            table = error_rates(task, labels, 1 / (1 + np.exp(1.6 - noise - labels * signal)))
        else:
            column = "misclassified_per_row" if task == "multiclass" else "absolute_error_per_row"
            table = error_rates("regression", labels, labels).with_columns(
                pl.lit(None, pl.Float64).alias("absolute_error_per_row")
            )
            table = table.with_columns(pl.lit(0.5 / signal).alias(column))
        parts += [
            table.select(pl.lit(name).alias("id"), pl.lit(split).alias("split"), pl.all())
            for split in ("validation", "test")
        ]
    return pl.concat(parts)


def cost(**changes: object) -> CostParams:
    return CostParams.model_validate({"error_usd": {"false_positive": 0.002, "false_negative": 0.01}} | changes)


def decide(latency_p99_ms: float | None = 4.0) -> DecideParams:
    return DecideParams.model_validate({"limits": {"latency_p99_ms": latency_p99_ms}})


def explorer(
    ids: Sequence[str] | None = None, task: Task = "binary", seed: int = 0, terms: Mapping[str, object] | None = None
) -> Explorer:
    chosen, more = ids or names(40), terms or {}
    errors = {} if task == "binary" else {"error_usd": {"misclassified": 0.01, "absolute_error": 0.01}}
    prices = cost(**errors, **more)
    return Explorer(
        candidates(chosen, seed, task), rates(chosen, seed, task), roles(task), prices, decide(), baseline=chosen[0]
    )
