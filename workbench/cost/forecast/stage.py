"""What is forecast of one stage, and what that rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.cost.forecast.estimate import Estimate

_SECONDS_PER_HOUR = 3600


@dataclass(frozen=True)
class StageForecast:
    """One run of a stage that has not begun; None is unknown, never 0.

    Attributes:
        stage: The stage.
        wall_seconds: Time on the clock.
        cpu_seconds: Processor time of the process tree.
        peak_rss_bytes: Largest memory of the process tree.
        basis: What it rests on, in words; where nothing is forecast, why.
        clock_bound: Whether a budget on the clock ends it, so that faster machines do more instead of ending sooner.
    """

    stage: str
    wall_seconds: Estimate | None
    cpu_seconds: Estimate | None
    peak_rss_bytes: Estimate | None
    basis: str
    clock_bound: bool = False

    @property
    def threads_busy(self) -> float | None:
        """Threads that work at a time, in the mean."""
        if self.wall_seconds is None or self.cpu_seconds is None or not self.wall_seconds.value:
            return None
        return self.cpu_seconds.value / self.wall_seconds.value

    def usd(self, usd_per_hour: float | None) -> Estimate | None:
        """Price it at what an hour of the machine costs; the price itself is taken as certain."""
        if usd_per_hour is None or self.wall_seconds is None:
            return None
        return self.wall_seconds.times(usd_per_hour / _SECONDS_PER_HOUR)

    def on_record(self, usd_per_hour: float | None) -> dict[str, float]:
        """Give the forecast as the record of a run keeps it."""
        kept: dict[str, float] = {}
        for name, estimate in (("wall_seconds", self.wall_seconds), ("peak_rss_bytes", self.peak_rss_bytes)):
            if estimate is not None:
                kept |= {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}
        usd = self.usd(usd_per_hour)
        return kept if usd is None else kept | {"usd": usd.value}


def unknown(stage: str, why: str) -> StageForecast:
    """Forecast nothing, and say why."""
    return StageForecast(stage, None, None, None, why)
