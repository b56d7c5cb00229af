"""One candidate, paid for in one way, as a bill that depends on traffic, on the price of errors or on retraining."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from workbench.cost.billing.breakeven import lowest, steps
from workbench.cost.economics import DAYS_PER_MONTH, SECONDS_PER_DAY
from workbench.cost.erring import RATES, priced_errors, rates_of
from workbench.cost.month import Month, month_of, work_of
from workbench.cost.upkeep import BYTES_PER_GB

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from workbench.cost.month import Work
    from workbench.cost.pricing.prices import PriceBook
    from workbench.model import Task
    from workbench.params.cost import CostParams

    Floats = NDArray[np.float64]

Quantity = Literal[
    "requests_per_day", "retrains_per_month", "false_positive", "false_negative", "misclassified", "absolute_error"
]
QUANTITIES: tuple[Quantity, ...] = get_args(Quantity)


@dataclass(frozen=True)
class Offer:
    """A candidate and the terms it is paid on.

    Attributes:
        name: What to call it.
        params: Traffic, prices of errors, retraining.
        month: The terms.
        work: Its figures, as columns of one row.
        rates: Its rates of error: one row per threshold it may operate at, columns as `RATES`.
    """

    name: str
    params: CostParams
    month: Month
    work: Work
    rates: Floats

    def by(self, quantity: Quantity) -> OfferBill:
        """Give the monthly bill as a function of a quantity, all else as stated."""
        return OfferBill(self, quantity)

    def usd(self) -> float:
        """Give the monthly bill as stated."""
        return float(self.by("retrains_per_month").usd(np.array([self.params.retrains_per_month]))[0])

    def running_usd(self, requests_per_day: float | Floats, retrains_per_month: float | Floats) -> Floats:
        """Price a month without errors."""
        month = self.month
        return np.asarray(
            month.serving_usd(self.work, requests_per_day)
            + month.training_usd(self.work, retrains_per_month)
            + month.storage_usd(self.work, retrains_per_month)
            + month.egress_usd(requests_per_day)
        )

    def error_lines(self, free: Quantity | None = None) -> Floats:
        """Price the errors of a row at each threshold: a fixed part, and a part per dollar of the free error."""
        prices = np.array([float(getattr(self.params.error_usd, name)) for name in RATES.values()])
        if free is None:
            return np.column_stack([self.rates @ prices, np.zeros(len(self.rates))])
        place = list(RATES.values()).index(free)
        return np.column_stack([self.rates @ np.where(np.arange(4) == place, 0.0, prices), self.rates[:, place]])


@dataclass(frozen=True)
class OfferBill:
    """The bill of an offer as a function of one quantity; see `workbench.cost.billing.breakeven.Bill`.

    Attributes:
        offer: The offer.
        quantity: What it depends on.
    """

    offer: Offer
    quantity: Quantity

    def usd(self, at: Floats) -> Floats:
        """Price a month at each value."""
        params = self.offer.params
        requests = at if self.quantity == "requests_per_day" else np.full_like(at, params.traffic.requests_per_day)
        retrains = at if self.quantity == "retrains_per_month" else params.retrains_per_month
        rows = requests * params.traffic.rows_per_request * DAYS_PER_MONTH
        return np.asarray(self.offer.running_usd(requests, retrains) + rows * self._usd_per_row(at))

    def knots(self, low: float, high: float) -> Floats:
        """Give every value in between at which the bill jumps or bends."""
        if self.quantity == "requests_per_day":
            return _request_knots(self.offer, low, high)
        if self.quantity == "retrains_per_month":
            kept = self.offer.month.kept
            return np.array([1.0 / kept.charged_months]) if kept and kept.charged_months else np.empty(0)
        return lowest(self.offer.error_lines(self.quantity))[1]

    def _usd_per_row(self, at: Floats) -> Floats:
        if self.quantity in {"requests_per_day", "retrains_per_month"}:
            return np.full_like(at, self.offer.error_lines()[:, 0].min())
        lines, _ = lowest(self.offer.error_lines(self.quantity))
        return np.asarray((lines[:, :1] + lines[:, 1:] * at).min(axis=0))


def offer_of(
    row: pl.DataFrame,
    error_rates: pl.DataFrame,
    params: CostParams,
    prices: PriceBook,
    task: Task,
    *,
    latency_p99_ms: float | None = None,
    name: str | None = None,
) -> Offer:
    """Make the offer of one candidate.

    Args:
        row: Its row of the profiled candidates.
        error_rates: Its rates on the split that decides, at every threshold it may operate at.
        params: The terms.
        prices: The price book.
        task: The task: an error that means nothing for it costs nothing.
        latency_p99_ms: `decide.limits.latency_p99_ms`.
        name: What to call it; by default its id.

    Raises:
        PriceError: Something that is used has no known price.
    """
    meant = {name: getattr(params.error_usd, name) for name in priced_errors(task, params.error_usd)}
    params = params.model_copy(update={"error_usd": type(params.error_usd)(**meant)})
    month = month_of(params, prices, latency_p99_ms)
    return Offer(name or str(row["id"][0]), params, month, work_of(row), rates_of(error_rates))


def most_requests(offers: tuple[Offer, ...], machines: int = 200, most: float = 1e10) -> float:
    """Give a traffic that no offer needs more than so many machines for: as far as break-evens are looked for."""
    requests = most
    while requests > 1 and any(o.month.machines(o.work, np.array([requests]))[0] > machines for o in offers):
        requests /= 10
    return requests


def _request_knots(offer: Offer, low: float, high: float) -> Floats:
    month, serving = offer.month, offer.month.serving
    batches = np.empty(0)
    if serving.batch_wait_ms > 0 and serving.max_batch > 1:
        gathered = np.arange(1, serving.max_batch, dtype=np.float64)
        batches = np.asarray(gathered * (SECONDS_PER_DAY * 1000 / serving.batch_wait_ms), dtype=np.float64)
    gb_per_request = DAYS_PER_MONTH * serving.bytes_per_response / BYTES_PER_GB
    tiers = np.array(month.egress.starts_gb) / gb_per_request if month.egress else np.empty(0)
    bounds = np.array([low, *batches[(batches > low) & (batches < high)], high])
    inside = np.nextafter(bounds[:-1], np.inf), np.nextafter(bounds[1:], -np.inf)
    machines = [
        steps(lambda at: month.machines(offer.work, at), float(start), float(end))
        for start, end in zip(*inside, strict=True)
    ]
    return np.concatenate([batches, tiers, *machines])
