"""Boosters on offer learn from the validation rows once these have judged, and nothing is judged by what it learned."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from tests.train.tables import FEATURES, ROLES, table
from workbench.model import Roles, encode_labels
from workbench.params.train import Budget, TrainParams
from workbench.train import SearchPlan, search
from workbench.train.goal import goal_of

TRAIN, VALIDATION, TEST = table(1200, 0), table(500, 1), table(4000, 2)


def params(**more: object) -> TrainParams:
    return TrainParams.model_validate({"budget": {"trials": 5}, "diagnose": "off", "imbalance": "off", **more})


@pytest.mark.parametrize("task", ROLES)
@pytest.mark.parametrize("by", ["holdout", "kfold"])
def test_the_figures_on_validation_are_those_before_the_refit(task: str, by: str) -> None:
    roles, goal = ROLES[task], goal_of(ROLES[task], "auto")
    found = {
        refit: search(TRAIN, VALIDATION, roles, params(refit=refit, validation={"by": by})) for refit in ("on", "off")
    }
    labels = encode_labels(VALIDATION, roles)
    for refitted, plain in zip(found["on"].candidates, found["off"].candidates, strict=True):
        assert (refitted.id, refitted.validation) == (plain.id, plain.validation)
        before, after = found["on"].judged[plain.id], refitted.model.predict(VALIDATION)
        assert before == pytest.approx(plain.model.predict(VALIDATION), rel=1e-6, abs=1e-9)
        if plain.id != "baseline":
            assert goal.loss(labels, after) < goal.loss(labels, before)  # it has seen these rows by now


def test_the_baseline_stays_what_it_is_and_every_other_booster_is_grown_again() -> None:
    result = search(TRAIN, VALIDATION, ROLES["binary"], params())
    again = {one.booster for one in result.plan.refits}
    assert again == {name for name in result.plan.boosters() if name != "b00"}
    plain = search(TRAIN, VALIDATION, ROLES["binary"], params(refit="off"))
    assert result.baseline.model.dumps() == plain.baseline.model.dumps()
    assert result.best.model.dumps() != plain.best.model.dumps()


def test_a_refit_costs_and_the_candidate_pays() -> None:
    result, plain = (search(TRAIN, VALIDATION, ROLES["binary"], params(refit=refit)) for refit in ("on", "off"))
    assert not plain.plan.refits
    boosters = {member.booster for member in result.best.model.members}
    grown = sum(trial.cpu_seconds for trial in result.plan.trials if trial.booster in boosters)
    again = sum(one.cpu_seconds for one in result.plan.refits if one.booster in boosters)
    assert result.best.train_cpu_seconds == pytest.approx(grown + again)


def test_rows_that_follow_in_time_are_left_out_unless_they_are_asked_for() -> None:
    """Where the target drifts, as with a season, the latest rows may mislead; nothing later could tell."""
    moments = pl.Series("moment", np.arange(1700)).cast(pl.Datetime("us"))
    train, validation = TRAIN.with_columns(moments[:1200]), VALIDATION.with_columns(moments[1200:])
    roles = Roles("late", "binary", ("false", "true"), FEATURES, time="moment")
    assert not search(train, validation, roles, params()).plan.refits
    assert search(train, validation, roles, params(refit="on")).plan.refits
    assert search(train, train.sample(400, seed=1), roles, params()).plan.refits


def test_more_rows_are_seldom_worse() -> None:
    gains = []
    for seed in range(4):
        train, validation = table(600, 10 + seed), table(600, 20 + seed)
        labels = encode_labels(TEST, ROLES["regression"])
        loss = [
            float(
                np.square(
                    search(train, validation, ROLES["regression"], params(refit=refit)).best.model.predict(TEST)
                    - labels
                ).mean()
            )
            for refit in ("on", "off")
        ]
        gains.append(1 - loss[0] / loss[1])
    assert np.mean(gains) > 0


def test_a_budget_on_the_clock_is_kept_and_repeated_with_refits() -> None:
    clocked = TrainParams(budget=Budget(cpu_seconds=4), seed=3)
    first = search(TRAIN, VALIDATION, ROLES["regression"], clocked)
    assert first.plan.refits
    assert first.spent <= 4 * 1.05
    again = search(TRAIN, VALIDATION, ROLES["regression"], clocked, plan=SearchPlan.from_yaml(first.plan.to_yaml()))
    assert again.replayed
    assert [one.model.dumps() for one in again.candidates] == [one.model.dumps() for one in first.candidates]
    assert again.judged_frame().equals(first.judged_frame())
