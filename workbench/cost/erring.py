"""What errors cost: rates of error times what each error costs, and how sure that is.

The counts behind the rates are a sample. Drawing the measured rows again with replacement, as the bootstrap does,
gives counts of false alarms, misses and the rest that are multinomial with the measured rates, so that no row has to
be kept for it (Efron and Tibshirani, *An Introduction to the Bootstrap*, 1993).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.cost.economics import DAYS_PER_MONTH

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl
    from numpy.typing import NDArray

    from workbench.model import Task
    from workbench.params.cost import ErrorCost, Traffic

    Floats = NDArray[np.float64]

RATES: Mapping[str, str] = {
    "false_positives_per_row": "false_positive",
    "false_negatives_per_row": "false_negative",
    "misclassified_per_row": "misclassified",
    "absolute_error_per_row": "absolute_error",
}
"""Column of a table of error rates, and the price in `cost.error_usd` that belongs to it."""
_MEANINGFUL: Mapping[Task, tuple[str, ...]] = {
    "binary": ("false_positive", "false_negative", "misclassified"),
    "multiclass": ("misclassified",),
    "regression": ("absolute_error",),
}


def rows_per_month(traffic: Traffic) -> float:
    """Count the rows scored in a month of 730 hours."""
    return traffic.requests_per_day * traffic.rows_per_request * DAYS_PER_MONTH


def priced_errors(task: Task, error_usd: ErrorCost) -> tuple[str, ...]:
    """Name the errors that have a price and a meaning for the task."""
    return tuple(name for name in _MEANINGFUL[task] if getattr(error_usd, name) > 0)


def expected_error_usd(error_rates: pl.DataFrame, error_usd: ErrorCost, rows: float) -> Floats:
    """Price the errors of every row of a table of error rates.

    For each row of the table::

        usd = rows * (false_positives_per_row * false_positive + false_negatives_per_row * false_negative
                      + misclassified_per_row * misclassified + absolute_error_per_row * absolute_error)

    where a rate that is null counts as 0.

    Args:
        error_rates: The rates per row scored.
        error_usd: What one error costs.
        rows: Rows scored, such as those of a month.
    """
    usd_per_row = np.zeros(error_rates.height)
    for column, name in RATES.items():
        rate = error_rates[column].fill_null(0.0).to_numpy().astype(np.float64)
        usd_per_row = usd_per_row + rate * float(getattr(error_usd, name))
    return np.asarray(rows * usd_per_row)


def rates_of(error_rates: pl.DataFrame) -> Floats:
    """Give the rates of a table as one row per threshold and one column per entry of `RATES`."""
    return error_rates.select(*RATES).fill_null(0.0).to_numpy().astype(np.float64)


def best_rates(error_rates: pl.DataFrame, error_usd: ErrorCost) -> Floats:
    """Give the rates of one candidate on one split where its errors cost least, at the lowest such threshold."""
    return np.asarray(rates_of(error_rates)[int(np.argmin(expected_error_usd(error_rates, error_usd, 1.0)))])


def error_usd_draws(
    rates: Floats,
    error_usd: ErrorCost,
    rows_measured: int,
    rng: np.random.Generator,
    *,
    draws: int,
    absolute_sd: float = 0,
) -> Floats:
    """Draw what errors cost per row scored, had other rows of the same kind been measured.

    Args:
        rates: One candidate's rates in the order of `RATES`.
        error_usd: What one error costs.
        rows_measured: Rows that the rates were measured on.
        rng: Where chance comes from.
        draws: How many.
        absolute_sd: Standard deviation of the absolute error of one row (regression); its mean over many rows is
            taken to be normal.
    """
    false_positive, false_negative, misclassified, absolute = rates
    usd = {name: float(getattr(error_usd, name)) for name in RATES.values()}
    any_wrong = usd["misclassified"] if misclassified > 0 else 0.0
    shares = np.array([false_positive, false_negative, max(0.0, misclassified - false_positive - false_negative)])
    counts = rng.multinomial(rows_measured, [*shares, max(0.0, 1.0 - shares.sum())], draws)[:, :3]
    counted = counts @ (np.array([usd["false_positive"], usd["false_negative"], 0.0]) + any_wrong) / rows_measured
    size = absolute + absolute_sd / np.sqrt(rows_measured) * rng.standard_normal(draws)
    return np.asarray(counted + usd["absolute_error"] * np.maximum(0.0, size))
