"""Processor time of Ray workers that a run had not started reaches the ledger once, and only then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from workbench import artifacts
from workbench.cost.ledger.amounts import ledger_frame
from workbench.cost.ledger.grouping import group
from workbench.cost.ledger.repricing import repriced
from workbench.cost.pricing.prices import PriceBook

if TYPE_CHECKING:
    from tests.stages.conftest import Project

PLAN = "contracts/train.yaml"
INSTANCE = "aws/us-east-1/m7i.large"


def plan_text(engine: str = "ray", workers: int = 4, stopped: str = "the budget is spent") -> str:
    return f"stopped: {stopped}\nengine: {engine}\nengine_reason: asked for\nworkers: {workers}\n"


def searching(project: Project, spent: float, plan: str) -> artifacts.RunRecord:
    """Run a stage `train` that leaves what a search leaves; its longest cell waits for its workers."""
    files = {"metrics/train.json": {"search_cpu_seconds": spent}, PLAN: plan}
    project.write(
        "train",
        "import time\nend = time.process_time() + 0.2\nwhile time.process_time() < end: pass\ntime.sleep(0.6)",
        f"from workbench import artifacts\nartifacts.commit('train', {files!r})",
    )
    return project.run("train")


@pytest.fixture
def far(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "10.0.0.1:6379")


def test_what_workers_used_elsewhere_is_on_record_and_in_the_dollars(project: Project, far: None) -> None:
    record = searching(project, 7200.0, plan_text())
    longest = max(record.cells, key=lambda use: use.wall_seconds)
    assert longest.cpu_seconds > 0.15
    assert record.elsewhere_cpu_seconds == pytest.approx(7200 - longest.cpu_seconds, abs=0.002)
    assert record.cpu_seconds < 60
    book = PriceBook.load(project.root)
    alone = record.wall_seconds / 3600 * book.usd_per_hour(INSTANCE, "on_demand").usd_per_hour
    assert record.usd is not None
    used = record.elsewhere_cpu_seconds * book.usd_per_cpu_second(INSTANCE)
    assert record.usd - alone == pytest.approx(used, rel=1e-4)
    assert "7,199" in project.report("train")
    frame = artifacts.read_ledger(project.root).frame
    (anew,) = repriced(frame, book)[0]["usd"]
    assert anew == pytest.approx(record.usd, rel=1e-4)
    (total,) = group(ledger_frame(frame), "stage")["cpu_seconds"]
    assert total == pytest.approx(record.cpu_seconds + record.elsewhere_cpu_seconds)


def test_workers_that_grow_whole_trials_are_counted_whole(project: Project, far: None) -> None:
    project.params(extra="train: {engine: ray, spread: trials, workers: 2}\n")
    assert searching(project, 90.0, plan_text(workers=2)).elsewhere_cpu_seconds == 90.0


@pytest.mark.parametrize("plan", [plan_text(engine="local", workers=1), plan_text(workers=1)])
def test_where_this_process_trained_nothing_was_used_elsewhere(project: Project, far: None, plan: str) -> None:
    assert searching(project, 7200.0, plan).elsewhere_cpu_seconds == 0.0


@pytest.mark.parametrize("address", ["", "local"])
def test_workers_of_a_cluster_that_the_run_started_are_metered_already(
    project: Project, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("RAY_ADDRESS", address)
    assert searching(project, 7200.0, plan_text()).elsewhere_cpu_seconds == 0.0


def test_a_plan_that_was_replayed_costs_nothing_elsewhere(project: Project, far: None) -> None:
    assert searching(project, 90.0, plan_text()).elsewhere_cpu_seconds > 0
    assert searching(project, 90.0, plan_text()).elsewhere_cpu_seconds == 0.0
    assert searching(project, 90.0, plan_text(stopped="again")).elsewhere_cpu_seconds > 0
