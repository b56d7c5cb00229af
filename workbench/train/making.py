"""Makes the result of a search out of its plan and the texts of its boosters."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING

import polars as pl

from workbench.model import Member, Model
from workbench.model.boosters import cut_text
from workbench.train.result import Candidate, SearchResult

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.model import Roles
    from workbench.train.clock import Clock
    from workbench.train.material import Material
    from workbench.train.plan import CandidateRecord, SearchPlan
    from workbench.train.repeating import Grown


def make_result(
    plan: SearchPlan, grown: Grown, material: Material, roles: Roles, clock: Clock, *, replayed: bool
) -> SearchResult:
    """Cut boosters to the sizes that candidates want, and put the candidates together.

    Args:
        plan: What was found.
        grown: Texts of the boosters, and what the candidates predicted on validation.
        material: Whose features the models take.
        roles: What the columns are for.
        clock: What was spent.
        replayed: Whether the plan was replayed rather than searched anew.
    """
    outputs = len(roles.classes) if roles.task == "multiclass" else 1

    @cache
    def cut(booster: str, trees: int) -> str:
        return cut_text(grown.texts[booster], trees, outputs)

    candidates = tuple(_candidate(record, cut, material, roles, plan) for record in plan.candidates)
    return SearchResult(
        candidates=candidates,
        trials=_trials(plan),
        plan=plan,
        baseline_id="baseline",
        best_id=candidates[0].id,
        spent_cpu_seconds=clock.spent_cpu_seconds,
        spent=clock.spent,
        budget=clock.limit,
        unit=clock.unit,
        replayed=replayed,
        set_aside=dict(material.set_aside),
        judged=grown.judged,
    )


def _candidate(
    record: CandidateRecord, cut: Callable[[str, int], str], material: Material, roles: Roles, plan: SearchPlan
) -> Candidate:
    members = tuple(
        Member(member.booster, member.trees, member.weight, cut(member.booster, member.trees))
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
