"""What the explorer is given: plain JSON, the same beside a kernel and in a report."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import TYPE_CHECKING

import polars as pl

from workbench.cost import PriceBook, ServerlessTariff, keeping, sending, tariff
from workbench.errors import PriceError, UsageError
from workbench.evaluate import resolve_metric, sign

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workbench.cost import Keeping, Tiers
    from workbench.model import Roles
    from workbench.params.cost import CostParams, Purchase
    from workbench.params.decide import DecideParams

    Json = Mapping[str, "Json"] | Sequence["Json"] | str | float | bool | None

PURCHASE_WORDS: Mapping[Purchase, str] = {
    "on_demand": "on demand",
    "spot": "spot",
    "commit_1y": "committed for 1 year",
    "commit_3y": "committed for 3 years",
    "serverless": "serverless, paid by use",
}
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
_RATES = {
    "false_positives": "false_positives_per_row",
    "false_negatives": "false_negatives_per_row",
    "misclassified": "misclassified_per_row",
    "absolute_error": "absolute_error_per_row",
}


def settings_of(cost: CostParams, decide: DecideParams) -> dict[str, Json]:
    """Give the assumptions a person can move, as params.yaml has them."""
    return {
        "requests_per_day": cost.traffic.requests_per_day,
        "rows_per_request": cost.traffic.rows_per_request,
        **cost.error_usd.model_dump(),
        "latency_p99_ms": decide.limits.latency_p99_ms,
        "purchase": cost.purchase,
        "retrains_per_month": cost.retrains_per_month,
    }


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
    options = [_option(cost.instance, purchase, prices) for purchase in PURCHASE_WORDS]
    return {
        "task": roles.task,
        "positive": f"{roles.target} = {roles.classes[1]}" if roles.task == "binary" else "",
        "metric": name,
        "sign": sign(name),
        "instance": cost.instance,
        "vcpus": prices.machine(cost.instance).vcpus,
        "purchases": options,
        "serving": cost.serving.model_dump(),
        "kept": _plain(keeping(cost.instance, cost.storage, prices)),
        "egress": _plain(sending(cost.instance, cost.serving.bytes_per_response, prices)),
        "basis": {str(option["name"]): option["basis"] for option in options},
        "settings": settings_of(cost, decide),
        "limits": decide.limits.model_dump(exclude={"latency_p99_ms"}),
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


def _plain(terms: Keeping | Tiers | None) -> dict[str, Json] | None:
    return None if terms is None else asdict(terms)


def _option(instance: str, purchase: Purchase, prices: PriceBook) -> dict[str, Json]:
    words: dict[str, Json] = {"name": purchase, "label": PURCHASE_WORDS[purchase]}
    try:
        paid = tariff(instance, purchase, prices)
        hour = prices.usd_per_hour(instance, purchase)
    except PriceError as error:
        return words | {"known": False, "reason": error.problem, "basis": ""}
    serverless = isinstance(paid, ServerlessTariff)
    kind: dict[str, Json] = {"kind": "serverless" if serverless else "machine"} | asdict(paid)
    rate = "per use" if serverless else f"${kind['usd_per_hour']:,.4g} per hour"
    words["label"] = f"{words['label']}, {rate}"
    basis = f"Price basis: {paid.basis}; {hour.confidence}. {_sums(serverless=serverless)}"
    return words | {
        "known": True,
        "reason": "",
        "tariff": kind,
        "training_usd_per_hour": hour.usd_per_hour,
        "basis": basis,
    }


def _sums(*, serverless: bool) -> str:
    month = "A month has 730 hours. Errors are counted on the validation set."
    if serverless:
        return f"Serving is paid for each request; free allowances are not deducted. {month}"
    return f"Serving pays for whole machines that never stop, kept at most 60 % busy. {month}"


def _candidates(candidates: pl.DataFrame, error_rates: pl.DataFrame) -> list[Json]:
    missing = [name for name in ("id", *_NUMBERS) if name not in candidates.columns]
    if missing:
        raise UsageError("the candidates lack columns", found=", ".join(missing), hint="run `dvc repro` first")
    validation = error_rates.filter(pl.col("split") == "validation") if "split" in error_rates.columns else error_rates
    rates = {str(key[0]): part for key, part in validation.partition_by("id", as_dict=True).items()}
    return [_candidate(row, rates) for row in candidates.iter_rows(named=True)]


def _candidate(row: Mapping[str, object], rates: Mapping[str, pl.DataFrame]) -> Json:
    name = str(row["id"])
    if name not in rates:
        raise UsageError("a candidate has no rates of error on the validation set", found=name)
    return {
        "id": name,
        "kind": str(row.get("kind", "")),
        **{column: _number(row[column]) for column in _NUMBERS},
        "metrics": {split: _split_metrics(row, f"{split}_") for split in ("validation", "test")},
        "rates": _rates(rates[name]),
    }


def _split_metrics(row: Mapping[str, object], prefix: str) -> dict[str, Json]:
    return {
        column.removeprefix(prefix): _number(value)
        for column, value in row.items()
        if column.startswith(prefix) and isinstance(value, int | float)
    }


def _rates(frame: pl.DataFrame) -> Json:
    """Keep the rates that any error of the task can have; one that is null for all thresholds is left out."""
    kept = {name: frame[column] for name, column in _RATES.items() if column in frame.columns}
    return {"threshold": frame["threshold"].to_list()} | {
        name: values.to_list() for name, values in kept.items() if values.null_count() < frame.height
    }


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None
