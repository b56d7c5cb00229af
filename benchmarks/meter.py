"""How true the meter is, and what it costs.

First a workload of every kind (tests/cost/metering/workload.py: threads, 200 brief children, nested ones, orphans of a
killed parent, bytes) is metered beside a neighbour that spins, and set against what its processes say of themselves;
the same workload is also run without a meter, in turns, which shows what metering does to it. Then the share of a core
that the meter takes is measured with 1, 10 and 100 processes in the tree.
Usage: `python benchmarks/meter.py [--rounds 5] [--scale 1] [--seconds 20]`; exits with 1 above 3 % or 1 % of a core.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.cost.metering.meter import Meter

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).parents[1]
SPIN = "import time\nend = time.monotonic() + 3600\nwhile time.monotonic() < end: sum(range(1000))"
LIMIT, CORE = 0.03, 0.01


@dataclass
class Errors:
    """Relative errors of several runs, and seconds with and without a meter."""

    cpu_seconds: list[float] = field(default_factory=list)
    read_bytes: list[float] = field(default_factory=list)
    written_bytes: list[float] = field(default_factory=list)
    with_meter: list[float] = field(default_factory=list)
    without: list[float] = field(default_factory=list)

    @property
    def worst(self) -> float:
        """The largest of all errors."""
        return max(map(abs, (*self.cpu_seconds, *self.read_bytes, *self.written_bytes)))


def main() -> int:
    """Measure and print; give the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1.0, help="multiplies processor time and bytes")
    parser.add_argument("--seconds", type=float, default=20.0, help="how long each tree is metered for its overhead")
    given = parser.parse_args()
    errors = attributed(given.rounds, given.scale)
    for name in ("cpu_seconds", "read_bytes", "written_bytes"):
        values = getattr(errors, name)
        print(f"{name:14} error {statistics.median(values):+.2%} (from {min(values):+.2%} to {max(values):+.2%})")
    ratio = statistics.median(a / b for a, b in zip(errors.with_meter, errors.without, strict=True))
    print(f"processor time that the workload reports, with a meter to without: {ratio:.3f} (median of pairs)")
    shares = [overhead(count, given.seconds) for count in (1, 10, 100)]
    return 0 if errors.worst <= LIMIT and max(shares) <= CORE else 1


def attributed(rounds: int, scale: float) -> Errors:
    """Run the workload in turns with a meter and without, beside a neighbour that spins."""
    sys.path.insert(0, str(ROOT))
    from tests.cost.metering import workload  # noqa: PLC0415 - after the path is known

    errors = Errors()
    with subprocess.Popen([sys.executable, "-c", SPIN]) as neighbour:
        for _ in range(rounds):
            errors.without.append(bare(workload, scale))
            metered(workload, scale, errors)
        neighbour.kill()
    return errors


def bare(workload: ModuleType, scale: float) -> float:
    """Give the processor time that the workload reports when nobody meters it."""
    with tempfile.TemporaryDirectory(prefix="meter-") as folder:
        subprocess.run(command(workload, folder, scale), check=True)
        return float(workload.truth(Path(folder)).cpu_seconds)


def metered(workload: ModuleType, scale: float, errors: Errors) -> None:
    """Meter the workload from a process of its own, which the neighbour does not descend from."""
    with tempfile.TemporaryDirectory(prefix="meter-") as folder:
        code = (
            "import subprocess, sys, time\nfrom workbench.cost.metering.meter import Meter\nwith Meter() as meter:\n"
            " own = time.process_time()\n subprocess.run(sys.argv[1:], check=True)\n"
            " time.sleep(0.3)\n used = meter.usage()\n own = time.process_time() - own\n"
            "print(used.cpu_seconds - own, used.read_bytes, used.written_bytes)"
        )
        line = [sys.executable, "-c", code, *command(workload, folder, scale)]
        done = subprocess.run(line, check=True, capture_output=True, text=True, cwd=ROOT)
        told = workload.truth(Path(folder))
    cpu_seconds, read_bytes, written_bytes = map(float, done.stdout.split())
    errors.cpu_seconds.append(cpu_seconds / told.cpu_seconds - 1)
    errors.read_bytes.append(read_bytes / told.read_bytes - 1)
    errors.written_bytes.append(written_bytes / told.written_bytes - 1)
    errors.with_meter.append(told.cpu_seconds)


def command(workload: ModuleType, folder: str, scale: float) -> list[str]:
    """Give the command that runs the whole workload."""
    return [sys.executable, "-I", "-S", str(workload.__file__), folder, "top", str(scale)]


def overhead(count: int, seconds: float) -> float:
    """Meter so many idle processes of 30 MB; give the share of a core that it takes."""
    hold = "x = bytearray(b'1') * 20_000_000\nimport time\ntime.sleep(3600)"
    children = [subprocess.Popen([sys.executable, "-I", "-S", "-c", hold]) for _ in range(count)]
    time.sleep(0.05 * count)
    seen = 0

    def count_sample(_: object) -> None:
        nonlocal seen
        seen += 1

    began = time.monotonic()
    with Meter(on_sample=count_sample) as meter:
        time.sleep(seconds)
    lasted = time.monotonic() - began
    for child in children:
        child.kill()
        child.wait()
    share = meter.overhead_cpu_seconds / lasted
    print(f"{count:4} processes: {share:.3%} of a core, {seen} readings, one each {lasted / max(1, seen):.2f} s")
    return share


if __name__ == "__main__":
    sys.exit(main())
