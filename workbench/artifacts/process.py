"""Who a process is, so that a reused process number is never taken for the one before."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path


@cache
def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def started(pid: int) -> str | None:
    """Give when a process started, in a form equal for that process alone; None when it is gone or a zombie.

    Where there is /proc it is the boot's id and the clock tick, which no change of the clock moves.

    Example:
        >>> started(os.getpid()) == started(os.getpid())
        True
    """
    if not _boot():
        return _started_by_psutil(pid)
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in {"Z", "X"} else f"{_boot()}:{fields[19]}"


def alive(pid: int, process_started: str) -> bool:
    """Tell whether the very process that wrote down this pair still runs."""
    return started(pid) == process_started


def own() -> tuple[int, str]:
    """Give this process's number and when it started."""
    return os.getpid(), started(os.getpid()) or ""


def _started_by_psutil(pid: int) -> str | None:
    import psutil  # noqa: PLC0415 - only where there is no /proc

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else f"{process.create_time():.2f}"
    except psutil.Error:
        return None
