"""What the meter says of a tree of processes, against what these say of themselves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.cost.metering import workload
from workbench.cost.metering.meter import Meter, Usage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SPIN = "import time\nend = time.monotonic() + 600\nwhile time.monotonic() < end: sum(range(1000))"


@contextmanager
def neighbour() -> Iterator[None]:
    """Let a process outside of the tree spin: its parent ends at once, before anybody meters."""
    spinning = f"subprocess.Popen([sys.executable, '-c', {SPIN!r}], stdout=-3, stderr=-3)"
    starter = f"import subprocess, sys; print({spinning}.pid)"
    started = subprocess.run([sys.executable, "-c", starter], check=True, capture_output=True, text=True)
    pid = int(started.stdout)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGKILL)


def metered(folder: Path, scale: float) -> tuple[Usage, list[Usage]]:
    """Meter the whole workload beside a neighbour that spins."""
    samples: list[Usage] = []
    with neighbour(), Meter(on_sample=samples.append) as meter:
        subprocess.run([sys.executable, "-I", "-S", workload.__file__, folder, "top", str(scale)], check=True)
        usage = meter.usage()
        time.sleep(0.3)  # the orphans, adopted, are taken note of
        assert meter.usage().cpu_seconds - usage.cpu_seconds < 0.1
        return meter.usage(), samples


def check(folder: Path, scale: float, within: float = 0.03) -> None:
    before = os.times()
    usage, samples = metered(folder, scale)
    after, told = os.times(), workload.truth(folder)
    assert told.processes == 209
    own_cpu_seconds = after.user + after.system - before.user - before.system
    assert usage.cpu_seconds - own_cpu_seconds == pytest.approx(told.cpu_seconds, rel=within)
    assert usage.read_bytes == pytest.approx(told.read_bytes, rel=within)
    assert usage.written_bytes == pytest.approx(told.written_bytes, rel=within)
    for name in ("cpu_seconds", "read_bytes", "written_bytes", "peak_rss_bytes"):
        values = [getattr(sample, name) for sample in (*samples, usage)]
        assert values == sorted(values), name


def test_a_workload_of_every_kind_is_metered_within_three_percent_beside_a_busy_neighbour(tmp_path: Path) -> None:
    check(tmp_path, 1.0)


@pytest.mark.soak
@pytest.mark.parametrize("scale", [2.0, 10.0, 40.0])
def test_a_longer_workload_is_metered_within_three_percent(tmp_path: Path, scale: float) -> None:
    check(tmp_path, scale)


def test_memory_of_several_processes_is_metered_within_five_percent(tmp_path: Path) -> None:
    size = 120_000_000
    with Meter() as meter:
        alone = meter.usage().peak_rss_bytes
        children = [
            subprocess.Popen([sys.executable, "-I", "-S", workload.__file__, tmp_path, "hold", str(size)])
            for _ in range(3)
        ]
        for child in children:
            child.wait()
        usage = meter.usage()
    interpreters = 3 * 11_000_000
    assert usage.peak_rss_bytes - alone - interpreters == pytest.approx(3 * size, rel=0.05)
    assert 0.6 * 3 * size < usage.mean_rss_bytes - alone < 3 * size + interpreters


def test_a_child_of_a_parent_that_takes_no_note_of_its_children_is_not_lost() -> None:
    """The kernel drops the time of children whose parent ignores SIGCHLD: what was seen of them is kept."""
    spin = "import time\nend = time.process_time() + 1.5\nwhile time.process_time() < end: pass"
    code = (
        "import signal, subprocess, sys, time\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
        f"child = subprocess.Popen([sys.executable, '-I', '-S', '-c', {spin!r}])\n"
        "while True:\n    time.sleep(0.05)\n    open(f'/proc/{child.pid}/stat').close()"
    )
    with Meter() as meter:
        subprocess.run([sys.executable, "-I", "-S", "-c", code], check=False, stderr=subprocess.DEVNULL)
        usage = meter.usage()
    assert 1.2 < usage.cpu_seconds < 1.9
