"""The workers of one attempt: started together, asked together, ended together."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import psutil

from workbench.train.distributed.failing import FaultError, is_memory, is_network, is_storage
from workbench.train.distributed.job import Fault
from workbench.train.distributed.rank import Beat, Rank
from workbench.train.distributed.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

    from workbench.train.distributed.job import Job, Limits
    from workbench.train.distributed.placing import Place
    from workbench.train.distributed.rank import Task

OnBeats = Callable[[str, "list[Beat | None]"], None]

POLL = 0.25
"""Seconds between two questions for progress."""

GRACE = 3.0
"""Seconds in which the other ranks' errors are awaited: the first one seen is often not the cause."""

GONE = 3.0
"""Seconds in which Ray must have ended a worker, before it is killed by hand."""

FULL = 0.05
"""Share of a disk that is free, beneath which Ray writes no objects to it."""

KINDS = ("refused", "memory", "storage", "died", "hung", "network")
"""What is the likelier cause, when ranks fail for different reasons."""


def ray() -> ModuleType:
    """Import Ray, with its usage statistics off unless the user turned them on; what fails is told once, by us."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_IGNORE_UNHANDLED_ERRORS", "1")
    import ray as module  # noqa: PLC0415 - costs seconds

    return module


class Crew(Protocol):
    """Workers that answer one step after the other."""

    @property
    def cpu_seconds(self) -> float:
        """CPU-seconds of the workers, as of their last signs of life."""
        ...

    def ask(self, step: str, arguments: Sequence[Sequence[object]]) -> list[Any]:
        """Let every rank do a step, and give their answers in order.

        Raises:
            FaultError: A rank failed, vanished or stands still.
        """
        ...

    def tell(self, on_beats: OnBeats) -> None:
        """Tell another one from now on the step and the last sign of life of each rank."""
        ...

    def close(self) -> None:
        """End every worker."""
        ...


@dataclass(frozen=True)
class Met:
    """Where a worker runs.

    Attributes:
        host: Its address.
        pid: Its process.
        created: When that process started, by the clock of its machine.
    """

    host: str
    pid: int
    created: float


class Alone:
    """One rank in this process, with no sockets."""

    def __init__(self, job: Job, task: Task) -> None:
        self._rank = Rank(job, task)

    @property
    def cpu_seconds(self) -> float:
        """Not counted: they are those of this process."""
        return 0.0

    def ask(self, step: str, arguments: Sequence[Sequence[object]]) -> list[Any]:
        """Do a step; errors are the user's own."""
        if step == "meet":
            return [Met("", os.getpid(), 0.0)]
        return [getattr(self._rank, step)(*arguments[0])]

    def tell(self, on_beats: OnBeats) -> None:
        """Nothing to tell."""

    def close(self) -> None:
        """Nothing to end."""


class Member(Rank):
    """A rank in a process of Ray's."""

    def meet(self) -> Met:
        """Tell where it runs."""
        return meet()


class Together:
    """Ranks as actors of a Ray cluster.

    Args:
        job: What to train.
        tasks: What each rank is to do.
        places: Node of each rank.
        limits: How long anything may stand still.
        on_beats: Told the step and the last sign of life of each rank.
    """

    def __init__(
        self,
        job: Job,
        tasks: Sequence[Task],
        places: Sequence[Place],
        limits: Limits,
        on_beats: OnBeats,
    ) -> None:
        self._limits, self._on_beats = limits, on_beats
        remote = ray().remote(Member)
        kept = _put(job)
        self._ranks = [
            remote.options(**place.options(task.threads), max_concurrency=2, max_restarts=0).remote(kept, task)
            for task, place in zip(tasks, places, strict=True)
        ]
        self._met: list[Met] = []
        self._beats: list[Beat | None] = [None] * len(tasks)
        self._asked: dict[Any, int] = {}
        self._seconds: dict[str, float] = {}

    @property
    def cpu_seconds(self) -> float:
        """CPU-seconds of the workers, as of their last signs of life."""
        return sum(beat.cpu_seconds for beat in self._beats if beat is not None)

    def ask(self, step: str, arguments: Sequence[Sequence[object]]) -> list[Any]:
        """Let every rank do a step, and watch them."""
        watch = Watch(step, len(self._ranks), self._limits, 2 * self._seconds.get("seat", 0.0))
        returns = 2 if step == "load" else 1
        methods = [getattr(rank, step).options(num_returns=returns) for rank in self._ranks]
        given = [method.remote(*args) for method, args in zip(methods, arguments, strict=True)]
        waiting = {(refs[0] if returns > 1 else refs): rank for rank, refs in enumerate(given)}
        answers: dict[int, Any] = {}
        while waiting:
            ready, _ = ray().wait(list(waiting), num_returns=1, timeout=POLL)
            for ref in ready:
                answers[waiting[ref]] = self._answer(ref, waiting)
                del waiting[ref]
            self._listen(watch)
            if waiting and (fault := watch.fault(waiting.values())):
                raise FaultError(fault)
        self._seconds[step] = time.monotonic() - watch.began
        if step == "meet":
            self._met = [answers[rank] for rank in range(len(answers))]
        return [(answers[rank], given[rank][1]) if returns > 1 else answers[rank] for rank in range(len(given))]

    def tell(self, on_beats: OnBeats) -> None:
        """Tell another one from now on the step and the last sign of life of each rank."""
        self._on_beats = on_beats

    def close(self) -> None:
        """Kill every worker, and see to it that those on this machine are gone."""
        put_down(self._ranks, self._met)
        self._ranks = []

    def _answer(self, ref: object, waiting: dict[Any, int]) -> object:
        try:
            return ray().get(ref)
        except ray().exceptions.RayError as error:
            faults = [fault_of(waiting[ref], error), *self._others(waiting, ref)]
            raise FaultError(min(faults, key=lambda fault: KINDS.index(fault.kind))) from error

    def _others(self, waiting: dict[Any, int], known: object) -> list[Fault]:
        """Wait a little for the other ranks: one that died shows later than the error it causes in its peers."""
        refs = [ref for ref in waiting if ref is not known]
        faults: list[Fault] = []
        ready, _ = ray().wait(refs, num_returns=len(refs), timeout=GRACE) if refs else ([], [])
        for ref in ready:
            try:
                ray().get(ref)
            except ray().exceptions.RayError as error:
                faults.append(fault_of(waiting[ref], error))
        return faults

    def _listen(self, watch: Watch) -> None:
        """Take the answers to the last questions for progress, and ask again."""
        ready, _ = ray().wait(list(self._asked), num_returns=len(self._asked), timeout=0) if self._asked else ([], [])
        for ref in ready:
            rank = self._asked.pop(ref)
            try:
                beat = ray().get(ref)
            except ray().exceptions.RayError:
                continue
            self._beats[rank] = beat
            watch.note(rank, beat)
        for rank in set(range(len(self._ranks))) - set(self._asked.values()):
            self._asked[self._ranks[rank].progress.remote()] = rank
        self._on_beats(watch.step, self._beats)


