"""What the explorer is given: plain JSON, the same beside a kernel and in a report."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import polars as pl

from workbench.cost import PriceBook, keeping, sending
from workbench.errors import UsageError
from workbench.evaluate import resolve_metric, sign
from workbench.widgets.machines import machines
from workbench.widgets.rates import rates_json
from workbench.widgets.settings import VERSION, settings_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workbench.cost import Keeping, Tiers
    from workbench.model import Roles
    from workbench.params.cost import CostParams
    from workbench.params.decide import DecideParams

    Json = Mapping[str, "Json"] | Sequence["Json"] | str | float | bool | None

_NUMBERS = (
    "rows_per_second",
    "latency_p50_ms",
    "latency_p99_ms",
    "latency_p50_ms_100_rows",
    "latency_p99_ms_100_rows",
    "size_bytes",
    "peak_rss_bytes",
    "train_cpu_seconds",
)


def state_of(
    candidates: pl.DataFrame,
    error_rates: pl.DataFrame,
    roles: Roles,
    cost: CostParams,
    decide: DecideParams,
    prices: PriceBook,
    metric: str = "auto",
) -> dict[str, Json]:
    """Gather what the explorer shows and computes with.

    Args:
        candidates: Profiled candidates with metrics: the columns of `data/decision/candidates.parquet`.
        error_rates: Rates of error; the rows of the validation set are used.
        roles: The task and the name of the positive class.
        cost: Machine, traffic and prices of errors.
        decide: Limits, and the choice that stands in params.yaml.
        prices: The price book.
        metric: The metric that decides while no error has a price.

    Raises:
        UsageError: A candidate lacks a figure or its rates of error.
    """
    name = resolve_metric(roles.task, metric)
    return {
        "version": VERSION,
        "task": roles.task,
        "positive": f"{roles.target} = {roles.classes[1]}" if roles.task == "binary" else "",
        "metric": name,
        "sign": sign(name),
        "signs": {metric: sign(metric) for metric in _metrics(candidates)},
        "machines": machines(cost.instance, prices),
        "price_uncertainty": cost.price_uncertainty,
        "serving": cost.serving.model_dump(),
        "kept": _plain(keeping(cost.instance, cost.storage, prices)),
        "egress": _plain(sending(cost.instance, cost.serving.bytes_per_response, prices)),
        "settings": settings_of(cost, decide),
        "limits": decide.limits.model_dump(exclude={"latency_p99_ms", "peak_rss_bytes"}),
        "decided": {"candidate": None if decide.candidate == "auto" else decide.candidate},
        "candidates": _candidates(candidates, error_rates),
    }


def inert_json(state: Mapping[str, Json]) -> str:
    r"""Write JSON that stands safely inside a script element: no `<`, `>`, `&` and only ASCII.

    Example:
        >>> inert_json({"id": "</script>"})
        '{"id":"\\\\u003c/script\\\\u003e"}'
    """
    text = json.dumps(state, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _metrics(candidates: pl.DataFrame) -> list[str]:
    """Name the metrics on validation."""
    return [name.removeprefix("validation_") for name in candidates.columns if name.startswith("validation_")]


def _plain(terms: Keeping | Tiers | None) -> dict[str, Json] | None:
    return None if terms is None else asdict(terms)


def _candidates(candidates: pl.DataFrame, error_rates: pl.DataFrame) -> list[dict[str, Any]]:
    missing = [name for name in ("id", *_NUMBERS) if name not in candidates.columns]
    if missing:
        raise UsageError("the candidates lack columns", found=", ".join(missing), hint="run `dvc repro` first")
    validation = error_rates.filter(pl.col("split") == "validation") if "split" in error_rates.columns else error_rates
    rates = {str(key[0]): part for key, part in validation.partition_by("id", as_dict=True).items()}
    described: list[dict[str, Any]] = []
    rows: int | None = None
    for row in candidates.iter_rows(named=True):
        described.append(_candidate(row, rates, rows))
        rows = _rows_of(described[-1])
    return described


def _rows_of(described: Mapping[str, Any]) -> int | None:
    """Give the rows that a candidate was measured on: the next one's most likely are as many."""
    rows = described["rates"].get("rows")
    return rows if isinstance(rows, int) else None


def _candidate(row: Mapping[str, object], rates: Mapping[str, pl.DataFrame], rows: int | None) -> dict[str, Any]:
    name = str(row["id"])
    if name not in rates:
        raise UsageError("a candidate has no rates of error on the validation set", found=name)
    return {
        "id": name,
        "kind": str(row.get("kind", "")),
        **{column: _number(row[column]) for column in _NUMBERS},
        "metrics": {split: _split_metrics(row, f"{split}_") for split in ("validation", "test")},
        "rates": rates_json(rates[name], rows),
    }


def _split_metrics(row: Mapping[str, object], prefix: str) -> dict[str, Json]:
    return {
        column.removeprefix(prefix): _number(value)
        for column, value in row.items()
        if column.startswith(prefix) and isinstance(value, int | float)
    }


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None
