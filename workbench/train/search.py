"""Searches for models worth choosing between, within a budget."""

from __future__ import annotations

import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

from workbench.model.encode import categorical_inputs
from workbench.train.clock import clock_of
from workbench.train.constraints import constraint_settings
from workbench.train.device import choose_device
from workbench.train.diagnosis import SHARE as DIAGNOSIS_SHARE
from workbench.train.diagnosis import Patient, diagnose
from workbench.train.fingerprint import fingerprint_of
from workbench.train.fitting import bin_rows
from workbench.train.folds import follow_in_time
from workbench.train.goal import goal_of
from workbench.train.hunt import Hunt
from workbench.train.judging import jury_for, scheme_for
from workbench.train.making import make_result
from workbench.train.material import prepare
from workbench.train.offer import offer
from workbench.train.plan import SearchPlan, seat_name
from workbench.train.refit import Refits, Refitter, refit_offer
from workbench.train.repeating import Grown, repeated
from workbench.train.tryout import Sample

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

    from workbench.model import Roles
    from workbench.params.train import TrainParams
    from workbench.train.device import DeviceChoice
    from workbench.train.goal import Goal
    from workbench.train.material import Material
    from workbench.train.plan import CandidateRecord, Finding
    from workbench.train.result import ProgressEvent, SearchResult


AS_GOOD_AS_SPENT = 0.99
"""Share of the budget at which the diagnosis ends: models have still to be written down."""


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
        params: Budget, metric, validation and seed.
        plan: What an earlier search found; replayed exactly if data, parameters and code are the same.
        usd_per_cpu_second: Price, for a budget in dollars.
        on_progress: Told how far the search is.

    Raises:
        FeatureError: A column or a label cannot be learned from.
        ParamsError: The metric does not fit the task, folds cannot be dealt, or a budget in dollars has no price.
    """
    clock = clock_of(params.budget, usd_per_cpu_second, params.stop_below)
    goal = goal_of(roles, params.metric)
    material = prepare(train, validation, roles)
    fingerprint = fingerprint_of(material, roles, params, usd_per_cpu_second)
    device = _device(params, material, goal)
    constraints = constraint_settings(params, material.features, material.set_aside, goal)
    material = replace(material, extra={**constraints, **device.settings})
    known = plan if plan is not None and plan.holds(fingerprint, device.device) else None
    scheme = known.folds if known else scheme_for(train, validation, roles, params, material)
    bins = bin_rows(material, goal)
    del material  # its values are the largest thing here
    jury = jury_for(bins, train, roles, params, scheme)
    if known:
        return make_result(known, repeated(known, bins, jury), bins.material, roles, clock, replayed=True)
    share = DIAGNOSIS_SHARE if params.diagnose == "auto" else 0.0
    again = params.refit == "on" or (params.refit == "auto" and not follow_in_time(train, validation, roles))
    hunt = Hunt(bins, jury, clock, params.seed, params.stop_below, share, again, on_progress)
    hunt.run()
    candidates = offer(hunt)
    refits = _refitted(hunt, candidates)
    treated = params.imbalance == "auto"
    patient = Patient(bins, train, validation, roles, hunt.offered, treated, params.seed, usd_per_cpu_second)
    found = SearchPlan(
        fingerprint=fingerprint,
        metric=goal.metric,
        complete=not hunt.interrupted,
        stopped=hunt.stopped,
        folds=scheme if len(jury.seats) > 1 else None,
        seats=len(jury.seats),
        device=device.device,
        device_reason=device.reason,
        trials=tuple(hunt.trials),
        findings=_findings(hunt, patient, share),
        candidates=candidates,
        refits=refits.records,
    )
    grown = Grown({**_texts(hunt, found.boosters()), **refits.texts}, hunt.offered)
    return make_result(found, grown, bins.material, roles, clock, replayed=False)


def _refitted(hunt: Hunt, candidates: tuple[CandidateRecord, ...]) -> Refits:
    """Grow the boosters on offer again, with the validation rows, unless somebody wanted an end."""
    if not hunt.refit or hunt.interrupted:
        return Refits()
    kept = hunt.kept_share * hunt.clock.limit
    refitter = Refitter(hunt.bins, hunt.jury)
    return refit_offer(refitter, hunt.trials, candidates, lambda: hunt.clock.left > kept)


def _findings(hunt: Hunt, patient: Patient, share: float) -> tuple[Finding, ...]:
    """Examine what was found, for a share of the budget, unless somebody wanted an end."""
    if not share or hunt.interrupted:
        return ()
    clock = hunt.clock
    until = clock.limit * AS_GOOD_AS_SPENT if clock.unit != "trials" else clock.spent * (1 + share)
    return diagnose(patient, tuple(hunt.trials), clock, len(hunt.jury.seats), until)


def _texts(hunt: Hunt, wanted: set[str]) -> dict[str, str]:
    """Give the text of every booster that is wanted."""
    named = (
        (seat_name(trial, seat), text) for trial, grown in hunt.grown.items() for seat, text in enumerate(grown.texts)
    )
    return {name: zlib.decompress(text).decode() for name, text in named if name in wanted}


def _device(params: TrainParams, material: Material, goal: Goal) -> DeviceChoice:
    sample = Sample(material.train_values, material.train_labels, categorical_inputs(material.features))
    return choose_device(params.device, sample, goal, material.settings(goal))
