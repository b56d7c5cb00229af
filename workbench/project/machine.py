"""Cores, memory and accelerators of this machine, container limits respected."""

from __future__ import annotations

import ctypes
import ctypes.util
import os
from pathlib import Path

import psutil

CGROUP = Path("/sys/fs/cgroup")


def cores() -> float:
    """Count the cores this process may use: affinity, and the quota of its container."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota, _, period = _text(CGROUP / "cpu.max").partition(" ")
    if quota.isdigit() and period.strip().isdigit():
        return min(float(allowed), int(quota) / int(period))
    return float(allowed)


def memory_bytes() -> tuple[int, int]:
    """Give total and available memory, whichever is less: the machine's or the container's."""
    machine = psutil.virtual_memory()
    limit, used = _text(CGROUP / "memory.max"), _text(CGROUP / "memory.current")
    if limit.isdigit() and used.isdigit():
        return min(machine.total, int(limit)), min(machine.available, max(0, int(limit) - int(used)))
    return machine.total, machine.available


def gpus() -> list[str]:
    """Name the NVIDIA cards, with their memory."""
    import pynvml  # noqa: PLC0415 - only the doctor asks

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return []
    try:
        handles = [pynvml.nvmlDeviceGetHandleByIndex(i) for i in range(pynvml.nvmlDeviceGetCount())]
        return [f"{_card_name(h)}, {pynvml.nvmlDeviceGetMemoryInfo(h).total / 1e9:.0f} GB" for h in handles]
    finally:
        pynvml.nvmlShutdown()


def opencl_platforms() -> int:
    """Count the OpenCL platforms, which LightGBM's `device: gpu` needs one of."""
    library = ctypes.util.find_library("OpenCL")
    if not library:
        return 0
    count = ctypes.c_uint(0)
    try:
        ctypes.CDLL(library).clGetPlatformIDs(0, None, ctypes.byref(count))
    except (OSError, AttributeError):
        return 0
    return count.value


def _card_name(handle: object) -> str:
    import pynvml  # noqa: PLC0415 - only the doctor asks

    name = pynvml.nvmlDeviceGetName(handle)
    return name.decode() if isinstance(name, bytes) else str(name)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:
        return ""
