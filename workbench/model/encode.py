"""Turns a frame of any types into the matrix of numbers that boosters take, by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from workbench.errors import FeatureError, Place, nearest
from workbench.model import dtypes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from workbench.model.features import Feature


@dataclass(frozen=True)
class Encoded:
    """A frame as numbers.

    Attributes:
        values: One row per row of the frame; missing is NaN.
        unknown: Rows per categorical feature whose category the model does not know; they count as missing.
    """

    values: NDArray[np.float64]
    unknown: Mapping[str, int]


def encode(features: Sequence[Feature], frame: pl.DataFrame) -> Encoded:
    """Turn the columns that the features name into numbers; other columns are ignored.

    Raises:
        FeatureError: A column is missing, or its type is not the one in training and no lossless cast leads there.
    """
    values = np.empty((frame.height, sum(feature.width for feature in features)), dtype=np.float64, order="F")
    unknown: dict[str, int] = {}
    position = 0
    for feature in features:
        series = _column(frame, feature)
        for numbers in _numbers(feature, series):
            values[:, position] = numbers.to_numpy()
            position += 1
            if feature.kind == "categorical":
                unknown[feature.name] = numbers.null_count() - series.null_count()
    return Encoded(values, unknown)


def input_names(features: Sequence[Feature]) -> list[str]:
    """Name every number of the matrix, for people: `dest`, `time_hour.weekday`."""
    return [
        f"{feature.name}.{part}" if part else feature.name for feature in features for part in (feature.parts or ("",))
    ]


def categorical_inputs(features: Sequence[Feature]) -> list[int]:
    """List the positions in the matrix that hold codes of categories."""
    kinds = [feature.kind for feature in features for _ in range(feature.width)]
    return [position for position, kind in enumerate(kinds) if kind == "categorical"]


def _column(frame: pl.DataFrame, feature: Feature) -> pl.Series:
    try:
        return frame.get_column(feature.name)
    except pl.exceptions.ColumnNotFoundError:
        raise FeatureError(
            "a column the model was trained on is missing",
            place=Place(column=feature.name),
            expected=feature.dtype,
            hint=nearest(feature.name, frame.columns),
        ) from None


def _numbers(feature: Feature, series: pl.Series) -> Iterator[pl.Series]:
    if series.dtype == pl.Null:
        series = pl.Series(series.name, [None] * series.len(), dtype=_EMPTY[feature.kind])
    elif not _fits(feature, series):
        raise FeatureError(
            f"the column holds other values than the {feature.kind} ones the model was trained on",
            place=Place(column=feature.name),
            found=str(series.dtype),
            expected=feature.dtype,
            hint="give it the type it had in training; ingest does so by contract",
        )
    if feature.kind == "categorical":
        yield _codes(feature, dtypes.as_text(series))
    elif feature.kind == "time":
        local = series.dt.convert_time_zone(feature.time_zone) if feature.time_zone and _zoned(series) else series
        yield from (dtypes.time_part(local, part) for part in feature.parts)
    else:
        yield dtypes.as_float(series)


_EMPTY = {"numeric": pl.Float64, "boolean": pl.Boolean, "categorical": pl.String, "time": pl.Datetime}


def _codes(feature: Feature, texts: pl.Series) -> pl.Series:
    known = texts.cast(pl.Enum(feature.categories), strict=False)
    return known.to_physical().cast(pl.Float64)


def _fits(feature: Feature, series: pl.Series) -> bool:
    dtype = series.dtype
    if feature.kind == "categorical":
        return dtypes.is_text(dtype) or dtype.is_integer()
    if feature.kind == "time":
        same = str(dtype).partition("(")[0] == feature.dtype.partition("(")[0]
        return same and (dtypes.time_zone(dtype) is None) == (feature.time_zone is None)
    if feature.kind == "boolean":
        return dtype == pl.Boolean or (dtype.is_integer() and bool(series.drop_nulls().is_in([0, 1]).all()))
    odd = {"Duration", "Time"} & {feature.dtype.partition("(")[0], str(dtype).partition("(")[0]}
    if odd:
        return len(odd) == 1 and str(dtype).partition("(")[0] == feature.dtype.partition("(")[0]
    return dtype == pl.Boolean or (dtype.is_numeric() and dtypes.exact_as_float(series))


def _zoned(series: pl.Series) -> bool:
    return dtypes.time_zone(series.dtype) is not None
