"""The machine this runs on, in a few words."""

from __future__ import annotations

import os
import platform
from functools import cache
from pathlib import Path

_CPUINFO = Path("/proc/cpuinfo")
_GIB = 2**30


@cache
def machine() -> str:
    """Name processor, hardware threads this process may use, and memory, such as `AMD EPYC, 2 threads, 24 GiB`."""
    threads = _threads()
    return f"{_processor()}, {threads} thread{'' if threads == 1 else 's'}, {_memory_bytes() / _GIB:.0f} GiB"


def _processor() -> str:
    try:
        with _CPUINFO.open(encoding="utf-8", errors="replace") as lines:
            named = (line.partition(":")[2] for line in lines if line.startswith(("model name", "Model", "cpu model")))
            words = " ".join(next(named, "").replace("(R)", "").replace("(TM)", "").partition("@")[0].split())
    except OSError:
        words = ""
    return words.removesuffix(" CPU") or platform.processor() or platform.machine() or "unknown processor"


def _threads() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _memory_bytes() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
