"""What a process tree uses of GPUs, asked of NVML; a machine without one simply has none.

NVML: NVIDIA Management Library API reference, nvmlDeviceGetComputeRunningProcesses and
nvmlDeviceGetTotalEnergyConsumption. In a container NVML may tell numbers of processes as the host counts them: nothing
is attributed then.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

_DRIVERS = ("/dev/nvidiactl", "/dev/dxg")
"""What is there when a driver is: importing NVML's bindings takes 20 ms, for nothing on most machines."""
_MILLI = 1e-3
BASIS = "NVML, energy of each GPU divided among the processes that hold it"


class Holder(Protocol):
    """A process with a context on a device."""

    pid: int
    usedGpuMemory: int | None  # noqa: N815 - NVML's name


class Nvml(Protocol):
    """The part of NVML used here."""

    NVMLError: type[Exception]

    def nvmlDeviceGetComputeRunningProcesses(self, device: object) -> Sequence[Holder]:  # noqa: N802 - NVML's name
        """List processes with a compute context."""

    def nvmlDeviceGetTotalEnergyConsumption(self, device: object) -> int:  # noqa: N802 - NVML's name
        """Read millijoules since the driver was loaded."""

    def nvmlDeviceGetPowerUsage(self, device: object) -> int:  # noqa: N802 - NVML's name
        """Read milliwatts."""


class Gpus:
    """Follows the GPUs of this machine.

    A GPU counts as held while any process of the tree has a compute context on it. Its energy is divided evenly among
    the processes that have one; what it draws while nobody holds it is charged to nobody.

    Attributes:
        held_seconds: Time GPUs were held, summed over GPUs.
        peak_bytes: Largest memory of the tree on all GPUs at one moment.
        joules: Energy of the tree; None where no GPU tells any.
    """

    def __init__(self, nvml: Nvml, devices: Sequence[object], at: float) -> None:
        self._nvml = nvml
        self._devices = devices
        self._at = at
        self._counters = [self._energy_joules(device) for device in devices]
        self.held_seconds = 0.0
        self.peak_bytes = 0
        self.joules: float | None = None

    def see(self, at: float, pids: Collection[int]) -> None:
        """Take note of which GPUs these processes hold at a moment of the monotonic clock."""
        lasted, self._at = at - self._at, at
        memory = 0
        for place, device in enumerate(self._devices):
            holders = self._holders(device)
            ours = [holder for holder in holders if holder.pid in pids]
            memory += sum(holder.usedGpuMemory or 0 for holder in ours)
            self.held_seconds += lasted * bool(ours)
            spent = self._spent_joules(place, lasted)
            if ours and spent is not None:
                self.joules = (self.joules or 0.0) + spent * len(ours) / len(holders)
        self.peak_bytes = max(self.peak_bytes, memory)

    def _holders(self, device: object) -> Sequence[Holder]:
        try:
            return self._nvml.nvmlDeviceGetComputeRunningProcesses(device)
        except self._nvml.NVMLError:
            return ()

    def _spent_joules(self, place: int, lasted: float) -> float | None:
        """Give what a device drew since it was looked at last: by its counter, else by its power now."""
        counter, last = self._energy_joules(self._devices[place]), self._counters[place]
        self._counters[place] = counter
        if counter is not None and last is not None:
            return max(0.0, counter - last)
        try:
            return self._nvml.nvmlDeviceGetPowerUsage(self._devices[place]) * _MILLI * lasted
        except self._nvml.NVMLError:
            return None

    def _energy_joules(self, device: object) -> float | None:
        try:
            return self._nvml.nvmlDeviceGetTotalEnergyConsumption(device) * _MILLI
        except self._nvml.NVMLError:
            return None


def open_gpus(at: float) -> Gpus | None:
    """Open NVML; None where there is no GPU or no driver.

    Args:
        at: The moment it begins, by the monotonic clock.
    """
    if not any(Path(driver).exists() for driver in _DRIVERS):
        return None
    try:
        import pynvml  # noqa: PLC0415 - only needed while a stage is metered
    except ImportError:
        return None
    try:
        pynvml.nvmlInit()
        devices = [pynvml.nvmlDeviceGetHandleByIndex(index) for index in range(pynvml.nvmlDeviceGetCount())]
    except pynvml.NVMLError:
        return None
    return Gpus(pynvml, devices, at) if devices else None
