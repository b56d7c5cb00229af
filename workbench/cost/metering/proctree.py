"""Reads what a process and its descendants use, as the system counts it at this moment."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_PROC = "/proc"
_KIB = 1024


@dataclass(frozen=True)
class ProcessUse:
    """What one process has used so far.

    Attributes:
        pid: Its number.
        started: When it began, in the system's own count: tells it from a later process of the same number.
        parent: Number of its parent now.
        session: Its session.
        ended: Whether it has ended and waits for its parent to take note.
        own_ticks: Processor time of its own, user plus system, in clock ticks.
        children_ticks: Processor time of its children that have ended and that it has waited for, theirs included.
        read_bytes: Bytes given back by read calls, those children included.
        written_bytes: Bytes handed to write calls, those children included.
        rss_bytes: Resident memory now; pages shared by two processes count for both.
        largest_rss_bytes: Largest resident memory it ever had.
    """

    pid: int
    started: int
    parent: int
    session: int = 0
    ended: bool = False
    own_ticks: int = 0
    children_ticks: int = 0
    read_bytes: int = 0
    written_bytes: int = 0
    rss_bytes: int = 0
    largest_rss_bytes: int = 0

    @property
    def ticks(self) -> int:
        """Processor time of the process and of the children it has waited for."""
        return self.own_ticks + self.children_ticks


def ticks_per_second() -> int:
    """Tell how many clock ticks make a second."""
    return os.sysconf("SC_CLK_TCK")


def tree(root: int) -> list[int]:
    """List a process and its living descendants, parents first; zombies are among them."""
    if not _kernel_lists_children():
        return _tree_by_psutil(root)
    found = [root]
    for pid in found:
        found.extend(_children(pid))
    return found


def read_tree(root: int, known: Mapping[int, int] | None = None) -> list[ProcessUse]:
    """Read what each process of a tree uses, each parent before its children; one that is gone is left out.

    Args:
        root: Number of the process at the root.
        known: When processes began that belonged to the tree before, by number: those that live are read too, with
            what descends from them, wherever they have moved to.
    """
    if not _kernel_lists_children():
        return _read_by_psutil(_tree_by_psutil(root))
    found = dict(_walk(root, {}))
    for pid, started in (known or {}).items():
        if pid not in found and (use := _process(pid)) is not None and use.started == started:
            found.update(_walk(pid, found))
    return list(found.values())


def read_pss_bytes(pid: int) -> int | None:
    """Read a process's memory with shared pages divided among those that share them.

    The kernel walks all of its pages for that: about 10 ms for each GiB.

    Returns:
        Bytes; None when the process is gone or not ours, or the kernel does not tell.
    """
    return _field(_read(pid, "smaps_rollup"), b"\nPss:", _KIB)


def _walk(root: int, known: Mapping[int, ProcessUse]) -> Iterator[tuple[int, ProcessUse]]:
    """Read a process before its children: a child that is gone by its turn shows in the parent at the next reading."""
    queue = [root]
    for pid in queue:
        if pid not in known and (use := _process(pid)) is not None:
            yield pid, use
            queue.extend(_children(pid))


def _process(pid: int) -> ProcessUse | None:
    stat = _read(pid, "stat").rpartition(b")")[2].split()
    if not stat:
        return None
    moved, memory = _read(pid, "io"), _read(pid, "status")
    return ProcessUse(
        pid,
        started=int(stat[19]),
        parent=int(stat[1]),
        session=int(stat[3]),
        ended=stat[0] in {b"Z", b"X"},
        own_ticks=int(stat[11]) + int(stat[12]),
        children_ticks=int(stat[13]) + int(stat[14]),
        read_bytes=_field(b"\n" + moved, b"\nrchar:") or 0,
        written_bytes=_field(moved, b"\nwchar:") or 0,
        rss_bytes=_field(memory, b"\nVmRSS:", _KIB) or 0,
        largest_rss_bytes=_field(memory, b"\nVmHWM:", _KIB) or 0,
    )


@cache
def _kernel_lists_children() -> bool:
    """Tell whether Linux was built to list a process's children, as nearly all are."""
    return Path(_PROC, "self", "task", str(os.getpid()), "children").exists()


def _children(pid: int) -> Iterator[int]:
    """Read the children of every thread; a process that has just ended has none."""
    try:
        tasks = os.listdir(f"{_PROC}/{pid}/task")  # noqa: PTH208 - a Path per thread would cost thrice
    except OSError:
        return
    for task in tasks:
        yield from map(int, _read(pid, f"task/{task}/children").split())


def _read(pid: int, name: str) -> bytes:
    """Read a file of the kernel; empty when the process is gone or not ours."""
    try:
        with open(f"{_PROC}/{pid}/{name}", "rb", buffering=0) as file:  # noqa: PTH123 - a Path would cost half as much again
            return file.read()
    except OSError:
        return b""


def _field(text: bytes, name: bytes, unit: int = 1) -> int | None:
    """Read one number out of a `key: value` file of the kernel."""
    _, found, rest = text.partition(name)
    return int(rest.split(None, 1)[0]) * unit if found else None


def _tree_by_psutil(root: int) -> list[int]:
    import psutil  # noqa: PLC0415 - only where the system does not tell by itself

    try:
        return [root, *(child.pid for child in psutil.Process(root).children(recursive=True))]
    except psutil.Error:
        return [root]


def _read_by_psutil(pids: Iterable[int]) -> list[ProcessUse]:
    """Read a tree on a system without /proc, such as macOS, which counts no bytes per process."""
    import psutil  # noqa: PLC0415 - only where the system does not tell by itself

    found = []
    for pid in pids:
        try:
            process = psutil.Process(pid)
            with process.oneshot():
                times, memory, parent = process.cpu_times(), process.memory_info(), process.ppid()
                started, ended = int(process.create_time() * 1000), process.status() == psutil.STATUS_ZOMBIE
        except psutil.Error:
            continue
        own = (times.user + times.system) * ticks_per_second()
        children = (getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)) * ticks_per_second()
        use = ProcessUse(pid, started, parent, 0, ended, round(own), round(children), rss_bytes=memory.rss)
        found.append(use)
    return found
