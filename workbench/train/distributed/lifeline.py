"""Ties a process and all that descends from it to the one that wanted it, so that neither leaves anything running.

Run as a script, this is the process between the two: it starts the other one, adopts what that leaves behind, and ends
them all once the first one is gone or lets go. It does nothing else, so that nothing can hang it.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress

import psutil

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36

ORPHANED = 76
"""Exit status of a process whose parent is gone."""

GONE = 5.0
"""Seconds in which killed processes must be gone."""

POLL = 0.25


def die_with(parent: int) -> None:
    """End this process when its parent ends, even while it hangs in C++; on Linux alone the kernel sees to that.

    Ray asks the same for the servers that it starts.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(ORPHANED)


def family(pid: int) -> list[psutil.Process]:
    """List a process and all that descends from it; nothing when it is gone."""
    try:
        head = psutil.Process(pid)
        return [head, *head.children(recursive=True)]
    except psutil.Error:
        return []


def end(processes: list[psutil.Process]) -> None:
    """Kill processes, each one by number and start, and wait until they are gone."""
    for process in processes:
        with suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(processes, timeout=GONE)


def cpu_seconds(processes: list[psutil.Process]) -> float:
    """Add up the CPU-seconds of processes and of the children that they have waited for."""
    total = 0.0
    for process in processes:
        with suppress(psutil.Error):
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def keep(lifeline: int, kept: int, command: list[str]) -> None:
    """Run a command until it ends or the other end of a pipe closes; then end all that descends from this process.

    Args:
        lifeline: Reading end of the pipe.
        kept: Descriptor that the command takes over.
        command: The command.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    process = subprocess.Popen([*command, str(kept), str(os.getpid())], pass_fds=[kept])
    os.close(kept)
    while not select.select([lifeline], [], [], POLL)[0]:
        if process.pid in _reaped():
            break
    until = time.monotonic() + GONE
    while len(found := family(os.getpid())) > 1 and time.monotonic() < until:
        for one in found[1:]:
            with suppress(psutil.Error):
                one.kill()
        _reaped()
        time.sleep(POLL / 10)


def _reaped() -> list[int]:
    """Wait for the children that have ended, adopted ones too."""
    ended: list[int] = []
    with suppress(ChildProcessError):
        while pid := os.waitpid(-1, os.WNOHANG)[0]:
            ended.append(pid)
    return ended


if __name__ == "__main__":
    keep(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
