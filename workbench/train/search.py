"""Searches for models worth choosing between, within a budget."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl

from workbench.model import Member, Model
from workbench.model.boosters import model_text
from workbench.train.booster import regrow
from workbench.train.clock import Clock, clock_of
from workbench.train.fingerprint import fingerprint_of
from workbench.train.goal import Goal, goal_of
from workbench.train.hunt import Hunt
from workbench.train.material import Material, prepare
from workbench.train.offer import offer
from workbench.train.plan import CandidateRecord, SearchPlan
from workbench.train.result import Candidate, SearchResult

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import lightgbm as lgb

    from workbench.model import Roles
    from workbench.params.train import TrainParams
    from workbench.train.result import ProgressEvent


def search(
    train: pl.DataFrame,
    validation: pl.DataFrame,
    roles: Roles,
    params: TrainParams,
    *,
    plan: SearchPlan | None = None,
    usd_per_cpu_second: float | None = None,
    on_progress: Callable[[ProgressEvent], None] | None = None,
) -> SearchResult:
    """Search for models within a budget, or grow again what a plan says the budget bought.

    Args:
        train: Rows to learn from.
        validation: Rows to stop, blend and choose by.
        roles: What each column is for.
        params: Budget, metric and seed.
        plan: What an earlier search found; replayed exactly if data, parameters and code are the same.
        usd_per_cpu_second: Price, for a budget in dollars.
        on_progress: Told how far the search is.

    Raises:
        FeatureError: A column or a label cannot be learned from.
        ParamsError: The metric does not fit the task, or a budget in dollars has no price.
    """
    clock = clock_of(params.budget, usd_per_cpu_second)
    goal = goal_of(roles, params.metric)
    material = prepare(train, validation, roles)
    fingerprint = fingerprint_of(material, roles, params, usd_per_cpu_second)
    if plan is not None and plan.complete and plan.fingerprint == fingerprint:
        return _result(plan, _regrown(plan, goal, material), material, roles, clock, replayed=True)
    hunt = Hunt(goal, material, clock, params.seed, on_progress)
    hunt.run()
    found = SearchPlan(
        fingerprint=fingerprint,
        metric=goal.metric,
        complete=not hunt.interrupted,
        trials=tuple(hunt.trials),
        candidates=offer(hunt),
    )
    boosters = {name: growth.booster for name, growth in hunt.growths.items()}
    return _result(found, boosters, material, roles, clock, replayed=False)


def _regrown(plan: SearchPlan, goal: Goal, material: Material) -> dict[str, lgb.Booster]:
    rounds: dict[str, int] = {}
    for candidate in plan.candidates:
        for member in candidate.members:
            rounds[member.booster] = max(member.trees, rounds.get(member.booster, 0))
    dataset, _ = material.datasets(goal)
    fixed = material.settings(goal)
    return {
        trial.booster: regrow({**fixed, "seed": trial.seed, **trial.settings}, dataset, rounds[trial.booster])
        for trial in plan.trials
        if trial.booster in rounds
    }


def _result(
    plan: SearchPlan,
    boosters: Mapping[str, lgb.Booster],
    material: Material,
    roles: Roles,
    clock: Clock,
    *,
    replayed: bool,
) -> SearchResult:
    texts: dict[tuple[str, int], str] = {}
    for record in plan.candidates:
        for member in record.members:
            key = (member.booster, member.trees)
            texts[key] = texts.get(key) or model_text(boosters[member.booster], member.trees)
    candidates = tuple(_candidate(record, texts, material, roles, plan) for record in plan.candidates)
    return SearchResult(
        candidates=candidates,
        trials=_trials(plan),
        plan=plan,
        baseline_id="baseline",
        best_id=candidates[0].id,
        spent_cpu_seconds=clock.spent,
        budget_cpu_seconds=clock.cpu_seconds,
        replayed=replayed,
        set_aside=dict(material.set_aside),
    )


def _candidate(
    record: CandidateRecord, texts: Mapping[tuple[str, int], str], material: Material, roles: Roles, plan: SearchPlan
) -> Candidate:
    members = tuple(
        Member(member.booster, member.trees, member.weight, texts[member.booster, member.trees])
        for member in record.members
    )
    return Candidate(
        id=record.id,
        kind=record.kind,
        model=Model(roles.task, roles.target, roles.classes, material.features, members),
        trees=sum(member.trees for member in members),
        members=len(members),
        train_cpu_seconds=plan.cpu_seconds({member.booster for member in members}),
        metric=plan.metric,
        validation=record.validation,
    )


def _trials(plan: SearchPlan) -> pl.DataFrame:
    rows = [trial.model_dump() | {"settings": json.dumps(trial.settings, sort_keys=True)} for trial in plan.trials]
    return pl.DataFrame(rows)
