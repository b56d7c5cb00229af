"""The start of a cluster: by a deadline, or not at all; and nothing is left of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.train.distributed.tables import job
from workbench.train.distributed import ClusterError
from workbench.train.distributed.joining import Patience, open_cluster
from workbench.train.distributed.training import Order, drive

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("ray")]

HOLD = """
import sys, time
from workbench.train.distributed.joining import open_cluster
cluster = open_cluster(2, 1)
print("here" if not cluster.note else cluster.note, flush=True)
time.sleep(600)
"""


def descendants(pid: int) -> list[psutil.Process]:
    return psutil.Process(pid).children(recursive=True)


def left(processes: list[psutil.Process], seconds: float) -> list[str]:
    """Name those that still run after some seconds."""
    _, alive = psutil.wait_procs(processes, timeout=seconds)
    return [process.name() for process in alive if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    before = {process.pid for process in descendants(os.getpid())}
    yield monkeypatch
    after = [one for one in descendants(os.getpid()) if not {one.pid, *(own.pid for own in one.parents())} & before]
    assert left(after, 1) == []


def test_an_address_that_does_not_answer_is_an_error_within_the_deadline(elsewhere: pytest.MonkeyPatch) -> None:
    elsewhere.setenv("RAY_ADDRESS", "127.0.0.1:1")
    began = time.monotonic()
    with pytest.raises(ClusterError, match=r"not reached within 8 s.*127\.0\.0\.1:1"):
        open_cluster(2, 1, Patience(seconds=8))
    assert time.monotonic() - began < 12


def test_ray_client_is_refused(elsewhere: pytest.MonkeyPatch) -> None:
    elsewhere.setenv("RAY_ADDRESS", "ray://head:10001")
    with pytest.raises(ClusterError, match="Ray Client"):
        open_cluster(2, 1)


HEAD = """
import sys
import ray
print(ray.init(address="local", num_cpus=2, include_dashboard=False).address_info["gcs_address"], flush=True)
sys.stdin.read()
"""


def test_a_running_cluster_is_joined_with_its_token_alone(elsewhere: pytest.MonkeyPatch, tmp_path: Path) -> None:
    elsewhere.setenv("RAY_AUTH_MODE", "token")
    elsewhere.setenv("RAY_AUTH_TOKEN", "a" * 64)
    with subprocess.Popen(
        [sys.executable, "-c", HEAD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as head:
        assert head.stdout is not None
        address = head.stdout.readline().strip()
        servers = descendants(head.pid)
        elsewhere.setenv("RAY_ADDRESS", address)
        cluster = open_cluster(2, 1, Patience(seconds=60))
        try:
            assert (cluster.far, cluster.note) == (True, "")
            trained = cluster.train(Order(job(tmp_path), tmp_path / "kept", 2), lambda: True)
            assert set(trained.workers) == {2}
        finally:
            cluster.close()
        elsewhere.setenv("RAY_AUTH_TOKEN", "b" * 64)
        with pytest.raises(ClusterError, match="not reached within 15 s"):
            open_cluster(2, 1, Patience(seconds=15))
        assert {"raylet", "gcs_server"} <= {process.name() for process in descendants(head.pid)}, (
            "it is not ours to end"
        )
        head.communicate("")
    assert left(servers, 10) == []


def test_a_start_that_hangs_ends_in_one_process_that_says_so(elsewhere: pytest.MonkeyPatch, tmp_path: Path) -> None:
    elsewhere.setenv("PYTHONPATH", f"{_hanging(tmp_path)}:{os.environ.get('PYTHONPATH', '')}")
    began = time.monotonic()
    cluster = open_cluster(2, 1, Patience(seconds=4, attempts=2))
    try:
        assert time.monotonic() - began < 20
        assert "did not start here in 2 attempts of at most 4 s" in cluster.note
        assert "one process trained in place of 2" in cluster.note
        trained = cluster.train(Order(job(tmp_path), tmp_path / "kept", cluster.workers), lambda: True)
    finally:
        cluster.close()
    assert trained.sha256 == drive(Order(job(tmp_path), tmp_path / "alone")).sha256


def _hanging(folder: Path) -> Path:
    """Put a Ray whose start never ends, and leaves a process behind, before the real one."""
    (folder / "shadow" / "ray").mkdir(parents=True)
    (folder / "shadow" / "ray" / "__init__.py").write_text(
        "import subprocess, time\n"
        "def init(**_):\n"
        "    subprocess.Popen(['sleep', '600'], start_new_session=True)\n"
        "    time.sleep(600)\n"
    )
    return folder / "shadow"


def test_workers_stay_for_the_next_model_which_is_the_one_of_fresh_workers(
    elsewhere: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    work = job(tmp_path, rounds=25)
    cluster = open_cluster(2, 1)
    try:
        pids: set[tuple[int, ...]] = set()
        models = [
            cluster.train(
                Order(work, tmp_path / str(turn), cluster.workers), lambda: True, lambda event: pids.add(event.pids)
            )
            for turn in range(3)
        ]
        running = cluster.cpu_seconds
        assert running > sum(one.cpu_seconds for one in models) > 0
    finally:
        cluster.close()
    assert cluster.note == ""
    assert len({one.sha256 for one in models}) == 1
    assert len({each for each in pids if all(each)}) == 1
    assert models[2].seconds < models[0].seconds / 2
    trained = sum(one.cpu_seconds for one in models)
    assert cluster.cpu_seconds < trained / 3, "what was waited for, the training too, counts as this process's own"


def test_the_process_that_holds_the_cluster_may_be_killed_at_no_cost_of_a_byte(
    elsewhere: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    work = job(tmp_path, rounds=40)
    cluster = open_cluster(2, 1)
    killed: list[int] = []

    def strike() -> bool:
        held = [one for one in descendants(os.getpid()) if "serve(*map" in " ".join(one.cmdline())]
        if not killed:
            killed.append(held[-1].pid)
            held[-1].kill()
        return True

    try:
        struck = cluster.train(Order(work, tmp_path / "struck", 2), strike)
        whole = cluster.train(Order(work, tmp_path / "whole", 2), lambda: True)
    finally:
        cluster.close()
    assert killed
    assert struck.sha256 == whole.sha256
    assert ([fault.kind for fault in struck.faults], struck.resumed_rounds) == (["died"], 10)


def test_a_worker_that_died_between_two_models_is_replaced(elsewhere: pytest.MonkeyPatch, tmp_path: Path) -> None:
    work, pids = job(tmp_path, rounds=20), [(0,)]
    cluster = open_cluster(2, 1)
    try:
        first = cluster.train(Order(work, tmp_path / "first", 2), lambda: True, lambda event: pids.append(event.pids))
        psutil.Process(pids[-1][-1]).kill()
        second = cluster.train(Order(work, tmp_path / "second", 2), lambda: True)
    finally:
        cluster.close()
    assert second.sha256 == first.sha256
    assert ([fault.kind for fault in second.faults], second.workers) == (["died"], (2, 2))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_nothing_is_left_when_the_parent_is_killed(elsewhere: pytest.MonkeyPatch, number: int) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline().strip() == "here"
        family = descendants(parent.pid)
        assert {"raylet", "gcs_server"} <= {process.name() for process in family}
        parent.send_signal(number)
    assert left(family, 5) == []
