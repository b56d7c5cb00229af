"""Fails the N-th system call of a writing process, for every N, and asks a fresh process what is left."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.artifacts.victim import NEW, REFUSED, leftovers, prepare

TAKES_ROOM = (
    "openat",
    "write",
    "pwrite64",
    "fsync",
    "ftruncate",
    "rename",
    "renameat",
    "renameat2",
    "mkdir",
    "mkdirat",
)
TAKES_NONE = ("unlink", "unlinkat", "rmdir", "read", "close", "flock", "fchmod", "getdents64")
LOOKS = ("newfstatat", "readlink", "readlinkat")
CALLS = (*TAKES_ROOM, *TAKES_NONE, *LOOKS)
_VICTIM = Path(__file__).with_name("victim.py")
_REPOSITORY = Path(__file__).parents[2]
_CALL = re.compile(r"^(?:\d+ +)?(\w+)\(")
_KILLED = (-9, 137)


@dataclass(frozen=True)
class Point:
    """One place to fail: the `nth` call of a kind after the write began, and how."""

    call: str
    nth: int
    fault: str


def calls_of(action: str, folder: Path) -> dict[str, tuple[int, int]]:
    """Count the calls of each kind before and during a write that nothing disturbs."""
    root = fresh_project(action, folder)
    trace = folder / "dry.trace"
    assert _traced(action, root, trace, []).returncode == 0
    before: dict[str, int] = dict.fromkeys(CALLS, 0)
    during: dict[str, int] = dict.fromkeys(CALLS, 0)
    counts = before
    for line in trace.read_text(errors="replace").splitlines():
        if "/workbench-ends" in line:
            break
        if found := _CALL.match(line):
            counts[found[1]] = counts.get(found[1], 0) + 1
        if "/workbench-begins" in line:
            counts = during
    return {call: (before[call], during[call]) for call in CALLS if during[call]}


def points_of(calls: dict[str, tuple[int, int]]) -> list[Point]:
    """List every way to fail."""
    points = []
    for call, (_, during) in calls.items():
        faults = ["signal=KILL", "error=EIO"]
        faults += ["error=ENOSPC"] if call in TAKES_ROOM else []
        faults += ["error=EINTR"] if call in {"openat", "read", "write", "fsync", "flock", "close"} else []
        points += [Point(call, nth, fault) for fault in faults for nth in range(1, during + 1)]
    return points


def fresh_project(action: str, folder: Path) -> Path:
    """Make a project that holds the old version."""
    root = folder / "project"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    (root / "params.yaml").write_text("ingest: {}\n")
    prepare(action, root)
    return root


def strike(action: str, point: Point, calls: dict[str, tuple[int, int]], folder: Path) -> str:
    """Fail one call, check all that must hold, and name the outcome."""
    root = fresh_project(action, folder)
    trace = folder / "strike.trace"
    when = calls[point.call][0] + point.nth
    done = _traced(action, root, trace, ["-e", f"inject={point.call}:{point.fault}:when={when}"])
    _was_struck_inside(point, trace)
    left = leftovers(root)
    looked = subprocess.run([sys.executable, _VICTIM, "check", root, action], check=False, **_options())
    assert looked.returncode == 0, f"{point}: {looked.stdout}{looked.stderr}"
    version = int(looked.stdout.split()[0])
    if point.fault == "signal=KILL":
        assert done.returncode in _KILLED, f"{point}: {done.returncode}"
        return f"killed, {'new' if version == NEW else 'old'}"
    assert done.returncode in {0, REFUSED}, f"{point}: {done.returncode} {done.stderr}"
    if done.returncode == 0:
        assert version == NEW, f"{point}: reported as done, but a reader sees the old version"
        return "not disturbed, new"
    assert version == NEW or not left, f"{point}: refused, but left {left}"
    return f"refused, {'new' if version == NEW else 'old'}"


def _was_struck_inside(point: Point, trace: Path) -> None:
    text = trace.read_text(encoding="utf-8", errors="replace")
    begins = text.find("/workbench-begins")
    struck = text.find("+++ killed by SIGKILL" if point.fault == "signal=KILL" else "(INJECTED)")
    assert -1 < begins < struck, f"{point} struck outside the write"


def _traced(action: str, root: Path, trace: Path, inject: list[str]) -> subprocess.CompletedProcess[str]:
    watched = ",".join(f"?{call}" for call in CALLS)
    tracer = ["strace", "-o", str(trace), "-e", f"trace={watched}", *inject]
    return subprocess.run([*tracer, sys.executable, "-B", _VICTIM, action, root, str(NEW)], check=False, **_options())


def _options() -> dict[str, object]:
    environment = {name: value for name, value in os.environ.items() if name != "WORKBENCH_RUN"}
    environment |= {"PYTHONHASHSEED": "0", "PYTHONPATH": str(_REPOSITORY)}
    return {"capture_output": True, "text": True, "env": environment, "timeout": 120}
