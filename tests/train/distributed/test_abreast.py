"""A search whose trials grow side by side: the same models as one process, its budget, and whatever befalls it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.train.distributed.test_cluster import descendants, elsewhere, left
from tests.train.tables import BINARY, VALUES, table
from workbench.errors import ParamsError
from workbench.params.train import Budget, TrainParams
from workbench.train import Engine, SearchPlan, SearchResult, engine_for, search
from workbench.train.distributed import abreast
from workbench.train.distributed.cluster import Cluster

if TYPE_CHECKING:
    import psutil
    from collections.abc import Callable
    from pathlib import Path

    from workbench.train import ProgressEvent

__all__ = ["elsewhere"]
TWO = Engine("ray", "2 workers were asked for, each for whole trials", 2, "trials")
PARAMS = TrainParams(budget=Budget(trials=5), engine="ray", workers=2, spread="trials", seed=3, diagnose="off")
ALONE = TrainParams(budget=Budget(trials=5), seed=3, device="cpu", diagnose="off")


def searched(
    params: TrainParams, plan: SearchPlan | None = None, told: Callable[[ProgressEvent], None] | None = None
) -> SearchResult:
    engine = TWO if params.engine == "ray" else Engine("local", "")
    return search(table(3000, 0), table(900, 1), BINARY, params, engine=engine, plan=plan, on_progress=told)


def models(result: SearchResult) -> list[dict[str, bytes]]:
    return [candidate.model.dumps() for candidate in result.candidates]


def workers() -> list[psutil.Process]:
    return [one for one in descendants(os.getpid()) if one.name().startswith("ray::Hand")]


def holder() -> psutil.Process:
    return [one for one in descendants(os.getpid()) if "serve(*map" in " ".join(one.cmdline())][-1]


def test_the_engine_that_was_asked_for(tmp_path: Path) -> None:
    found = engine_for(PARAMS, BINARY, tmp_path / "not needed")
    assert (found, found.abreast, found.reads_files) == (TWO, True, False)
    table(100, 0).write_parquet(tmp_path / "train.parquet")
    one = PARAMS.model_copy(update={"workers": 1})
    assert engine_for(one, BINARY, tmp_path / "train.parquet").name == "local"
    with pytest.raises(ParamsError, match="engine that engine_for gives"):
        search(table(100, 0), table(100, 1), BINARY, PARAMS)


def test_without_a_cluster_one_process_searches_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(abreast, "open_cluster", lambda *_: Cluster(1, 1, "Ray did not start here"))
    found = searched(PARAMS)
    assert models(found) == models(searched(ALONE))
    assert found.plan.workers == 1
    assert found.proof == (
        "1 process grew 5 trials, each in one process on all rows; 0 faults were survived. Note: Ray did not start here"
    )


def no_cluster(*_: object) -> Cluster:
    pytest.fail("a plan is repeated by one process")


@pytest.mark.slow
@pytest.mark.xdist_group("ray")
def test_models_are_those_of_one_process_and_a_plan_needs_no_cluster(elsewhere: pytest.MonkeyPatch) -> None:
    struck: list[int] = []

    def strike(event: ProgressEvent) -> None:
        """Kill a worker once the baseline is there."""
        if event.trials == 1:
            struck.append(workers()[0].pid)
            os.kill(struck[0], signal.SIGKILL)

    found = searched(PARAMS, told=strike)
    assert struck
    assert found.plan.workers == 2
    assert found.proof.startswith(
        "2 workers grew 5 trials, each in one process on all rows; 1 faults were survived: died"
    )
    assert sorted(found.trials["booster"]) == [f"b{number:02d}" for number in range(5)]
    assert found.plan.complete
    assert found.plan.refits, "the boosters on offer learned from the validation rows too"
    assert models(found) == models(searched(ALONE))
    elsewhere.setattr(abreast, "open_cluster", no_cluster)
    again = searched(PARAMS, SearchPlan.from_yaml(found.plan.to_yaml()))
    assert again.replayed
    assert models(again) == models(found)


@pytest.mark.slow
@pytest.mark.xdist_group("ray")
def test_a_cluster_that_is_lost_twice_is_replaced_once(elsewhere: pytest.MonkeyPatch) -> None:
    struck: list[int] = []

    def strike(event: ProgressEvent) -> None:
        if event.trials in {1, 3}:
            struck.append(holder().pid)
            os.kill(struck[-1], signal.SIGKILL)

    found = searched(PARAMS, told=strike)
    assert len(set(struck)) == 2
    assert models(found) == models(searched(ALONE))
    assert "2 faults were survived: died, died" in found.proof
    assert "one process grew them in place of 2" in found.proof


@pytest.mark.slow
@pytest.mark.xdist_group("ray")
def test_a_budget_in_cpu_seconds_holds_and_counts_the_workers(elsewhere: pytest.MonkeyPatch) -> None:
    params = PARAMS.model_copy(update={"budget": Budget(cpu_seconds=40)})
    found = search(table(12_000, 0), table(4000, 1), VALUES, params, engine=TWO)
    print(found.spent, found.proof, found.plan.stopped, found.trials)
    assert 20 < found.spent <= 40 * 1.05
    assert found.trials.height > 2


INTERRUPTED = """
import sys
from tests.train.distributed.test_abreast import BINARY, Budget, PARAMS, TWO, search, table
def told(event):
    print(event.trials, flush=True)
params = PARAMS.model_copy(update={"budget": Budget(wall_seconds=400)})
found = search(table(9000, 0), table(3000, 1), BINARY, params, engine=TWO, on_progress=told)
print("kept", found.plan.complete, len(found.candidates) > 1, found.plan.stopped, flush=True)
"""


def reach(process: subprocess.Popen[str], trials: int) -> None:
    assert process.stdout is not None
    while process.stdout.readline().strip() != str(trials):
        assert process.poll() is None


def stop(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    family = descendants(process.pid)
    process.send_signal(signal.SIGINT)
    last = process.stdout.read().splitlines()[-1]
    assert last.startswith("kept False True interrupted by hand")
    process.wait()
    assert process.returncode == 0
    assert left(family, 5) == []


@pytest.mark.slow
@pytest.mark.xdist_group("ray")
def test_an_interrupt_keeps_the_best_and_leaves_another_search_alone(elsewhere: pytest.MonkeyPatch) -> None:
    command = [sys.executable, "-c", INTERRUPTED]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as one,
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other,
    ):
        reach(one, 3)
        reach(other, 3)
        stop(one)
        reach(other, 6)
        stop(other)
