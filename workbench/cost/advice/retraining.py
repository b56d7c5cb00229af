"""How fast quality decays with age, and how often retraining pays.

The rows that the chosen candidate was judged on are put in order of their age. Rows of one day share weather, offers
and habits, so that days count, not rows: a straight line is laid through the means of the days, and its slope
comes with an interval. Each split has a level of its own, and days are compared as if they were equally hard: what a
prediction that looks at nothing costs on a day is held fixed. A busy season is then not taken for decay.

With `s` dollars more errors a month for every month of age, retraining every `t` months costs `c / t + s * t / 2`
a month, least at `t = sqrt(2 * c / s)`: the same square root as for checkpoints, and for the same reason.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import polars as pl

from workbench.cost.advice.finding import Advice, Gap, Settled
from workbench.cost.advice.usage import stage_usd_per_hour, stage_uses
from workbench.cost.economics import DAYS_PER_MONTH
from workbench.money import usd

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from workbench.cost.advice.finding import Finding
    from workbench.cost.advice.situation import Situation

    Floats = NDArray[np.float64]

FEWEST_DAYS = 28
"""Days with rows that a slope needs."""
_CONFIDENCE = 0.95
_SEASON = "age alone moves quality on days that are equally hard; a single year cannot tell age from season for sure"
LEAST_PER_MONTH = 0.25
"""A model is retrained at least every four months, however little decays: slower change would go unseen."""


@dataclass(frozen=True)
class Decay:
    """What a month of age adds.

    Attributes:
        per_month: Slope of the daily means.
        low: Lower end of its 95 % interval.
        high: Upper end.
        days: Days behind it.
    """

    per_month: float
    low: float
    high: float
    days: int


def decay(aged: pl.DataFrame, column: Literal["loss", "usd"]) -> Decay | None:
    """Fit the slope of a quantity over age; None with fewer than `FEWEST_DAYS` days in a split.

    Days follow each other: the standard error allows for neighbours that are alike, after Newey and West, "A simple,
    positive semi-definite, heteroskedasticity and autocorrelation consistent covariance matrix", Econometrica 55, 1987.

    Args:
        aged: Judged rows, columns `AGED`.
        column: The quantity; `<column>_blind` is that of a prediction that looks at nothing.
    """
    daily = (
        aged.drop_nulls([column, f"{column}_blind"])
        .group_by("period", pl.col("age_days").floor().alias("day"))
        .agg(pl.col(column, f"{column}_blind").mean())
        .filter(pl.len().over("period") >= FEWEST_DAYS)
        .sort("period", "day")
    )
    if daily.is_empty():
        return None
    level = pl.col("day", column, f"{column}_blind")
    days, values, hardness = (series.to_numpy() for series in daily.select(level - level.mean().over("period")))
    months = _held(days / DAYS_PER_MONTH, hardness)
    spread = float(months @ months)
    slope = float(months @ _held(values, hardness)) / spread
    error = math.sqrt(_long_run(months * (_held(values, hardness) - slope * months))) / spread
    reach = _students_t(daily.height - daily["period"].n_unique() - 2) * error
    return Decay(slope, slope - reach, slope + reach, daily.height)


def _held(values: Floats, hardness: Floats) -> Floats:
    """Take out of values what hardness explains."""
    size = float(hardness @ hardness)
    return values - hardness * (float(hardness @ values) / size) if size > 0 else values


def best_per_month(retrain_usd: float, usd_per_month_squared: float) -> float:
    """Give the retrainings a month at which they and the decay between them cost least.

    Args:
        retrain_usd: What retraining once costs.
        usd_per_month_squared: Dollars a month that errors cost more for every month of age.

    Example:
        >>> best_per_month(8.0, 1.0)
        0.25
    """
    if usd_per_month_squared <= 0:
        return 0.0
    return math.sqrt(usd_per_month_squared / (2 * retrain_usd)) if retrain_usd > 0 else math.inf


def retrain_less(situation: Situation) -> Iterator[Finding]:
    """Compare the retrainings planned with those that pay."""
    planned = situation.cost.retrains_per_month
    uses = stage_uses(situation)
    once = sum(use.wall_hours for use in uses) * stage_usd_per_hour(situation)
    if not uses:
        yield Gap("retrain_less", "finished runs of the stages, for what retraining once costs")
        return
    column: Literal["loss", "usd"] = "usd" if situation.aged["usd"].drop_nulls().len() else "loss"
    found = decay(situation.aged, column)
    if found is None:
        yield Gap(
            "retrain_less",
            f"decay, which was not measured: judged rows with a time over at least {FEWEST_DAYS} days of a split",
        )
        return
    yield _compared(situation, found, column, planned, once)


def _compared(situation: Situation, found: Decay, column: str, planned: float, once: float) -> Finding:
    rows = situation.cost.traffic.requests_per_day * situation.cost.traffic.rows_per_request * DAYS_PER_MONTH
    priced = column == "usd"
    slope = found.per_month * rows if priced and found.low > 0 else 0.0
    wanted = max(LEAST_PER_MONTH, best_per_month(once, slope))
    unit = f"{usd(found.per_month * rows)} a month" if priced else f"{found.per_month:+.4f} of loss"
    spread = (
        f"{usd(found.low * rows)} to {usd(found.high * rows)}" if priced else f"{found.low:+.4f} to {found.high:+.4f}"
    )
    evidence = (
        f"a month of age adds {unit} ({spread}, 95 %, {found.days} days of judged rows, made equally hard); "
        f"retraining once costs {usd(once)}"
    )
    if not priced and found.low > 0:
        return Settled("retrain_less", f"quality decays, and no price of an error says what that is worth ({evidence})")
    if wanted >= planned:
        return _more(situation, found, planned, once, evidence)
    grows = slope / 2 * (1 / wanted - 1 / planned) if slope else 0.0
    return Advice(
        "retrain_less",
        f"Retrain {wanted:.2g} times a month instead of {planned:g} (cost.retrains_per_month).",
        (planned - wanted) * once - grows,
        f"{evidence}; " + ("decay is not told from none" if not slope else f"decay costs {usd(grows)} more") + ".",
        (
            _SEASON,
            f"at least {LEAST_PER_MONTH:g} retrainings a month, whatever was measured",
        ),
        "a sudden change of the data goes unnoticed for longer: monitor quality",
        "stages",
    )


def _more(situation: Situation, found: Decay, planned: float, once: float, evidence: str) -> Finding:
    """Look at twice as often: further than that from the plan nothing is promised."""
    rows = situation.cost.traffic.requests_per_day * situation.cost.traffic.rows_per_request * DAYS_PER_MONTH
    low, saved, high = (
        slope * rows / 4 / planned - planned * once if planned else 0.0
        for slope in (found.low, found.per_month, found.high)
    )
    if low <= 0:
        return Settled("retrain_less", f"{planned:g} times a month is not too often ({evidence})")
    return Advice(
        "retrain_less",
        f"Retrain {2 * planned:g} times a month instead of {planned:g}: less often does not pay here, more often does.",
        saved,
        f"{evidence}.",
        (
            _SEASON,
            "the labels of new rows are known within days, and decay is as even at a young age as at a greater one",
        ),
        "more releases to check and to roll back",
        "errors",
        low,
        high,
    )


def _long_run(scores: Floats) -> float:
    """Sum the covariances of neighbouring days with weights that fall to 0 (Newey and West)."""
    lags = max(1, int(4 * (scores.size / 100) ** (2 / 9)))
    near = (2 * (1 - lag / (lags + 1)) * float(scores[lag:] @ scores[:-lag]) for lag in range(1, lags + 1))
    return max(0.0, float(scores @ scores) + sum(near))


def _students_t(freedom: int) -> float:
    from scipy.stats import t  # noqa: PLC0415 - slow to import, and only needed here

    return float(t.ppf((1 + _CONFIDENCE) / 2, freedom))
