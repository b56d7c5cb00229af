"""What a number of rows can show: the chance that a true difference is told from none.

The difference is taken as normal with the standard error that was measured, which narrows with the square root of the
rows. A power that is worked out from the difference just seen says nothing new (Hoenig and Heisey, *The Abuse of
Power*, 2001); so the curve is drawn over true differences, and rows are counted for one that was stated beforehand.
"""

from __future__ import annotations

from math import ceil, isfinite
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

WANTED = 0.8
"""The power that a plan usually asks for."""
MOST_ROWS = 10**12
"""Beyond so many rows, a difference is none: rounding errors of a sum look like this."""
_STEPS = 61
_WIDTH = 6.0


def power(true_difference: Floats, standard_error: float, critical: float) -> Floats:
    """Give the chance of a verdict, either way, at true differences.

    Args:
        true_difference: The differences.
        standard_error: Standard error of the measured one.
        critical: Standard errors that the interval reaches to either side.

    Example:
        >>> power(np.array([0.0, 2.8]), 1.0, 1.96).round(2).tolist()
        [0.05, 0.8]
    """
    from scipy.special import ndtr  # noqa: PLC0415 - a quarter of a second that only this needs

    away = np.abs(true_difference) / standard_error
    return np.asarray(ndtr(away - critical) + ndtr(-away - critical))


def detectable(standard_error: float, critical: float, wanted: float = WANTED) -> float:
    """Give the true difference that is told from none with the wanted power."""
    from scipy.special import ndtri  # noqa: PLC0415 - a quarter of a second that only this needs

    return float(standard_error * (critical + ndtri(wanted)))


def rows_for(true_difference: float, standard_error: float, critical: float, rows: int) -> int | None:
    """Count the rows of the kind compared that tell a true difference from none with a power of 80 %.

    Args:
        true_difference: The difference to be told from none.
        standard_error: Standard error on the rows at hand.
        critical: Standard errors that the interval reaches to either side.
        rows: Rows at hand.

    Returns:
        None where there is no difference, no spread, or more than `MOST_ROWS` are needed.
    """
    if not true_difference or not isfinite(standard_error * critical):
        return None
    ratio = detectable(standard_error, critical) / abs(true_difference)
    needed = rows * ratio * ratio
    return ceil(needed) if 0 < needed <= MOST_ROWS else None


def power_curve(standard_error: float, critical: float, rows: int) -> pl.DataFrame:
    """Draw power over true differences, with the rows at hand and with four times and sixteen times as many.

    Returns:
        Columns `difference`, `power`, `rows`; empty where there is no spread.
    """
    if not standard_error > 0 or not isfinite(critical):
        return pl.DataFrame(schema={"difference": pl.Float64, "power": pl.Float64, "rows": pl.Int64})
    differences = np.linspace(0.0, _WIDTH * standard_error, _STEPS)
    return pl.concat(
        pl.DataFrame(
            {
                "difference": differences,
                "power": power(differences, standard_error / np.sqrt(times), critical),
                "rows": np.repeat(np.int64(rows * times), _STEPS),
            }
        )
        for times in (1, 4, 16)
    )
