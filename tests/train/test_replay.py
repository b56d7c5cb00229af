"""A plan brings back the same bytes, and holds for nothing else."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.train.tables import ROLES, table
from workbench.errors import ModelError
from workbench.params.train import Budget, TrainParams
from workbench.train import SearchPlan, SearchResult, search

TRAIN, VALIDATION = table(1500, 0), table(600, 1)
CLOCKED = TrainParams(budget=Budget(cpu_seconds=3), seed=5)
ROLE = ROLES["binary"]


def models(result: SearchResult) -> dict[str, dict[str, bytes]]:
    return {candidate.id: candidate.model.dumps() for candidate in result.candidates}


@pytest.mark.parametrize("task", ROLES)
def test_a_replay_gives_the_same_bytes_though_the_budget_was_a_clock(task: str) -> None:
    first = search(TRAIN, VALIDATION, ROLES[task], CLOCKED)
    plan = SearchPlan.from_yaml(first.plan.to_yaml())
    again = search(TRAIN, VALIDATION, ROLES[task], CLOCKED, plan=plan)
    assert again.replayed
    assert models(again) == models(first)
    assert again.candidates == first.candidates
    assert again.judged_frame().equals(first.judged_frame())
    assert again.trials.equals(first.trials)
    assert again.plan.to_yaml() == first.plan.to_yaml()


def test_a_budget_of_trials_needs_no_plan_to_repeat_itself() -> None:
    params = TrainParams(budget=Budget(trials=5), seed=2)
    assert models(search(TRAIN, VALIDATION, ROLE, params)) == models(search(TRAIN, VALIDATION, ROLE, params))


@pytest.mark.parametrize("change", ["data", "validation", "seed", "budget", "roles"])
def test_another_question_is_searched_anew(change: str) -> None:
    params = TrainParams(budget=Budget(trials=2))
    plan = search(TRAIN, VALIDATION, ROLE, params).plan
    given = {
        "train": TRAIN[1:] if change == "data" else TRAIN,
        "validation": VALIDATION[1:] if change == "validation" else VALIDATION,
        "params": {
            "seed": TrainParams(budget=Budget(trials=2), seed=1),
            "budget": TrainParams(budget=Budget(trials=3)),
        }.get(change, params),
        "roles": ROLES["multiclass"] if change == "roles" else ROLE,
    }
    assert not search(**given, plan=plan).replayed


def test_where_the_plan_lies_and_what_notebooks_are_told_changes_nothing() -> None:
    params = TrainParams(budget=Budget(trials=2))
    plan = search(TRAIN, VALIDATION, ROLE, params).plan
    moved = TrainParams(budget=Budget(trials=2), plan="elsewhere.yaml", notebook={"sample": 3})
    assert search(TRAIN, VALIDATION, ROLE, moved, plan=plan).replayed


@pytest.mark.parametrize("text", ["", "[", "a: 1", "format: 6\nfingerprint: {}"])
def test_a_damaged_plan_is_named(text: str) -> None:
    with pytest.raises(ModelError, match="search plan"):
        SearchPlan.from_yaml(text)


def test_the_plan_of_another_version_is_no_plan() -> None:
    assert SearchPlan.from_yaml("fingerprint: {}\nmetric: log_loss") is None


def test_what_a_candidate_cost_does_not_depend_on_the_order_of_a_set() -> None:
    """Sets of texts are walked in another order in every process, and sums of floats differ in the last bit."""
    code = (
        "from workbench.train.plan import SearchPlan, TrialRecord\n"
        "trials = [TrialRecord.model_construct(booster=f'b{n:02d}', cpu_seconds=0.1 + n / 7) for n in range(40)]\n"
        "plan = SearchPlan.model_construct(trials=tuple(trials), seats=6)\n"
        "print(repr(plan.cpu_seconds({f'b{n:02d}f{seat}' for n in range(40) for seat in (1, 2)})))"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": str(seed)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in range(1, 5)
    }
    assert len(said) == 1
