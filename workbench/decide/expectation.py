"""What errors cost in a month, and the threshold at which they cost least."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.cost import expected_error_usd, priced_errors
from workbench.errors import DecisionError

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from workbench.model import Task
    from workbench.params.cost import ErrorCost

    Floats = NDArray[np.float64]

UNPRICED_THRESHOLD = 0.5
"""The threshold of a binary task while no error has a price."""


@dataclass(frozen=True)
class OperatingPoint:
    """One candidate at one threshold.

    Attributes:
        threshold: Rows at or above it are called positive; None where the task has none.
        usd_errors_per_month: What its errors on validation would cost in a month.
        test_usd_errors_per_month: The same by its errors on test; None without test rows.
    """

    threshold: float | None
    usd_errors_per_month: float
    test_usd_errors_per_month: float | None


def operating_point(
    error_rates: pl.DataFrame, task: Task, error_usd: ErrorCost, rows: float, threshold: float | None
) -> OperatingPoint:
    """Find where to operate one candidate.

    The threshold is the one given, or the one of least expected cost on validation (the lowest of
    equals). Between the thresholds of the table rates are read off a straight line.

    Args:
        error_rates: Rates of one candidate, with the column `split`.
        task: The task.
        error_usd: What one error costs.
        rows: Rows scored in a month.
        threshold: A threshold to use, or None for the best.

    Raises:
        DecisionError: There are no rates on validation.
    """
    validation, test = (error_rates.filter(split=split) for split in ("validation", "test"))
    if not validation.height:
        raise DecisionError("a candidate has no error rates on validation", hint="run the stage evaluate again")
    usd = expected_error_usd(validation, error_usd, rows)
    test_usd = expected_error_usd(test, error_usd, rows)
    if task != "binary":
        return OperatingPoint(None, float(usd[0]), float(test_usd[0]) if test.height else None)
    if threshold is None and not priced_errors(task, error_usd):
        threshold = UNPRICED_THRESHOLD
    chosen = float(validation["threshold"][int(np.argmin(usd))]) if threshold is None else threshold
    at_test = _at(test, test_usd, chosen) if test.height else None
    return OperatingPoint(chosen, _at(validation, usd, chosen), at_test)


def _at(error_rates: pl.DataFrame, usd: Floats, threshold: float) -> float:
    ordered = error_rates["threshold"].arg_sort().to_numpy()
    return float(np.interp(threshold, error_rates["threshold"].to_numpy()[ordered], usd[ordered]))
