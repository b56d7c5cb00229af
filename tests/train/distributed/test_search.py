"""A search on a cluster: the whole way from a file to candidates, and back from the plan."""

from __future__ import annotations

import itertools
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl
import pytest

from tests.train.distributed.test_cluster import descendants, elsewhere, left
from tests.train.tables import BINARY, VALUES, table
from workbench.params.train import Budget, TrainParams
from workbench.train import Candidate, Engine, SearchPlan, SearchResult, search
from workbench.train.distributed.searching import AGREEING

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.model import Roles

__all__ = ["elsewhere"]
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("ray")]

SOME = TrainParams(budget=Budget(trials=4), engine="ray", workers=2, seed=3, diagnose="off")


@dataclass(frozen=True)
class Files:
    train: Path
    validation: Path

    def search(
        self, roles: Roles, params: TrainParams, plan: SearchPlan | None = None, *, workers: int = 2
    ) -> SearchResult:
        engine = Engine("ray", f"{workers} workers were asked for", workers)
        return search(self.train, self.validation, roles, params, engine=engine, plan=plan)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    found = Files(tmp_path / "train.parquet", tmp_path / "validation.parquet")
    table(5000, 0).write_parquet(found.train, row_group_size=700)
    table(3000, 1).write_parquet(found.validation)
    return found


def test_a_plan_gives_the_same_bytes_and_the_proof_says_what_was_checked(
    elsewhere: pytest.MonkeyPatch, files: Files
) -> None:
    params = TrainParams(budget=Budget(trials=2), engine="ray", workers=2, seed=3, monotone={"left": 1})
    found = files.search(VALUES, params)
    plan = SearchPlan.from_yaml(found.plan.to_yaml())
    assert plan is not None
    again = files.search(VALUES, params, plan)
    assert (found.replayed, again.replayed) == (False, True)
    assert [one.model.dumps() for one in again.candidates] == [one.model.dumps() for one in found.candidates]
    for result in (found, again):
        assert re.match(r"2 workers grew each of \d+ segments of \d+ boosters", result.proof)
        assert "counted 5,000 rows at the root of 5,000 sent; 0 faults were survived" in result.proof
    assert (plan.engine, plan.workers, plan.seats) == ("ray", 2, 1)
    assert [finding.kind for finding in plan.findings] == ["left out"] * 2
    assert "does not hold for train.monotone" in plan.findings[0].sentence
    assert {one.id for one in found.candidates} >= {"baseline", "blend-2"}
    assert _rises(found.best, table(400, 2))


@pytest.mark.parametrize("roles", [VALUES, BINARY], ids=["values", "classes"])
def test_one_two_and_four_workers_find_the_same(elsewhere: pytest.MonkeyPatch, files: Files, roles: Roles) -> None:
    """The whole search: every trial, the offer, and what the best candidate predicts."""
    rows, one = table(400, 2), files.search(roles, SOME, workers=1)
    assert one.proof.startswith("1 process grew")
    for workers in (2, 4):
        several = files.search(roles, SOME, workers=workers)
        assert several.proof.startswith(f"{workers} workers grew")
        assert several.trials["loss"].to_numpy() == pytest.approx(one.trials["loss"].to_numpy(), rel=1e-6)
        assert [one.id for one in several.candidates] == [one.id for one in one.candidates]
        assert several.best.model.predict(rows) == pytest.approx(one.best.model.predict(rows), rel=1e-6)
    assert one.trials.select("settings", "pairs").is_unique().all(), "no configuration twice"
    assert [finding.sentence for finding in one.plan.findings] == [AGREEING]


def _rises(candidate: Candidate, rows: pl.DataFrame) -> bool:
    """Tell whether the prediction never falls along a column that it may only rise with."""
    steps = [candidate.model.predict(rows.with_columns(left=pl.lit(value / 4))) for value in range(-12, 13)]
    return all((after - before >= -1e-9).all() for before, after in itertools.pairwise(steps))


def test_a_budget_in_cpu_seconds_holds_and_counts_the_cluster(elsewhere: pytest.MonkeyPatch, files: Files) -> None:
    params = TrainParams(budget=Budget(cpu_seconds=24), engine="ray", workers=2)
    found = files.search(BINARY, params)
    assert 12 < found.spent <= 24 * 1.05
    assert found.trials["segment_rounds"].is_between(5, 20).all()


INTERRUPTED = """
import sys, threading, _thread
from pathlib import Path
from tests.train.tables import BINARY
from workbench.params.train import Budget, TrainParams, Validation
from workbench.train import Engine, search
params = TrainParams(budget=Budget(wall_seconds=300), engine="ray", workers=2)
def told(event):
    print(event.trials, flush=True)
found = search(Path(sys.argv[1]), Path(sys.argv[2]), BINARY, params, engine=Engine("ray", "", 2), on_progress=told)
print("kept", found.plan.complete, len(found.candidates) > 1, found.plan.stopped, flush=True)
"""


def test_an_interrupt_keeps_the_best_and_leaves_nothing(elsewhere: pytest.MonkeyPatch, files: Files) -> None:
    command = [sys.executable, "-c", INTERRUPTED, str(files.train), str(files.validation)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        while process.stdout.readline().strip() != "3":
            pass
        family = descendants(process.pid)
        process.send_signal(signal.SIGINT)
        last = process.stdout.read().splitlines()[-1]
    assert last.startswith("kept False True interrupted by hand")
    assert process.returncode == 0
    assert left(family, 5) == []
