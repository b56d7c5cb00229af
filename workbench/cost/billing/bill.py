"""A month's bill of one candidate, line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from workbench.cost.economics import tariff
from workbench.cost.erring import RATES, best_rates, rows_per_month
from workbench.cost.upkeep import keeping, sending

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping

    from workbench.cost.pricing.prices import PriceBook
    from workbench.params.cost import CostParams

_ERRORS: Mapping[str, str] = {
    "false_positive": "false alarms",
    "false_negative": "misses",
    "misclassified": "wrong classes",
    "absolute_error": "size of errors",
}


def bill_lines(row: pl.DataFrame, error_rates: pl.DataFrame, params: CostParams) -> pl.DataFrame:
    """Split a month by stage and by what is paid for.

    Args:
        row: The row of one priced candidate; see `month.price_candidates`.
        error_rates: Its rates on validation; the threshold is the one of least cost.
        params: Traffic and what errors cost.

    Returns:
        `stage`, `resource`, `usd_per_month`; lines of nothing are left out. A machine that serves is split into the
        share of its threads at work and the rest, which is paid for peaks, waiting times and whole machines.
    """
    priced = row.row(0, named=True)
    serving, busy = priced["usd_serving_per_month"], priced["busy_share"]
    used = 1.0 if busy is None else min(1.0, busy)
    rates = best_rates(error_rates, params.error_usd)
    prices = np.array([float(getattr(params.error_usd, name)) for name in RATES.values()])
    errors = rows_per_month(params.traffic) * rates * prices
    lines = [
        ("serving", "requests paid by use" if busy is None else "machine at work", serving * used),
        ("serving", "machine idle", serving * (1 - used)),
        ("training", "machine training", priced["usd_training_per_month"]),
        ("storage", "models and data kept", priced["usd_storage_per_month"]),
        ("egress", "answers sent", priced["usd_egress_per_month"]),
        *(("errors", _ERRORS[name], usd) for name, usd in zip(RATES.values(), errors.tolist(), strict=True)),
    ]
    schema = {"stage": pl.String, "resource": pl.String, "usd_per_month": pl.Float64}
    return pl.DataFrame(lines, schema=schema, orient="row").filter(pl.col("usd_per_month") > 0)


def price_basis(params: CostParams, prices: PriceBook, today: dt.date) -> pl.DataFrame:
    """List every price that a month rests on, with its day and how sure it is.

    Args:
        params: The terms.
        prices: The price book.
        today: To tell how old a price is.

    Returns:
        `what`, `price`, `basis`, `as_of`, `confidence`, `note`: a warning where the price is stale.

    Raises:
        PriceError: Something that is used has no known price.
    """
    rows: list[tuple[object, ...]] = []
    if params.purchase == "serverless":
        source = prices.prices.sources[prices.serverless(params.instance)[1].source]
        basis = tariff(params.instance, "serverless", prices).basis
        rows.append(("serving", "by use", basis, source.as_of, source.confidence, ""))
    else:
        rows.append(_hourly("serving", params, prices, today, whole_month=params.purchase == "on_demand"))
    rows += [_hourly("training", params, prices, today), *_upkeep_basis(params, prices)]
    schema = {"what": pl.String, "price": pl.String, "basis": pl.String, "as_of": pl.Date}
    return pl.DataFrame(rows, schema=schema | {"confidence": pl.String, "note": pl.String}, orient="row")


def _hourly(
    what: str, params: CostParams, prices: PriceBook, today: dt.date, *, whole_month: bool = False
) -> tuple[object, ...]:
    price = prices.usd_per_hour(params.instance, params.purchase, whole_month=whole_month)
    stale = price.warning(today) or ""
    return what, f"${price.usd_per_hour:.4g} an hour", price.basis, price.as_of, price.confidence, stale


def _upkeep_basis(params: CostParams, prices: PriceBook) -> Iterator[tuple[object, ...]]:
    region = params.instance.rsplit("/", 1)[0]
    if params.storage.tier is not None and keeping(params.instance, params.storage, prices) is not None:
        found = prices.storage_classes(region)[f"{region}/{params.storage.tier}"]
        source = prices.prices.sources[found.source]
        price = f"${found.usd_per_gb_month:.4g} a GB and month"
        yield "storage", price, f"{region} {params.storage.tier}, {source.note}", source.as_of, source.confidence, ""
    sent = sending(params.instance, params.serving.bytes_per_response, prices)
    if sent is not None:
        source = prices.prices.sources[prices.prices.egress[region].source]
        price = (
            f"${sent.usd_per_gb[0]:.4g} a GB, less beyond {sent.starts_gb[1]:,.0f} GB"
            if len(sent.starts_gb) > 1
            else f"${sent.usd_per_gb[0]:.4g} a GB"
        )
        yield "egress", price, f"{region} to the internet, {source.note}", source.as_of, source.confidence, ""
