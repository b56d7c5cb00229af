"""How sure a monthly total is: chance in what was measured, and what prices may be off by.

Errors are drawn as if other rows of the same kind had been measured (see `erring`). Prices are as sure as
`cost.price_uncertainty` says: every draw moves all of them together, evenly between so much less and so much more.
What changes between today and the month, traffic above all, is not in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.cost.erring import best_rates, error_usd_draws, expected_error_usd, rows_per_month

if TYPE_CHECKING:
    import polars as pl

    from workbench.params.cost import CostParams

DRAWS = 4000


@dataclass(frozen=True)
class MonthlyTotal:
    """A monthly total and its interval.

    Attributes:
        usd_errors_per_month: Expected cost of errors.
        usd_per_month: All that a month costs.
        usd_per_month_low: Lower end of the interval.
        usd_per_month_high: Upper end.
    """

    usd_errors_per_month: float
    usd_per_month: float
    usd_per_month_low: float
    usd_per_month_high: float


def monthly_total(
    running_usd: float,
    error_rates: pl.DataFrame,
    params: CostParams,
    rows_measured: int,
    *,
    absolute_sd: float = 0.0,
    confidence: float = 0.95,
    seed: int = 0,
) -> MonthlyTotal:
    """Add the expected cost of errors to what a candidate costs to run, with an interval.

    Args:
        running_usd: Serving, training, storage and egress of a month.
        error_rates: Its rates on the split that decides; the threshold is the one of least cost.
        params: Traffic, prices of errors, and how sure prices are.
        rows_measured: Rows that the rates were measured on.
        absolute_sd: Standard deviation of the absolute error of one row (regression):
            `sqrt(rmse**2 - mae**2)`.
        confidence: Coverage of the interval.
        seed: Of the draws.

    Example:
        >>> import polars as pl
        >>> from workbench.params.cost import CostParams
        >>> rates = pl.DataFrame({"false_positives_per_row": [0.1], "false_negatives_per_row": [0.0],
        ...     "misclassified_per_row": [0.1], "absolute_error_per_row": [0.0]})
        >>> params = CostParams(traffic={"requests_per_day": 24}, error_usd={"false_positive": 1})
        >>> total = monthly_total(20.0, rates, params, 1000)
        >>> round(total.usd_per_month), total.usd_per_month_low < 93 < total.usd_per_month_high
        (93, True)
    """
    rows = rows_per_month(params.traffic)
    rng = np.random.default_rng([seed, rows_measured])
    rates = best_rates(error_rates, params.error_usd)
    errors = float(expected_error_usd(error_rates, params.error_usd, rows).min())
    drawn = rows * error_usd_draws(rates, params.error_usd, rows_measured, rng, draws=DRAWS, absolute_sd=absolute_sd)
    off = 1 + params.price_uncertainty * rng.uniform(-1, 1, DRAWS)
    tail = (1 - confidence) / 2
    low, high = np.quantile(running_usd * off + drawn, [tail, 1 - tail])
    return MonthlyTotal(errors, running_usd + errors, float(low), float(high))


def with_totals(
    frame: pl.DataFrame, error_rates: pl.DataFrame, params: CostParams, rows_measured: int, metrics: pl.DataFrame
) -> pl.DataFrame:
    """Add `usd_errors_per_month`, `usd_per_month` and its interval to priced candidates.

    Args:
        frame: One row per candidate with the columns of `month.RUNNING`.
        error_rates: Rates by `id` and `split`, as the stage evaluate leaves them; validation counts.
        params: Traffic, prices of errors, and how sure prices are.
        rows_measured: Rows of the validation split.
        metrics: Metrics by `id`, `split`, `metric`, as the stage evaluate leaves them: the spread of the errors of
            values comes from `rmse` and `mae`.
    """
    import polars as pl  # noqa: PLC0415 - pricing a run needs no table

    from workbench.cost.month import running_usd  # noqa: PLC0415 - see above

    totals = [
        monthly_total(
            usd,
            error_rates.filter(id=name, split="validation"),
            params,
            rows_measured,
            absolute_sd=_absolute_sd(metrics.filter(id=name, split="validation")),
        )
        for name, usd in zip(frame["id"], running_usd(frame), strict=True)
    ]
    return frame.with_columns(pl.DataFrame(totals).get_columns())


def _absolute_sd(metrics: pl.DataFrame) -> float:
    found = dict(metrics.select("metric", "value").iter_rows())
    if found.get("rmse") is None or found.get("mae") is None:
        return 0.0
    return float(np.sqrt(max(0.0, found["rmse"] ** 2 - found["mae"] ** 2)))
