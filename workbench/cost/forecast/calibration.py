"""How well forecasts came true: a figure about the forecasts themselves."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from workbench.artifacts import RunRecord

QUANTITIES = ("wall_seconds", "peak_rss_bytes")


@dataclass(frozen=True)
class Calibration:
    """How forecasts of one quantity came true.

    Attributes:
        quantity: What was forecast.
        runs: Runs that had a forecast and ended well.
        inside_share: Share of them inside the interval, which nine of ten are meant to be; None without runs.
        median_error_percent: Median of the absolute errors, per cent of the fact; None without runs.
        bias_percent: Median of the errors with their sign: above 0, forecasts were too large; None without runs.
    """

    quantity: str
    runs: int
    inside_share: float | None
    median_error_percent: float | None
    bias_percent: float | None


def calibration(records: Iterable[RunRecord], stage: str | None = None) -> tuple[Calibration, ...]:
    """Compare forecasts on record with the facts beside them.

    Args:
        records: The ledger.
        stage: Only runs of this stage.
    """
    done = [run for run in records if run.status == "DONE" and run.forecast and stage in {None, run.stage}]
    return tuple(_of(done, name) for name in QUANTITIES)


def _of(done: Iterable[RunRecord], name: str) -> Calibration:
    pairs = [(run.forecast, float(getattr(run, name))) for run in done if f"{name}_high" in run.forecast]
    pairs = [(forecast, fact) for forecast, fact in pairs if fact > 0]
    if not pairs:
        return Calibration(name, 0, None, None, None)
    inside = [forecast[f"{name}_low"] <= fact <= forecast[f"{name}_high"] for forecast, fact in pairs]
    errors = [100 * (forecast[name] / fact - 1) for forecast, fact in pairs]
    return Calibration(name, len(pairs), sum(inside) / len(pairs), median(map(abs, errors)), median(errors))
