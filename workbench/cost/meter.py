"""What a process and everything it started use: time, processor, memory, bytes, GPU.

CPU time and bytes are read as Linux keeps them: what a process used itself plus what its children used
that have ended and were waited for. The sum over the living tree is therefore the whole of it, ended
processes included, and nothing is counted twice.
"""

from __future__ import annotations

import os
import resource
import sys
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from workbench.cost.gpu import holder_counter
from workbench.cost.proctree import read_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from types import TracebackType

_MAXRSS_UNIT_BYTES = 1 if sys.platform == "darwin" else 1024
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
        self._before = read_tree(self._root)
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
            used, now = read_tree(self._root), time.monotonic()
            rss_bytes = max(used.rss_bytes, used.largest_peak_bytes, self._peak_of_ended())
            self._peak_rss_bytes = max(self._peak_rss_bytes, rss_bytes)
            if self._gpus is not None:
                held = self._gpus(used.pids) * (now - self._sampled_at)
                self._gpu_seconds = (self._gpu_seconds or 0.0) + held
            self._sampled_at = now
            return Usage(
                wall_seconds=now - self._began,
                cpu_seconds=max(0.0, used.cpu_seconds - self._before.cpu_seconds),
                peak_rss_bytes=self._peak_rss_bytes,
                read_bytes=max(0, used.read_bytes - self._before.read_bytes),
                written_bytes=max(0, used.written_bytes - self._before.written_bytes),
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


def _peak_of_ended_children() -> int:
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * _MAXRSS_UNIT_BYTES
