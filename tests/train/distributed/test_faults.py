"""What befalls workers, and that it ends: recovered to the same bytes, or with the cause."""

from __future__ import annotations

import itertools
import os
import signal
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.train.distributed.tables import ROWS, job, slowly, table
from workbench.train.distributed import ClusterError, Limits
from workbench.train.distributed.shards import Span
from workbench.train.distributed.training import Order, drive

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

    from workbench.train.distributed import Progress, Trained

pytestmark = [pytest.mark.soak, pytest.mark.xdist_group("ray")]

LIMITS = Limits(stall=10)


class Strike:
    """Sends a signal to one rank once a round was reached."""

    def __init__(self, number: int, rank: int, after: int) -> None:
        self.number, self.rank, self.after = number, rank, after
        self.at: float | None = None
        self.pids: set[int] = set()

    def __call__(self, event: Progress) -> None:
        self.pids |= {pid for pid in event.pids if pid}
        if self.at is None and event.step == "grow" and event.rounds >= self.after and all(event.pids):
            os.kill(event.pids[self.rank], self.number)
            self.at = time.monotonic()

    def orphans(self) -> list[int]:
        """List the ranks that still run."""
        time.sleep(1)
        return [pid for pid in self.pids if psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie"]


@pytest.fixture(scope="module")
def undisturbed(cluster: object, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    folder = tmp_path_factory.mktemp("undisturbed")
    return drive(Order(job(folder), folder / "kept", workers=2, limits=LIMITS))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_rank_killed_or_stopped_costs_no_byte(undisturbed: Trained, tmp_path: Path, number: int) -> None:
    strike = Strike(number, rank=1, after=20)
    trained = drive(Order(slowly(job(tmp_path), 0.05), tmp_path / "kept", 2, limits=LIMITS), on_progress=strike)
    assert trained.sha256 == undisturbed.sha256
    assert [fault.kind for fault in trained.faults] == ["died" if number == signal.SIGKILL else "hung"]
    assert trained.faults[0].rounds >= 20
    assert strike.orphans() == []


def test_a_callback_that_raises_on_one_rank_ends_all_and_is_not_tried_again(cluster: object, tmp_path: Path) -> None:
    def fail(rank: int, round_: int) -> None:
        if rank == 1 and round_ == 17:
            raise ValueError("a bug of mine")

    began = time.monotonic()
    strike = Strike(0, 0, 10**9)
    with pytest.raises(ClusterError, match=r"rank 1 cannot train after round 10.*a bug of mine"):
        drive(Order(job(tmp_path, on_round=fail), tmp_path / "kept", 2, limits=LIMITS), on_progress=strike)
    assert time.monotonic() - began < 60
    assert strike.orphans() == []


@pytest.mark.parametrize("workers", [2, 4])
def test_workers_agree_with_one_process_on_unequal_shards(cluster: object, tmp_path: Path, workers: int) -> None:
    work = replace(job(tmp_path), settings={"learning_rate": 0.1})
    alone = drive(Order(work, tmp_path / "alone"))
    cuts = [*[0, 300, 5000, 11000, ROWS][:workers], ROWS]
    parts = tuple((Span(work.train[0], a, b - a),) for a, b in itertools.pairwise(cuts))
    trained = drive(Order(work, tmp_path / "kept", workers, limits=LIMITS, shards=parts))
    assert abs(trained.loss / alone.loss - 1) < 0.002
    assert trained.workers == (workers,) * 6


def test_an_empty_shard_is_refused_before_training(cluster: object, tmp_path: Path) -> None:
    work = job(tmp_path)
    parts = ((Span(work.train[0], 0, ROWS),), ())
    with pytest.raises(ClusterError, match="rank 1 has no rows"):
        drive(Order(work, tmp_path / "kept", 2, limits=LIMITS, shards=parts))


def test_a_shard_of_another_type_is_refused_before_training(cluster: object, tmp_path: Path) -> None:
    work = job(tmp_path)
    odd = tmp_path / "odd.parquet"
    table(ROWS, 3).with_columns(x0=(table(ROWS, 3)["x0"] * 10).cast(int)).write_parquet(odd, row_group_size=1000)
    mixed = replace(work, train=(*work.train, str(odd)))
    with pytest.raises(ClusterError, match="holds a column with another type"):
        drive(Order(mixed, tmp_path / "kept", 2, limits=LIMITS))


def test_a_cluster_too_small_goes_on_with_fewer_workers(cluster: ModuleType, tmp_path: Path) -> None:
    threads = int(cluster.cluster_resources()["CPU"])
    trained = drive(Order(job(tmp_path, rounds=10), tmp_path / "kept", 2, threads=threads, limits=LIMITS))
    assert trained.workers == (1,)
