"""What the explorer is given, the same beside a kernel and in a report: plain JSON, and counts in few bytes."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import polars as pl

from workbench.cost import PriceBook, keeping, sending
from workbench.errors import UsageError
from workbench.evaluate import resolve_metric, sign
from workbench.widgets.machines import machines
from workbench.widgets.settings import VERSION, settings_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workbench.cost import Keeping, Tiers
    from workbench.model import Roles
    from workbench.params.cost import CostParams
    from workbench.params.decide import DecideParams
    from workbench.widgets.rates import PackedRates

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
    roles: Roles,
    cost: CostParams,
    decide: DecideParams,
    prices: PriceBook,
    metric: str = "auto",
) -> dict[str, Json]:
    """Gather what the explorer computes with, beside the figures of the candidates.

    Args:
        candidates: Profiled candidates with metrics: the columns of `data/decision/candidates.parquet`.
        roles: The task and the name of the positive class.
        cost: Machine, traffic and prices of errors.
        decide: Limits, and the choice that stands in params.yaml.
        prices: The price book.
        metric: The metric that decides while no error has a price.
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
    }


def table_of(candidates: pl.DataFrame, rates: PackedRates) -> dict[str, Json]:
    """Give the figures of the candidates, a list for each, and what their counts of errors need to be read.

    Args:
        candidates: Profiled candidates with metrics: the columns of `data/decision/candidates.parquet`.
        rates: Their rates of error on validation.

    Raises:
        UsageError: The candidates lack a figure.
    """
    missing = [name for name in ("id", *_NUMBERS) if name not in candidates.columns]
    if missing:
        raise UsageError("the candidates lack columns", found=", ".join(missing), hint="run `dvc repro` first")
    kind = candidates["kind"].cast(pl.String).fill_null("") if "kind" in candidates.columns else None
    return {
        "id": candidates["id"].to_list(),
        "kind": [""] * candidates.height if kind is None else kind.to_list(),
        "figures": {name: _numbers(candidates[name]) for name in _NUMBERS},
        "metrics": {split: _split_metrics(candidates, f"{split}_") for split in ("validation", "test")},
        "cuts": rates.cuts,
        "plain": rates.plain,
    }


def saved(
    state: Mapping[str, Json], settings: Mapping[str, Json], table: Mapping[str, Json], counts: bytes
) -> dict[str, Json]:
    """Give all that the page needs without a kernel, as plain JSON."""
    return {**state, "settings": settings, "table": table, "counts": base64.b64encode(counts).decode("ascii")}


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


def _split_metrics(candidates: pl.DataFrame, prefix: str) -> dict[str, Json]:
    """List the metrics of a split; text and flags are none."""
    return {
        name.removeprefix(prefix): _numbers(candidates[name])
        for name in candidates.columns
        if name.startswith(prefix) and candidates[name].dtype.is_numeric()
    }


def _numbers(values: pl.Series) -> list[float | None]:
    """Give finite numbers, and null for what is none."""
    numbers = values.cast(pl.Float64)
    return pl.select(pl.when(numbers.is_finite()).then(numbers)).to_series().to_list()
