"""Deals training rows into folds: rows to learn from, and others to judge by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
import polars as pl

from workbench.errors import ParamsError, Place, nearest
from workbench.train.succession import folds_in_time

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.model import Roles
    from workbench.params.train import Validation

FoldScheme = Literal["kfold", "stratified", "group", "expanding", "sliding"]

FEWEST = 2
"""Folds below which no row could be judged by a booster that did not learn from it."""


@dataclass(frozen=True)
class Fold:
    """Positions in the training rows.

    Attributes:
        train: Rows to learn from, ascending.
        judged: Rows to judge by, ascending; none of them in `train`.
    """

    train: NDArray[np.int64]
    judged: NDArray[np.int64]


def natural_scheme(
    roles: Roles, validation: Validation, *, in_time: bool | None = None, together: bool = False
) -> FoldScheme:
    """Give the scheme that was asked for, or the one that resembles how the rows themselves were split.

    Args:
        roles: What the columns are for.
        validation: How the search judges; `auto` and `holdout` leave the choice open.
        in_time: Whether the validation rows follow the training rows in time, see `follow_in_time`; None where
            that is not known, and then a time column is enough.
        together: Whether rows belong together that no split may divide, see `kept_together`.
    """
    if validation.by not in {"auto", "holdout"}:
        return cast("FoldScheme", validation.by)
    if together and not in_time:
        return "group"
    if roles.time is not None and in_time is not False:
        return "expanding"
    return "kfold" if roles.task == "regression" else "stratified"


def kept_together(frame: pl.DataFrame, roles: Roles, validation: Validation) -> bool:
    """Say whether several rows belong together: a column says so, or they have one key, as a join leaves copies.

    Args:
        frame: The training rows.
        roles: What each column is for.
        validation: Names the column.
    """
    if validation.group is not None:
        return True
    keys = frame.select(name for name in roles.key if name in frame.columns)
    return keys.width == len(roles.key) > 0 and bool(keys.is_duplicated().any())


def dealt_by(frame: pl.DataFrame, roles: Roles, validation: Validation) -> bytes:
    """Give what of each row decides its fold beside its label: its moment, and which rows it belongs with.

    Args:
        frame: The training rows.
        roles: What each column is for.
        validation: Names the column whose rows stay together.
    """
    columns = [name for name in (validation.group, roles.time) if name is not None and name in frame.columns]
    said = [frame.get_column(name).rank("dense").fill_null(0).to_numpy().tobytes() for name in columns]
    if roles.time in columns and frame.schema[roles.time].is_temporal():
        said.append(frame.get_column(roles.time).to_physical().fill_null(0).to_numpy().tobytes())
    if kept_together(frame, roles, validation.model_copy(update={"group": None})):
        said.append(_keys(frame, roles).tobytes())
    return b"".join(said)


def follow_in_time(train: pl.DataFrame, validation: pl.DataFrame, roles: Roles) -> bool:
    """Say whether every validation row is later than every training row, as a split by time makes them."""
    if roles.time is None or roles.time not in train.columns or roles.time not in validation.columns:
        return False
    both = train[roles.time].drop_nulls(), validation[roles.time].drop_nulls()
    if any(moments.is_empty() for moments in both):
        return False
    return bool(cast("Any", both[0].max()) < cast("Any", both[1].min()))


def make_folds(
    frame: pl.DataFrame,
    labels: NDArray[np.float64],
    roles: Roles,
    validation: Validation,
    scheme: FoldScheme,
    seed: int,
) -> tuple[Fold, ...]:
    """Deal training rows into folds, `validation.repeats` times anew except in time, where there is one way only.

    Where rows, groups, moments or rows of the rarer of two classes are fewer than the folds asked for, there are
    as many folds as those allow.

    Args:
        frame: The training rows, with the group and the time column.
        labels: Their labels as numbers.
        roles: What the columns are for.
        validation: Number of folds, repeats, group, gap and window.
        scheme: `kfold` deals rows at random; `stratified` deals every class, or every range of values, evenly;
            `group` keeps the rows of one group together; `expanding` judges each stretch of time by what came before
            it, `sliding` by the `window_days` before it. A row without a time is in no fold of these two.
        seed: Seed of the dealing.

    Raises:
        ParamsError: A column is missing; fewer than two folds are possible; a gap or window leaves nothing to learn
            from; or all rows that some fold learns from have the same label.
    """
    if scheme in {"expanding", "sliding"}:
        clock = _column(frame, roles.time, "ingest.time", scheme)
        pairs = folds_in_time(clock, validation, sliding=scheme == "sliding")
        folds = [Fold(train, judged) for train, judged in pairs]
    else:
        folds = []
        for repeat in range(validation.repeats):
            rng = np.random.default_rng([seed, repeat])
            folds += _complements(_dealt(frame, labels, roles, validation, scheme, rng))
    _assert_learnable(folds, labels, roles)
    return tuple(folds)


def _dealt(
    frame: pl.DataFrame,
    labels: NDArray[np.float64],
    roles: Roles,
    validation: Validation,
    scheme: FoldScheme,
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Give the fold in which each row is judged."""
    if scheme == "group":
        return _by_group(_groups(frame, roles, validation), validation.folds, rng)
    if scheme == "stratified" and roles.task == "regression":
        return _by_value(labels, _possible(validation.folds, labels.size, "rows"), rng)
    if scheme == "stratified":
        rarer = labels.size if roles.task == "multiclass" else int(np.unique(labels, return_counts=True)[1].min())
        return _by_class(labels, _possible(validation.folds, rarer, "rows of the rarer class"), rng)
    return _by_class(np.zeros(labels.size), _possible(validation.folds, labels.size, "rows"), rng)


