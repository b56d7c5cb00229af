"""What a process and everything it started use: time, processor, memory, bytes, GPU, energy.

The tree is read a few times a second in a thread of its own. How often follows from what a reading costs, so that
metering stays below a hundredth of a core whatever the machine and the number of processes: see `Meter`.
"""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from workbench.cost.metering import energy, gpu, network, orphans
from workbench.cost.metering.memory import Mean, Peak
from workbench.cost.metering.proctree import read_tree, ticks_per_second
from workbench.cost.metering.tally import Tally, Totals

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from workbench.cost.metering.gpu import Gpus
    from workbench.cost.metering.proctree import ProcessUse

READING_SHARE = 0.006
"""Share of a core that readings may take: one of 1.2 ms is followed by a pause of at least 200 ms."""
PAGES_SHARE = 0.003
"""Share of a core that the kernel may take to walk the pages of the tree."""
_SHORTEST_PAUSE_SECONDS = 0.2
_FIRST_PAUSE_SECONDS = 0.1
_PAGES_SECONDS_PER_BYTE = 1.5e-11
_PAGES_SECONDS_PER_PROCESS = 3e-4
"""What walking pages costs, as expected before it was measured: 16 ms for each GiB."""


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
        mean_rss_bytes: Resident memory of the tree, averaged over time; pages shared by two processes count twice.
        mean_pss_bytes: The same with shared pages divided among those that share them; None where unknown.
        network_bytes: Bytes received and sent; None unless the tree has a network namespace of its own.
        gpu_peak_bytes: Largest memory of the tree on GPUs; None where there is no GPU.
        energy_joules: Energy of processor, memory and GPUs.
        energy_basis: How that was measured or estimated.
    """

    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_rss_bytes: int = 0
    read_bytes: int = 0
    written_bytes: int = 0
    gpu_seconds: float | None = None
    mean_rss_bytes: int = 0
    mean_pss_bytes: int | None = None
    network_bytes: int | None = None
    gpu_peak_bytes: int | None = None
    energy_joules: float | None = None
    energy_basis: str | None = None


@dataclass(frozen=True)
class Lap:
    """What was used between two moments.

    Attributes:
        started_seconds: When it began, counted from the start of the meter.
        wall_seconds: How long it lasted.
        cpu_seconds: Processor time of the tree meanwhile.
        peak_rss_bytes: Largest memory of the tree meanwhile.
    """

    started_seconds: float
    wall_seconds: float
    cpu_seconds: float
    peak_rss_bytes: int


class Meter:
    """Samples a process tree in a thread of its own; `with Meter() as meter: ...; meter.usage()`.

    While it runs, this process takes over orphans among its descendants, so that they stay in the tree.

    The pause after a reading is at least what the reading cost, in processor time, divided by `READING_SHARE`; pages
    are walked only when all walks so far and the one to come fit within `PAGES_SHARE` of the time that has passed.

    Args:
        pid: Root of the tree; this process when left out.
        on_sample: Called in the meter's thread with what was used so far.
    """

    def __init__(self, pid: int | None = None, on_sample: Callable[[Usage], None] | None = None) -> None:
        self._root = pid or os.getpid()
        self._on_sample = on_sample
        self._lock = threading.Lock()
        self._began = self._lap_began = time.monotonic()
        self._tally = Tally()
        self._reading: Sequence[ProcessUse] = read_tree(self._root)
        self._before = self._lap_before = self._now = self._tally.take(self._reading)
        self._peak, self._lap_peak = (Peak(self._reading, self._root) for _ in range(2))
        self._mean = Mean(self._began, self._reading)
        self._gpus: Gpus | None = None
        self._rapl = energy.open_rapl(self._began)
        self._network = self._network_bytes() if self._has_own_network() else None
        self._pages_cost_seconds = self._cost_seconds = 0.0
        self._adopting = False
        self._adopted = orphans.Adopted()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._sample_until_ended, name="workbench-meter", daemon=True)

    def __enter__(self) -> Self:
        """Begin to sample."""
        orphans.adopt()
        self._adopting = True
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
        if self._adopting:
            self._adopting = False
            self._thread.join()
            orphans.release()

    @property
    def overhead_cpu_seconds(self) -> float:
        """Processor time that metering has taken so far, in whichever thread."""
        return self._cost_seconds

    def usage(self) -> Usage:
        """Take a reading now and give what was used up to it."""
        with self._lock:
            return self._used(self._read())

    def lap(self) -> Lap:
        """Take a reading now and give what was used since the last lap, or since the meter began."""
        with self._lock:
            at = self._read()
            cpu_seconds = (self._now.ticks - self._lap_before.ticks) / ticks_per_second()
            began = self._lap_began
            lap = Lap(began - self._began, at - began, cpu_seconds, self._lap_peak.bytes)
            self._lap_began, self._lap_before = at, self._now
            self._lap_peak = Peak(self._reading, self._root)
            return lap

    def _read(self) -> float:
        """Read the tree; give the moment."""
        cpu_began = time.thread_time()
        self._reading, at = read_tree(self._root, self._tally.known), time.monotonic()
        self._now = self._tally.take(self._reading)
        if self._root == os.getpid():
            self._adopted.bury(self._reading)
        self._walk_pages(at)
        self._peak.see(self._reading)
        self._lap_peak.see(self._reading)
        self._mean.see(at, self._reading)
        if self._gpus is not None:
            self._gpus.see(at, {use.pid for use in self._reading})
        if self._rapl is not None:
            self._rapl.see(at, self._since(self._before).ticks / ticks_per_second())
        self._cost_seconds += time.thread_time() - cpu_began
        return at

    def _walk_pages(self, at: float) -> None:
        expected = _PAGES_SECONDS_PER_PROCESS * len(self._reading)
        expected += _PAGES_SECONDS_PER_BYTE * sum(use.rss_bytes for use in self._reading)
        if self._pages_cost_seconds + expected < PAGES_SHARE * (at - self._began):
            began = time.thread_time()
            self._mean.see_pages(self._reading)
            self._pages_cost_seconds += time.thread_time() - began

    def _since(self, before: Totals) -> Totals:
        now = self._now
        return Totals(
            now.ticks - before.ticks, now.read_bytes - before.read_bytes, now.written_bytes - before.written_bytes
        )

    def _used(self, at: float) -> Usage:
        used, wall_seconds, gpus = self._since(self._before), at - self._began, self._gpus
        cpu_seconds = used.ticks / ticks_per_second()
        joules, basis = self._energy(cpu_seconds, wall_seconds)
        network_now = None if self._network is None else self._network_bytes()
        return Usage(
            wall_seconds,
            cpu_seconds,
            self._peak.bytes,
            round(used.read_bytes),
            round(used.written_bytes),
            gpu_seconds=None if gpus is None else gpus.held_seconds,
            mean_rss_bytes=self._mean.rss_bytes,
            mean_pss_bytes=self._mean.pss_bytes,
            network_bytes=None if network_now is None or self._network is None else network_now - self._network,
            gpu_peak_bytes=None if gpus is None else gpus.peak_bytes,
            energy_joules=joules,
            energy_basis=basis,
        )

    def _energy(self, cpu_seconds: float, wall_seconds: float) -> tuple[float, str]:
        held = self._mean.rss_bytes if self._mean.pss_bytes is None else self._mean.pss_bytes
        if self._rapl is None:
            joules, basis = energy.estimated_joules(cpu_seconds, held, wall_seconds), energy.ESTIMATE
        else:
            joules, basis = self._rapl.joules, energy.MEASURED
        if self._gpus is None or self._gpus.joules is None:
            return joules, basis
        return joules + self._gpus.joules, f"{basis}; {gpu.BASIS}"

    def _has_own_network(self) -> bool:
        return bool(self._reading) and network.own_network(self._root, self._reading[0].parent)

    def _network_bytes(self) -> int | None:
        return network.network_bytes(self._root)

    def _sample_until_ended(self) -> None:
        self._gpus = gpu.open_gpus(time.monotonic())
        pause = _FIRST_PAUSE_SECONDS
        while not self._ended.wait(pause):
            began, pages = time.thread_time(), self._pages_cost_seconds
            usage = self.usage()
            told = time.thread_time()
            if self._on_sample is not None:
                self._on_sample(usage)
            ended = time.thread_time()
            self._cost_seconds += ended - told
            spent = ended - began - (self._pages_cost_seconds - pages)
            pause = max(_SHORTEST_PAUSE_SECONDS, spent / READING_SHARE)
