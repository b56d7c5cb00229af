"""A search whose trials grow side by side: the same models as one process, its budget, and whatever befalls it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from tests.train.distributed.test_cluster import HEAD, descendants, elsewhere, left
from tests.train.tables import BINARY, table
from workbench.errors import ParamsError
from workbench.params.train import Budget, TrainParams
from workbench.train import Engine, SearchPlan, SearchResult, engine_for, search
from workbench.train.distributed import abreast
from workbench.train.distributed.cluster import Cluster
from workbench.train.distributed.hand import Ended, Halt, Lost, Muster
from workbench.train.distributed.job import Fault
from workbench.train.distributed.parcel import unpack
from workbench.train.grower import Begun

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import psutil

    from workbench.train import ProgressEvent
    from workbench.train.grower import LocalGrower

__all__ = ["elsewhere"]
TWO = Engine("ray", "2 workers were asked for, each for whole trials", 2, "trials")
PARAMS = TrainParams(budget=Budget(trials=5), engine="ray", workers=2, spread="trials", seed=3, diagnose="off")
NOISE = tuple(f"noise{number}" for number in range(30))
ALONE = TrainParams(budget=Budget(trials=5), seed=3, device="cpu", diagnose="off", pairs="off")
"""What one process does that sees columns alone, as workers with whole trials do (decision 0032)."""


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


@dataclass
class Scripted:
    """Stands for a cluster: grows in this process, the newest trial first, and loses those that it is told to lose."""

    losing: frozenset[int] = frozenset()
    workers: int = 2
    note: str = ""
    cpu_seconds: float = 0.0
    closed: bool = False
    most: int = 0
    halted: bool = False
    flying: list[Begun] = field(default_factory=list)
    grower: LocalGrower | None = None

    def tell(self, message: object) -> None:
        if isinstance(message, Muster):
            self.grower = unpack(message.parcel, [path.read_bytes() for path in message.files], 1)
        elif isinstance(message, Begun):
            self.flying.append(message)
            self.most = max(self.most, len(self.flying))
        else:
            self.halted = isinstance(message, Halt)

    def heard(self, _: float) -> object:
        assert self.grower is not None
        begun = self.flying.pop()
        if begun.number in self.losing:
            return Ended(begun.number, None, faults=(Fault("died", (0,), "killed"),))
        grown = self.grower.grow(begun.setup, begun.seed, lambda: 1.0 - self.halted)
        return Ended(begun.number, grown, 1.0, 1.0)

    def close(self) -> None:
        self.closed = True


def scripted(monkeypatch: pytest.MonkeyPatch, cluster: Scripted, params: TrainParams = PARAMS) -> SearchResult:
    monkeypatch.setattr(abreast, "open_cluster", lambda *_: cluster)
    found = searched(params)
    assert cluster.closed
    return found


def test_trials_count_by_their_beginning_and_are_written_down_as_they_end(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Scripted()
    found = scripted(monkeypatch, cluster)
    assert cluster.most == 2
    assert found.trials["booster"].to_list()[0] == "b00", "nothing begins before the baseline is there"
    assert found.trials["booster"].to_list() != sorted(found.trials["booster"])
    assert models(found) == models(searched(ALONE))


def test_a_lost_trial_is_named_and_a_lost_baseline_is_grown_here(monkeypatch: pytest.MonkeyPatch) -> None:
    found = scripted(monkeypatch, Scripted(frozenset({0, 2})))
    assert sorted(found.trials["booster"]) == ["b00", "b01", "b03", "b04"]
    assert re.search(r"grew 4 trials.* 2 faults were survived: died, died; trials given up: \w+", found.proof)


def test_a_worker_lost_without_a_trial_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    class Losing(Scripted):
        lost: bool = False

        def heard(self, seconds: float) -> object:
            if self.lost:
                return super().heard(seconds)
            self.lost = True
            return Lost(Fault("died", (1,), "killed"))

    found = scripted(monkeypatch, Losing())
    assert "grew 5 trials" in found.proof
    assert "1 faults were survived: died" in found.proof


@dataclass
class Spending(Scripted):
    """Spends more than the budget with the fourth trial, and says `after` once it was told to end."""

    after: float = 1000.0

    def tell(self, message: object) -> None:
        super().tell(message)
        if isinstance(message, Begun) and message.number == 3:
            self.cpu_seconds = 1000.0
        elif isinstance(message, Halt):
            self.cpu_seconds = self.after


def overspent(monkeypatch: pytest.MonkeyPatch, cluster: Spending) -> SearchResult:
    monkeypatch.setattr(abreast, "LATEST", 0.0)
    found = scripted(monkeypatch, cluster, PARAMS.model_copy(update={"budget": Budget(cpu_seconds=900)}))
    assert cluster.halted
    return found


def test_all_trials_end_when_the_budget_is_spent(monkeypatch: pytest.MonkeyPatch) -> None:
    found = overspent(monkeypatch, Spending())
    rounds = dict(zip(found.trials["booster"], found.trials["rounds"], strict=True))
    assert rounds["b03"] == 1
    assert (found.plan.stopped, found.plan.complete) == ("the budget is spent", True)


def test_nothing_begins_once_the_workers_were_told_to_end(monkeypatch: pytest.MonkeyPatch) -> None:
    found = overspent(monkeypatch, Spending(after=0.0))
    assert found.trials.height <= 5
    assert found.plan.stopped == "the budget is spent"
    assert "given up" not in found.proof


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
def test_a_running_cluster_is_used_with_its_token_and_left_as_it_was(elsewhere: pytest.MonkeyPatch) -> None:
    elsewhere.setenv("RAY_AUTH_MODE", "token")
    elsewhere.setenv("RAY_AUTH_TOKEN", "a" * 64)
    command = [sys.executable, "-c", HEAD]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, text=True, **pipes) as head:
        assert head.stdout is not None
        elsewhere.setenv("RAY_ADDRESS", head.stdout.readline().strip())
        servers = descendants(head.pid)
        found = searched(PARAMS)
        assert left([one for one in descendants(head.pid) if one.name().startswith("ray::Hand")], 5) == []
        assert {"raylet", "gcs_server"} <= {one.name() for one in descendants(head.pid)}
        head.communicate("")
    assert left(servers, 10) == []
    assert found.plan.workers == 2
    assert "Note:" not in found.proof
    assert found.spent_cpu_seconds > found.plan_cpu_seconds() > 0, "the workers' seconds count"
    assert models(found) == models(searched(ALONE))


@pytest.mark.slow
@pytest.mark.xdist_group("ray")
def test_a_budget_in_cpu_seconds_holds_and_counts_the_workers(elsewhere: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    rows, judges = (
        table(size, seed).with_columns(**{name: pl.Series(rng.normal(size=size)) for name in NOISE})
        for seed, size in enumerate((12_000, 4000))
    )
    roles = replace(BINARY, features=(*BINARY.features, *NOISE))
    params = PARAMS.model_copy(update={"budget": Budget(cpu_seconds=40)})
    found = search(rows, judges, roles, params, engine=TWO)
    assert 20 < found.spent <= 40 * 1.05
    assert found.trials.height > 2
    assert "budget" in found.plan.stopped


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
