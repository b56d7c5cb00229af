"""Turns the target into the numbers a booster learns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from workbench.errors import FeatureError, Place, nearest
from workbench.model.dtypes import is_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.model.roles import Roles

SHOWN_ROWS = 5


def class_texts(series: pl.Series) -> pl.Series:
    """Give class labels as text: `false`, `true`, `3`, or the words themselves."""
    return series.cast(pl.String)


def encode_labels(frame: pl.DataFrame, roles: Roles) -> NDArray[np.float64]:
    """Give the index of each row's class in `roles.classes`, or its value for regression.

    Raises:
        FeatureError: No rows; or a label is null, NaN, infinite, larger than a 32-bit float or of no known class;
            the message counts the rows and names the first ones.
    """
    if roles.target not in frame.columns:
        raise FeatureError(
            "the target is missing", place=Place(column=roles.target), hint=nearest(roles.target, frame.columns)
        )
    series = frame.get_column(roles.target)
    if series.is_empty():
        raise FeatureError("there are no rows to learn from or to judge by", place=Place(column=roles.target))
    _refuse(series, series.is_null(), "the label is null")
    return _values(series) if roles.task == "regression" else _indices(series, roles)


def check_learnable(labels: NDArray[np.float64], roles: Roles) -> None:
    """Refuse training labels that all say the same.

    Raises:
        FeatureError: There is one class, or one value, only.
    """
    if np.ptp(labels) > 0:
        return
    only = f"class {roles.classes[int(labels[0])]!r}" if roles.classes else f"value {labels[0]}"
    raise FeatureError(
        "the target never varies in the training rows, so there is nothing to learn",
        place=Place(column=roles.target),
        found=f"{only} in all {labels.size:,} rows",
        expected="at least two classes" if roles.classes else "at least two values",
        hint="check ingest.target, ingest.keep and ingest.split",
    )


def _values(series: pl.Series) -> NDArray[np.float64]:
    if not (series.dtype.is_numeric() or series.dtype == pl.Boolean):
        raise FeatureError(
            "the target of a regression must be a number", place=Place(column=series.name), found=str(series.dtype)
        )
    values = series.cast(pl.Float64)
    _refuse(series, ~values.is_finite(), "the label is NaN or infinite")
    _refuse(series, values.abs() > float(np.finfo(np.float32).max), "the label is larger than a 32-bit float holds")
    return np.array(values.to_numpy())


def _indices(series: pl.Series, roles: Roles) -> NDArray[np.float64]:
    if series.dtype.is_float():
        _refuse(series, ~series.is_finite(), "the label is NaN or infinite")
    if not (is_text(series.dtype) or series.dtype.is_numeric() or series.dtype == pl.Boolean):
        raise FeatureError("the target cannot name classes", place=Place(column=series.name), found=str(series.dtype))
    codes = class_texts(series).cast(pl.Enum(roles.classes), strict=False).to_physical()
    _refuse(series, codes.is_null(), f"the label is none of the {len(roles.classes):,} known classes")
    return np.array(codes.cast(pl.Float64).to_numpy())


def _refuse(series: pl.Series, bad: pl.Series, problem: str) -> None:
    rows = bad.arg_true()
    if rows.is_empty():
        return
    first = rows.head(SHOWN_ROWS).to_list()
    shown = ", ".join(f"{row + 1:,} ({series[row]!r})" for row in first)
    more = f" and {rows.len() - len(first):,} more" if rows.len() > len(first) else ""
    raise FeatureError(
        problem,
        place=Place(column=series.name, row=first[0] + 1),
        found=f"{rows.len():,} of {series.len():,} rows: {shown}{more}",
        hint="leave such rows out with ingest.keep, or mend the source",
    )
