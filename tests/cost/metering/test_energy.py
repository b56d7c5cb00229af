from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from workbench.cost.metering import energy
from workbench.cost.metering.meter import Meter
from workbench.cost.metering.proctree import ticks_per_second

if TYPE_CHECKING:
    from pathlib import Path

ZONES = {
    "intel-rapl:0": "package-0",
    "intel-rapl:0:0": "core",
    "intel-rapl:0:1": "dram",
    "intel-rapl:1": "psys",
    "intel-rapl-mmio:0": "package-0",
}


class Host:
    """Files as the kernel of a machine with RAPL would show them."""

    def __init__(self, folder: Path) -> None:
        self.powercap, self.stat = folder, folder / "stat"
        for zone, name in ZONES.items():
            (folder / zone).mkdir()
            (folder / zone / "name").write_text(f"{name}\n")
            (folder / zone / "max_energy_range_uj").write_text("999999999\n")
            self.count(zone, 0)
        self.busy(0)

    def count(self, zone: str, joules: float) -> None:
        (self.powercap / zone / "energy_uj").write_text(f"{round(joules * 1e6)}\n")

    def busy(self, seconds: float) -> None:
        ticks = round(seconds * ticks_per_second() / 5)
        # user, nice, system, idle, waiting, interrupts twice, stolen, guests twice
        self.stat.write_text(f"cpu  {ticks} {ticks} {ticks} 777777 8888 {ticks} {ticks} 999 5 5\ncpu0 1 2 3\n")

    def open(self, at: float = 0.0) -> energy.Rapl:
        rapl = energy.open_rapl(at, self.powercap, self.stat)
        assert rapl is not None
        return rapl


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


def test_the_tree_is_charged_its_share_of_package_and_memory_and_nothing_twice(host: Host) -> None:
    rapl = host.open()
    for zone, joules in zip(ZONES, (100, 60, 20, 150, 100), strict=True):
        host.count(zone, joules)
    host.busy(8)
    rapl.see(10.0, 2.0)
    assert rapl.joules == pytest.approx((100 + 20) * 2 / 8)


def test_a_counter_that_begins_again_goes_on(host: Host) -> None:
    host.count("intel-rapl:0", 990)
    rapl = host.open()
    host.count("intel-rapl:0", 5)
    host.busy(4)
    rapl.see(2.0, 4.0)
    assert rapl.joules == pytest.approx(15)


def test_joules_are_charged_by_the_share_of_their_own_seconds(host: Host) -> None:
    rapl = host.open()
    host.count("intel-rapl:0", 10)
    host.busy(1)
    rapl.see(0.5, 0.1)  # too short to divide
    assert rapl.joules == 0
    rapl.see(1.0, 1.0)
    host.count("intel-rapl:0", 110)
    host.busy(11)
    rapl.see(11.0, 1.0)  # idle, while others work
    assert rapl.joules == pytest.approx(10)
    host.count("intel-rapl:0", 120)
    host.busy(12)
    rapl.see(12.0, 9.0)  # ticks of the host lag behind: never more than everything
    assert rapl.joules == pytest.approx(20)


def test_counters_that_may_not_be_read_are_none(host: Host) -> None:
    (host.powercap / "intel-rapl:0" / "energy_uj").unlink()
    assert energy.open_rapl(0.0, host.powercap, host.stat) is None
    assert energy.open_rapl(0.0, host.powercap / "nothing", host.stat) is None


def test_a_counter_that_goes_away_ends_nothing(host: Host) -> None:
    rapl = host.open()
    host.stat.unlink()
    rapl.see(5.0, 1.0)
    assert rapl.joules == 0


def test_a_meter_says_how_it_knows_the_energy() -> None:
    usage = Meter().usage()
    assert usage.energy_joules is not None
    assert usage.energy_joules >= 0
    assert (usage.energy_basis or "").startswith((energy.ESTIMATE, energy.MEASURED))
