"""Energy of a process tree: measured where the processor tells (RAPL), else estimated with stated figures.

RAPL counts the joules of a processor package and of its memory, whoever used them. The tree is charged the share of
them that its processor time has in that of the whole host in the same seconds; what an idle machine draws is thereby
divided among those that work. RAPL: Intel 64 and IA-32 Software Developer's Manual, volume 3B, chapter 15.10;
files: Linux, Documentation/power/powercap/powercap.rst.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.cost.metering.proctree import ticks_per_second

if TYPE_CHECKING:
    from collections.abc import Iterable

WATTS_PER_BUSY_VCPU = 3.5
"""Cloud Carbon Footprint, AWS, a vCPU at full use (0.74 W when idle); the mean over its processors."""

WATTS_PER_GB = 0.392
"""Cloud Carbon Footprint: 0.000392 kWh for each hour that a GB of memory is held."""

ESTIMATE = f"estimate: {WATTS_PER_BUSY_VCPU} W per busy vCPU and {WATTS_PER_GB} W per GB of memory"
MEASURED = "RAPL, by share of the host's busy processor time"

_POWERCAP = Path("/sys/class/powercap")
_STAT = Path("/proc/stat")
_BYTES_PER_GB = 1e9
_MICRO = 1e-6
_LEAST_SECONDS = 1.0
"""Shorter intervals would divide a few clock ticks by a few."""
_BUSY = (0, 1, 2, 5, 6)
"""Fields of /proc/stat: user, nice, system, interrupts; guests are in user."""


def estimated_joules(cpu_seconds: float, mean_bytes: float, wall_seconds: float) -> float:
    """Estimate the energy of a tree from its processor time and its memory over time.

    Example:
        >>> round(estimated_joules(10, 1e9, 20), 2)
        42.84
    """
    return cpu_seconds * WATTS_PER_BUSY_VCPU + mean_bytes / _BYTES_PER_GB * wall_seconds * WATTS_PER_GB


@dataclass(frozen=True)
class Domain:
    """A counter of RAPL.

    Attributes:
        counter: File with microjoules.
        range_microjoules: Where it begins again at 0.
    """

    counter: Path
    range_microjoules: int

    def read(self) -> int:
        """Read microjoules.

        Raises:
            OSError: It may not be read.
        """
        return int(self.counter.read_text(encoding="ascii"))


class Rapl:
    """Charges a tree its share of what the processor counts.

    Args:
        domains: The counters.
        at: The moment it begins, by the monotonic clock.
        stat: Where the host's processor times are.

    Raises:
        OSError: A counter may not be read.
    """

    def __init__(self, domains: Iterable[Domain], at: float, stat: Path = _STAT) -> None:
        self._domains = tuple(domains)
        self._stat = stat
        self._counters = [domain.read() for domain in self._domains]
        self._busy = busy_seconds(stat)
        self._at = at
        self._cpu_seconds = 0.0
        self.joules = 0.0

    def see(self, at: float, cpu_seconds: float) -> None:
        """Take note of what the tree has used up to a moment, by the monotonic clock."""
        if at - self._at < _LEAST_SECONDS:
            return
        try:
            counters, busy = [domain.read() for domain in self._domains], busy_seconds(self._stat)
        except OSError:
            return  # it could be read before: nothing is known of this second until it can be again
        used, host = cpu_seconds - self._cpu_seconds, busy - self._busy
        share = min(1.0, used / host) if host > 0 else 0.0
        steps = zip(counters, self._counters, self._domains, strict=True)
        spent = sum((now - last) % (domain.range_microjoules or now + 1) for now, last, domain in steps)
        self.joules += spent * _MICRO * share
        self._counters, self._busy, self._at, self._cpu_seconds = counters, busy, at, cpu_seconds


def open_rapl(at: float, powercap: Path = _POWERCAP, stat: Path = _STAT) -> Rapl | None:
    """Find RAPL's counters; None where there are none or they may not be read, as is usual but for root.

    Processors of AMD are under the same name; a second way to the same counters, `intel-rapl-mmio`, is left aside.
    """
    try:
        domains = [_domain(zone) for zone in sorted(powercap.glob("intel-rapl:*")) if _counts(zone)]
        return Rapl(domains, at, stat) if domains else None
    except (OSError, ValueError):
        return None


def busy_seconds(stat: Path = _STAT) -> float:
    """Read how long the processors of the host have been busy, in all.

    Raises:
        OSError: The system does not tell.
    """
    with stat.open(encoding="ascii") as lines:
        ticks = [int(text) for text in lines.readline().split()[1:]]
    return sum(ticks[place] for place in _BUSY) / ticks_per_second()


def _domain(zone: Path) -> Domain:
    limit = zone / "max_energy_range_uj"
    return Domain(zone / "energy_uj", int(limit.read_text(encoding="ascii")) + 1 if limit.exists() else 0)


def _counts(zone: Path) -> bool:
    """Take packages and their memory; cores are within the package, and the platform would count both again."""
    name = (zone / "name").read_text(encoding="ascii").strip()
    return name.startswith("package") or name == "dram"
