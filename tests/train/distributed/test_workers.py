"""Workers that are actors of a Ray cluster: they agree with one process, and there may be fewer than asked for."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.train.distributed import callbacks
from tests.train.distributed.tables import ROWS, job
from workbench.train.distributed import ClusterError, Limits
from workbench.train.distributed.shards import Span
from workbench.train.distributed.training import Order, drive

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("ray")]


@pytest.mark.parametrize("workers", [2, pytest.param(4, marks=pytest.mark.soak)])
def test_workers_agree_with_one_process_on_unequal_shards(cluster: object, tmp_path: Path, workers: int) -> None:
    work = replace(job(tmp_path), settings={"learning_rate": 0.1})
    alone = drive(Order(work, tmp_path / "alone"))
    cuts = [*[0, 300, 5000, 11000, ROWS][:workers], ROWS]
    parts = tuple((Span(work.train[0], a, b - a),) for a, b in itertools.pairwise(cuts))
    trained = drive(Order(work, tmp_path / "kept", workers, shards=parts))
    assert abs(trained.loss / alone.loss - 1) < 0.002
    assert trained.workers == (workers,) * 6


def test_a_cluster_too_small_goes_on_with_fewer_workers(cluster: ModuleType, tmp_path: Path) -> None:
    threads = int(cluster.cluster_resources()["CPU"])
    trained = drive(Order(job(tmp_path, rounds=10), tmp_path / "kept", 2, threads=threads))
    assert trained.workers == (1,)


@pytest.mark.soak
def test_a_worker_without_room_is_not_waited_for(cluster: ModuleType, tmp_path: Path) -> None:
    class Guest:
        def here(self) -> bool:
            return True

    guest = cluster.remote(Guest).options(num_cpus=cluster.cluster_resources()["CPU"] - 1).remote()
    assert cluster.get(guest.here.remote())
    try:
        trained = drive(Order(job(tmp_path, rounds=10), tmp_path / "kept", 2, limits=Limits(join=20)))
    finally:
        cluster.kill(guest)
    assert [fault.kind for fault in trained.faults] == ["absent"]
    assert trained.workers == (1,)


@pytest.mark.usefixtures("cluster")
def test_what_hangs_again_is_given_less_patience(tmp_path: Path) -> None:
    work = job(tmp_path, on_round=callbacks.fail("sleep", 1, 3, str(tmp_path / "mark")))
    with pytest.raises(ClusterError, match="2 times without a new checkpoint in between") as caught:
        drive(Order(work, tmp_path / "kept", 2, limits=Limits(stall=10)))
    told = re.search(r"for (\d+) s in the step", str(caught.value))
    assert told
    assert int(told[1]) < 10
