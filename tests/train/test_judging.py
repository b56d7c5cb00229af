"""Who judges, how the budget is counted, and what the search says about its own result."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from tests.train.tables import BINARY, TRIALS, VALUES, table
from workbench.errors import ParamsError
from workbench.model import Roles
from workbench.params.train import Budget, TrainParams, Validation
from workbench.train import SearchPlan, diagnosis, judging, search
from workbench.train.fitting import bin_rows
from workbench.train.gain import gain_per_second
from workbench.train.goal import goal_of
from workbench.train.material import prepare
from workbench.train.offer import offer
from workbench.train.refit import Refitter

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.train.clock import Clock
    from workbench.train.diagnosis import Patient
    from workbench.train.hunt import Hunt
    from workbench.train.plan import CandidateRecord, Finding, TrialRecord

searching = sys.modules["workbench.train.search"]
"""The module, which the function of its name hides."""

TRAIN, VALIDATION = table(900, 0), table(300, 1)
QUICK = TrainParams(budget=Budget(trials=2), diagnose="off")


def test_few_validation_rows_are_helped_by_folds_and_bags_are_offered() -> None:
    result = search(TRAIN, VALIDATION, BINARY, QUICK)
    assert (result.plan.folds, result.plan.seats) == ("stratified", 6)
    assert {"bag", "blend"} <= {one.kind for one in result.candidates}
    assert result.candidates[0].members > 1


def test_who_asks_for_the_validation_rows_alone_gets_them() -> None:
    result = search(TRAIN, VALIDATION, BINARY, QUICK.model_copy(update={"validation": Validation(by="holdout")}))
    assert (result.plan.folds, result.plan.seats) == (None, 1)
    assert all(one.kind != "bag" for one in result.candidates)


def test_many_validation_rows_judge_alone() -> None:
    assert search(TRAIN, table(12_000, 1), VALUES, QUICK).plan.folds is None


def test_folds_that_a_budget_cannot_pay_are_left_out_unless_asked_for() -> None:
    poor = TrainParams(budget=Budget(cpu_seconds=2), diagnose="off")
    assert search(TRAIN, VALIDATION, BINARY, poor).plan.folds is None
    asked = poor.model_copy(update={"validation": Validation(by="stratified")})
    assert search(TRAIN, VALIDATION, BINARY, asked).plan.folds == "stratified"


@dataclass
class Ticking:
    """A clock on which every look costs a little."""

    left: float = 10.0
    unit: str = "CPU-s"
    looks: int = 0

    @property
    def spent(self) -> float:
        self.looks += 1
        return 0.01 * self.looks


def test_the_answer_that_folds_are_too_dear_costs_little() -> None:
    bins = bin_rows(prepare(TRAIN, VALIDATION, BINARY), goal_of(BINARY, "auto"))
    poor, rich = Ticking(), Ticking(1e6)
    assert judging.scheme_for(TRAIN, VALIDATION, BINARY, QUICK, bins, poor) is None
    assert poor.looks < 10, "40 baselines on 6 seats must fit into 10 s: a quarter of a tenth of a second is enough"
    assert judging.scheme_for(TRAIN, VALIDATION, BINARY, QUICK, bins, rich) == "stratified"
    assert rich.looks > 50


def test_folds_keep_together_what_the_split_does() -> None:
    groups = TRAIN.with_columns(batch=pl.int_range(pl.len()) // 10)
    kept = search(groups, VALIDATION, BINARY, QUICK, kept_whole="batch")
    assert kept.plan.folds == "group"
    plan = SearchPlan.from_yaml(kept.plan.to_yaml())
    again = search(groups, VALIDATION, BINARY, QUICK, kept_whole="batch", plan=plan)
    assert again.replayed
    assert [one.model.dumps() for one in again.candidates] == [one.model.dumps() for one in kept.candidates]
    moved = groups.with_columns(batch=pl.int_range(pl.len()) % 90)
    assert not search(moved, VALIDATION, BINARY, QUICK, kept_whole="batch", plan=plan).replayed
    assert search(groups, VALIDATION, BINARY, QUICK).plan.folds == "stratified"


def test_folds_keep_copies_with_one_key_together() -> None:
    roles = replace(BINARY, key=("order", "shop"))
    whole = TRAIN.with_columns(order=pl.int_range(pl.len()), shop=pl.lit("a"))
    assert search(whole, VALIDATION, roles, QUICK).plan.folds == "stratified"
    assert search(whole.with_columns(pl.col("order") // 2), VALIDATION, roles, QUICK).plan.folds == "group"


def test_folds_in_time_judge_but_are_no_members() -> None:
    def dated(frame: pl.DataFrame, first: int) -> pl.DataFrame:
        days = [datetime(2020, 1, 1) + timedelta(hours=first + number) for number in range(frame.height)]  # noqa: DTZ001
        return frame.with_columns(when=pl.Series(days))

    roles = Roles(BINARY.target, "binary", BINARY.classes, (*BINARY.features, "when"), time="when")
    result = search(dated(TRAIN, 0), dated(VALIDATION, 900), roles, QUICK)
    assert result.plan.folds == "expanding"
    assert result.plan.seats > 1
    assert all(one.kind != "bag" for one in result.candidates)


def test_folds_that_were_asked_for_and_cannot_be_dealt_are_an_error() -> None:
    rare = TRAIN.with_columns(late=pl.int_range(900) == 7)
    asked = QUICK.model_copy(update={"validation": Validation(by="stratified")})
    with pytest.raises(ParamsError, match=r"train\.validation\.folds"):
        search(rare, VALIDATION, BINARY, asked)
    assert search(rare, VALIDATION, BINARY, QUICK).plan.folds is None


def test_a_budget_on_the_clock_is_kept() -> None:
    search(TRAIN, VALIDATION, BINARY, QUICK)  # imports are not the search's cost
    began = time.monotonic()
    result = search(TRAIN, VALIDATION, BINARY, TrainParams(budget=Budget(wall_seconds=3)))
    assert time.monotonic() - began <= 3 * 1.05 + 0.5
    assert (result.unit, result.budget) == ("s", 3)


def test_little_gain_for_a_dollar_ends_the_search_with_the_reason() -> None:
    params = TrainParams(budget=Budget(cpu_seconds=60), stop_below=1e9, diagnose="off")
    result = search(TRAIN, VALIDATION, BINARY, params, usd_per_cpu_second=1.0)
    assert "stop_below" in result.plan.stopped
    assert result.spent < 50


def test_the_gain_of_a_second_falls_with_what_was_spent() -> None:
    losses = [1.0, 0.9, 0.8, 0.7, 0.6]
    spent = np.array([1.0, 2.0, 4.0, 8.0, 16.0])
    gains = [gain_per_second(spent[:count], losses[:count]) for count in range(3, 6)]
    assert gains == sorted(gains, reverse=True)
    assert gain_per_second(spent[:2], losses[:2]) == float("inf")
    assert gain_per_second(spent, [0.5] * 5) == 0.0


def test_what_the_search_found_out_about_itself_comes_back_with_the_plan() -> None:
    params = TrainParams(budget=Budget(cpu_seconds=8), seed=1)
    result = search(TRAIN, VALIDATION, BINARY, params)
    assert {"overfitting", "seeds"} <= {finding.kind for finding in result.plan.findings}
    plan = SearchPlan.from_yaml(result.plan.to_yaml())
    again = search(TRAIN, VALIDATION, BINARY, params, plan=plan)
    assert again.replayed
    assert again.plan.findings == result.plan.findings
    assert again.findings("seeds")[0].table().height == 3
    assert result.spent <= 8 * 1.05


def test_a_direction_asked_for_holds_in_every_candidate() -> None:
    params = TRIALS.model_copy(update={"monotone": {"left": -1}, "diagnose": "off"})
    grid = pl.DataFrame({"left": np.linspace(-3, 3, 40)}).join(VALIDATION.drop("left").head(5), how="cross")
    grid = grid.sort(["noise", "left"])
    for candidate in search(TRAIN, VALIDATION, BINARY, params).candidates:
        steps = np.diff(candidate.model.predict(grid).reshape(5, 40), axis=1)
        assert steps.max() <= 1e-12, candidate.id


def test_a_column_nobody_has_is_named() -> None:
    with pytest.raises(ParamsError, match="lefft"):
        search(TRAIN, VALIDATION, BINARY, QUICK.model_copy(update={"monotone": {"lefft": 1}}))


def test_a_gain_for_a_dollar_needs_a_price() -> None:
    with pytest.raises(ParamsError, match=r"train\.stop_below"):
        search(TRAIN, VALIDATION, BINARY, QUICK.model_copy(update={"stop_below": 0.1}))


def test_a_budget_of_trials_ends_too_where_a_dollar_buys_little() -> None:
    params = TrainParams(budget=Budget(trials=30), stop_below=1e9, diagnose="off")
    result = search(TRAIN, VALIDATION, BINARY, params, usd_per_cpu_second=1.0)
    assert "stop_below" in result.plan.stopped
    assert result.trials.height < 30


def test_treatments_are_compared_only_where_that_is_wanted() -> None:
    rare = TRAIN.with_columns(late=(pl.col("left") + pl.col("noise")) > 1.9)
    others = VALIDATION.with_columns(late=(pl.col("left") + pl.col("noise")) > 1.9)
    params = TrainParams(budget=Budget(cpu_seconds=15), validation=Validation(by="holdout"))
    compared = search(rare, others, BINARY, params)
    assert compared.findings("imbalance")
    assert not search(rare, others, BINARY, params.model_copy(update={"imbalance": "off"})).findings("imbalance")


def test_the_findings_take_no_more_than_their_share_of_what_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[float] = []

    def diagnosed(_: Patient, __: object, clock: Clock, ___: int, until: float) -> tuple[Finding, ...]:
        given.append(until - clock.spent)
        return ()

    monkeypatch.setattr(searching, "diagnose", diagnosed)
    params = TrainParams(budget=Budget(cpu_seconds=100), stop_below=1e9)
    search(TRAIN, VALIDATION, BINARY, params, usd_per_cpu_second=1.0)
    assert 0 < given[0] <= 10


def test_an_interrupt_of_the_offer_leaves_an_offer(monkeypatch: pytest.MonkeyPatch) -> None:
    pressed: list[Hunt] = []

    def press_once(hunt: Hunt) -> tuple[CandidateRecord, ...]:
        pressed.append(hunt)
        if len(pressed) == 1:
            raise KeyboardInterrupt
        return offer(hunt)

    monkeypatch.setattr(searching, "offer", press_once)
    result = search(TRAIN, VALIDATION, BINARY, TRIALS)
    assert len(result.candidates) > 1
    assert (result.plan.complete, result.plan.refits, result.plan.findings) == (False, (), ())
    assert result.plan.stopped.startswith("interrupted by hand")


def test_an_interrupt_of_the_refit_ends_the_search_with_what_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    grow, pressed = Refitter.grow, []

    def press_second(self: Refitter, trial: TrialRecord, seat: int, may_go_on: Callable[[], bool]) -> bytes:
        pressed.append(trial)
        if len(pressed) == 2:
            raise KeyboardInterrupt
        return grow(self, trial, seat, may_go_on)

    monkeypatch.setattr(Refitter, "grow", press_second)
    result = search(TRAIN, VALIDATION, BINARY, TRIALS)
    assert (len(result.plan.refits), result.plan.complete, result.plan.findings) == (1, False, ())
    assert result.plan.stopped.startswith("interrupted by hand")


def test_an_interrupt_during_the_diagnosis_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def press_ctrl_c(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(diagnosis, "seed_spread", press_ctrl_c)
    result = search(TRAIN, VALIDATION, BINARY, TrainParams(budget=Budget(cpu_seconds=6)))
    assert result.candidates
    assert {finding.kind for finding in result.plan.findings} <= {"overfitting", "alarm"}