def _groups(frame: pl.DataFrame, roles: Roles, validation: Validation) -> NDArray[np.int64]:
    if validation.by == "auto" and validation.group is None:
        return _keys(frame, roles)
    groups = _column(frame, validation.group, "train.validation.group", "group")
    return groups.rank("dense").fill_null(0).to_numpy().astype(np.int64)


def _keys(frame: pl.DataFrame, roles: Roles) -> NDArray[np.int64]:
    """Give the first row with the key of each row."""
    keys = frame.select(pl.col(name).alias(str(place)) for place, name in enumerate(roles.key))
    first = keys.with_row_index("row").select(pl.col("row").first().over(keys.columns))
    return first.to_series().to_numpy().astype(np.int64)


def _possible(wanted: int, available: int, what: str) -> int:
    if available >= FEWEST:
        return min(wanted, available)
    raise ParamsError(
        "there is too little to deal into folds",
        place=Place(key="train.validation.folds"),
        found=f"{available:,} {what}",
        expected=f"at least {FEWEST}",
        hint="judge by: holdout, or choose another scheme under train.validation.by",
    )


def _by_class(labels: NDArray[np.float64], folds: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Deal the rows like cards, class after class: neither a class nor the folds differ by more than one row."""
    order = np.lexsort((rng.random(labels.size), labels))
    dealt = np.empty(labels.size, dtype=np.int64)
    dealt[order] = rng.permutation(folds)[np.arange(labels.size) % folds]
    return dealt


def _by_value(labels: NDArray[np.float64], folds: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Deal every run of neighbouring values, one row to each fold, in a new order each time."""
    order = np.lexsort((rng.random(labels.size), labels))
    hands = -(-labels.size // folds)
    cards = rng.permuted(np.tile(np.arange(folds), (hands, 1)), axis=1).ravel()
    dealt = np.empty(labels.size, dtype=np.int64)
    dealt[order] = cards[: labels.size]
    return dealt


def _by_group(groups: NDArray[np.int64], wanted: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Give each group, the largest first, to the fold with the fewest rows so far; equal ones in any order."""
    _, membership, rows = np.unique(groups, return_inverse=True, return_counts=True)
    folds = _possible(wanted, rows.size, "groups")
    load = np.zeros(folds, dtype=np.int64)
    home = np.empty(rows.size, dtype=np.int64)
    for group in np.lexsort((rng.random(rows.size), -rows)):
        home[group] = load.argmin()
        load[home[group]] += rows[group]
    return home[membership]


def _complements(dealt: NDArray[np.int64]) -> list[Fold]:
    return [Fold(np.flatnonzero(dealt != fold), np.flatnonzero(dealt == fold)) for fold in range(int(dealt.max()) + 1)]


def _column(frame: pl.DataFrame, name: str | None, key: str, scheme: FoldScheme) -> pl.Series:
    if name is None:
        raise ParamsError(
            f"{scheme} folds need a column that is not named",
            place=Place(key=key),
            hint=f"name it, or choose another scheme than {scheme} under train.validation.by",
        )
    if name not in frame.columns:
        raise ParamsError(
            f"the column that {scheme} folds need is missing from the training rows",
            place=Place(key=key, column=name),
            hint=nearest(name, frame.columns) or f"the columns are {', '.join(frame.columns[:20])}",
        )
    return frame.get_column(name)


def _assert_learnable(folds: list[Fold], labels: NDArray[np.float64], roles: Roles) -> None:
    for number, fold in enumerate(folds, start=1):
        learned = labels[fold.train]
        if np.ptp(learned) == 0:
            only = f"class {roles.classes[int(learned[0])]!r}" if roles.classes else f"value {learned[0]}"
            raise ParamsError(
                f"the rows that fold {number} of {len(folds)} learns from all have the same label",
                place=Place(key="train.validation.folds"),
                found=f"{only} in {learned.size:,} rows",
                expected="at least two classes" if roles.classes else "at least two values",
                hint="take fewer folds, or judge by: holdout",
            )
