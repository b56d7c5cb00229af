"""History at other prices: what the runs on record would cost by a price book, without running anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast, get_args

import polars as pl

from workbench.errors import PriceError
from workbench.params.cost import Purchase

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.cost.pricing.prices import PriceBook
    from workbench.cost.pricing.quoting import Price

_SECONDS_PER_HOUR = 3600


def repriced(runs: pl.DataFrame, book: PriceBook) -> tuple[pl.DataFrame, Mapping[str, Price]]:
    """Price runs anew: the time each one took, on the machine and the purchase option it was recorded for.

    Processor time that workers used elsewhere costs a thread's share of the price of that machine.

    Args:
        runs: As `artifacts.read_ledger` gives them.
        book: The prices.

    Returns:
        The runs with another `usd`, null where the book does not know the machine; and the prices used, by the
        recorded machine and purchase option.
    """
    prices: dict[str, Price] = {}
    threads: dict[str, float] = {}
    for name in runs["instance"].unique().drop_nulls().to_list():
        instance, _, purchase = name.partition(" ")
        if purchase in get_args(Purchase):
            try:
                prices[name] = book.usd_per_hour(instance, cast("Purchase", purchase))
            except PriceError:
                continue
            threads[name] = book.machine(instance).vcpus
    per_hour = {name: price.usd_per_hour for name, price in prices.items()}
    hourly = pl.col("instance").replace_strict(per_hour, default=None, return_dtype=pl.Float64)
    vcpus = pl.col("instance").replace_strict(threads, default=None, return_dtype=pl.Float64)
    machine_seconds = pl.col("wall_seconds") + pl.col("elsewhere_cpu_seconds") / vcpus
    return runs.with_columns(usd=machine_seconds / _SECONDS_PER_HOUR * hourly), prices
