"""Finds and ends the processes of a run, wherever they have moved to."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.cost.metering.proctree import tree

if TYPE_CHECKING:
    from collections.abc import Iterator

RUN_VARIABLE = "WORKBENCH_RUN"
"""Environment variable that names the run; every process of a run carries it."""

ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""What asks a run to end."""

_BECOMES = {"dvc": ("workbench.stages.reproducing",)}
_PROC = Path("/proc")
_POLL_SECONDS = 0.02


def of_run(run: str) -> list[int]:
    """List the living processes whose environment names a run: children that left the tree too."""
    marker = f"{RUN_VARIABLE}={run}".encode()
    return [pid for pid in _all_pids() if marker in _environment(pid) and not _is_zombie(pid)]


def end_run(run: str, kernel_pid: int, patience_seconds: float = 3.0) -> None:
    """Kill the kernel, its session, whatever carries the run's name, and the descendants of all of these.

    Repeats until nothing is left, because a process may start another one while it is being killed.

    Args:
        run: Id of the run.
        kernel_pid: Leader of the kernel's session.
        patience_seconds: When to give up on processes that the system does not let go.
    """
    if not _PROC.is_dir():  # macOS: processes tell neither their environment nor their session
        with suppress(OSError):
            os.killpg(kernel_pid, signal.SIGKILL)
    end = time.monotonic() + patience_seconds
    while left := _left(run, kernel_pid):
        for pid in left:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        if time.monotonic() > end:
            return
        time.sleep(_POLL_SECONDS)


def ignore_signals() -> None:
    """Let no request to end interrupt this process any more; SIGKILL still does."""
    if threading.current_thread() is threading.main_thread():
        for number in ENDING_SIGNALS:
            signal.signal(number, signal.SIG_IGN)


def above(name: str) -> list[int]:
    """List the ancestors up to the nearest one that runs a program; [] when none does.

    Args:
        name: Name of the program, such as `dvc`.
    """
    chain: list[int] = []
    pid = os.getppid()
    while pid > 1:
        chain.append(pid)
        if _runs(pid, name):
            return chain
        pid = _parent(pid)
    return []


def _left(run: str, kernel_pid: int) -> list[int]:
    """List what lives of a run; never a stranger: session 0 is that of the system, not of a kernel not yet begun."""
    known = {*of_run(run)}
    if kernel_pid > 1:
        known |= {pid for pid in _all_pids() if _session(pid) == kernel_pid}
    family = {pid for member in known for pid in tree(member)} - {os.getpid()}
    return [pid for pid in family if _exists(pid) and not _is_zombie(pid)]


def _all_pids() -> Iterator[int]:
    for entry in os.listdir(_PROC) if _PROC.is_dir() else ():  # noqa: PTH208 - a Path per process would cost thrice
        if entry.isdecimal():
            yield int(entry)


def _environment(pid: int) -> list[bytes]:
    return _read(pid, "environ").split(b"\0")


def _runs(pid: int, name: str) -> bool:
    """Tell whether a process is `name`, a script of that name, or `python -m name`; ours that becomes it counts too."""
    words = [word.decode(errors="replace") for word in _read(pid, "cmdline").split(b"\0")[:4]]
    return any(Path(word).name == name for word in words[:2]) or any(
        ["-m", module] in (words[1:3], words[2:4]) for module in (name, *_BECOMES.get(name, ()))
    )


def _parent(pid: int) -> int:
    fields = _stat(pid)
    return int(fields[1]) if fields else 0


def _session(pid: int) -> int:
    fields = _stat(pid)
    return int(fields[3]) if fields else 0


def _is_zombie(pid: int) -> bool:
    return _stat(pid)[:1] == [b"Z"]


def _exists(pid: int) -> bool:
    return bool(_stat(pid))


def _stat(pid: int) -> list[bytes]:
    return _read(pid, "stat").rpartition(b")")[2].split()


def _read(pid: int, name: str) -> bytes:
    """Read a file of /proc; empty when the process is gone or not ours."""
    try:
        return (_PROC / str(pid) / name).read_bytes()
    except OSError:
        return b""
