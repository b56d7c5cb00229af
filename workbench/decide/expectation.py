"""What errors cost in a month, and the threshold at which they cost least."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.cost import priced_errors

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.decide.rates import Rates
    from workbench.model import Task
    from workbench.params.cost import ErrorCost

    Floats = NDArray[np.float64]

UNPRICED_THRESHOLD = 0.5
"""The threshold of a binary task while no error has a price."""


@dataclass(frozen=True)
class OperatingPoints:
    """Every candidate at a threshold.

    Attributes:
        threshold: Rows at or above it are called positive; None where the task has none.
        usd_errors_per_month: What errors on validation would cost in a month.
        test_usd_errors_per_month: The same by errors on test; NaN without test rows.
    """

    threshold: Floats | None
    usd_errors_per_month: Floats
    test_usd_errors_per_month: Floats


def operating_points(
    rates: Rates, task: Task, error_usd: ErrorCost, rows: float, threshold: float | None, of: int | None = None
) -> OperatingPoints:
    """Find where to operate each candidate.

    The threshold is the one given, or the one of least expected cost on validation (the lowest of
    equals). Between the thresholds of the table rates are read off a straight line.

    Args:
        rates: Rates of error.
        task: The task.
        error_usd: What one error costs.
        rows: Rows scored in a month.
        threshold: A threshold to use, or None for the best.
        of: The only candidate that the threshold was chosen for, by its row; None where it holds for all.
    """
    validation, test = rates.validation, rates.test
    nothing = np.full(len(rates.ids), np.nan)
    if task != "binary":
        first = np.zeros(len(rates.ids), np.int64)
        tested = nothing if test is None else test.at_place(first, error_usd, rows)
        return OperatingPoints(None, validation.at_place(first, error_usd, rows), tested)
    everyones = threshold if of is None else None
    if everyones is None and not priced_errors(task, error_usd):
        everyones = UNPRICED_THRESHOLD
    if everyones is None:
        place, usd = validation.least(error_usd, rows)
        cuts = validation.threshold_at(place)
    else:
        cuts = np.full(len(rates.ids), everyones)
        usd = validation.at(cuts, error_usd, rows)
    if threshold is not None and of is not None:
        cuts[of] = threshold
        usd[of] = validation.at(cuts, error_usd, rows)[of]
    return OperatingPoints(cuts, usd, nothing if test is None else test.at(cuts, error_usd, rows))
