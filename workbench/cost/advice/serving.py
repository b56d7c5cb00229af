"""What serving the chosen candidate takes, and what it costs on these terms and on others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

import numpy as np

from workbench.cost.economics import SECONDS_PER_DAY
from workbench.cost.month import NEEDED, Month, month_of, work_of
from workbench.errors import PriceError

if TYPE_CHECKING:
    from typing import Unpack

    import polars as pl

    from workbench.cost.advice.situation import Situation
    from workbench.cost.month import Work
    from workbench.cost.pricing.prices import PriceBook
    from workbench.params.cost import CostParams, Purchase, Traffic

NEEDS_CANDIDATES = "candidates with a scoring profile: run the stage cost"


class Terms(TypedDict, total=False):
    """What of the section `cost:` is to be otherwise."""

    instance: str
    purchase: Purchase
    traffic: Traffic


@dataclass(frozen=True)
class Served:
    """One candidate under the traffic of the parameters.

    Attributes:
        candidate: Its id.
        work: Its figures, as columns of one row.
        cost: The terms in force.
        book: The price book.
        latency_p99_ms: Longest time of a request; None without a limit.
    """

    candidate: str
    work: Work
    cost: CostParams
    book: PriceBook
    latency_p99_ms: float | None

    @property
    def peak_rss_bytes(self) -> float:
        """Memory of a server."""
        return float(self.work["peak_rss_bytes"][0])

    @property
    def requests_per_day(self) -> float:
        """Mean number of requests."""
        return self.cost.traffic.requests_per_day

    def month(self, **terms: Unpack[Terms]) -> Month | None:
        """Look up the terms of a month; None when something in it has no known price."""
        params = self.cost.model_copy(update=dict(terms))
        if params.purchase not in self.book.purchases(params.instance):
            return None
        try:
            return month_of(params, self.book, self.latency_p99_ms)
        except PriceError:
            return None

    def usd_per_month(self, **terms: Unpack[Terms]) -> float | None:
        """Price a month of serving."""
        month, traffic = self.month(**terms), terms.get("traffic", self.cost.traffic)
        requests = np.array([traffic.requests_per_day])
        return None if month is None else float(month.serving_usd(self.work, requests)[0])

    def machines(self, **terms: Unpack[Terms]) -> int:
        """Count the machines that serve; 0 where use is paid or a price is unknown."""
        month = self.month(**terms)
        return 0 if month is None else int(month.machines(self.work, np.array([self.requests_per_day]))[0])

    def service_ms(self) -> float:
        """Give the time to score what is scored together."""
        month = self.month()
        return float(month.batch_ms(self.work, np.array([self.requests_per_day]))[0]) if month else 0.0

    def busy_threads(self) -> float:
        """Give the hardware threads at work on average."""
        month = self.month()
        batch = float(month.batch(np.array([self.requests_per_day]))[0]) if month else 1.0
        return self.requests_per_day / batch / SECONDS_PER_DAY * self.service_ms() / 1000


def served(situation: Situation) -> Served | None:
    """Describe the load of the chosen candidate; None when it was not profiled."""
    profiled = profiles(situation)
    row = profiled.filter(id=situation.chosen) if situation.chosen is not None and profiled.height else profiled.clear()
    if row.is_empty():
        return None
    limit = situation.latency_p99_limit_ms
    return Served(str(situation.chosen), work_of(row.head(1)), situation.cost, situation.book, limit)


def profiles(situation: Situation) -> pl.DataFrame:
    """Give the candidates whose scoring was measured."""
    if not {"id", *NEEDED} <= set(situation.candidates.columns):
        return situation.candidates.clear()
    return situation.candidates.drop_nulls(NEEDED)
