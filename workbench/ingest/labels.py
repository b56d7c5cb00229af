"""The target: which kind of prediction it asks for, and which rows have no label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

import polars as pl

from workbench.errors import FeatureError, ParamsError, Place, nearest
from workbench.ingest.positive import with_positive

if TYPE_CHECKING:
    from workbench.model.roles import Task
    from workbench.params.ingest import Task as TaskOrAuto

MAX_CLASSES: Final = 20
"""More distinct integers than this are a quantity, not classes."""
_MAX_TEXT_CLASSES = 1000


@dataclass(frozen=True)
class Labels:
    """What the target asks for.

    Attributes:
        task: Kind of prediction.
        classes: Class labels as text, in order of their values, the positive one of two last; empty for regression.
    """

    task: Task
    classes: tuple[str, ...]


def assert_target(table: pl.DataFrame, target: str) -> None:
    """Refuse a target that the table lacks or that holds nothing to predict.

    Raises:
        ParamsError: There is no such column.
        FeatureError: Its type cannot be predicted, or it has no value at all.
    """
    if target not in table.columns:
        raise ParamsError(
            f"no column {target!r} to predict",
            place=Place(key="ingest.target"),
            expected=f"one of {', '.join(table.columns[:30])}",
            hint=nearest(target, table.columns),
        )
    dtype = table[target].dtype
    if not (dtype.is_numeric() or dtype in {pl.Boolean(), pl.String()}):
        raise FeatureError(f"a target of the type {dtype} cannot be predicted", place=Place(column=target))
    if table[target].null_count() == table.height:
        raise FeatureError("the target is missing in every row", place=Place(column=target))


def has_label(target: pl.Series) -> pl.Series:
    """Tell which rows have a label: neither missing nor NaN nor infinite."""
    return target.is_finite().fill_null(value=False) if target.dtype.is_float() else target.is_not_null()


def infer_labels(target: pl.Series, task: TaskOrAuto, positive: str | None = None) -> Labels:
    """Settle the task and the classes of a target without missing values.

    Args:
        target: The target.
        task: Kind of prediction; `auto` infers it.
        positive: The positive one of two labels; the later one in order where None.

    Raises:
        FeatureError: The target has one value only, or does not fit the task.
        ParamsError: A positive label is given, but is none of its two.
    """
    distinct = target.n_unique()
    if distinct <= 1:
        found = f"{target.len():,} rows, all {target[0]!r}" if target.len() else "no row"
        raise FeatureError(
            "the target is the same in every row: there is nothing to learn",
            place=Place(column=target.name),
            found=found,
        )
    settled = _inferred(target, distinct) if task == "auto" else task
    _assert_fits(target, distinct, settled)
    classes = () if settled == "regression" else _classes(target)
    return Labels(settled, classes if positive is None else with_positive(target, settled, classes, positive))


def _inferred(target: pl.Series, distinct: int) -> Task:
    if distinct == 2:  # noqa: PLR2004 - two classes
        return "binary"
    if target.dtype == pl.String:
        return "multiclass"
    few = distinct <= MAX_CLASSES and distinct * 2 <= target.len()
    return "multiclass" if target.dtype.is_integer() and few else "regression"


def _assert_fits(target: pl.Series, distinct: int, task: Task) -> None:
    place = Place(column=target.name)
    if task == "regression" and not target.dtype.is_numeric():
        raise FeatureError(f"a target of the type {target.dtype} is no quantity", place=place, expected="a number")
    if task == "binary" and distinct != 2:  # noqa: PLR2004 - two classes
        raise FeatureError(
            "the target of a binary task has two values", place=place, found=f"{distinct:,} distinct values"
        )
    limit = _MAX_TEXT_CLASSES
    if task == "multiclass" and (distinct > limit or distinct * 2 > target.len() + 2):
        raise FeatureError(
            "the target has too many classes to learn",
            place=place,
            found=f"{distinct:,} distinct values in {target.len():,} rows",
            hint="it may be an identifier, or a number that was read as text",
        )


def _classes(target: pl.Series) -> tuple[str, ...]:
    """Order classes by value, texts without regard to case: of 9 and 10, or No and yes, the second is the positive."""
    distinct = target.unique().sort()
    texts = cast("list[str]", distinct.cast(pl.String).to_list())
    return tuple(sorted(texts, key=str.casefold) if target.dtype == pl.String else texts)