def put_down(actors: Sequence[Any], met: Sequence[Met]) -> None:
    """Kill actors, and see to it that those on this machine are gone.

    Args:
        actors: The actors.
        met: Where they run, as far as they were met.
    """
    for actor in actors:
        ray().kill(actor, no_restart=True)
    here = ray().util.get_node_ip_address()
    left = [process for one in met if one.host == here and (process := _same(one))]
    for process in psutil.wait_procs(left, timeout=GONE)[1]:
        process.kill()


def meet() -> Met:
    """Tell where this process runs."""
    own = psutil.Process()
    return Met(ray().util.get_node_ip_address(), own.pid, own.create_time())


def _put(job: Job) -> object:
    """Give the job to the object store, which may be full."""
    try:
        return ray().put(job)
    except ray().exceptions.RayError as error:
        raise FaultError(_ended(0, " ".join(str(error).split()))) from error


def fault_of(rank: int, error: Exception) -> Fault:
    """Say whether an error is the job's own, or the fault of a process or a machine."""
    exceptions = ray().exceptions
    cause = error.cause if isinstance(error, exceptions.RayTaskError) else None
    if isinstance(cause, exceptions.RayError):
        # What a step was to take from another rank is lost, or has no room.
        return _ended(rank, " ".join(f"{type(cause).__name__}: {cause}".split()))
    if cause is not None:
        kind = "network" if is_network(cause) else "memory" if isinstance(cause, MemoryError) else "refused"
        return Fault(kind, (rank,), f"{type(cause).__name__}: {cause}" if kind == "refused" else str(cause))
    if isinstance(error, exceptions.UnserializableException):
        # An exception whose constructor wants more than its message arrives as text.
        return Fault("refused", (rank,), str(error).rstrip().rpartition("\n")[2].strip())
    return _ended(rank, " ".join(str(error).split()))


def _ended(rank: int, text: str) -> Fault:
    """Say why Ray lost a worker: it tells of memory itself, but not of a disk on which it can write nothing more."""
    if is_memory(text):
        return Fault("memory", (rank,), text[:500])
    if folder := _full_disk():
        return Fault("storage", (rank,), f"less than {FULL:.0%} of the disk of {folder} is free; {text[:300]}")
    return Fault("storage" if is_storage(text) else "died", (rank,), text[:500])


def _full_disk() -> str:
    """Name Ray's folder on this machine when its disk is full; otherwise nothing."""
    here = ray().util.get_node_ip_address()
    own = [node for node in ray().nodes() if node["Alive"] and node["NodeManagerAddress"] == here]
    folder = Path(own[0]["ObjectStoreSocketName"]).parent.parent if own else Path()
    if not own or not folder.is_dir():
        return ""
    usage = shutil.disk_usage(folder)
    return str(folder) if usage.free < FULL * usage.total else ""


def _same(met: Met) -> psutil.Process | None:
    """Find the very process that was met."""
    try:
        process = psutil.Process(met.pid)
        return process if abs(process.create_time() - met.created) < 1 else None
    except psutil.Error:
        return None
