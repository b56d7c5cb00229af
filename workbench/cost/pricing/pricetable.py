"""The price book as a table: one row per machine, the day and source of every column of prices beside it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, get_args

import polars as pl

from workbench.cost.pricing.machinelist import Shape
from workbench.errors import PriceError
from workbench.params.cost import Purchase

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from workbench.cost.pricing.prices import PriceBook
    from workbench.cost.pricing.quoting import Price

_OPTIONS: tuple[Purchase, ...] = tuple(option for option in get_args(Purchase) if option != "serverless")
_TYPES = {
    "as_of": pl.Date,
    "spot_as_of": pl.Date,
    "commit_as_of": pl.Date,
    "accelerator": pl.String,
    "accelerator_memory_gib": pl.Float64,
    "spot_source": pl.String,
    "interruption_low": pl.Float64,
    "interruption_high": pl.Float64,
    **{f"{option}_usd_per_hour": pl.Float64 for option in _OPTIONS},
}


def price_table(book: PriceBook) -> pl.DataFrame:
    """List every machine and what is known of its prices in USD per hour; null is unknown."""
    rows = [price_row(book, instance) for instance in book.instances]
    return pl.DataFrame(rows, schema_overrides=_TYPES, infer_schema_length=None)


def price_row(book: PriceBook, instance: str) -> dict[str, object]:
    """Tell what is known of one machine."""
    cloud, region, name = instance.split("/")
    machine = book.machine(instance)
    prices = {option: _quoted(book, instance, option) for option in _OPTIONS}
    usd = {f"{option}_usd_per_hour": price.usd_per_hour if price else None for option, price in prices.items()}
    listed, spot, committed = prices["on_demand"], prices["spot"], prices["commit_1y"] or prices["commit_3y"]
    band = book.interruption(instance)
    carbon = book.carbon(instance)
    return {
        "instance": instance,
        "cloud": cloud,
        "region": region,
        "type": name,
        **{key: getattr(machine, key) for key in Shape.model_fields},
        **usd,
        "source": listed.source if listed else "unknown",
        "as_of": listed.as_of if listed else None,
        "confidence": listed.confidence if listed else "unconfirmed",
        "spot_source": spot.source if spot else None,
        "spot_as_of": spot.as_of if spot else None,
        "commit_as_of": committed.as_of if committed else None,
        "interruption_low": band.low if band else None,
        "interruption_high": band.high if band else None,
        "grams_co2e_per_kwh": carbon.grams_co2e_per_kwh if carbon else None,
    }


def _quoted(book: PriceBook, instance: str, option: Purchase) -> Price | None:
    try:
        return book.usd_per_hour(instance, option)
    except PriceError:
        return None


def stale_warnings(book: PriceBook, instances: Iterable[str], today: dt.date) -> list[str]:
    """Say of each source whose prices are stale how many of them are meant and how old they are."""
    counts: Counter[str] = Counter()
    for instance in instances:
        for option in _OPTIONS:
            price = _quoted(book, instance, option)
            if price and price.is_stale(today):
                age = f"{(today - price.as_of).days:,} days old" if price.as_of else "of an unknown day"
                words = f"{option.replace('_', ' ')} prices from {price.source} are {age}"
                counts[f"{words}, those of their kind are stale after {price.fresh_days:,} days"] += 1
    return [f"{count:,} {words}" for words, count in counts.items()]
