"""Makes the result of a search out of its plan and the texts of its boosters."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from workbench.model import Member, Model
from workbench.model.boosters import cut_text, widen_text
from workbench.train.packing import unpacked
from workbench.train.plan import SearchPlan, seat_name, trial_of
from workbench.train.result import Candidate, SearchResult

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.model import Roles
    from workbench.train.clock import Clock
    from workbench.train.folds import FoldScheme
    from workbench.train.hunt import Hunt
    from workbench.train.material import Material
    from workbench.train.plan import CandidateRecord, Finding, Fingerprint, RefitRecord
    from workbench.train.repeating import Boosters


def make_plan(  # noqa: PLR0913 - a plan records that much
    hunt: Hunt,
    candidates: tuple[CandidateRecord, ...],
    fingerprint: Fingerprint,
    *,
    complete: bool,
    folds: FoldScheme | None,
    device: tuple[str, str],
    findings: tuple[Finding, ...],
    refits: tuple[RefitRecord, ...] = (),
) -> SearchPlan:
    """Write down what a search found.

    Args:
        hunt: The search.
        candidates: What it offers.
        fingerprint: What the plan holds for.
        complete: Whether the same trees can be grown again.
        folds: How the training rows were dealt.
        device: Where the boosters grew, and why there.
        findings: What it found out about its own result.
        refits: Boosters that learned from the validation rows too.
    """
    seats = len(hunt.jury.seats)
    return SearchPlan(
        fingerprint=fingerprint,
        metric=hunt.bins.goal.metric,
        complete=complete,
        stopped=hunt.stopped,
        folds=folds if seats > 1 else None,
        seats=seats,
        device=device[0],
        device_reason=device[1],
        engine=hunt.engine.name,
        engine_reason=hunt.engine.reason,
        workers=hunt.engine.workers,
        pairs=hunt.paired.pairs if hunt.paired and any(trial.pairs for trial in hunt.trials) else (),
        trials=tuple(hunt.trials),
        findings=findings,
        candidates=candidates,
        refits=refits,
    )


def texts_of(hunt: Hunt, wanted: set[str]) -> dict[str, bytes]:
    """Give the packed text of every booster that is wanted."""
    named = (
        (seat_name(trial, seat), text) for trial, grown in hunt.grown.items() for seat, text in enumerate(grown.texts)
    )
    return {name: text for name, text in named if name in wanted}


def make_result(
    plan: SearchPlan,
    grown: Boosters,
    material: Material,
    roles: Roles,
    clock: Clock,
    *,
    replayed: bool,
    proof: str = "",
) -> SearchResult:
    """Put together what a search gives back.

    Args:
        plan: What was found.
        grown: Texts of the boosters, and what the candidates predicted on validation.
        material: Whose features the models take.
        roles: What the columns are for.
        clock: What was spent.
        replayed: Whether the plan was replayed rather than searched anew.
        proof: What shows that several processes grew one model.
    """
    assembly = Assembly(plan, grown.texts, material, roles)
    candidates = tuple(_candidate(record, assembly) for record in plan.candidates)
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
        proof=proof,
    )


@dataclass(frozen=True)
class Assembly:
    """What models are put together from.

    Attributes:
        plan: What was found.
        texts: Packed text of each booster, cut at its best round.
        material: Whose features the models take.
        roles: What the columns are for.
    """

    plan: SearchPlan
    texts: Mapping[str, bytes]
    material: Material
    roles: Roles
    _cut: dict[tuple[str, int], str] = field(default_factory=dict)

    def model(self, record: CandidateRecord) -> Model:
        """Put a candidate together."""
        roles, paired = self.roles, {trial.booster for trial in self.plan.trials if trial.pairs}
        pairs = self.plan.pairs if any(trial_of(member.booster) in paired for member in record.members) else ()
        inputs = self.material.inputs + len(pairs)

        def text(booster: str, trees: int) -> str:
            plain = self._text(booster, trees)
            return plain if not pairs or trial_of(booster) in paired else widen_text(plain, inputs)

        members = tuple(
            Member(member.booster, member.trees, member.weight, text(member.booster, member.trees))
            for member in record.members
        )
        return Model(roles.task, roles.target, roles.classes, self.material.features, members, pairs)

    def _text(self, booster: str, trees: int) -> str:
        """Cut a booster to a size, once for all models that take it."""
        if (booster, trees) not in self._cut:
            outputs = len(self.roles.classes) if self.roles.task == "multiclass" else 1
            self._cut[booster, trees] = cut_text(unpacked(self.texts[booster]), trees, outputs)
        return self._cut[booster, trees]


def _candidate(record: CandidateRecord, assembly: Assembly) -> Candidate:
    plan = assembly.plan
    return Candidate(
        id=record.id,
        kind=record.kind,
        assemble=partial(assembly.model, record),
        trees=sum(member.trees for member in record.members),
        members=len(record.members),
        train_cpu_seconds=plan.cpu_seconds({member.booster for member in record.members}),
        metric=plan.metric,
        validation=record.validation,
    )


def _trials(plan: SearchPlan) -> pl.DataFrame:
    rows = [trial.model_dump() | {"settings": json.dumps(trial.settings, sort_keys=True)} for trial in plan.trials]
    return pl.DataFrame(rows)
