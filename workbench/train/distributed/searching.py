"""The search where several processes grow each booster together."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from workbench.train.constraints import constraint_settings
from workbench.train.distributed.failing import ClusterError
from workbench.train.distributed.ground import Bench, Far, digest_of, survey
from workbench.train.distributed.growing import ClusterGrower
from workbench.train.distributed.joining import open_cluster, patience_for
from workbench.train.fingerprint import fingerprint_of
from workbench.train.goal import goal_of
from workbench.train.hunt import Hunt
from workbench.train.making import make_plan, make_result, texts_of
from workbench.train.offer import offer
from workbench.train.plan import Finding
from workbench.train.repeating import Boosters, repeated

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from workbench.model import Roles
    from workbench.params.train import TrainParams
    from workbench.train.clock import Clock
    from workbench.train.distributed.choosing import Engine
    from workbench.train.distributed.cluster import Cluster
    from workbench.train.plan import SearchPlan
    from workbench.train.result import ProgressEvent, SearchResult

DEVICE = "cpu", "Several processes train on processors."

AGREEING = (
    "Every configuration, LightGBM's defaults too, was changed to one that several workers grow as one process does: "
    "nothing pulls a leaf, no rows are drawn, and the Hessian bounds leaves of classes (decision 0014)."
)
BUT_CONSTRAINED = " That does not hold for train.monotone: one process may grow other trees."

LEFT_OUT = Finding(
    kind="left out",
    sentence="Overfitting, the luck of the seed and of the choice, the learning curve, treatments of a rare class and "
    "alarms were not examined: that takes all rows in one process, and several hold them here (engine: ray).",
)


def search_together(  # noqa: PLR0913 - what it is given and what it is told are choices of their own
    train: Path,
    validation: Path,
    roles: Roles,
    params: TrainParams,
    engine: Engine,
    *,
    clock: Clock,
    plan: SearchPlan | None = None,
    on_progress: Callable[[ProgressEvent], None] | None = None,
) -> SearchResult:
    """Search for models within a budget, or grow again what a plan says; the workers read the rows themselves.

    Args:
        train: Parquet file of the rows to learn from, where every worker finds it.
        validation: Parquet file of the rows to stop, blend and choose by.
        roles: What each column is for.
        params: Budget, metric and seed.
        engine: Workers, and why there are several.
        clock: What may be spent.
        plan: What an earlier search found.
        on_progress: Told how far the search is.

    Raises:
        ClusterError: The processes could not train together, or not as the plan says.
        FeatureError: A column or a label cannot be learned from.
        ParamsError: The metric does not fit the task.
    """
    goal = goal_of(roles, params.metric)
    material = survey(train, validation, roles)
    fingerprint = fingerprint_of(material, roles, params, clock.usd_per_cpu_second, digest_of(material, train))
    extra = constraint_settings(params, material.features, material.set_aside, goal)
    ground = Far(replace(material, extra=extra), goal, train, validation)
    known = plan if plan is not None and plan.holds(fingerprint, DEVICE[0]) else None
    workers = known.workers if known else engine.workers
    threads = max(1, ground.material.threads // workers)
    with closing(open_cluster(workers, threads, patience_for(clock))) as cluster:
        clock = replace(clock, elsewhere=lambda: cluster.cpu_seconds)
        grower, jury = ClusterGrower(cluster, ground, roles, clock), Bench(material.validation_labels)
        if known:
            if known.workers < engine.workers:
                cluster.note = (
                    f"the plan was made by {known.workers} of {engine.workers} workers: no others could be had"
                )
            made = _regrown(known, grower, cluster, jury)
            return make_result(known, made, material.slim(), roles, clock, replayed=True, proof=grower.proof())
        grower.warm_up()
        hunt = Hunt(ground, jury, grower, clock, params.seed, params.stop_below, on_progress=on_progress)
        hunt.run()
        hunt.engine = replace(engine, workers=cluster.workers)
        found = make_plan(
            hunt,
            offer(hunt),
            fingerprint,
            complete=not hunt.interrupted and grower.whole,
            folds=None,
            device=DEVICE,
            findings=_findings(params),
        )
        made = Boosters(texts_of(hunt, found.boosters()), hunt.offered)
        return make_result(found, made, material.slim(), roles, clock, replayed=False, proof=grower.proof())


def _findings(params: TrainParams) -> tuple[Finding, ...]:
    agreeing = Finding(kind="left out", sentence=AGREEING + (BUT_CONSTRAINED if params.monotone else ""))
    return (agreeing, LEFT_OUT) if params.diagnose == "auto" else (agreeing,)


def _regrown(plan: SearchPlan, grower: ClusterGrower, cluster: Cluster, jury: Bench) -> Boosters:
    """Give the text of every booster of a candidate, grown by as many workers as the first time."""
    if cluster.workers != plan.workers:
        raise ClusterError(
            "the search plan was made by several processes and cannot be repeated by one",
            found=cluster.note,
            expected=f"{plan.workers} workers",
            hint="try again when the machine is less busy, or delete the plan to search in one process",
        )
    made = repeated(plan, grower, jury)
    if not grower.whole:
        raise ClusterError(
            "workers were lost for good while the search plan was repeated, so the models would be others",
            found=grower.proof(),
            expected=f"{plan.workers} workers in every segment",
            hint="free CPUs in the cluster, or delete the plan to search anew",
        )
    return made
