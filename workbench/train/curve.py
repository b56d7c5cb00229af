"""A learning curve as measured and as forecast, and what it says about more data."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

WORTH = 1e-3
"""Share of the loss below which a gain is hardly one."""


@dataclass(frozen=True)
class Rung:
    """The loss at one number of training rows.

    Attributes:
        rows: Rows learned from.
        fits: Boosters grown on different ones of them.
        loss: Mean loss of these on the validation rows.
        low: Lower end of its 95 % interval.
        high: Upper end.
        cpu_seconds: CPU-seconds of one.
    """

    rows: int
    fits: int
    loss: float
    low: float
    high: float
    cpu_seconds: float


@dataclass(frozen=True)
class Outlook:
    """What more rows would bring.

    Attributes:
        rows: Rows there would be.
        loss: Loss forecast.
        low: Lower end of its 95 % interval.
        high: Upper end.
        gain: Fall of the loss forecast.
        gain_low: Lower end of its 95 % interval; 0 or less says that it may well not fall.
        gain_high: Upper end.
        cpu_seconds: CPU-seconds of one training on them.
        extra_cpu_seconds: CPU-seconds more than one training takes now.
        extra_usd: Dollars more; None where no price is known.
    """

    rows: int
    loss: float
    low: float
    high: float
    gain: float
    gain_low: float
    gain_high: float
    cpu_seconds: float
    extra_cpu_seconds: float
    extra_usd: float | None


@dataclass(frozen=True)
class LearningCurve:
    """Losses by number of training rows, and what more would bring.

    Attributes:
        rungs: What was measured, ascending by rows.
        outlook: What was forecast; None where too few points could be measured.
    """

    rungs: tuple[Rung, ...]
    outlook: Outlook | None

    def table(self) -> pl.DataFrame:
        """Give a row per point, the forecast one last."""
        rows = [(rung.rows, rung.fits, rung.loss, rung.low, rung.high, rung.cpu_seconds, True) for rung in self.rungs]
        ahead = self.outlook
        if ahead is not None:
            rows.append((ahead.rows, 0, ahead.loss, ahead.low, ahead.high, ahead.cpu_seconds, False))
        return pl.DataFrame(rows, orient="row", schema=_SCHEMA)

    @property
    def sentence(self) -> str:
        """Answer the question."""
        ahead = self.outlook
        if ahead is None:
            return "The training rows are too few, or the budget was, to say whether more data would help."
        now = self.rungs[-1]
        price = f"{ahead.extra_cpu_seconds:,.3g} more CPU-seconds per training"
        if ahead.extra_usd is not None and ahead.extra_cpu_seconds > 0:
            usd_per_hour = ahead.extra_usd / ahead.extra_cpu_seconds * 3600
            price += f" ({ahead.extra_usd:,.3g} dollars at {usd_per_hour:.3g} an hour of a CPU)"
        change = (
            f"{ahead.rows:,} training rows instead of {now.rows:,} are forecast to lower the loss from {now.loss:.4g} "
            f"by {ahead.gain:.2g} (95 % interval {ahead.gain_low:.2g} to {ahead.gain_high:.2g}), for {price}"
        )
        if ahead.gain_low > 0 and ahead.gain > WORTH * now.loss:
            return f"More data would help: {change}."
        return f"More data would hardly help: {change}."


_SCHEMA = {
    "rows": pl.Int64,
    "fits": pl.Int64,
    "loss": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "cpu_seconds": pl.Float64,
    "measured": pl.Boolean,
}
