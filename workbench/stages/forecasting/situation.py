"""Gathers what a run of a stage would start from, without starting it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from workbench import artifacts
from workbench.cost.forecast.history import Situation
from workbench.cost.metering.host import machine
from workbench.params.tree import leaves
from workbench.stages.inputs import input_bytes
from workbench.stages.provenance import digests

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.artifacts import RunRecord
    from workbench.stages.preflight import Plan

NEWEST_RUNS = 40
"""Newest runs of a stage that a forecast looks at."""


def situation(plan: Plan, usd_per_cpu_second: float | None) -> Situation:
    """Take down what a run would start from: reads and digests its inputs.

    Args:
        plan: What would be run.
        usd_per_cpu_second: Price, for a budget in dollars; None when unknown.
    """
    params = plan.params.params.model_dump(by_alias=True, mode="json")
    dependencies = digests(plan.root, plan.pipeline.dependencies(plan.stage))
    return situation_of(
        plan,
        dependencies,
        {".".join(path): value for path, value in leaves(params)},
        input_bytes(plan),
        usd_per_cpu_second=usd_per_cpu_second,
    )


def situation_of(
    plan: Plan,
    dependencies: Mapping[str, str],
    params: Mapping[str, object],
    size_bytes: int,
    *,
    usd_per_cpu_second: float | None,
) -> Situation:
    """Put together what is known already."""
    searches, clock = None, None
    if plan.stage == "train":
        budget = plan.params.params.train.budget
        dollars = budget.usd / usd_per_cpu_second if budget.usd and usd_per_cpu_second else None
        searches, clock = budget.cpu_seconds or dollars, budget.wall_seconds
    own = {key: value for key, value in params.items() if key.startswith(f"{plan.stage}.")}
    replays = plan.stage == "train" and _replays(plan, dependencies, own)
    return Situation(
        plan.stage,
        own,
        dependencies,
        size_bytes or None,
        machine(),
        searches=searches,
        clock_seconds=clock,
        usd_per_cpu_second=usd_per_cpu_second,
        replays=replays,
    )


def newest_runs(plan: Plan) -> tuple[RunRecord, ...]:
    """Read the newest runs of a stage."""
    return artifacts.read_recent(plan.stage, NEWEST_RUNS, plan.root)


def _replays(plan: Plan, dependencies: Mapping[str, str], own: Mapping[str, object]) -> bool:
    """Tell whether the last training was this very one and left its plan."""
    if not (plan.root / plan.params.params.train.plan).is_file():
        return False
    last = next((run for run in reversed(newest_runs(plan)) if run.status == "DONE"), None)
    if last is None or dict(last.dependencies) != dict(dependencies):
        return False
    return all(last.params.get(key, value) == value for key, value in own.items())


def threads_here() -> int:
    """Count the hardware threads this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
