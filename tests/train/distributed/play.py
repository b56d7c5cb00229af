"""One run of the campaign of faults: what it is played on, who strikes, and how it must end."""

from __future__ import annotations

import os
import random
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import psutil

from workbench.errors import WorkbenchError
from workbench.train.distributed.training import Order, drive

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from workbench.train.distributed import Job, Progress, Trained

END_SECONDS = 60.0
"""Within which a run must have ended after its fault."""

GONE_SECONDS = 5.0
"""Within which the workers must be gone after that."""


@dataclass(frozen=True)
class Stage:
    """What a run plays on.

    Attributes:
        folder: An empty folder.
        sha256: Digest of the undisturbed model.
        address: Of the cluster.
        seed: Seed of the moment, the rank and the kind.
    """

    folder: Path
    sha256: str
    address: str
    seed: int

    def dice(self, fault: str) -> random.Random:
        """Give the random numbers of this run."""
        return random.Random(f"{fault}:{self.seed}")


@dataclass(frozen=True)
class Ended:
    """How a run ended.

    Attributes:
        outcome: `recovered` or `resumed` to the same bytes, `fewer` workers went on, `refused` with an error, or
            `unharmed`.
        seconds: From the fault to the end.
        told: The error, or the faults that were survived.
    """

    outcome: str
    seconds: float
    told: str


@dataclass
class Strike:
    """Sends a signal to one rank, some time after a step began.

    Attributes:
        number: The signal.
        rank: Whom to hit.
        delay: Seconds after the first event of the steps.
        steps: Steps that count.
        at: When it was sent.
        pids: Processes of all ranks that were seen.
    """

    number: int
    rank: int
    delay: float
    steps: tuple[str, ...] = ("grow",)
    at: float | None = None
    pids: set[int] = field(default_factory=set)
    _armed: bool = False

    def __call__(self, event: Progress) -> None:
        """Take note of the ranks, and arm the strike."""
        self.pids |= {pid for pid in event.pids if pid}
        if not self._armed and event.step in self.steps and event.pids[self.rank]:
            self._armed = True
            threading.Timer(self.delay, self._hit, [event.pids[self.rank]]).start()

    def _hit(self, pid: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(pid, self.number)
            self.at = time.monotonic()


def driven(stage: Stage, work: Job, strike: Strike, at: Callable[[], float], **order: object) -> Ended:
    """Drive in this process; see that it ends in time and leaves no worker."""
    try:
        trained = drive(Order(work, stage.folder / "kept", 2, **order), on_progress=strike)
    except WorkbenchError as error:
        ended = Ended("refused", time.monotonic() - at(), str(error))
    else:
        ended = judged(stage, trained, time.monotonic() - at())
    assert_in_time(ended)
    assert_gone(strike.pids)
    return ended


def judged(stage: Stage, trained: Trained, seconds: float) -> Ended:
    told = "; ".join(f"{fault.kind} {fault.ranks}: {fault.text}" for fault in trained.faults)
    return outcome(stage, trained.sha256, trained.workers, seconds, told)


def outcome(stage: Stage, sha256: str, workers: tuple[int, ...], seconds: float, told: str) -> Ended:
    """Judge a model: the bytes are those of the undisturbed one unless fewer workers went on, which it then names."""
    if set(workers) == {2}:
        assert sha256 == stage.sha256, "other bytes"
        return Ended("recovered" if told else "unharmed", seconds, told)
    assert told, "fewer workers, without a fault"
    return Ended("fewer", seconds, told)


def assert_in_time(ended: Ended) -> None:
    assert ended.seconds <= END_SECONDS, f"it ended only after {ended.seconds:.0f} s: {ended}"


def assert_gone(pids: set[int], within: float = GONE_SECONDS) -> None:
    """See that processes are gone, or are so in a moment."""
    until = time.monotonic() + within
    while left := [pid for pid in pids if _runs(pid)]:
        assert time.monotonic() < until, f"left behind: {left}"
        time.sleep(0.1)


def when(mark: Path) -> float:
    """Give the moment at which a file was made, by the monotonic clock; now, where it was not."""
    if not mark.exists():
        return time.monotonic()
    return time.monotonic() - (time.time() - mark.stat().st_mtime)


def _runs(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False
