"""Alarms go off on planted leaks and stay silent on honest data."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from tests.train.tables import BINARY, ROLES, VALUES, table
from workbench.model import Roles
from workbench.train.alarm import Alarm, alarm_table, alarms, gain_shares
from workbench.train.copies import Copies, find_copies
from workbench.train.fitting import bin_rows, fit
from workbench.train.goal import goal_of
from workbench.train.material import prepare
from workbench.train.portfolio import Setup
from workbench.train.stability import overfitting

SETUP = Setup("quick", {"learning_rate": 0.15, "num_leaves": 8, "min_data_in_leaf": 10}, 20, 120)


def _alarms(train: pl.DataFrame, validation: pl.DataFrame, roles: Roles, *extra: str) -> tuple[Alarm, ...]:
    roles = Roles(roles.target, roles.task, roles.classes, (*roles.features, *extra))
    goal, material = goal_of(roles, "auto"), prepare(train, validation, roles)
    bins = bin_rows(material, goal)
    fitted = fit(bins, SETUP.settings, patience=SETUP.patience, rounds=SETUP.rounds)
    overfit = overfitting(bins, SETUP, fitted)
    assert overfit is not None
    copies = find_copies(train, validation, roles, fitted.predictions)
    return alarms(goal, fitted, material, overfit, copies)


def _halves(frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    return frame[: frame.height // 2], frame[frame.height // 2 :]


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
@pytest.mark.parametrize("seed", range(6))
def test_honest_data_raise_no_alarm(task: str, seed: int) -> None:
    assert _alarms(*_halves(table(1200, seed)), ROLES[task]) == ()


@pytest.mark.parametrize("seed", range(4))
def test_rows_that_look_alike_by_chance_raise_no_alarm(seed: int) -> None:
    frame = table(3000, seed).with_columns(pl.col("left", "right", "noise").clip(-1, 1).round(0))
    frame = frame.with_columns(count=pl.col("value").clip(-3, 3).round(0))
    counted = Roles("count", "regression", (), VALUES.features)
    assert _alarms(*_halves(frame), BINARY) == ()
    assert _alarms(*_halves(frame), counted) == ()


def test_one_good_column_among_useless_ones_raises_no_alarm() -> None:
    frame = table(1200, 0).with_columns(value=pl.col("left") + pl.col("value") / 2)
    assert _alarms(*_halves(frame), VALUES) == ()


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_a_column_that_knows_the_target_is_named(task: str) -> None:
    roles = ROLES[task]
    frame = table(1200, 0).with_columns(outcome=pl.col(roles.target))
    found = _alarms(*_halves(frame), roles, "outcome")
    assert "one_column" in {alarm.kind for alarm in found}
    assert {alarm.column for alarm in found} == {"outcome"}
    assert all("'outcome'" in alarm.sentence and "ingest.exclude" in alarm.sentence for alarm in found)
    if task != "regression":
        assert "perfect" in {alarm.kind for alarm in found}


def test_a_column_that_mostly_knows_the_target_is_named_too() -> None:
    frame = table(2000, 1)
    wrong = pl.Series(np.random.default_rng(0).random(2000) < 0.04)
    frame = frame.with_columns(outcome=pl.col("late") ^ wrong)
    assert [(alarm.kind, alarm.column) for alarm in _alarms(*_halves(frame), BINARY, "outcome")] == [
        ("one_column", "outcome")
    ]


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_copies_of_training_rows_are_counted(task: str) -> None:
    train, validation = _halves(table(2000, 2))
    validation = pl.concat([validation, train[:150]])
    (alarm,) = (alarm for alarm in _alarms(train, validation, ROLES[task]) if alarm.kind == "copies")
    assert "150 have all features of one" in alarm.sentence
    assert 20 < alarm.figure <= 150


def test_twins_agree_by_chance_or_are_copies() -> None:
    rng = np.random.default_rng(0)
    left = rng.integers(0, 4, 4000)
    frame = pl.DataFrame({"left": left, "late": rng.random(4000) < 0.3, "word": pl.Series(left).cast(pl.String)})
    roles = Roles("late", "binary", ("false", "true"), ("left", "word"))
    twins = find_copies(*_halves(frame), roles, np.full(2000, 0.3))
    assert twins.twins == 2000
    assert abs(twins.excess) < 4 * twins.deviation
    none = find_copies(*_halves(frame.with_columns(left=pl.int_range(pl.len()))), roles, np.full(2000, 0.3))
    assert none == Copies(2000, 0, 0.0, 0.0, 0.0)


def test_missing_values_and_categories_have_twins_too() -> None:
    train = pl.DataFrame({"left": [None, 1.0], "word": ["a", None], "late": [True, False]})
    roles = Roles("late", "binary", ("false", "true"), ("left", "word"))
    both = find_copies(train, train[::-1].with_columns(pl.col("word").cast(pl.Categorical)), roles, np.full(2, 0.5))
    assert (both.twins, both.agreeing, both.expected) == (2, 2.0, 1.0)


def test_validation_rows_easier_than_those_learned_from_raise_an_alarm() -> None:
    rng = np.random.default_rng(0)
    train, validation = _halves(table(4000, 3))
    noisy = train.with_columns(value=pl.col("value") + rng.normal(size=2000) * 4)
    kinds = {alarm.kind for alarm in _alarms(noisy, validation, VALUES)}
    assert kinds == {"better_than_training"}


def test_parts_of_a_time_count_as_one_column() -> None:
    clock = pl.datetime(2024, 1, 1) + pl.duration(hours=pl.int_range(pl.len()))
    frame = table(600, 0).with_columns(when=clock).with_columns(value=pl.col("when").dt.hour() * 1.0)
    roles = Roles("value", "regression", (), (*VALUES.features, "when"))
    material = prepare(*_halves(frame), roles)
    text = fit(bin_rows(material, goal_of(roles, "auto")), {}, rounds=10).text
    shares = gain_shares(text, material.features)
    assert next(iter(shares)) == "when"
    assert sum(shares.values()) == pytest.approx(1)
    assert set(shares) == {*VALUES.features, "when"}


def test_alarms_make_a_table() -> None:
    table_of = alarm_table([Alarm("copies", None, 30.0, 10.0, "why")])
    assert table_of.to_dicts() == [{"kind": "copies", "column": None, "figure": 30.0, "limit": 10.0, "sentence": "why"}]
    assert alarm_table([]).columns == table_of.columns
