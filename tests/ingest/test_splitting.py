"""Splits: by time without dividing a moment, by hash whatever the order, by group without dividing a group."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import FeatureError, ParamsError
from workbench.ingest.splitting import Splits, split_rows
from workbench.model.roles import Roles
from workbench.params.ingest import SplitParams

ROLES = Roles("y", "regression", (), ("a",), time="t", key=("k",))


def table(moments: list[dt.datetime] | list[dt.date]) -> pl.DataFrame:
    rows = len(moments)
    return pl.DataFrame({"t": moments, "k": [f"k{i}" for i in range(rows)], "a": range(rows), "y": range(rows)})


def params(**changes: object) -> SplitParams:
    return SplitParams.model_validate(changes)


def parts(splits: Splits) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    return splits.train, splits.validation, splits.test


DAYS = st.lists(st.integers(0, 12), min_size=12, max_size=60).map(
    lambda days: [dt.datetime(2013, 1, 1) + dt.timedelta(days=day) for day in days]  # noqa: DTZ001 - a naive column
)


@settings(max_examples=200, deadline=None)
@given(DAYS, st.floats(0.05, 0.4), st.floats(0.05, 0.4))
def test_time_splits_are_ordered_and_never_divide_a_moment(
    moments: list[dt.datetime], validation: float, test: float
) -> None:
    frame = table(moments)
    try:
        splits = split_rows(frame, ROLES, params(by="time", validation=validation, test=test))
    except FeatureError:
        return
    times = [part["t"] for part in parts(splits)]
    assert times[0].max() < times[1].min()
    assert times[1].max() < times[2].min()
    assert all(series.is_sorted() for series in times)
    assert sorted(pl.concat(parts(splits))["a"].to_list()) == list(range(len(moments)))


@pytest.mark.parametrize("zone", [None, "UTC"])
def test_moments_cut_at_their_first_row(zone: str | None) -> None:
    moments = pl.datetime_range(dt.datetime(2013, 1, 1), dt.datetime(2013, 1, 10), "1d", eager=True, time_zone=zone)  # noqa: DTZ001 - polars takes naive bounds
    splits = split_rows(table(moments.to_list()), ROLES, params(by="time", validation="2013-01-05", test="2013-01-09"))
    assert [part.height for part in parts(splits)] == [4, 4, 2]


def test_moments_with_a_zone_mean_that_instant() -> None:
    moments = [dt.datetime(2013, 1, 1, hour, tzinfo=dt.UTC) for hour in range(10)]
    given = params(by="time", validation="2013-01-01T06:00:00+02:00", test="2013-01-01T08:00:00Z")
    splits = split_rows(table(moments), ROLES, given)
    assert [part.height for part in parts(splits)] == [4, 4, 2]


def test_dates_can_be_cut_at_moments_and_other_columns_cannot() -> None:
    days = [dt.date(2013, 1, day) for day in range(1, 11)]
    given = params(by="time", validation="2013-01-05", test="2013-01-09T12:00:00")
    assert [part.height for part in parts(split_rows(table(days), ROLES, given))] == [4, 5, 1]
    with pytest.raises(ParamsError, match="holds no dates"):
        split_rows(table(days).with_columns(t=pl.col("a")), ROLES, given)


def test_texts_order_time_only_when_the_year_comes_first() -> None:
    days = [dt.date(2013, 1, 1) + dt.timedelta(days=day) for day in range(365)]
    given = params(by="time")
    for form in ("%d-%b-%Y", "%d/%m/%Y", "%Y-%b-%d"):
        with pytest.raises(ParamsError, match="order of the time column") as caught:
            split_rows(table(days).with_columns(t=pl.Series([day.strftime(form) for day in days])), ROLES, given)
        assert caught.value.place.column == "t"
    months = table(days).with_columns(t=pl.Series([day.strftime("%Y-%m") for day in days]))
    times = [part["a"] for part in parts(split_rows(months, ROLES, given))]
    assert times[0].max() < times[1].min()
    assert times[1].max() < times[2].min()
    with pytest.raises(ParamsError, match="order of the time column"):
        split_rows(table(days).with_columns(t=pl.col("a") > 99), ROLES, given)


def test_test_must_come_after_validation() -> None:
    days = [dt.date(2013, 1, day) for day in range(1, 11)]
    with pytest.raises(ParamsError, match="test begins before validation"):
        split_rows(table(days), ROLES, params(by="time", validation="2013-01-09", test="2013-01-05"))


@settings(max_examples=50, deadline=None)
@given(st.permutations(range(40)), st.integers(-5, 5))
def test_random_splits_follow_the_key_whatever_the_order(order: list[int], seed: int) -> None:
    frame = table([dt.date(2013, 1, 1)] * 40)
    given = params(by="random", seed=seed)
    straight = parts(split_rows(frame, ROLES, given))
    shuffled = parts(split_rows(frame[order], ROLES, given))
    for one, other in zip(straight, shuffled, strict=True):
        assert set(one["k"]) == set(other["k"])


def test_a_row_keeps_its_part_when_the_data_grow() -> None:
    given = params(by="random", seed=1)
    small, large = (table([dt.date(2013, 1, 1)] * rows) for rows in (300, 900))
    old, new = parts(split_rows(small, ROLES, given)), parts(split_rows(large, ROLES, given))
    for before, after in zip(old, new, strict=True):
        assert set(before["k"]) <= set(after["k"])


def test_shares_are_nearly_those_asked_for_and_the_seed_matters() -> None:
    frame = table([dt.date(2013, 1, 1)] * 20_000)
    roles = Roles("y", "regression", (), ("a",))
    first = parts(split_rows(frame, roles, params(by="random", validation=0.2, test=0.1, seed=0)))
    assert [round(part.height / 20_000, 2) for part in first] == [0.7, 0.2, 0.1]
    second = parts(split_rows(frame, roles, params(by="random", validation=0.2, test=0.1, seed=1)))
    assert not first[0].equals(second[0])


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from([*"abcdefgh", None]), min_size=10, max_size=60), st.integers(0, 9))
def test_groups_are_never_divided(groups: list[str | None], seed: int) -> None:
    frame = pl.DataFrame({"g": pl.Series(groups, dtype=pl.String), "a": range(len(groups)), "y": range(len(groups))})
    try:
        splits = split_rows(frame, ROLES, params(by="group", group="g", seed=seed))
    except FeatureError:
        assert len(set(groups)) < 4
        return
    seen = [set(part["g"]) for part in parts(splits)]
    assert not (seen[0] & seen[1] | seen[0] & seen[2] | seen[1] & seen[2])
    assert sum(part.height for part in parts(splits)) == len(groups)


@pytest.mark.parametrize("rows", [4, 5, 8, 13, 20])
def test_few_rows_still_fill_every_part(rows: int) -> None:
    for seed in range(20):
        splits = split_rows(table([dt.date(2013, 1, 1)] * rows), ROLES, params(by="random", seed=seed))
        assert min(part.height for part in parts(splits)) >= 1


@pytest.mark.parametrize("rows", [1, 2])
def test_too_few_rows_are_refused(rows: int) -> None:
    with pytest.raises(FeatureError, match="leaves no row"):
        split_rows(table([dt.date(2013, 1, 1)] * rows), ROLES, params(by="random"))


def test_one_class_in_the_training_rows_is_refused() -> None:
    days = [dt.date(2013, 1, day) for day in range(1, 21)]
    frame = table(days).with_columns(y=pl.col("a") > 17)
    roles = Roles("y", "binary", ("false", "true"), ("a",), time="t")
    with pytest.raises(FeatureError, match="one target value only"):
        split_rows(frame, roles, params(by="time"))
