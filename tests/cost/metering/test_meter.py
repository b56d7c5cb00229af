from __future__ import annotations

import os
import subprocess
import sys
import time

from psutil import Process

from workbench.cost.metering import proctree
from workbench.cost.metering.meter import Meter, Usage
from workbench.cost.metering.proctree import read_tree, ticks_per_second, tree

BURN = "import time\nend = time.process_time() + {seconds}\nwhile time.process_time() < end: pass\n"


def python(code: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-I", "-S", "-c", code])


def test_time_of_children_that_ended_is_counted_once() -> None:
    nested = (
        f"import subprocess, sys\nsubprocess.run([sys.executable, '-I', '-S', '-c', {BURN.format(seconds=0.3)!r}])\n"
    )
    with Meter() as meter:
        child = python(nested + BURN.format(seconds=0.2))
        child.wait()
        first = meter.usage()
        second = meter.usage()
    assert 0.5 <= first.cpu_seconds < 0.9
    assert second.cpu_seconds - first.cpu_seconds < 0.1


def test_children_from_before_the_meter_are_not_charged() -> None:
    python(BURN.format(seconds=0.4)).wait()
    assert Meter().usage().cpu_seconds < 0.1


def test_the_peak_of_the_whole_tree_is_seen() -> None:
    hold = "x = bytearray(150_000_000)\nimport time\ntime.sleep(1.2)\n"
    with Meter() as meter:
        children = [python(hold), python(hold)]
        for child in children:
            child.wait()
    children_bytes = meter.usage().peak_rss_bytes - Process().memory_info().rss
    assert 290_000_000 < children_bytes < 500_000_000


def test_a_peak_between_two_samples_is_seen_when_the_process_has_ended() -> None:
    meter = Meter()
    python("x = bytearray(900_000_000)").wait()
    assert meter.usage().peak_rss_bytes > 900_000_000


def test_bytes_moved_by_children_that_ended_are_counted() -> None:
    meter = Meter()
    python("f = open('/dev/null', 'wb')\nf.write(bytes(50_000_000))\nopen('/dev/zero', 'rb').read(70_000_000)").wait()
    usage = meter.usage()
    assert 50_000_000 <= usage.written_bytes < 52_000_000
    assert 70_000_000 <= usage.read_bytes < 80_000_000


def test_samples_are_handed_on_and_cost_less_than_a_hundredth_of_a_core() -> None:
    seen: list[Usage] = []
    children = [python("import time\ntime.sleep(30)") for _ in range(6)]
    began = time.monotonic()
    with Meter(on_sample=seen.append) as meter:
        time.sleep(3)
    lasted = time.monotonic() - began
    for child in children:
        child.kill()
        child.wait()
    assert len(seen) >= 3
    assert 0 < meter.overhead_cpu_seconds < 0.01 * lasted
    assert [usage.wall_seconds for usage in seen] == sorted(usage.wall_seconds for usage in seen)


def test_the_tree_holds_descendants_and_a_process_that_is_gone_is_no_error() -> None:
    child = python("import subprocess, sys\nsubprocess.run(['sleep', '5'])")
    time.sleep(0.5)
    family = tree(os.getpid())
    assert family[0] == os.getpid()
    assert child.pid in family
    assert len(family) >= 3
    grandchildren = [pid for pid in tree(child.pid) if pid != child.pid]
    assert len(grandchildren) == 1
    child.kill()
    child.wait()
    os.kill(grandchildren[0], 9)
    assert Meter(child.pid).usage().cpu_seconds == 0
    assert tree(child.pid) == [child.pid]


def test_a_system_without_proc_is_read_by_psutil_with_the_same_result() -> None:
    child = python("import subprocess\nsubprocess.run(['sleep', '5'])")
    time.sleep(0.5)
    ours, theirs = read_tree(os.getpid()), proctree._read_by_psutil(proctree._tree_by_psutil(os.getpid()))
    assert {use.pid for use in theirs} == {use.pid for use in ours}
    assert abs(sum(use.ticks for use in theirs) - sum(use.ticks for use in ours)) < 0.2 * ticks_per_second()
    our_bytes = sum(use.rss_bytes for use in ours)
    assert abs(sum(use.rss_bytes for use in theirs) - our_bytes) < 0.1 * our_bytes
    for pid in reversed(tree(child.pid)):
        os.kill(pid, 9)
    child.wait()
    assert proctree._read_by_psutil(proctree._tree_by_psutil(child.pid)) == []


def test_a_lap_has_its_own_time_and_its_own_peak() -> None:
    meter = Meter()
    held = bytearray(os.urandom(1_000_000) * 300)
    del held
    first = meter.lap()
    python(BURN.format(seconds=0.3)).wait()
    second = meter.lap()
    assert first.peak_rss_bytes - second.peak_rss_bytes > 200_000_000
    assert second.started_seconds == first.wall_seconds
    assert 0.3 <= second.cpu_seconds < 0.7
    total = meter.usage()
    assert total.cpu_seconds >= first.cpu_seconds + second.cpu_seconds - 1e-9
    assert total.peak_rss_bytes >= first.peak_rss_bytes


def test_memory_is_weighed_by_the_time_it_was_held() -> None:
    code = "import time\nx = bytearray(b'1') * 400_000_000\ntime.sleep(1.5)\ndel x\ntime.sleep(1.5)"
    child = python(code)
    with Meter(child.pid) as meter:
        child.wait()
    usage = meter.usage()
    assert 130_000_000 < usage.mean_rss_bytes < 270_000_000
    assert usage.mean_rss_bytes < 0.7 * usage.peak_rss_bytes


def test_pages_shared_with_a_child_count_once_in_the_mean_that_divides_them() -> None:
    code = (
        "import os, time\nx = bytearray(b'1') * 200_000_000\npid = os.fork()\ntime.sleep(4)\npid and os.waitpid(pid, 0)"
    )
    child = python(code)
    time.sleep(0.5)
    with Meter(child.pid) as meter:
        time.sleep(2.8)
    usage = meter.usage()
    child.wait()
    assert usage.mean_rss_bytes > 400_000_000
    assert usage.mean_pss_bytes is not None
    assert 195_000_000 < usage.mean_pss_bytes < 260_000_000


def test_no_gpu_is_no_gpu_time() -> None:
    usage = Meter().usage()
    assert (usage.gpu_seconds is None) == (usage.gpu_peak_bytes is None)
    assert usage.gpu_seconds is None or usage.gpu_seconds >= 0
