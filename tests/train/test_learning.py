"""A learning curve tells whether more rows would help, and is right about it."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.train.tables import BINARY, ROLES, VALUES, table
from workbench.model import Roles
from workbench.train.fitting import Bins, bin_rows, fit
from workbench.train.goal import goal_of
from workbench.train.learning import learning_curve
from workbench.train.material import prepare
from workbench.train.portfolio import portfolio
from workbench.train.powerlaw import fit_power_law
from workbench.train.resampling import as_loss, ignorance, interval, resampled_means, row_losses

if TYPE_CHECKING:
    from workbench.train.curve import LearningCurve

SETUP = replace(portfolio(1000, 20, "binary")[2], rounds=150)


def _bins(roles: Roles, rows: int, seed: int = 0, metric: str = "auto") -> Bins:
    frame, goal = table(rows + 2500, seed), goal_of(roles, metric)
    return bin_rows(prepare(frame[2500:], frame[:2500], roles), goal)


def _curve(bins: Bins, **asked: object) -> LearningCurve:
    curve = learning_curve(bins, SETUP, **asked)
    assert curve is not None
    return curve


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_twice_the_rows_bring_about_what_was_forecast(task: str) -> None:
    frame, goal = table(4100, 5), goal_of(ROLES[task], "auto")
    few, many = (bin_rows(prepare(frame[2500 : 2500 + rows], frame[:2500], ROLES[task]), goal) for rows in (800, 1600))
    curve = _curve(few, usd_per_cpu_second=0.01)
    ahead = curve.outlook
    assert ahead is not None
    assert [rung.rows for rung in curve.rungs] == [100, 200, 400, 800]
    assert ahead.rows == 1600
    assert ahead.low < fit(many, SETUP.settings, patience=SETUP.patience, rounds=SETUP.rounds).loss < ahead.high
    assert 0 < ahead.gain_low < ahead.gain < ahead.gain_high
    assert ahead.extra_usd == pytest.approx(0.01 * ahead.extra_cpu_seconds)
    assert curve.sentence.startswith("More data would help: 1,600 training rows instead of 800")
    assert curve.table()["measured"].to_list() == [True] * 4 + [False]


def test_more_rows_of_noise_do_not_help() -> None:
    frame = table(4000, 0)
    noise = Roles("value", "regression", (), ("noise",))
    curve = _curve(bin_rows(prepare(frame[2500:], frame[:2500], noise), goal_of(noise, "auto")))
    assert curve.outlook is not None
    assert curve.outlook.gain < 0.01 * curve.rungs[-1].loss
    assert "hardly" in curve.sentence


def test_the_fit_to_all_rows_need_not_be_made_again() -> None:
    bins = _bins(BINARY, 400)
    whole = fit(bins, {"num_leaves": 4}, rounds=3)
    curve = _curve(bins, whole=whole)
    assert curve.rungs[-1].loss == pytest.approx(whole.loss)
    assert curve.rungs[-1].rows == 400
    assert curve.rungs[-1].cpu_seconds == whole.cpu_seconds


def test_the_same_seed_gives_the_same_curve() -> None:
    bins = _bins(VALUES, 400)
    one, two, other = (_curve(bins, seed=seed).table().drop("cpu_seconds") for seed in (3, 3, 4))
    assert one.equals(two)
    assert not one.equals(other)


def test_the_latest_rows_are_taken_where_time_orders_them() -> None:
    bins = _bins(VALUES, 400)
    rungs = _curve(bins, latest=True, seed=3).rungs
    rows = np.arange(350, 400)
    latest = fit(bins, SETUP.settings, train_rows=rows, patience=SETUP.patience, rounds=SETUP.rounds, seed=3)
    assert rungs[0].rows == rows.size
    assert rungs[0].loss == pytest.approx(latest.loss)
    assert {rung.fits for rung in rungs} == {1}


def test_other_seeds_tell_luck_where_each_size_has_one_part() -> None:
    bins = _bins(VALUES, 2000)
    sure, unsure = (_curve(bins, latest=True, other_seeds=losses) for losses in ((), (1.0, 1.4, 1.9)))
    assert sure.outlook is not None
    assert unsure.outlook is not None
    widths = [one.outlook.gain_high - one.outlook.gain_low for one in (sure, unsure)]
    assert widths[1] > 1.5 * widths[0]


def test_a_budget_ends_it_with_what_is_measured() -> None:
    bins = _bins(BINARY, 400)
    whole = [rung.rows for rung in _curve(bins).rungs]
    measured = []
    for allowed in (0, 50, 500, 700, 850, 10_000):
        asked = itertools.count()
        curve = learning_curve(bins, SETUP, may_go_on=lambda: next(asked) < allowed)  # noqa: B023 - called at once
        assert next(asked) <= allowed + 3, "it stops within a fit"
        rungs = curve.rungs if curve else ()
        measured.append(len(rungs))
        assert [rung.rows for rung in rungs] == whole[: len(rungs)]
        if curve and len(rungs) < 3:
            assert curve.outlook is None
            assert "budget" in curve.sentence
    assert measured[:2] == [0, 0]
    assert measured[-1] == len(whole)
    assert len(set(measured)) > 2, measured


def test_few_rows_give_a_short_curve_and_no_outlook() -> None:
    curve = _curve(_bins(BINARY, 60))
    assert [rung.rows for rung in curve.rungs] == [60]
    assert curve.outlook is None
    assert curve.table().height == 1


@settings(max_examples=100, deadline=None)
@given(st.floats(0, 2), st.floats(0.01, 2), st.floats(0.1, 1.2), st.integers(50, 10**7))
def test_a_curve_that_follows_the_law_is_continued_exactly(floor: float, scale: float, power: float, rows: int) -> None:
    sizes = rows / np.array([8.0, 4, 2, 1])
    losses = floor + scale * (sizes / rows) ** -power
    law = fit_power_law(sizes, losses[None, :], np.ones(4))
    truth = floor + scale * 2**-power
    assert law.at(2 * rows)[0] == pytest.approx(truth, abs=0.1 * (floor + scale - truth))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(0, 10), min_size=3, max_size=5), st.integers(2, 50))
def test_the_law_never_rises_nor_falls_below_zero(points: list[float], times: int) -> None:
    sizes = 100.0 * 2 ** np.arange(len(points))
    law = fit_power_law(sizes, np.array([points]), np.ones(len(points)))
    assert 0 <= law.at(sizes[-1] * times)[0] <= law.at(sizes[-1])[0] + 1e-12


@pytest.mark.parametrize(("task", "metric"), [(t, "auto") for t in ROLES] + [("regression", "mae")])
def test_losses_of_rows_make_up_the_loss(task: str, metric: str) -> None:
    goal = goal_of(ROLES[task], metric)
    rng = np.random.default_rng(0)
    labels = {"binary": rng.integers(0, 2, 99), "multiclass": rng.integers(0, 3, 99), "regression": rng.normal(size=99)}
    predictions = {"multiclass": rng.dirichlet([1, 1, 1], 99)}.get(task, rng.random(99))
    points = row_losses(goal, labels[task].astype(float), predictions)
    loss = goal.loss(labels[task].astype(float), predictions)
    assert as_loss(goal, points.mean(keepdims=True))[0] == pytest.approx(loss)
    assert ignorance(goal, labels[task].astype(float)).mean() < points.mean()


@pytest.mark.parametrize("rows", [500, 30_001])
def test_an_interval_covers_as_often_as_it_says(rows: int) -> None:
    rng = np.random.default_rng(0)
    covered = 0
    for seed in range(100):
        low, high = interval(resampled_means(rng.exponential(size=(rows, 1)), seed, draws=200)[:, 0])
        covered += low < 1 < high
    assert 88 <= covered <= 100
