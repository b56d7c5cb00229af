"""Rates of error in few bytes: whole counts instead of long fractions, and the same bits when they are read back."""

from __future__ import annotations

from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl
    from numpy.typing import NDArray

    Json = Mapping[str, "Json"] | Sequence["Json"] | str | float | bool | None
    Floats = NDArray[np.float64]

RATES = {
    "false_positives": "false_positives_per_row",
    "false_negatives": "false_negatives_per_row",
    "misclassified": "misclassified_per_row",
    "absolute_error": "absolute_error_per_row",
}
MOST_ROWS = 10_000_000
_PROBED = 64


def rates_json(frame: pl.DataFrame, rows: int | None = None) -> dict[str, Json]:
    """Write the rates of one candidate on one split.

    As counts where that loses nothing, otherwise as they are. With `rows` measured rows of which `positives` are
    positive::

        false_positives = alarms / rows        false_negatives = positives / rows - found / rows

    and a wrong class is one of both. `alarms` and `found` fall with the threshold; their first values and the steps
    down are written.

    Args:
        frame: Columns `threshold` and those of `RATES`; one that is null for all thresholds is left out.
        rows: Rows measured, where a candidate before had so many; otherwise they are found from the rates.
    """
    kept = {name: frame[column] for name, column in RATES.items() if column in frame.columns}
    plain: dict[str, Json] = {"threshold": frame["threshold"].to_list()} | {
        name: values.to_list() for name, values in kept.items() if values.null_count() < frame.height
    }
    return (rows and _counted(frame, plain, rows)) or _counted(frame, plain) or plain


def _counted(frame: pl.DataFrame, plain: Mapping[str, Json], known: int | None = None) -> dict[str, Json] | None:
    """Write counts, if reading them back gives the very same rates."""
    if set(plain) != {"threshold", "false_positives", "false_negatives", "misclassified"} or not frame.height:
        return None
    columns = [frame[RATES[name]] for name in ("false_positives", "false_negatives", "misclassified")]
    if any(column.null_count() for column in columns):
        return None
    alarms, misses, wrong = (column.to_numpy().astype(np.float64) for column in columns)
    rows = known or _rows_measured(alarms, misses)
    if rows is None:
        return None
    counts = np.rint(alarms * rows).astype(np.int64)
    positives = rows - int(counts[0]) if misses[0] == 0 else round(float(misses.max()) * rows)
    found = positives - np.rint(misses * rows).astype(np.int64)
    again = counts / rows, positives / rows - found / rows
    if not (_same(again[0], alarms) and _same(again[1], misses) and _same(again[0] + again[1], wrong)):
        return None
    return {
        "threshold": plain["threshold"],
        "rows": rows,
        "positives": positives,
        "alarms": _steps(counts),
        "found": _steps(found),
    }


def _rows_measured(alarms: Floats, misses: Floats) -> int | None:
    """Find the rows behind the rates: the least number that makes each of them a count."""
    probed = np.concatenate([alarms[:_PROBED], misses[-_PROBED:]])
    rows = lcm(*(Fraction(float(rate)).limit_denominator(MOST_ROWS).denominator for rate in probed))
    return rows if 0 < rows <= MOST_ROWS else None


def _steps(counts: NDArray[np.int64]) -> list[int]:
    return [int(counts[0]), *(-np.diff(counts)).tolist()]


def _same(first: Floats, second: Floats) -> bool:
    return bool(np.array_equal(first, second))
