"""Reads what a process and its descendants use, as the system counts it at this moment."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_PROC = Path("/proc")
_KIB = 1024


@dataclass(frozen=True)
class TreeUse:
    """What a process tree uses.

    Attributes:
        pids: The processes, parents first.
        cpu_seconds: User plus system time, children that ended and were waited for included.
        read_bytes: Bytes given back by read calls, those children included.
        written_bytes: Bytes handed to write calls, those children included.
        rss_bytes: Resident memory now; pages shared by two processes count twice.
        largest_peak_bytes: Largest resident memory any process below the root ever had.
    """

    pids: tuple[int, ...]
    cpu_seconds: float = 0.0
    read_bytes: int = 0
    written_bytes: int = 0
    rss_bytes: int = 0
    largest_peak_bytes: int = 0


def tree(root: int) -> list[int]:
    """List a process and its living descendants, parents first; zombies are among them."""
    if not _kernel_lists_children():
        return _tree_by_psutil(root)
    found = [root]
    for pid in found:
        found.extend(_children(pid))
    return found


def read_tree(root: int) -> TreeUse:
    """Read what a tree uses; a process that is gone uses nothing."""
    pids = tree(root)
    if not _has_proc():
        return _read_by_psutil(pids)
    uses = [_times_and_bytes(pid) for pid in pids]
    memory = [_memory(pid) for pid in pids]
    return TreeUse(
        tuple(pids),
        sum(use[0] for use in uses) / os.sysconf("SC_CLK_TCK"),
        sum(use[1] for use in uses),
        sum(use[2] for use in uses),
        sum(now for now, _ in memory),
        max((peak for _, peak in memory[1:]), default=0),
    )


@cache
def _has_proc() -> bool:
    return (_PROC / "self" / "stat").exists()


@cache
def _kernel_lists_children() -> bool:
    """Tell whether Linux was built to list a process's children, as nearly all are."""
    return (_PROC / "self" / "task" / str(os.getpid()) / "children").exists()


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


def _times_and_bytes(pid: int) -> tuple[int, int, int]:
    """Give clock ticks, bytes read and bytes written."""
    try:
        stat = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0, 0, 0
    ticks = sum(map(int, stat.rpartition(")")[2].split()[11:15]))  # utime, stime, cutime, cstime
    moved = _numbers(pid, "io")
    return ticks, moved.get("rchar", 0), moved.get("wchar", 0)


def _memory(pid: int) -> tuple[int, int]:
    """Give resident bytes now and at their peak; a zombie has none."""
    status = _numbers(pid, "status")
    return status.get("VmRSS", 0) * _KIB, status.get("VmHWM", 0) * _KIB


def _numbers(pid: int, name: str) -> dict[str, int]:
    """Read the numeric lines of a `key: value` file of the kernel; {} when the process is gone or not ours."""
    try:
        text = (_PROC / str(pid) / name).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return {}
    pairs = (line.partition(":") for line in text.splitlines())
    words = ((key, rest.split()) for key, _, rest in pairs)
    return {key: int(values[0]) for key, values in words if values and values[0].isdecimal()}


def _tree_by_psutil(root: int) -> list[int]:
    import psutil  # noqa: PLC0415 - only where the system does not tell by itself

    try:
        return [root, *(child.pid for child in psutil.Process(root).children(recursive=True))]
    except psutil.Error:
        return [root]


def _read_by_psutil(pids: Iterable[int]) -> TreeUse:
    """Read a tree on a system without /proc, such as macOS, which counts no bytes per process."""
    import psutil  # noqa: PLC0415 - only where the system does not tell by itself

    cpu_seconds, rss_bytes, found = 0.0, 0, []
    for pid in pids:
        try:
            process = psutil.Process(pid)
            with process.oneshot():
                times, memory = process.cpu_times(), process.memory_info()
        except psutil.Error:
            continue
        found.append(pid)
        children = getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
        cpu_seconds += times.user + times.system + children
        rss_bytes += memory.rss
    return TreeUse(tuple(found), cpu_seconds, rss_bytes=rss_bytes)
