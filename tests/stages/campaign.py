"""Ways in which a stage is ended from outside or by itself, each with the status the record must show."""

from __future__ import annotations

import os
import random
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.stages.conftest import Project, commit, processes_of, wait_for

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

SLEEP = "import time\ntime.sleep(600)"
SPIN = "while True:\n    pass"
STUBBORN = "import time\nwhile True:\n    try:\n        time.sleep(600)\n    except BaseException:\n        pass"
HOLDS_GIL = "import re\nre.match('(a+)+$', 'a' * 60 + 'b')"
HIDDEN_CHILD = (
    "import subprocess, sys\n"
    "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], start_new_session=True)"
)
OUT_OF_MEMORY = (
    "import resource\nresource.setrlimit(resource.RLIMIT_AS, (3 * 2**30, 3 * 2**30))\nx = bytearray(8 * 2**30)"
)
FILE_LIMIT = (
    "import resource, signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    "resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))"
)
STARTED = "from pathlib import Path\nPath('started').touch()\n"


@dataclass(frozen=True)
class Case:
    """One way to end a run.

    Attributes:
        name: What happens.
        cells: Cells of the notebook before the one that commits.
        act: What is done to the runner once the last of these cells runs.
        status: What the record must say.
        deadline: The stage's deadline in seconds.
        cell: The cell the record must name; None when either is right.
    """

    name: str
    cells: tuple[str, ...]
    act: Callable[[Project, subprocess.Popen[str]], None]
    status: str
    deadline: float = 60
    cell: int | None = None


def nothing(_project: Project, _runner: subprocess.Popen[str]) -> None:
    """Leave the run alone."""


def signal_runner(number: signal.Signals) -> Callable[[Project, subprocess.Popen[str]], None]:
    """Send the runner a signal."""
    return lambda _project, runner: os.kill(runner.pid, number)


def signal_group(number: signal.Signals) -> Callable[[Project, subprocess.Popen[str]], None]:
    """Send the runner's group a signal, as a terminal does."""
    return lambda _project, runner: os.killpg(runner.pid, number)


def kill_kernel(project: Project, _runner: subprocess.Popen[str]) -> None:
    """Kill the kernel from outside, as the system does when memory runs out."""
    pids = processes_of(project.last().run)
    kernels = [pid for pid in pids if b"kernel.py" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    os.kill(kernels[0], signal.SIGKILL)


CASES = (
    Case("kernel killed", (STARTED + SLEEP,), kill_kernel, "FAILED", cell=1),
    Case("kernel kills itself", ("import os\nos.kill(os.getpid(), 9)",), nothing, "FAILED", cell=1),
    Case("out of memory", (OUT_OF_MEMORY,), nothing, "FAILED", cell=1),
    Case("no file may grow", (FILE_LIMIT,), nothing, "FAILED", cell=2),
    Case("deadline, asleep", (STARTED + SLEEP,), nothing, "TIMEOUT", deadline=2.5),
    Case("deadline, busy", (STARTED + SPIN,), nothing, "TIMEOUT", deadline=2.5),
    Case("deadline, deaf", (STARTED + STUBBORN,), nothing, "TIMEOUT", deadline=2.5),
    Case("deadline, interpreter held", (STARTED + HOLDS_GIL,), nothing, "TIMEOUT", deadline=2.5),
    Case("SIGINT to the group", (STARTED + SLEEP,), signal_group(signal.SIGINT), "KILLED", cell=1),
    Case("SIGINT, deaf", (STARTED + STUBBORN,), signal_group(signal.SIGINT), "KILLED", cell=1),
    Case("SIGTERM", (STARTED + SPIN,), signal_runner(signal.SIGTERM), "KILLED", cell=1),
    Case("SIGHUP", (STARTED + SLEEP,), signal_runner(signal.SIGHUP), "KILLED", cell=1),
    Case("SIGKILL", (STARTED + SLEEP,), signal_runner(signal.SIGKILL), "KILLED"),
    Case("SIGKILL, interpreter held", (STARTED + HOLDS_GIL,), signal_runner(signal.SIGKILL), "KILLED"),
    Case("SIGKILL, hidden child", (HIDDEN_CHILD, STARTED + SLEEP), signal_runner(signal.SIGKILL), "KILLED"),
    Case("SIGTERM, hidden child", (HIDDEN_CHILD, STARTED + SLEEP), signal_runner(signal.SIGTERM), "KILLED", cell=2),
)


def play(project: Project, case: Case, seed: int) -> None:
    """Run a case to its end and check everything that must hold afterwards."""
    project.params(deadline=60)
    project.write("a", commit("a", seed))
    assert project.run("a").status == "DONE"
    started = project.root / "notebooks" / "started"
    project.params(deadline=case.deadline)
    project.write("a", *case.cells, commit("a", -1))
    runner = project.start("a")
    if case.act is not nothing:
        wait_for(lambda: started.exists() or runner.poll() is not None)
        time.sleep(random.Random(seed).uniform(0.05, 0.5))
        case.act(project, runner)
    acted = time.monotonic()
    runner.communicate(timeout=case.deadline + 30)
    assert runner.returncode != 0
    run = project.last().run
    if case.act is not nothing:
        wait_for(lambda: not processes_of(run), seconds=max(0.1, 5 - (time.monotonic() - acted)))
    assert processes_of(run) == []
    wait_for(lambda: '"RUNNING"' not in _newest_file(project), seconds=5)
    record = project.last()
    assert record.status == case.status, (record.status, record.error)
    assert record.error
    assert record.wall_seconds > 0
    assert record.cpu_seconds > 0
    assert case.cell in {None, record.cell}, (record.cell, record.error)
    assert project.value("a") == seed, "the artifacts of the run before must be whole"
    project.params(deadline=60)
    project.write("a", commit("a", seed + 1))
    assert project.run("a").status == "DONE"
    assert project.value("a") == seed + 1


def play_at_any_moment(project: Project, number: signal.Signals, seed: int) -> str:
    """Signal the runner of a short stage at a random moment of its life; give the status on record."""
    project.write("a", commit("a", seed))
    before = project.run("a").run
    project.write("a", "x = 1", commit("a", -1))
    runner = project.start("a")
    time.sleep(random.Random(seed).uniform(0.05, 1.5))
    os.kill(runner.pid, number)
    runner.communicate(timeout=60)
    wait_for(lambda: '"RUNNING"' not in _newest_file(project), seconds=5)
    record = project.last()
    wait_for(lambda: not processes_of(record.run), seconds=5)
    if record.run == before:
        assert runner.returncode != 0
        assert project.value("a") == seed
        return "nothing had begun"
    assert record.status in {"DONE", "KILLED"}, (record.status, record.error)
    if record.status == "DONE":
        assert runner.returncode == 0 or number == signal.SIGKILL  # which nothing holds off, on the way out neither
        assert project.value("a") == -1
        assert ">DONE<" in project.report("a")
    else:
        assert runner.returncode != 0, record.error
        assert project.value("a") in {seed, -1}
    project.write("a", commit("a", seed + 1))
    assert project.run("a").status == "DONE"
    return record.status


def _newest_file(project: Project) -> str:
    """Read the newest record as bytes: `read_runs` would call a run without a process KILLED by itself."""
    return max((project.root / "ledger").glob("*.json")).read_text(encoding="utf-8")
