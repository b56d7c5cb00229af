"""A tree of processes that say themselves what they used: the truth that the meter is held against.

Run as a script it is one process of the tree. Each spins until its own processor clock says so, and writes what the
kernel says of itself, and of nobody else, to a file of its own as its last act. What a process uses after that, to
give its memory back, matters for brief ones only: for these the parent puts in what `wait4` says.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

CHUNK = 1 << 20


@dataclass(frozen=True)
class Truth:
    """What the processes of a workload say that they used.

    Attributes:
        processes: How many of them reported.
        cpu_seconds: Processor time.
        read_bytes: Bytes given back by read calls.
        written_bytes: Bytes handed to write calls.
    """

    processes: int
    cpu_seconds: float
    read_bytes: int
    written_bytes: int


def truth(folder: Path) -> Truth:
    """Add up the reports."""
    reports = [json.loads(path.read_text()) for path in folder.glob("*.json")]
    sums = [sum(report[name] for report in reports) for name in ("cpu_seconds", "read_bytes", "written_bytes")]
    return Truth(len(reports), sums[0], int(sums[1]), int(sums[2]))


def report(folder: Path) -> None:
    """Write what this process has used itself, its children left aside; bytes are those of its first thread."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    moved = dict(line.split(": ") for line in Path(f"/proc/self/task/{os.getpid()}/io").read_text().splitlines())
    facts = {
        "cpu_seconds": used.ru_utime + used.ru_stime,
        "read_bytes": int(moved["rchar"]),
        "written_bytes": int(moved["wchar"]),
    }
    new = folder / f"{os.getpid()}.new"
    new.write_text(json.dumps(facts))
    new.rename(new.with_suffix(".json"))


def spin(cpu_seconds: float) -> None:
    """Use processor time in this thread."""
    end = time.thread_time() + cpu_seconds
    while time.thread_time() < end:
        sum(range(2000))


def spin_in_threads(cpu_seconds: float, threads: int) -> None:
    """Use processor time in several threads, each its part."""
    parts = [threading.Thread(target=spin, args=(cpu_seconds / threads,)) for _ in range(threads)]
    for part in parts:
        part.start()
    for part in parts:
        part.join()


def move(size: int) -> None:
    """Write and read bytes that no disk ever sees."""
    data = bytes(CHUNK)
    with Path("/dev/null").open("wb", buffering=0) as sink, Path("/dev/zero").open("rb", buffering=0) as source:
        for _ in range(size // CHUNK):
            sink.write(data)
            source.read(CHUNK)


def hold(size: int, seconds: float) -> None:
    """Touch memory and keep it for a while."""
    held = bytearray(b"1") * size
    time.sleep(seconds)
    del held


def branch(folder: Path, *what: str, wait: bool = True, own_session: bool = False) -> subprocess.Popen[bytes]:
    """Start a process of the tree."""
    command = [sys.executable, "-I", "-S", __file__, str(folder), *what]
    child = subprocess.Popen(command, start_new_session=own_session)
    if wait:
        child.wait()
    return child


def brief(folder: Path, cpu_seconds: float) -> None:
    """Start a process that ends at once, and put what it used to the very end into its report."""
    pid = os.fork()  # before any thread exists
    if pid == 0:
        spin(cpu_seconds)
        report(folder)
        os._exit(0)
    used = os.wait4(pid, 0)[2]
    path = folder / f"{pid}.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"cpu_seconds": used.ru_utime + used.ru_stime}))


def abandon(folder: Path, cpu_seconds: float) -> None:
    """Start a parent with two children of which one leaves its session; kill the parent while they go on."""
    parent = branch(folder, "parent", str(cpu_seconds), wait=False)
    sign = folder / f"{parent.pid}.begun"
    while not sign.exists():
        time.sleep(0.01)
    parent.send_signal(signal.SIGKILL)
    parent.wait()


def parent_of_orphans(folder: Path, cpu_seconds: float) -> None:
    """Start two children and wait to be killed; what this process used is reported before."""
    for own_session in (False, True):
        branch(folder, "orphan", str(cpu_seconds / 2), wait=False, own_session=own_session)
    spin(0.2)
    report(folder)
    (folder / f"{os.getpid()}.begun").touch()
    time.sleep(600)


def top(folder: Path, scale: float) -> None:
    """Do all there is to do; `scale` multiplies processor time and bytes."""
    steady = [branch(folder, "spin", str(0.6 * scale), wait=False) for _ in range(2)]
    abandon(folder, 1.0 * scale)
    for number in range(200):
        brief(folder, 0.004 * scale * (number % 5))
    spin_in_threads(0.6 * scale, 3)
    branch(folder, "nested", str(0.5 * scale))
    branch(folder, "move", str(int(200 * CHUNK * scale)))
    for child in steady:
        child.wait()
    while len(list(folder.glob("*.orphan"))) < 2:
        time.sleep(0.05)
    report(folder)


def main(where: str, what: str, amount: str = "0") -> None:
    """Be one process of the tree."""
    folder = Path(where)
    if what == "top":
        top(folder, float(amount))
        return
    if what == "parent":
        parent_of_orphans(folder, float(amount))
        return
    if what == "nested":
        branch(folder, "spin", amount)
    elif what == "move":
        move(int(amount))
    elif what == "hold":
        hold(int(amount), 3.0)
    else:
        spin(float(amount))
    report(folder)
    if what == "orphan":
        (folder / f"{os.getpid()}.orphan").touch()


if __name__ == "__main__":
    main(*sys.argv[1:])
    os._exit(0)  # the interpreter's own end would come after the report
