"""The whole month of a candidate: training, serving, storage and egress; what errors cost is in `erring`.

Requests that arrive within `batch_wait_ms` are scored together, `max_batch` at most::

    batch    = min(max_batch, floor(1 + requests_per_day / 86400 * batch_wait_ms / 1000))
    machines = the most of min_machines, ceil(busy / (vcpus * 0.6)) and, under a latency limit, the fewest with which
               in the busiest hour the 99th percentile of waiting plus that of scoring keeps to it (see `queueing`)

A function paid by use scores each request by itself and never waits.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from workbench.cost.economics import (
    DAYS_PER_MONTH,
    SECONDS_PER_DAY,
    MachineTariff,
    ServerlessTariff,
    request_ms,
    tariff,
    training_usd,
)
from workbench.cost.queueing import machines_for_wait
from workbench.cost.upkeep import BYTES_PER_GB, Keeping, Tiers, keeping, sending

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from workbench.cost.pricing.prices import PriceBook
    from workbench.params.cost import CostParams, ServingParams

    Floats = NDArray[np.float64]
    Work = Mapping[str, Floats]

RUNNING = ("usd_serving_per_month", "usd_training_per_month", "usd_storage_per_month", "usd_egress_per_month")
"""What is paid whether or not a prediction is right."""
NEEDED = (
    "latency_p50_ms",
    "latency_p50_ms_100_rows",
    "latency_p99_ms",
    "latency_p99_ms_100_rows",
    "peak_rss_bytes",
    "size_bytes",
    "train_cpu_seconds",
)
"""Columns of a profiled candidate that its month is priced from."""


@dataclass(frozen=True)
class Month:
    """The terms on which a month is paid, looked up once.

    Every method takes the figures of candidates as columns (see `work_of`) and broadcasts: one candidate under many
    loads or many candidates under one.

    Attributes:
        paid: How serving is paid for.
        vcpus: Threads of the machine that trains.
        training_usd_per_hour: Its price.
        rows_per_request: Rows scored in one request.
        serving: How requests are served.
        latency_p99_ms: What waiting and scoring must keep to; None where nothing is stated.
        kept: What is kept and at which price; None where that is not priced.
        egress: Price of what is sent; None where nothing is.
    """

    paid: MachineTariff | ServerlessTariff
    vcpus: float
    training_usd_per_hour: float
    rows_per_request: int
    serving: ServingParams
    latency_p99_ms: float | None
    kept: Keeping | None
    egress: Tiers | None

    def batch(self, requests_per_day: float | Floats) -> Floats:
        """Count the requests scored together."""
        if isinstance(self.paid, ServerlessTariff):
            return np.ones_like(np.asarray(requests_per_day, dtype=np.float64))
        return batch_of(self.serving, requests_per_day)

    def batch_ms(self, work: Work, requests_per_day: float | Floats) -> Floats:
        """Give the time to score what is scored together."""
        rows = self.rows_per_request * self.batch(requests_per_day)
        return request_ms(work["latency_p50_ms"], work["latency_p50_ms_100_rows"], rows)

    def machines(self, work: Work, requests_per_day: float | Floats) -> Floats:
        """Count the machines that serve; none where use is paid."""
        service_ms = self.batch_ms(work, requests_per_day)
        if isinstance(self.paid, ServerlessTariff):
            return np.zeros_like(service_ms)
        batches = requests_per_day / self.batch(requests_per_day)
        return self.paid.machines(service_ms, batches, self._fewest(work, service_ms, requests_per_day, batches))

    def busy_share(self, work: Work, requests_per_day: float | Floats) -> Floats:
        """Give the share of the machines' threads at work on average; the rest is paid and idle."""
        if isinstance(self.paid, ServerlessTariff):
            return np.ones_like(self.batch_ms(work, requests_per_day))
        threads = self.machines(work, requests_per_day) * self.paid.vcpus
        busy = _busy(self.batch_ms(work, requests_per_day), requests_per_day / self.batch(requests_per_day))
        return np.asarray(np.divide(busy, threads, out=np.zeros_like(busy), where=threads > 0))

    def serving_usd(self, work: Work, requests_per_day: float | Floats) -> Floats:
        """Price a month of serving."""
        service_ms, batches = self.batch_ms(work, requests_per_day), requests_per_day / self.batch(requests_per_day)
        fewest = self._fewest(work, service_ms, requests_per_day, batches)
        return self.paid.usd_per_month(service_ms, work["peak_rss_bytes"], batches, fewest)

    def million_rows_usd(self, work: Work, requests_per_day: float | Floats) -> Floats:
        """Price the compute of a million rows, without the whole machines."""
        rows = self.batch(requests_per_day) * self.rows_per_request
        million = self.paid.usd_per_million_requests(self.batch_ms(work, requests_per_day), work["peak_rss_bytes"])
        return np.asarray(million / rows)

    def training_usd(self, work: Work, retrains_per_month: float | Floats) -> Floats:
        """Price a month of training."""
        return training_usd(work["train_cpu_seconds"], retrains_per_month, self.vcpus, self.training_usd_per_hour)

    def storage_usd(self, work: Work, retrains_per_month: float | Floats) -> Floats:
        """Price a month of keeping models and data."""
        size_bytes = np.asarray(work["size_bytes"] + np.zeros_like(np.asarray(retrains_per_month, dtype=np.float64)))
        return self.kept.usd_per_month(size_bytes, retrains_per_month) if self.kept else np.zeros_like(size_bytes)

    def egress_usd(self, requests_per_day: float | Floats) -> Floats:
        """Price a month of answers sent to the internet."""
        gb = np.asarray(requests_per_day * DAYS_PER_MONTH * self.serving.bytes_per_response / BYTES_PER_GB)
        return self.egress.usd(gb) if self.egress else np.zeros_like(gb)

    def _fewest(
        self, work: Work, service_ms: Floats, requests_per_day: float | Floats, batches_per_day: float | Floats
    ) -> float | Floats:
        """Count the machines that the floor and the latency limit ask for."""
        floor = float(self.serving.min_machines)
        if isinstance(self.paid, ServerlessTariff) or self.latency_p99_ms is None:
            return floor
        slack_ms = self.latency_p99_ms - tail_ms(work, self.serving, self.rows_per_request, requests_per_day)
        busy = _busy(service_ms, batches_per_day * self.serving.peak_factor)
        return machines_for_wait(busy, service_ms, slack_ms, self.paid.vcpus, np.asarray(floor))


