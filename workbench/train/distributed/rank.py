"""One worker: reads its own rows, votes, and grows the same trees as the others."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np

from workbench.train.distributed.ballot import Ballot, Seat
from workbench.train.distributed.reading import read, schema, sums
from workbench.train.distributed.segment import Grower, Links
from workbench.train.distributed.shards import sample_mask, sample_size
from workbench.train.distributed.sockets import held_port

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from workbench.train.distributed.job import Job
    from workbench.train.distributed.reading import Numbers
    from workbench.train.distributed.segment import Grown
    from workbench.train.distributed.shards import Shard

EXPIRED = 75
"""Exit status of a worker that nobody asked for too long."""


@dataclass(frozen=True)
class Task:
    """What one worker is to do.

    Attributes:
        rank: Its number.
        workers: How many there are.
        train: Its training rows.
        validation: Its validation rows, perhaps none.
        train_rows: Training rows of all workers.
        threads: Threads it may use.
        lease: Seconds after which it ends itself if nobody asks for its progress; None for never.
    """

    rank: int
    workers: int
    train: Shard
    validation: Shard
    train_rows: int
    threads: int = 1
    lease: float | None = None


@dataclass(frozen=True)
class Beat:
    """A sign of life.

    Attributes:
        pid: Process of the worker.
        count: Rows read and rounds grown; it only rises.
        cpu_seconds: CPU-seconds of the process.
    """

    pid: int
    count: int
    cpu_seconds: float


class Rank:
    """What one worker holds between two steps: load, seat, link, then grow and catch up by turns."""

    def __init__(self, job: Job, task: Task) -> None:
        self._job, self._task = job, task
        self._count = 0
        self._asked = time.monotonic()
        self._train: Numbers | None = None
        self._validation: Numbers | None = None
        self._held: socket.socket | None = None
        self._grower: Grower | None = None
        # LightGBM keeps its network in the thread that opened it: in any other one it would train alone.
        self._thread = ThreadPoolExecutor(max_workers=1)
        if task.lease is not None:
            threading.Thread(target=self._expire, args=(task.lease,), daemon=True).start()

    def progress(self) -> Beat:
        """Tell how far this worker is; being asked renews its lease."""
        self._asked = time.monotonic()
        return Beat(os.getpid(), self._count, time.process_time())

    def load(self) -> tuple[Ballot, NDArray[np.float64]]:
        """Read the rows; give a vote, and those of the rows that the bins are found on."""
        job, task = self._job, self._task
        types = schema(task.train, job)
        train = self._train = read(task.train, job, job.weight, self._tick)
        self._validation = read(task.validation, job, None, self._tick) if task.validation.rows else None
        wanted = sample_size(train.values.shape[1])
        chosen = sample_mask(task.train.first, task.train.rows, task.train_rows, wanted)
        label_sum, weight_sum = sums(train)
        ballot = Ballot(
            rank=task.rank,
            rows=len(train.labels),
            validation_rows=task.validation.rows,
            schema=types,
            job=job.digest(),
            lightgbm=version("lightgbm"),
            lowest=float(train.labels.min()),
            highest=float(train.labels.max()),
            label_sum=label_sum,
            weight_sum=weight_sum,
        )
        return ballot, train.values[chosen]

    def seat(self, host: str, mean: float | None, *samples: NDArray[np.float64]) -> Seat:
        """Find the bins on the rows that all workers chose, bin the own rows, and hold a port.

        Every worker finds the bins by itself, on the same rows in the same order: no bin depends on how the rows
        were dealt.

        Args:
            host: Address that the others reach this worker at; empty when it trains alone.
            mean: Mean of the labels of all ranks; None when it trains alone.
            samples: Rows chosen by each rank, in order.
        """
        if self._train is None:
            raise RuntimeError("seat before load")
        pooled = np.concatenate(samples)
        self._grower = Grower(self._job, self._task, pooled, self._train, self._validation, self._note, mean)
        self._held, port = held_port() if host else (None, 0)
        return Seat(host, port, hashlib.sha256(np.ascontiguousarray(pooled).data).hexdigest())

    def link(self, seats: Sequence[Seat]) -> bool:
        """Connect with the others."""
        if self._grower is None:
            raise RuntimeError("link before seat")
        if self._held is not None:
            self._held.close()
            links = Links(tuple((seat.host, seat.port) for seat in seats), self._task.rank)
            self._thread.submit(self._grower.connect, links).result()
        return True

    def begin(self, job: Job) -> str:
        """Turn to a model on the rows that are binned already; give the SHA-256 of the job as it arrived."""
        if self._grower is None:
            raise RuntimeError("begin before seat")
        self._job = job
        self._grower.begin(job)
        return job.digest()

    def catch_up(self, *texts: str) -> bool:
        """Add segments to the scores of the own rows."""
        if self._grower is None:
            raise RuntimeError("catch_up before seat")
        for text in texts:
            self._grower.catch_up(text)
        return True

    def grow(self, segment: int, rounds: int) -> Grown:
        """Add the trees of one segment.

        Args:
            segment: Number of the segment.
            rounds: Rounds to add.
        """
        if self._grower is None:
            raise RuntimeError("grow before seat")
        return self._thread.submit(self._grower.grow, segment, rounds).result()

    def _tick(self, count: int) -> None:
        self._count += count

    def _note(self, round_: int) -> None:
        self._count += 1
        if self._job.on_round is not None:
            self._job.on_round(self._task.rank, round_)

    def _expire(self, lease: float) -> None:
        """End this process when the one that started it is gone or cut off, even from within LightGBM's loop."""
        while time.monotonic() - self._asked < lease:
            time.sleep(1)
        os._exit(EXPIRED)
