"""What serving a request and training a model cost: plain functions of arrays; the whole month is in `month`.

Serving is paid in one of two ways.

*Machines that never stop* (`on_demand`, `spot`, `commit_1y`, `commit_3y`)::

    service_ms  = one_row_ms + max(0, hundred_rows_ms - one_row_ms) / 99 * (rows_per_request - 1)
    busy        = requests_per_day / 86400 * service_ms / 1000          hardware threads at work on average
    machines    = max(1, ceil(busy / (vcpus * 0.6)))                    whole machines, 40 % kept for peaks
    usd_serving = machines * usd_per_hour * 730

More of them where a latency limit asks for it; see `month`.

*Use* (`serverless`)::

    gib         = max(memory_gib, peak_rss_bytes / 2**30)
    billed_s    = ceil(service_ms / step_ms) * step_ms / 1000
    usd_request = usd_per_million_requests / 1e6 + billed_s * (usd_per_vcpu_second + gib * usd_per_gib_second)
    usd_serving = requests_per_day * 730 / 24 * usd_request

`usd_per_million_rows` is the same compute without the whole machines: what a million rows would cost
on machines kept 60 % busy. It tells candidates apart where one machine carries any of them.

Training is the CPU time of the candidate on the same machine, all its threads at work::

    usd_training = retrains_per_month * train_cpu_seconds / vcpus / 3600 * usd_per_hour
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.cost.pricing.prices import PriceBook
    from workbench.params.cost import Purchase

    Floats = NDArray[np.float64]

HOURS_PER_MONTH = 730.0
DAYS_PER_MONTH = HOURS_PER_MONTH / 24
SECONDS_PER_DAY = 86_400.0
TARGET_UTILISATION = 0.6
"""Share of a machine's threads that the mean traffic may keep busy; the rest is for peaks."""
_SECONDS_PER_HOUR = 3600.0
_MILLION = 1e6
_GIB = 2.0**30
_ROWS_OF_LARGE_REQUEST = 100


@dataclass(frozen=True)
class MachineTariff:
    """Serving on machines that never stop.

    Attributes:
        usd_per_hour: Price of one machine.
        vcpus: Its hardware threads.
        basis: What the price rests on.
    """

    usd_per_hour: float
    vcpus: float
    basis: str

    def usd_per_month(
        self,
        service_ms: Floats,
        _peak_rss_bytes: Floats,
        requests_per_day: float | Floats,
        fewest: float | Floats = 1.0,
    ) -> Floats:
        """Price a month of serving; see the module."""
        return self.machines(service_ms, requests_per_day, fewest) * self.usd_per_hour * HOURS_PER_MONTH

    def usd_per_million_requests(self, service_ms: Floats, _peak_rss_bytes: Floats) -> Floats:
        """Price the compute of a million requests on machines kept busy to the target."""
        hours = service_ms * _MILLION / 1000 / _SECONDS_PER_HOUR / (self.vcpus * TARGET_UTILISATION)
        return hours * self.usd_per_hour

    def machines(self, service_ms: Floats, requests_per_day: float | Floats, fewest: float | Floats = 1.0) -> Floats:
        """Count the whole machines that the traffic needs, no fewer than stated."""
        busy = requests_per_day / SECONDS_PER_DAY * service_ms / 1000
        return np.asarray(np.maximum(fewest, np.ceil(busy / (self.vcpus * TARGET_UTILISATION))))


@dataclass(frozen=True)
class ServerlessTariff:
    """Serving paid by use.

    Attributes:
        usd_per_vcpu_second: Processor time, where it is charged apart from memory.
        usd_per_gib_second: Memory.
        usd_per_request: One request.
        memory_gib: Memory that comes with one processor.
        billing_step_ms: Time is rounded up to a multiple of this.
        basis: What the prices rest on.
    """

    usd_per_vcpu_second: float
    usd_per_gib_second: float
    usd_per_request: float
    memory_gib: float
    billing_step_ms: float
    basis: str

    def usd_per_month(
        self,
        service_ms: Floats,
        peak_rss_bytes: Floats,
        requests_per_day: float | Floats,
        _fewest: float | Floats = 0.0,
    ) -> Floats:
        """Price a month of serving; see the module."""
        return np.asarray(requests_per_day * DAYS_PER_MONTH * self._usd_per_request(service_ms, peak_rss_bytes))

    def usd_per_million_requests(self, service_ms: Floats, peak_rss_bytes: Floats) -> Floats:
        """Price a million requests."""
        return self._usd_per_request(service_ms, peak_rss_bytes) * _MILLION

    def _usd_per_request(self, service_ms: Floats, peak_rss_bytes: Floats) -> Floats:
        gib = np.maximum(self.memory_gib, peak_rss_bytes / _GIB)
        billed_seconds = np.ceil(service_ms / self.billing_step_ms) * self.billing_step_ms / 1000
        usd_per_second = self.usd_per_vcpu_second + gib * self.usd_per_gib_second
        return np.asarray(self.usd_per_request + billed_seconds * usd_per_second)


def request_ms(one_row_ms: Floats, hundred_rows_ms: Floats, rows_per_request: float | Floats) -> Floats:
    """Estimate the time of one request from those of 1 and of 100 rows: a straight line through both.

    Example:
        >>> request_ms(np.array([1.0]), np.array([1.99]), 51).round(6).tolist()
        [1.5]
    """
    slope = np.maximum(0.0, hundred_rows_ms - one_row_ms) / (_ROWS_OF_LARGE_REQUEST - 1)
    return np.asarray(one_row_ms + slope * (rows_per_request - 1))


def tariff(instance: str, purchase: Purchase, prices: PriceBook) -> MachineTariff | ServerlessTariff:
    """Look up how serving is paid for.

    Raises:
        PriceError: The machine or this way to pay for it has no known price.
    """
    if purchase != "serverless":
        price = prices.usd_per_hour(instance, purchase, whole_month=purchase == "on_demand")
        return MachineTariff(price.usd_per_hour, prices.machine(instance).vcpus, price.basis)
    name, service = prices.serverless(instance)
    source, units = prices.prices.sources[service.source], prices.prices.sources[service.units]
    day, where = source.as_of or "undated", name.replace("/", " ")
    return ServerlessTariff(
        usd_per_vcpu_second=service.usd_per_vcpu_second,
        usd_per_gib_second=service.usd_per_gib_second,
        usd_per_request=service.usd_per_million_requests / _MILLION,
        memory_gib=service.memory_gib,
        billing_step_ms=service.billing_step_ms,
        basis=f"{where}, {day} ({source.note}; {units.confidence}: {units.note})",
    )


def training_usd(
    train_cpu_seconds: Floats, retrains_per_month: float | Floats, vcpus: float, usd_per_hour: float
) -> Floats:
    """Price a month of training; see the module."""
    return np.asarray(retrains_per_month * train_cpu_seconds / vcpus / _SECONDS_PER_HOUR * usd_per_hour)
