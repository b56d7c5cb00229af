"""Faults 28 and 29: a label that cannot be learned is refused with its rows."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from workbench.errors import FeatureError
from workbench.model import Roles, check_learnable, encode_labels

NUMBER = Roles("y", "regression", (), ("x",))
CLASSES = Roles("y", "multiclass", ("a", "b", "c"), ("x",))


def frame_of(values: list[object], dtype: pl.DataType | None = None) -> pl.DataFrame:
    return pl.DataFrame({"y": pl.Series(values, dtype=dtype)}, strict=False)


@pytest.mark.parametrize("bad", [None, float("nan"), float("inf"), -float("inf"), 1e39])
def test_one_bad_label_of_500_is_refused_with_its_row(bad: float | None) -> None:
    values = [1.0] * 499
    values.insert(123, bad)
    with pytest.raises(FeatureError, match="row 124") as caught:
        encode_labels(frame_of(values), NUMBER)
    assert "1 of 500 rows" in str(caught.value)


def test_many_bad_rows_are_counted() -> None:
    with pytest.raises(FeatureError, match="and 5 more"):
        encode_labels(frame_of([None] * 10, pl.Float64), NUMBER)


def test_classes_become_their_index() -> None:
    assert encode_labels(frame_of(["b", "a", "c"]), CLASSES).tolist() == [1.0, 0.0, 2.0]
    flags = Roles("y", "binary", ("false", "true"), ("x",))
    assert encode_labels(frame_of([True, False]), flags).tolist() == [1.0, 0.0]
    numbers = Roles("y", "binary", ("0", "1"), ("x",))
    assert encode_labels(frame_of([1, 0]), numbers).tolist() == [1.0, 0.0]


def test_an_unknown_class_is_refused_with_its_row() -> None:
    with pytest.raises(FeatureError, match="'z'"):
        encode_labels(frame_of(["a", "z"]), CLASSES)


@pytest.mark.parametrize(("values", "roles"), [(["b"] * 5, CLASSES), ([3.0] * 5, NUMBER)])
def test_a_target_that_never_varies_is_refused(values: list[object], roles: Roles) -> None:
    labels = encode_labels(frame_of(values), roles)
    with pytest.raises(FeatureError, match="never varies"):
        check_learnable(labels, roles)


def test_no_rows_and_no_target_are_refused() -> None:
    with pytest.raises(FeatureError, match="no rows"):
        encode_labels(frame_of([], pl.Float64), NUMBER)
    with pytest.raises(FeatureError, match="target is missing"):
        encode_labels(pl.DataFrame({"x": [1]}), NUMBER)
    with pytest.raises(FeatureError, match="must be a number"):
        encode_labels(frame_of(["a"]), NUMBER)


def test_the_labels_are_writable_floats() -> None:
    labels = encode_labels(frame_of([1, 2]), NUMBER)
    labels[0] = 5
    assert labels.dtype == np.float64
