"""One worker that grows whole trials by itself, and what is said to it and by it."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.train.distributed.crew import meet
from workbench.train.distributed.parcel import unpack
from workbench.train.distributed.rank import EXPIRED, Beat

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.train.distributed.crew import Met
    from workbench.train.distributed.job import Fault
    from workbench.train.distributed.parcel import Parcel
    from workbench.train.grower import Begun, Grown, LocalGrower


@dataclass(frozen=True)
class Muster:
    """Calls workers together.

    Attributes:
        parcel: What they grow trials on.
        files: The binned rows, on the machine of the process that holds the cluster.
        workers: How many are wanted.
        threads: Threads of each.
    """

    parcel: Parcel
    files: tuple[Path, ...]
    workers: int
    threads: int


@dataclass(frozen=True)
class Mustered:
    """How many workers there are."""

    workers: int


@dataclass(frozen=True)
class Deserted:
    """There are no workers any more.

    Attributes:
        fault: What became of the last one.
    """

    fault: Fault


@dataclass(frozen=True)
class Lost:
    """A worker that was lost while no trial of it grew.

    Attributes:
        fault: What became of it.
    """

    fault: Fault


@dataclass(frozen=True)
class Halt:
    """Nothing is left of the budget: every trial ends after its round."""


@dataclass(frozen=True)
class Vitals:
    """What the workers have spent.

    Attributes:
        cpu_seconds: CPU-seconds of all workers, lost ones as far as they were seen.
        trials: CPU-seconds of each trial that grows, by its number.
    """

    cpu_seconds: float
    trials: dict[int, float]


@dataclass(frozen=True)
class Ended:
    """A trial that has ended.

    Attributes:
        number: Its number.
        grown: What came of it; None where it cost too many workers.
        seconds: Seconds on the clock that it took.
        cpu_seconds: CPU-seconds of the worker meanwhile.
        faults: What was met on the way.
    """

    number: int
    grown: Grown | None
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    faults: tuple[Fault, ...] = ()


class Hand:
    """Holds all rows, and grows one trial after the other.

    Args:
        threads: Threads of each booster.
        lease: Seconds after which it ends itself if nobody asks for its progress.
    """

    def __init__(self, threads: int, lease: float) -> None:
        self._threads = threads
        self._grower: LocalGrower | None = None
        self._rounds = 0
        self._halted = False
        self._asked = time.monotonic()
        threading.Thread(target=self._expire, args=(lease,), daemon=True).start()

    def load(self, parcel: Parcel, *files: bytes) -> Met:
        """Take the rows; tell where it runs."""
        self._grower = unpack(parcel, files, self._threads)
        return meet()

    def progress(self) -> Beat:
        """Tell how far it is; being asked renews its lease."""
        self._asked = time.monotonic()
        return Beat(os.getpid(), self._rounds, time.process_time())

    def halt(self) -> None:
        """End the trial after its round."""
        self._halted = True

    def grow(self, begun: Begun) -> Ended:
        """Grow one trial."""
        if self._grower is None:
            raise RuntimeError("grow before load")
        began, cpu_began = time.monotonic(), time.process_time()
        grown = self._grower.grow(begun.setup, begun.seed, self._left)
        return Ended(begun.number, grown, time.monotonic() - began, time.process_time() - cpu_began)

    def _left(self) -> float:
        """Count a round, and tell whether another one is wanted."""
        self._rounds += 1
        return 0.0 if self._halted else 1.0

    def _expire(self, lease: float) -> None:
        while time.monotonic() - self._asked < lease:
            time.sleep(1)
        os._exit(EXPIRED)
