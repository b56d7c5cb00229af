"""Runs a command in a fresh process and says what its process tree used."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

SAMPLE_SECONDS = 0.1


@dataclass(frozen=True)
class Used:
    """What a process tree used.

    Attributes:
        returncode: How it ended.
        cpu_seconds: CPU-seconds of the process and of all children it waited for.
        wall_seconds: Seconds on the clock.
        peak_rss_bytes: The most memory of the whole tree at one time, sampled.
    """

    returncode: int
    cpu_seconds: float
    wall_seconds: float
    peak_rss_bytes: int


def run_measured(command: Sequence[str], environment: Mapping[str, str], log: Path) -> Used:
    """Run a command to its end; its output goes to a file."""
    started = time.perf_counter()
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=dict(environment), stdout=output, stderr=subprocess.STDOUT)
        peak = _Peak(process.pid)
        peak.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        peak.over.set()
        peak.join()
    return Used(process.returncode, usage.ru_utime + usage.ru_stime, wall, peak.bytes)


class _Peak(threading.Thread):
    """Watches the memory of a process tree."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid = pid
        self.bytes = 0
        self.over = threading.Event()

    def run(self) -> None:
        """Sample until told that it is over."""
        while not self.over.wait(SAMPLE_SECONDS):
            self.bytes = max(self.bytes, _tree_rss(self.pid))


def _tree_rss(pid: int) -> int:
    try:
        root = psutil.Process(pid)
        family = [root, *root.children(recursive=True)]
    except psutil.Error:
        return 0
    return sum(_rss(one) for one in family)


def _rss(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0
