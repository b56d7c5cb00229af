"""Which processes hold a GPU, asked of NVML; a machine without one simply has none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection


class _Nvml(Protocol):
    """The part of NVML used here."""

    NVMLError: type[Exception]

    def nvmlDeviceGetHandleByIndex(self, index: int) -> object:  # noqa: N802 - NVML's name
        """Open a device."""

    def nvmlDeviceGetComputeRunningProcesses(self, device: object) -> list[object]:  # noqa: N802 - NVML's name
        """List processes with a compute context."""


def holder_counter() -> Callable[[Collection[int]], int] | None:
    """Open NVML; None where there is no GPU or no driver.

    Returns:
        A function that counts the GPUs on which any of the given processes has a compute context.
    """
    try:
        import pynvml  # noqa: PLC0415 - only needed while a stage is metered
    except ImportError:
        return None
    try:
        pynvml.nvmlInit()
        devices = [pynvml.nvmlDeviceGetHandleByIndex(index) for index in range(pynvml.nvmlDeviceGetCount())]
    except pynvml.NVMLError:
        return None
    if not devices:
        return None
    return lambda pids: sum(_holds(pynvml, device, pids) for device in devices)


def _holds(nvml: _Nvml, device: object, pids: Collection[int]) -> bool:
    try:
        running = nvml.nvmlDeviceGetComputeRunningProcesses(device)
    except nvml.NVMLError:
        return False
    return any(getattr(process, "pid", None) in pids for process in running)
