"""What is given up because it fell behind, and what never is."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.train.tables import BINARY, table
from workbench.params.train import Budget, TrainParams, Validation
from workbench.train import search
from workbench.train.pruning import BEHIND, LEADERS, Curve, Pace, pace_of

FALLING = tuple(1 / rounds for rounds in range(1, 101))


def four(curve: Curve) -> Pace:
    return pace_of([curve] * LEADERS)


def test_a_trial_far_behind_is_given_up_and_one_that_keeps_up_is_not() -> None:
    pace = four(Curve(0.1, FALLING, 100))
    assert pace.lost_by({"learning_rate": 0.1}, 50, FALLING[49] * (1 + 2 * BEHIND))
    assert not pace.lost_by({"learning_rate": 0.1}, 50, FALLING[49] * (1 + BEHIND / 2))


def test_nothing_is_said_while_a_trial_warms_up_or_too_few_have_ended() -> None:
    curve = Curve(0.1, FALLING, 100)
    assert not four(curve).lost_by({"learning_rate": 0.1}, 30, 10.0)
    assert not pace_of([curve] * (LEADERS - 1)).lost_by({"learning_rate": 0.1}, 90, 10.0)
    assert not Pace().lost_by({}, 90, 10.0)


def test_trials_of_other_learning_rates_are_compared_where_they_have_learned_as_much() -> None:
    pace = four(Curve(0.2, FALLING, 100))
    as_far = FALLING[49] * (1 + BEHIND / 2)
    assert not pace.lost_by({"learning_rate": 0.1}, 100, as_far)
    assert pace.lost_by({"learning_rate": 0.2}, 100, as_far)


@given(st.lists(st.floats(0.01, 10), min_size=5, max_size=60), st.floats(0.02, 0.3))
def test_a_leader_never_falls_behind_itself(losses: list[float], rate: float) -> None:
    curve = Curve(rate, tuple(losses), int(np.argmin(losses)) + 1)
    pace = four(curve)
    for rounds in range(1, len(losses) + 1):
        assert not pace.lost_by({"learning_rate": rate}, rounds, float(curve.least[rounds - 1]))


@pytest.mark.slow
def test_a_search_says_what_it_gave_up_and_repeats_it() -> None:
    params = TrainParams(budget=Budget(trials=25), validation=Validation(by="holdout"), diagnose="off")
    rows, others = table(3000, 0), table(1000, 1)
    found = search(rows, others, BINARY, params)
    given_up = found.trials.filter("pruned")
    assert 0 < given_up.height < 20
    assert not {"baseline", "tiny", "small"} & set(given_up["name"])
    laid_out = found.tried()
    assert laid_out["loss"].is_sorted()
    assert laid_out.filter(pl.col("given_up") != "").height == given_up.height
    assert laid_out.filter(configuration="baseline").select("learning_rate", "leaves").row(0) == (0.1, 31)
    spending = dict(found.spending().select("part", "spent").iter_rows())
    assert set(spending) == {"baseline", "portfolio", "variants of the best", "refit"}
    assert sum(spending.values()) - spending["refit"] == pytest.approx(found.plan_cpu_seconds())
    again = search(rows, others, BINARY, params, plan=found.plan)
    assert again.replayed
    assert [one.model.dumps() for one in again.candidates] == [one.model.dumps() for one in found.candidates]
