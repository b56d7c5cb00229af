"""Searches for models worth choosing between, within a budget."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import ParamsError, Place
from workbench.model.encode import categorical_inputs
from workbench.train.clock import clock_of
from workbench.train.constraints import constraint_settings
from workbench.train.device import DeviceChoice, choose_device
from workbench.train.diagnosis import SHARE as DIAGNOSIS_SHARE
from workbench.train.diagnosis import Patient, diagnose
from workbench.train.distributed.abreast import Abreast
from workbench.train.distributed.choosing import ONE_PROCESS
from workbench.train.distributed.searching import search_together
from workbench.train.fingerprint import fingerprint_of
from workbench.train.fitting import bin_rows
from workbench.train.folds import dealt_by, follow_in_time
from workbench.train.goal import goal_of
from workbench.train.grower import LocalGrower
from workbench.train.heap import release_freed
from workbench.train.hunt import Hunt
from workbench.train.judging import jury_for, scheme_for
from workbench.train.making import make_plan, make_result, texts_of
from workbench.train.material import prepare
from workbench.train.offer import offer
from workbench.train.pairing import Paired
from workbench.train.refit import Refits, Refitter, refit_offer
from workbench.train.repeating import Boosters, repeated
from workbench.train.tryout import Sample

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

    from workbench.model import Roles
    from workbench.params.train import TrainParams
    from workbench.train.distributed.choosing import Engine
    from workbench.train.goal import Goal
    from workbench.train.material import Material
    from workbench.train.plan import CandidateRecord, Finding, SearchPlan
    from workbench.train.result import ProgressEvent, SearchResult


SEVERAL = DeviceChoice("cpu", reason="Several processes train on processors.")

AS_GOOD_AS_SPENT = 0.99
"""Share of the budget at which the diagnosis ends: models have still to be written down."""


def search(  # noqa: PLR0913 - what it is given and what it is told are choices of their own
    train: pl.DataFrame | Path,
    validation: pl.DataFrame | Path,
    roles: Roles,
    params: TrainParams,
    *,
    engine: Engine = ONE_PROCESS,
    kept_whole: str | None = None,
    plan: SearchPlan | None = None,
    usd_per_cpu_second: float | None = None,
    on_progress: Callable[[ProgressEvent], None] | None = None,
) -> SearchResult:
    """Search for models within a budget, or grow again what a plan says the budget bought.

    Args:
        train: Rows to learn from; for the engine `ray` the path of their Parquet file, which the workers read.
        validation: Rows to stop, blend and choose by; for the engine `ray` the path of their file.
        roles: What each column is for.
        params: Budget, metric, validation and seed.
        engine: What grows the boosters, as `engine_for` chose it.
        kept_whole: Column whose rows the split kept together; folds that the search deals of its own keep them too.
        plan: What an earlier search found; replayed exactly if data, parameters and code are the same.
        usd_per_cpu_second: Price, for a budget in dollars.
        on_progress: Told how far the search is.

    Raises:
        ClusterError: Several processes could not train together.
        FeatureError: A column or a label cannot be learned from.
        ParamsError: The metric does not fit the task, folds cannot be dealt, or a budget in dollars has no price.
    """
    clock = clock_of(params.budget, usd_per_cpu_second, params.stop_below)
    if isinstance(train, Path) or isinstance(validation, Path):
        if not (isinstance(train, Path) and isinstance(validation, Path)):
            raise TypeError("give both tables as frames or both as paths")
        return search_together(
            train, validation, roles, params, engine, clock=clock, plan=plan, on_progress=on_progress
        )
    if engine.reads_files or (params.engine == "ray" and params.workers > 1 and not engine.abreast):
        raise ParamsError(
            "several processes read their rows from files",
            place=Place(key="train.engine"),
            hint="give paths, or with spread: trials the engine that engine_for gives",
        )
    if params.validation.by == "auto" and kept_whole is not None:
        params = params.model_copy(update={"validation": params.validation.model_copy(update={"group": kept_whole})})
    goal = goal_of(roles, params.metric)
    material = prepare(train, validation, roles)
    dealt = dealt_by(train, roles, params.validation)
    fingerprint = fingerprint_of(material, roles, params, usd_per_cpu_second, dealt_by=dealt)
    device = SEVERAL if engine.abreast else _device(params, material, goal)
    constraints = constraint_settings(params, material.features, material.set_aside, goal)
    material = replace(material, extra={**constraints, **device.settings})
    known = plan if plan is not None and plan.holds(fingerprint, device.device) else None
    bins = bin_rows(material, goal)
    del material  # its values are the largest thing here
    scheme = known.folds if known else scheme_for(train, validation, roles, params, bins, clock)
    jury = jury_for(bins, train, roles, params, scheme)
    able = params.pairs == "auto" and not constraints and not engine.abreast
    paired = Paired(bins.material, goal, train, validation, roles, params, scheme) if able else None
    grower, refitter = LocalGrower(bins, jury, paired), Refitter(bins, jury, paired)
    if known:
        if paired is not None:
            paired.pairs = known.pairs
        made = repeated(known, grower, jury, refitter)
        return make_result(known, made, bins.material, roles, clock, replayed=True)
    share = DIAGNOSIS_SHARE if params.diagnose == "auto" else 0.0
    again = params.refit == "on" or (params.refit == "auto" and not follow_in_time(train, validation, roles))
    kind = Abreast if engine.abreast else Hunt
    hunt = kind(bins, jury, grower, clock, params.seed, params.stop_below, share, again, on_progress, engine, paired)
    hunt.run()
    candidates = _offered(hunt)
    refits = _refitted(hunt, candidates, refitter)
    wanted = {member.booster for candidate in candidates for member in candidate.members}
    texts = {**texts_of(hunt, wanted - refits.texts.keys()), **refits.texts}
    hunt.grown.clear()  # the largest thing by now
    treated = params.imbalance == "auto"
    patient = Patient(bins, train, validation, roles, hunt.offered, treated, params.seed, usd_per_cpu_second, paired)
    found = make_plan(
        hunt,
        candidates,
        fingerprint,
        complete=not hunt.interrupted,
        folds=scheme,
        device=(device.device, device.reason),
        findings=_findings(hunt, patient, share),
        refits=refits.records,
    )
    made = Boosters(texts, hunt.offered)
    material, clock, proof = bins.material, hunt.clock, hunt.proof()
    del (
        bins,
        jury,
        grower,
        hunt,
        patient,
        paired,
        refitter,
    )  # rows and trials, in place of which the models are put together
    release_freed()
    return make_result(found, made, material, roles, clock, replayed=False, proof=proof)


def _offered(hunt: Hunt) -> tuple[CandidateRecord, ...]:
    """Make the offer; an interrupt by hand leaves out the refit and the findings, and a second one ends all."""
    try:
        return offer(hunt)
    except KeyboardInterrupt:
        hunt.interrupt()
        return offer(hunt)


def _refitted(hunt: Hunt, candidates: tuple[CandidateRecord, ...], refitter: Refitter) -> Refits:
    """Grow the boosters on offer again, with the validation rows, unless somebody wanted an end."""
    if not hunt.refit or hunt.interrupted:
        return Refits()
    kept = hunt.kept_share * hunt.clock.limit
    refits = refit_offer(refitter, hunt.trials, candidates, lambda: hunt.clock.left > kept)
    if refits.interrupted:
        hunt.interrupt()
    return refits


def _findings(hunt: Hunt, patient: Patient, share: float) -> tuple[Finding, ...]:
    """Examine what was found, for a share of the budget, unless somebody wanted an end."""
    if not share or hunt.interrupted:
        return ()
    clock = hunt.clock
    most = clock.spent * (1 + share) if clock.unit == "trials" else clock.spent + clock.limit * share
    until = most if clock.unit == "trials" else min(most, clock.limit * AS_GOOD_AS_SPENT)
    return diagnose(patient, tuple(hunt.trials), clock, len(hunt.jury.seats), until)


def _device(params: TrainParams, material: Material, goal: Goal) -> DeviceChoice:
    sample = Sample(material.train_values, material.train_labels, categorical_inputs(material.features))
    return choose_device(params.device, sample, goal, material.settings(goal))
