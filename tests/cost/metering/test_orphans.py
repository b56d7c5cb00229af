"""What happens to processes whose parent is killed while somebody meters."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from workbench.cost.metering import orphans
from workbench.cost.metering.meter import Meter
from workbench.cost.metering.network import network_bytes, own_network
from workbench.cost.metering.proctree import read_tree, tree

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux hands orphans to an ancestor")

FAMILY = """\
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-I", "-S", "-c", sys.argv[1]], start_new_session=True)
print(child.pid, flush=True)
time.sleep(600)
"""


def adopting() -> bool:
    held = ctypes.c_int(0)
    ctypes.CDLL(None).prctl(orphans.PR_GET_CHILD_SUBREAPER, ctypes.byref(held), 0, 0, 0)
    return bool(held.value)


def orphan(code: str) -> int:
    """Start a process that runs some code, and kill its parent."""
    command = [sys.executable, "-I", "-S", "-c", FAMILY, code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        time.sleep(0.5)  # it has been seen with its parent
        parent.send_signal(signal.SIGKILL)
    return pid


def test_an_orphan_counts_while_it_lives_and_after_it_has_ended_and_leaves_no_zombie() -> None:
    spin = "import time\nend = time.process_time() + 1.5\nwhile time.process_time() < end: pass"
    with Meter() as meter:
        began = os.times()
        pid = orphan(spin)
        end = time.monotonic() + 60
        while Path(f"/proc/{pid}").exists():
            assert time.monotonic() < end, "its end was not taken note of"
            time.sleep(0.05)
        own = os.times().user + os.times().system - began.user - began.system
        used = meter.usage().cpu_seconds - own
        assert 1.5 <= used < 1.8
        assert meter.usage().cpu_seconds - own == pytest.approx(used, abs=0.1)


def test_children_of_one_s_own_are_left_to_whoever_started_them() -> None:
    with Meter() as meter:
        children = [
            subprocess.Popen([sys.executable, "-I", "-S", "-c", "raise SystemExit(3)"], start_new_session=alone)
            for alone in (False, True)
        ]
        time.sleep(1)
        meter.usage()
        assert [child.wait() for child in children] == [3, 3]


def test_orphans_go_where_they_went_before_when_the_last_meter_has_stopped() -> None:
    assert not adopting()
    with Meter():
        with Meter():
            assert adopting()
        assert adopting()
    assert not adopting()


def test_traffic_of_strangers_is_not_told() -> None:
    assert not own_network(os.getpid(), os.getppid())
    assert Meter().usage().network_bytes is None


def test_traffic_of_a_namespace_of_its_own_is_told() -> None:
    command = ["unshare", "--net", sys.executable, "-I", "-S", "-c", "input()"]
    try:
        child = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except FileNotFoundError:
        pytest.skip("there is no unshare")
    time.sleep(0.5)
    if child.poll() is not None:
        pytest.skip("no network namespace may be made here")
    assert own_network(child.pid, os.getpid())
    assert network_bytes(child.pid) == 0
    assert Meter(child.pid).usage().network_bytes == 0
    child.communicate(b"\n")
    assert network_bytes(child.pid) is None


def test_an_orphan_that_nobody_here_adopts_is_followed_by_its_number() -> None:
    spin = "import time\nend = time.process_time() + 1.5\nwhile time.process_time() < end: pass\ntime.sleep(30)"
    outer = (
        f"import subprocess, sys, time\nsubprocess.Popen([sys.executable, '-c', {FAMILY!r}, {spin!r}])\ntime.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-I", "-S", "-c", outer], stdout=subprocess.PIPE, text=True) as root:
        assert root.stdout is not None
        pid = int(root.stdout.readline())
        meter = Meter(root.pid)
        parent = next(use.parent for use in read_tree(root.pid) if use.pid == pid)
        os.kill(parent, signal.SIGKILL)
        time.sleep(0.1)
        assert pid not in tree(root.pid)
        end = time.monotonic() + 60
        while (used := meter.usage().cpu_seconds) < 1.2:
            assert time.monotonic() < end, f"only {used} CPU-seconds were seen"
            time.sleep(0.1)
        os.kill(pid, signal.SIGKILL)
        time.sleep(0.3)
        assert meter.usage().cpu_seconds >= used
        root.kill()
