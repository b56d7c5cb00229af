"""GPUs as a driver would tell of them; no test machine has one."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from workbench.cost.metering.gpu import Gpus


@dataclass
class Process:
    pid: int
    usedGpuMemory: int | None  # noqa: N815 - NVML's name


@dataclass
class Driver:
    """Stands for NVML: devices are numbers; what is not there raises, as a driver does.

    Attributes:
        holders: Processes on each device.
        millijoules: Counter of each device.
        milliwatts: Power of each device.
    """

    holders: dict[object, list[Process]] = field(default_factory=dict)
    millijoules: dict[object, int] = field(default_factory=dict)
    milliwatts: dict[object, int] = field(default_factory=dict)
    NVMLError: type[Exception] = KeyError

    def nvmlDeviceGetComputeRunningProcesses(self, device: object) -> list[Process]:  # noqa: N802 - NVML's name
        return self.holders[device]

    def nvmlDeviceGetTotalEnergyConsumption(self, device: object) -> int:  # noqa: N802 - NVML's name
        return self.millijoules[device]

    def nvmlDeviceGetPowerUsage(self, device: object) -> int:  # noqa: N802 - NVML's name
        return self.milliwatts[device]


def test_time_memory_and_energy_of_the_devices_that_are_held() -> None:
    driver = Driver(holders={0: [Process(7, 100), Process(99, 900)], 1: [Process(8, 50)]}, millijoules={0: 0, 1: 0})
    gpus = Gpus(driver, [0, 1], at=0.0)
    driver.millijoules = {0: 400_000, 1: 100_000}
    gpus.see(2.0, {7, 8})
    assert (gpus.held_seconds, gpus.peak_bytes) == (4.0, 150)
    assert gpus.joules == pytest.approx(400 / 2 + 100)
    driver.holders = {0: [Process(99, 900)], 1: [Process(8, None)]}
    driver.millijoules = {0: 900_000, 1: 130_000}
    gpus.see(5.0, {7, 8})
    assert (gpus.held_seconds, gpus.peak_bytes) == (7.0, 150)
    assert gpus.joules == pytest.approx(300 + 30)


def test_a_device_without_a_counter_is_charged_by_its_power() -> None:
    driver = Driver(holders={0: [Process(7, 1)]}, milliwatts={0: 70_000})
    gpus = Gpus(driver, [0], at=0.0)
    gpus.see(3.0, {7})
    assert gpus.joules == pytest.approx(210)


def test_a_device_that_tells_nothing_costs_nothing_known() -> None:
    gpus = Gpus(Driver(), [0], at=0.0)
    gpus.see(3.0, {7})
    assert (gpus.held_seconds, gpus.peak_bytes, gpus.joules) == (0.0, 0, None)
