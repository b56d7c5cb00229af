"""Folds keep what is judged apart from what is learned from, whatever the scheme."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.train.tables import BINARY, CLASSES, ROLES, VALUES, table
from workbench.errors import ParamsError
from workbench.model import Roles, encode_labels
from workbench.params.train import Validation
from workbench.train.folds import Fold, FoldScheme, follow_in_time, make_folds, natural_scheme

TIMED = Roles("value", "regression", (), ("left",), time="when")
LAW = settings(max_examples=60, deadline=None)


def _deal(frame: pl.DataFrame, roles: Roles, scheme: FoldScheme, seed: int = 0, **asked: object) -> tuple[Fold, ...]:
    validation = Validation.model_validate({"by": scheme, **asked})
    return make_folds(frame, encode_labels(frame, roles), roles, validation, scheme, seed)


def _days(days: list[int]) -> pl.DataFrame:
    first = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    when = [first + dt.timedelta(days=day) for day in days]
    return pl.DataFrame({"when": when, "value": np.arange(len(days)) * 1.0, "left": 0.0})


@LAW
@given(
    rows=st.integers(40, 300),
    folds=st.integers(2, 8),
    repeats=st.integers(1, 3),
    seed=st.integers(0, 2**31 - 1),
    scheme=st.sampled_from(["kfold", "stratified", "group"]),
    task=st.sampled_from(["binary", "multiclass", "regression"]),
)
def test_every_row_is_judged_once_a_repeat(
    rows: int, folds: int, repeats: int, seed: int, scheme: FoldScheme, task: str
) -> None:
    frame = table(rows, seed).with_columns(batch=pl.int_range(pl.len()) % 9)
    asked = {"folds": folds, "repeats": repeats, "group": "batch" if scheme == "group" else None}
    dealt = _deal(frame, ROLES[task], scheme, seed, **asked)
    assert len(dealt) == folds * repeats
    for number in range(repeats):
        once = dealt[number * folds : (number + 1) * folds]
        assert sorted(np.concatenate([fold.judged for fold in once])) == list(range(rows))
    for fold in dealt:
        assert np.all(np.diff(fold.train) > 0)
        assert np.all(np.diff(fold.judged) > 0)
        assert np.array_equal(np.union1d(fold.train, fold.judged), np.arange(rows))
        assert not np.intersect1d(fold.train, fold.judged).size
    again = _deal(frame, ROLES[task], scheme, seed, **asked)
    assert all(np.array_equal(one.judged, two.judged) for one, two in zip(dealt, again, strict=True))


@pytest.mark.parametrize("scheme", ["kfold", "stratified", "group"])
def test_repeats_and_seeds_deal_anew(scheme: FoldScheme) -> None:
    frame = table(200, 0).with_columns(batch=pl.int_range(pl.len()) % 40)
    group = "batch" if scheme == "group" else None
    first, _, second, _ = _deal(frame, BINARY, scheme, 0, folds=2, repeats=2, group=group)
    assert not np.array_equal(first.judged, second.judged)
    assert not np.array_equal(first.judged, _deal(frame, BINARY, scheme, 1, folds=2, group=group)[0].judged)


@LAW
@given(st.integers(0, 2**31 - 1), st.integers(2, 6), st.sampled_from([BINARY, CLASSES]))
def test_stratified_folds_hold_each_class_alike(seed: int, folds: int, roles: Roles) -> None:
    frame = table(150, seed)
    labels = encode_labels(frame, roles)
    counts = np.array([np.bincount(labels[fold.judged].astype(int)) for fold in _deal(frame, roles, "stratified")])
    assert np.all(np.ptp(counts, axis=0) <= 1)
    assert np.ptp(counts.sum(axis=1)) <= 1


def test_stratified_folds_of_values_have_like_means() -> None:
    frame = table(500, 3)
    labels = encode_labels(frame, VALUES)
    spread = {
        scheme: np.std([labels[fold.judged].mean() for fold in _deal(frame, VALUES, scheme, folds=10, repeats=3)])
        for scheme in ("kfold", "stratified")
    }
    assert spread["stratified"] < spread["kfold"] / 4


@LAW
@given(st.lists(st.one_of(st.none(), st.integers(0, 12)), min_size=30, max_size=120), st.integers(2, 6))
def test_no_group_is_on_both_sides(batches: list[int | None], folds: int) -> None:
    every = [*batches, 98, 98, 99, 99]
    frame = table(len(every), 0).with_columns(batch=pl.Series(every, dtype=pl.Int64))
    for fold in _deal(frame, VALUES, "group", folds=folds, group="batch"):
        apart = frame["batch"][fold.train].unique().implode(), frame["batch"][fold.judged]
        assert not apart[1].is_in(apart[0], nulls_equal=True).any()


def test_groups_of_unequal_size_make_folds_of_like_size() -> None:
    batches = np.repeat(np.arange(30), np.arange(1, 31))
    frame = table(batches.size, 0).with_columns(batch=pl.Series(batches))
    sizes = [fold.judged.size for fold in _deal(frame, VALUES, "group", folds=5, group="batch")]
    assert max(sizes) - min(sizes) <= 2


@LAW
@given(
    days=st.lists(st.integers(0, 60), min_size=12, max_size=150),
    folds=st.integers(2, 6),
    gap=st.sampled_from([0, 0.5, 3]),
    scheme=st.sampled_from(["expanding", "sliding"]),
    window=st.sampled_from([None, 5, 20]),
)
def test_time_never_goes_back(
    days: list[int], folds: int, gap: float, scheme: FoldScheme, window: float | None
) -> None:
    frame = _days(days)
    try:
        dealt = _deal(frame, TIMED, scheme, folds=folds, gap_days=gap, window_days=window)
    except ParamsError as error:
        assert str(error.place).startswith("key train.validation.")  # noqa: PT017 - some draws leave nothing
        return
    when = np.array(days)
    assert 2 <= len(dealt) <= folds
    judged = np.concatenate([fold.judged for fold in dealt])
    assert np.unique(judged).size == judged.size
    assert set(np.flatnonzero(when >= when[dealt[0].judged].min())) == set(judged)
    for fold in dealt:
        first = when[fold.judged].min()
        assert when[fold.train].max() < first - gap if gap else when[fold.train].max() < first
        if scheme == "sliding" and window is not None:
            assert when[fold.train].min() >= first - gap - window
        if scheme == "expanding":
            assert set(fold.train) == set(np.flatnonzero(when < first - gap))
    for one, two in pairwise(dealt):
        assert when[one.judged].max() < when[two.judged].min()


def test_a_sliding_window_is_as_long_as_the_first_fold_unless_told() -> None:
    for fold in _deal(_days(list(range(100))), TIMED, "sliding", folds=4, gap_days=2):
        assert fold.judged[0] - fold.train[-1] == 3
        assert fold.train.size == 18


def test_numbers_and_texts_order_time_too() -> None:
    frame = _days(list(range(40)))
    for clock in (pl.int_range(pl.len()), pl.int_range(pl.len()).cast(pl.String).str.zfill(4)):
        folds = _deal(frame.with_columns(when=clock), TIMED, "sliding", folds=3)
        assert [(fold.train[0], fold.judged[0]) for fold in folds] == [(0, 10), (10, 20), (20, 30)]


def test_rows_without_a_time_are_left_out() -> None:
    frame = _days(list(range(40))).with_columns(when=pl.when(pl.col("value") != 7).then("when"))
    for fold in _deal(frame, TIMED, "expanding", folds=3):
        assert 7 not in fold.train
        assert 7 not in fold.judged


def test_few_rows_of_a_class_make_fewer_folds() -> None:
    frame = table(60, 0).with_columns(late=pl.int_range(pl.len()) < 3)
    dealt = _deal(frame, BINARY, "stratified", folds=10)
    assert [int(encode_labels(frame, BINARY)[fold.judged].sum()) for fold in dealt] == [1, 1, 1]


def test_auto_follows_the_split() -> None:
    auto = Validation()
    assert natural_scheme(BINARY, auto) == "stratified"
    assert natural_scheme(VALUES, auto) == "kfold"
    assert natural_scheme(TIMED, auto) == "expanding"
    assert natural_scheme(TIMED, auto, in_time=False) == "kfold"
    assert natural_scheme(TIMED, Validation(by="sliding"), in_time=False) == "sliding"
    early, late = _days([0, 1, 2]), _days([3, 4])
    assert follow_in_time(early, late, TIMED)
    assert not follow_in_time(early, _days([2, 4]), TIMED)
    assert not follow_in_time(early, late, VALUES)


@pytest.mark.parametrize(
    ("roles", "scheme", "asked", "told"),
    [
        (BINARY, "group", {"group": "wort"}, "train.validation.group, column 'wort'.*did you mean word"),
        (BINARY, "expanding", {}, "ingest.time: expanding folds need a column"),
        (TIMED, "expanding", {}, "column 'when'.*missing"),
        (VALUES, "group", {"group": "late"}, "validation.folds.*1 groups.*at least 2"),
        (BINARY, "stratified", {}, "1 rows of the rarer class"),
        (BINARY, "kfold", {}, "fold . of 5 learns from all have the same label.*class 'false'"),
    ],
)
def test_what_cannot_be_dealt_is_told(roles: Roles, scheme: FoldScheme, asked: dict[str, object], told: str) -> None:
    rare = pl.int_range(pl.len()) == 0
    frame = table(40, 0).with_columns(late=rare if scheme != "group" else pl.lit(value=True))
    with pytest.raises(ParamsError, match=told):
        _deal(frame, roles, scheme, **asked)


@pytest.mark.parametrize(
    ("days", "asked", "told"),
    [
        (list(range(30)), {"gap_days": 10}, "gap leaves fold 1 no row.*a gap of 10 days"),
        ([0, 1, 2, 90, 91, 92], {"gap_days": 5, "window_days": 2, "folds": 2}, "a window of 2 days"),
        ([5, 5, 6, 6], {}, "too few different times.*2 times.*at least 3"),
    ],
)
def test_time_that_leaves_nothing_is_told(days: list[int], asked: dict[str, object], told: str) -> None:
    with pytest.raises(ParamsError, match=told):
        _deal(_days(days), TIMED, "sliding", **asked)


def test_days_of_mere_numbers_are_refused() -> None:
    frame = _days(list(range(40))).with_columns(when=pl.int_range(pl.len()))
    with pytest.raises(ParamsError, match=r"gap_days, column 'when'.*neither dates nor times"):
        _deal(frame, TIMED, "expanding", gap_days=1)
