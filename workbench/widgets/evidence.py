"""The figures of a candidate that a decision file keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

FIGURES = (
    "usd_per_month",
    "usd_training_per_month",
    "usd_serving_per_month",
    "usd_storage_per_month",
    "usd_egress_per_month",
    "usd_errors_per_month",
    "usd_per_million_rows",
    "within_limits",
    "on_frontier",
    "latency_p50_ms",
    "latency_p99_ms",
    "rows_per_second",
    "size_bytes",
    "train_cpu_seconds",
)


def evidence_of(row: Mapping[str, object]) -> dict[str, float | str | None]:
    """Give the figures and metrics of one row of a decided table."""
    metrics = [name for name in row if name.startswith(("validation_", "test_"))]
    kept = {name: row[name] for name in (*FIGURES, *metrics) if name in row}
    return {name: value for name, value in kept.items() if isinstance(value, int | float | str) or value is None}