def month_of(params: CostParams, prices: PriceBook, latency_p99_ms: float | None = None) -> Month:
    """Look up the terms of a month.

    Args:
        params: Machine, purchase option, traffic, serving and storage.
        prices: The price book.
        latency_p99_ms: `decide.limits.latency_p99_ms`: machines are added until it holds in the busiest hour.

    Raises:
        PriceError: Something that is used has no known price.
    """
    trained = prices.usd_per_hour(params.instance, params.purchase)
    return Month(
        paid=tariff(params.instance, params.purchase, prices),
        vcpus=prices.machine(params.instance).vcpus,
        training_usd_per_hour=trained.usd_per_hour,
        rows_per_request=params.traffic.rows_per_request,
        serving=params.serving,
        latency_p99_ms=latency_p99_ms,
        kept=keeping(params.instance, params.storage, prices),
        egress=sending(params.instance, params.serving.bytes_per_response, prices),
    )


def batch_of(serving: ServingParams, requests_per_day: float | Floats) -> Floats:
    """Count the requests scored together on a machine; see the module."""
    gathered = np.floor(1 + np.asarray(requests_per_day) / SECONDS_PER_DAY * serving.batch_wait_ms / 1000)
    return np.asarray(np.minimum(float(serving.max_batch), gathered))


def tail_ms(
    work: Work, serving: ServingParams, rows_per_request: int, requests_per_day: float | Floats, *, alone: bool = False
) -> Floats:
    """Give the 99th percentile of a request on a free machine, the wait for its batch included.

    Args:
        work: Figures of candidates.
        serving: How requests are served.
        rows_per_request: Rows scored in one request.
        requests_per_day: The traffic.
        alone: Whether each request is scored by itself, as a function does it.
    """
    single = alone or serving.max_batch == 1
    rows = rows_per_request * (1.0 if single else batch_of(serving, requests_per_day))
    scoring = request_ms(work["latency_p99_ms"], work["latency_p99_ms_100_rows"], rows)
    return scoring if single else np.asarray(scoring + serving.batch_wait_ms)


def work_of(frame: pl.DataFrame) -> dict[str, Floats]:
    """Give the figures of profiled candidates as columns."""
    return {name: frame[name].to_numpy().astype(np.float64) for name in NEEDED}


def running_usd(frame: pl.DataFrame) -> pl.Series:
    """Add up what a month costs without errors; a part that a table lacks is nothing.

    In the order of `RUNNING`, as the explorer adds: sums of other orders differ in the last digit.
    """
    parts = [frame[name].cast(pl.Float64) for name in RUNNING if name in frame.columns]
    return reduce(add, parts).alias("usd_running_per_month")


def price_candidates(
    frame: pl.DataFrame, params: CostParams, prices: PriceBook, latency_p99_ms: float | None = None
) -> pl.DataFrame:
    """Add dollars to profiled candidates.

    Args:
        frame: One row per candidate with `train_cpu_seconds` and the columns of a `ScoringProfile`.
        params: Machine, purchase option, traffic and retraining.
        prices: The price book.
        latency_p99_ms: See `month_of`.

    Returns:
        The frame with `usd_per_million_rows`, the four of `RUNNING`, `machines` and `busy_share`; the last two are
        null where use is paid.

    Raises:
        PriceError: Something that is used has no known price.
    """
    month, work = month_of(params, prices, latency_p99_ms), work_of(frame)
    requests, retrains = params.traffic.requests_per_day, params.retrains_per_month
    by_use = isinstance(month.paid, ServerlessTariff)
    machines, busy = month.machines(work, requests), month.busy_share(work, requests)
    return frame.with_columns(
        pl.Series("usd_per_million_rows", month.million_rows_usd(work, requests)),
        pl.Series("usd_serving_per_month", month.serving_usd(work, requests)),
        pl.Series("usd_training_per_month", month.training_usd(work, retrains)),
        pl.Series("usd_storage_per_month", month.storage_usd(work, retrains)),
        pl.lit(float(month.egress_usd(requests))).alias("usd_egress_per_month"),
        pl.Series("machines", [None] * frame.height if by_use else machines, pl.Float64),
        pl.Series("busy_share", [None] * frame.height if by_use else busy, pl.Float64),
    )


def summary(frame: pl.DataFrame) -> dict[str, float]:
    """Give the numbers of `metrics/cost.json`: the span of what priced candidates cost."""
    spans = ("usd_per_million_rows", "usd_serving_per_month", "usd_training_per_month", "latency_p99_ms", "size_bytes")
    return {f"{end}_{name}": getattr(frame[name], end)() for name in spans for end in ("min", "max")}


def _busy(service_ms: Floats, per_day: float | Floats) -> Floats:
    return np.asarray(per_day / SECONDS_PER_DAY * service_ms / 1000)
