"""The assumptions behind a decision, each with what it is stated as and how it is moved.

Assumptions stand in this order, and only those that say something:

1. `cost.traffic.requests_per_day`, where above 0
2. `cost.traffic.rows_per_request`, a whole number
3. `cost.error_usd.…` of every error that has a price and a meaning for the task: `false_positive`, `false_negative`,
   `misclassified`, `absolute_error`
4. `cost.retrains_per_month`, where above 0
5. `decide.limits.…` of every limit stated: `latency_p99_ms`, `usd_per_month`, `size_bytes`, `peak_rss_bytes`; sizes are
   whole numbers
6. `prices`: one factor, stated as 1, that every price of the month is multiplied with: serving, training, storage and
   egress, each by itself and before they are added up

An assumption of 0 cannot be halved or doubled and is left out. A value that moves to what is stated already (half of
one row) is left out too. `prices` moves by what `cost.price_uncertainty` says, and by half and double where that is 0.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import floor
from typing import TYPE_CHECKING

from workbench.cost import RUNNING, price_candidates, priced_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from workbench.cost import PriceBook
    from workbench.model import Task
    from workbench.params.cost import CostParams
    from workbench.params.decide import Limits

PRICES = "prices"
_REQUESTS, _ROWS = "cost.traffic.requests_per_day", "cost.traffic.rows_per_request"
_RETRAINS, _ERROR, _LIMIT = "cost.retrains_per_month", "cost.error_usd.", "decide.limits."
_WHOLE = frozenset({_ROWS, f"{_LIMIT}size_bytes", f"{_LIMIT}peak_rss_bytes"})
_PRICED = (*RUNNING, "usd_per_million_rows")


@dataclass(frozen=True)
class Terms:
    """What a decision assumes.

    Attributes:
        cost: Traffic, prices of errors, machine, retraining.
        limits: What a candidate must keep to.
        price_factor: What every price of the month is multiplied with.
    """

    cost: CostParams
    limits: Limits
    price_factor: float = 1.0

    def priced(self, candidates: pl.DataFrame, prices: PriceBook) -> pl.DataFrame:
        """Price profiled candidates on these terms.

        Raises:
            PriceError: Something that is used has no known price.
        """
        frame = price_candidates(candidates, self.cost, prices, self.limits.latency_p99_ms)
        if self.price_factor == 1:
            return frame
        return frame.with_columns(frame[name] * self.price_factor for name in _PRICED)


@dataclass(frozen=True)
class Assumption:
    """One assumption.

    Attributes:
        key: Its key in params.yaml, or `prices`.
        stated: Its value there; 1 for `prices`.
        low: A value below, or None.
        high: A value above, or None.
    """

    key: str
    stated: float
    low: float | None
    high: float | None

    @property
    def is_whole(self) -> bool:
        """Whether only whole numbers make sense."""
        return self.key in _WHOLE

    @property
    def words(self) -> str:
        """The assumption as a person calls it.

        Example:
            >>> Assumption("decide.limits.latency_p99_ms", 10.0, 5.0, 20.0).words
            'the latency limit (ms)'
        """
        return _WORDS[self.key]


def assumptions(terms: Terms, task: Task) -> tuple[Assumption, ...]:
    """List what a decision assumes; see the module.

    Args:
        terms: What it assumes.
        task: The task: an error that means nothing for it is no assumption.

    Example:
        >>> from workbench.params.cost import CostParams
        >>> from workbench.params.decide import Limits
        >>> for item in assumptions(Terms(CostParams(), Limits(size_bytes=5)), "binary"):
        ...     print(item.key, item.low, item.stated, item.high)
        cost.traffic.requests_per_day 500000.0 1000000.0 2000000.0
        cost.traffic.rows_per_request None 1.0 2.0
        cost.retrains_per_month 2.0 4.0 8.0
        decide.limits.size_bytes 2.0 5.0 10.0
        prices 0.5 1.0 2.0
    """
    halved = [_halved(key, stated) for key, stated in _stated(terms, task) if stated > 0]
    off = terms.cost.price_uncertainty
    ends = (1 - off, 1 + off) if off > 0 else (0.5, 2.0)
    return (*halved, Assumption(PRICES, 1.0, *ends))


def moved(terms: Terms, key: str, value: float) -> Terms:
    """Give the terms with one assumption at another value, all else as it was.

    Args:
        terms: What is assumed.
        key: The assumption.
        value: Its new value.
    """
    if key == PRICES:
        return replace(terms, price_factor=value)
    name = key.rsplit(".", 1)[-1]
    amount = round(value) if key in _WHOLE else float(value)
    if key.startswith(_LIMIT):
        return replace(terms, limits=terms.limits.model_copy(update={name: amount}))
    cost = terms.cost
    if key.startswith(_ERROR):
        errors = cost.error_usd.model_copy(update={name: amount})
        return replace(terms, cost=cost.model_copy(update={"error_usd": errors}))
    if key == _RETRAINS:
        return replace(terms, cost=cost.model_copy(update={name: amount}))
    traffic = cost.traffic.model_copy(update={name: amount})
    return replace(terms, cost=cost.model_copy(update={"traffic": traffic}))


def _stated(terms: Terms, task: Task) -> Iterator[tuple[str, float]]:
    cost = terms.cost
    yield _REQUESTS, float(cost.traffic.requests_per_day)
    yield _ROWS, float(cost.traffic.rows_per_request)
    for name in priced_errors(task, cost.error_usd):
        yield f"{_ERROR}{name}", float(getattr(cost.error_usd, name))
    yield _RETRAINS, float(cost.retrains_per_month)
    for name, bound in terms.limits.model_dump().items():
        if bound is not None:
            yield f"{_LIMIT}{name}", float(bound)


def _halved(key: str, stated: float) -> Assumption:
    half = max(1.0, float(floor(stated / 2))) if key in _WHOLE else stated / 2
    return Assumption(key, stated, half if half != stated else None, stated * 2)


_WORDS = {
    _REQUESTS: "requests a day",
    _ROWS: "rows per request",
    f"{_ERROR}false_positive": "the price of a false alarm",
    f"{_ERROR}false_negative": "the price of a miss",
    f"{_ERROR}misclassified": "the price of a wrong class",
    f"{_ERROR}absolute_error": "the price of a unit of error",
    _RETRAINS: "retrains a month",
    f"{_LIMIT}latency_p99_ms": "the latency limit (ms)",
    f"{_LIMIT}usd_per_month": "the limit on running a month (USD)",
    f"{_LIMIT}size_bytes": "the limit on size (bytes)",
    f"{_LIMIT}peak_rss_bytes": "the limit on memory (bytes)",
    PRICES: "all prices together (factor)",
}
