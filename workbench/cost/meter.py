"""What a process and everything it started use: time, processor, memory, bytes, GPU.

CPU time and bytes are read as Linux keeps them: what a process used itself plus what its children used
that have ended and were waited for. The sum over the living tree is therefore the whole of it, ended
processes included, and nothing is counted twice.
"""

from __future__ import annotations

import os
import resource
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from workbench.cost.gpu import holder_counter

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from types import TracebackType

_PROC = Path("/proc")
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_KIB = 1024
_SHORTEST_PAUSE_SECONDS = 0.2
_PAUSE_PER_COST = 150
"""A sample that took 1 ms is followed by a pause of at least 150 ms: below 1 % of a core, whatever the machine."""


@dataclass(frozen=True)
class Usage:
    """What was used since the meter began.

    Attributes:
        wall_seconds: Time on the clock.
        cpu_seconds: User plus system time of the tree, processes that have ended included.
        peak_rss_bytes: Largest resident memory of the tree seen at one moment, and at least the largest
            peak of any single process; pages shared by two processes count twice.
        read_bytes: Bytes given back by read calls, cache hits and pipes included.
        written_bytes: Bytes handed to write calls.
        gpu_seconds: Time a process of the tree held a GPU, summed over GPUs; None where there is no GPU.
    """

    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_rss_bytes: int = 0
    read_bytes: int = 0
    written_bytes: int = 0
    gpu_seconds: float | None = None


@dataclass(frozen=True)
class _Totals:
    """Counters of a tree that only grow."""

    cpu_seconds: float = 0.0
    read_bytes: int = 0
    written_bytes: int = 0

    def __add__(self, other: _Totals) -> _Totals:
        return _Totals(
            self.cpu_seconds + other.cpu_seconds,
            self.read_bytes + other.read_bytes,
            self.written_bytes + other.written_bytes,
        )


class Meter:
    """Samples a process tree in a thread of its own; `with Meter() as meter: ...; meter.usage()`.

    Args:
        pid: Root of the tree; this process when left out.
        on_sample: Called in the meter's thread with what was used so far.
    """

    def __init__(self, pid: int | None = None, on_sample: Callable[[Usage], None] | None = None) -> None:
        self._root = pid or os.getpid()
        self._on_sample = on_sample
        self._lock = threading.Lock()
        self._began = time.monotonic()
        self._before, _, _ = _read_tree(self._root)
        self._rss_before = _peak_of_ended_children() if self._root == os.getpid() else 0
        self._peak_rss_bytes = 0
        self._gpus: Callable[[Collection[int]], int] | None = None
        self._gpu_seconds: float | None = None
        self._sampled_at = self._began
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._sample_until_ended, name="workbench-meter", daemon=True)

    def __enter__(self) -> Self:
        """Begin to sample."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop sampling."""
        self.stop()

    def stop(self) -> None:
        """End the thread; `usage` still answers."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def usage(self) -> Usage:
        """Take a sample now and give what was used up to it."""
        with self._lock:
            totals, rss_bytes, pids = _read_tree(self._root)
            now = time.monotonic()
            self._peak_rss_bytes = max(self._peak_rss_bytes, rss_bytes, self._peak_of_ended())
            if self._gpus is not None:
                held = self._gpus(pids) * (now - self._sampled_at)
                self._gpu_seconds = (self._gpu_seconds or 0.0) + held
            self._sampled_at = now
            return Usage(
                wall_seconds=now - self._began,
                cpu_seconds=max(0.0, totals.cpu_seconds - self._before.cpu_seconds),
                peak_rss_bytes=self._peak_rss_bytes,
                read_bytes=max(0, totals.read_bytes - self._before.read_bytes),
                written_bytes=max(0, totals.written_bytes - self._before.written_bytes),
                gpu_seconds=self._gpu_seconds,
            )

    def _peak_of_ended(self) -> int:
        """Give the peak of the largest child that has ended, if it ended on this meter's watch."""
        if self._root != os.getpid():
            return 0
        peak = _peak_of_ended_children()
        return peak if peak > self._rss_before else 0

    def _sample_until_ended(self) -> None:
        self._gpus = holder_counter()
        pause = _SHORTEST_PAUSE_SECONDS / 4
        while not self._ended.wait(pause):
            began = time.thread_time()
            usage = self.usage()
            if self._on_sample is not None:
                self._on_sample(usage)
            pause = max(_SHORTEST_PAUSE_SECONDS, _PAUSE_PER_COST * (time.thread_time() - began))


def tree(root: int) -> list[int]:
    """List a process and its living descendants, parents first; zombies are among them."""
    found = [root]
    for pid in found:
        found.extend(_children(pid))
    return found


def _children(pid: int) -> Iterator[int]:
    """Read the children of every thread; a process that has just ended has none."""
    try:
        tasks = list((_PROC / str(pid) / "task").iterdir())
    except OSError:
        return
    for task in tasks:
        try:
            text = (task / "children").read_text(encoding="ascii")
        except OSError:
            continue
        yield from map(int, text.split())


def _read_tree(root: int) -> tuple[_Totals, int, list[int]]:
    totals, rss_bytes, largest_peak = _Totals(), 0, 0
    pids = tree(root)
    for pid in pids:
        totals += _totals(pid)
        now_bytes, peak_bytes = _memory(pid)
        rss_bytes += now_bytes
        largest_peak = max(largest_peak, peak_bytes if pid != root else 0)
    return totals, max(rss_bytes, largest_peak), pids


def _totals(pid: int) -> _Totals:
    try:
        stat = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return _Totals()
    ticks = sum(map(int, stat.rpartition(")")[2].split()[11:15]))  # utime, stime, cutime, cstime
    moved = _fields(pid, "io")
    return _Totals(ticks / _TICKS_PER_SECOND, moved.get("rchar", 0), moved.get("wchar", 0))


def _memory(pid: int) -> tuple[int, int]:
    """Give resident bytes now and at their peak; a zombie has none."""
    status = _fields(pid, "status")
    return status.get("VmRSS", 0) * _KIB, status.get("VmHWM", 0) * _KIB


def _fields(pid: int, name: str) -> dict[str, int]:
    """Read the numeric lines of a `key: value` file of the kernel; {} when the process is gone or not ours."""
    try:
        text = (_PROC / str(pid) / name).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return {}
    pairs = (line.partition(":") for line in text.splitlines())
    words = ((key, rest.split()) for key, _, rest in pairs)
    return {key: int(values[0]) for key, values in words if values and values[0].isdecimal()}


def _peak_of_ended_children() -> int:
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * _KIB
