"""The questions a bill raises: which candidate pays from when, and which way to pay for the machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from workbench.cost.billing.offers import Offer, offer_of
from workbench.cost.billing.payback import BreakEven, break_evens, payback_sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.cost.pricing.prices import PriceBook
    from workbench.model import Task
    from workbench.params.cost import CostParams

_WAYS = {"on_demand": "on demand", "serverless": "serverless", "commit_1y": "a commitment for 1 year"}


def verdicts(
    totals: pl.DataFrame,
    error_rates: pl.DataFrame,
    params: CostParams,
    prices: PriceBook,
    task: Task,
    latency_p99_ms: float | None = None,
) -> pl.DataFrame:
    """Say when each of the candidates and ways to pay that matter pays.

    Args:
        totals: Priced candidates with their totals; see `uncertainty.with_totals`.
        error_rates: Rates by `id` and `split`; validation counts.
        params: The terms.
        prices: The price book.
        task: The task.
        latency_p99_ms: `decide.limits.latency_p99_ms`.

    Returns:
        `question` and `answer`: the candidate whose errors cost least against the one that is cheapest to run, and for
        the one of least total the other ways to pay for its machine.
    """
    rates = error_rates.filter(split="validation")

    def offer(name: str, terms: CostParams, called: str | None = None) -> Offer:
        row, its = totals.filter(id=name), rates.filter(id=name)
        return offer_of(row, its, terms, prices, task, latency_p99_ms=latency_p99_ms, name=called)

    lean, able, least = _leanest(totals), _ablest(totals), totals.sort("usd_per_month", "id")["id"][0]
    rows = []
    if lean != able:
        rows.append((f"{able} or {lean}?", _answer(offer(able, params), offer(lean, params), task)))
    here = offer(least, params, _WAYS.get(params.purchase, params.purchase))
    for purchase in _others(params, prices):
        other = offer(least, params.model_copy(update={"purchase": purchase}), _WAYS[purchase])
        rows.append((f"{other.name} or {here.name}?".capitalize(), _answer(other, here, task, only="requests_per_day")))
    return pl.DataFrame(rows, schema={"question": pl.String, "answer": pl.String}, orient="row")


def _leanest(totals: pl.DataFrame) -> str:
    return str(totals.sort("usd_per_million_rows", "id")["id"][0])


def _ablest(totals: pl.DataFrame) -> str:
    return str(totals.sort("usd_errors_per_month", "usd_per_million_rows", "id")["id"][0])


def _others(params: CostParams, prices: PriceBook) -> Iterator[str]:
    known = prices.purchases(params.instance)
    return (purchase for purchase in _WAYS if purchase in known and purchase != params.purchase)


def _answer(offer: Offer, other: Offer, task: Task, only: str | None = None) -> str:
    found: tuple[BreakEven, ...] = break_evens(offer, other, task)
    said = payback_sentence(offer, other, [item for item in found if only in {None, item.quantity}])
    return said if only is None else said[0].upper() + said[1:]
