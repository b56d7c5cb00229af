"""Encodes a few rows at a time, as a service is asked to, without the fixed cost of work by column."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from workbench.model.dtypes import HOURS_PER_MINUTE, MAX_EXACT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray
    from polars.datatypes import DataType

    from workbench.model.features import Feature

    Cell = Callable[[object], float]

FEW_ROWS = 256
"""Up to so many rows, work by row is cheaper."""

_NUMBERS = (pl.Float64, pl.Float32, pl.Int64, pl.Int32, pl.Int16, pl.Int8, pl.UInt32, pl.UInt16, pl.UInt8)


class RowEncoder:
    """Encodes rows of frames with one schema, or says that it cannot.

    Args:
        features: What the model takes.
        schema: Columns and types of the frames.
    """

    def __init__(self, features: Sequence[Feature], schema: pl.Schema) -> None:
        cells = [_cells(feature, schema.get(feature.name)) for feature in features]
        self._cells = [cell for group in cells for cell in group or ()]
        self._names = [feature.name for feature in features for _ in range(feature.width)]
        self.able = all(group is not None for group in cells)

    def encode(self, frame: pl.DataFrame) -> NDArray[np.float64] | None:
        """Give the numbers, the same as `encode` gives; None when a whole number is beyond 2^53."""
        columns = {name: frame.get_column(name).to_list() for name in dict.fromkeys(self._names)}
        values = np.empty((frame.height, len(self._cells)))
        try:
            for position, (name, cell) in enumerate(zip(self._names, self._cells, strict=True)):
                values[:, position] = [cell(value) for value in columns[name]]
        except OverflowError:
            return None
        return values


def _cells(feature: Feature, dtype: DataType | None) -> list[Cell] | None:
    """Give one function per number, None where work by column must judge."""
    if dtype is None or str(dtype) != feature.dtype:
        return None
    if feature.kind == "categorical":
        codes = {category: float(code) for code, category in enumerate(feature.categories)}
        return [lambda value: codes.get(value, np.nan)] if dtype == pl.String else None  # type: ignore[call-overload]
    if feature.kind == "time":
        plain = dtype == pl.Date or (isinstance(dtype, pl.Datetime) and dtype.time_zone is None)
        return [_PARTS[part] for part in feature.parts] if plain else None
    return [_number] if dtype == pl.Boolean or dtype in _NUMBERS else None


def _number(value: object) -> float:
    if value is None:
        return np.nan
    if isinstance(value, int) and not -MAX_EXACT <= value <= MAX_EXACT:
        raise OverflowError
    return float(value)  # type: ignore[arg-type]


def _hour(value: object) -> float:
    return value.hour + value.minute * HOURS_PER_MINUTE if isinstance(value, datetime) else np.nan


def _weekday(value: object) -> float:
    return float(value.isoweekday()) if isinstance(value, date) else np.nan


def _day_of_month(value: object) -> float:
    return float(value.day) if isinstance(value, date) else np.nan


def _day_of_year(value: object) -> float:
    return float(value.timetuple().tm_yday) if isinstance(value, date) else np.nan


_PARTS: dict[str, Cell] = {
    "hour": _hour,
    "weekday": _weekday,
    "day_of_month": _day_of_month,
    "day_of_year": _day_of_year,
}
