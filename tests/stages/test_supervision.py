from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.stages.campaign import SLEEP, STARTED
from tests.stages.conftest import Project, commit, processes_of, wait_for
from workbench.cost.metering.proctree import tree
from workbench.stages import guard, processes
from workbench.stages.debugging import prepare
from workbench.stages.outcome import CellFailure, Ending, Outcome, judge
from workbench.stages.report.left import write_left

if TYPE_CHECKING:
    from collections.abc import Iterator


def below(pid: int) -> list[psutil.Process]:
    return psutil.Process(pid).children(recursive=True)


def lay_pipeline(project: Project) -> None:
    """Let DVC run the stage."""
    command = "python -c \"from workbench import stages; stages.run('a')\""
    stage = {"cmd": command, "deps": ["notebooks/a.ipynb"], "outs": ["out/a.json"]}
    (project.root / "dvc.yaml").write_text(json.dumps({"stages": {"a": stage}}))
    for words in ("init -q --no-scm", "config core.analytics false", "config core.check_update false"):
        dvc = project.start_command(["dvc", *words.split()])
        assert dvc.wait(60) == 0


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize("shell", ["/bin/sh", "/bin/bash"])
def test_a_stage_dies_with_the_dvc_that_started_it(
    project: Project, number: signal.Signals, shell: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHELL", shell)
    project.write("a", STARTED, SLEEP, commit("a"))
    lay_pipeline(project)
    dvc = project.start_command(["dvc", "repro", "-q"])
    wait_for((project.root / "notebooks" / "started").exists, 60)
    run = project.last().run
    os.kill(dvc.pid, number)
    wait_for(lambda: not processes_of(run), seconds=5)
    dvc.communicate(timeout=20)
    wait_for(lambda: project.last().status == "KILLED", seconds=5)
    assert "dvc" in (project.last().error or "")
    project.write("a", commit("a", 5))
    again = project.start_command(["dvc", "repro", "-q"])
    assert again.wait(120) == 0, again.communicate()
    assert project.value("a") == 5


@pytest.mark.slow
def test_a_stage_that_waits_ends_with_the_dvc_that_started_it(project: Project) -> None:
    waits = "import time, pathlib\nwhile not pathlib.Path('go').exists(): time.sleep(0.05)"
    project.write("a", STARTED, waits, commit("a", 5))
    lay_pipeline(project)
    first = project.start("a")
    wait_for((project.root / "notebooks" / "started").exists, 60)
    dvc = project.start_command(["dvc", "repro", "-q", "--force"])
    wait_for(lambda: any("stages.run" in " ".join(one.cmdline()) for one in below(dvc.pid)), 60)
    (waiting,) = [one for one in below(dvc.pid) if "python" in one.name() and "stages.run" in " ".join(one.cmdline())]
    time.sleep(3)
    os.kill(dvc.pid, signal.SIGKILL)
    dvc.wait(20)
    (project.root / "notebooks" / "go").touch()
    assert first.wait(60) == 0
    psutil.wait_procs([waiting], timeout=60)
    assert {record.status for record in project.records()} == {"DONE", "KILLED"}
    assert "dvc" in (project.last().error or "")


@pytest.mark.slow
def test_a_run_in_the_background_outlives_the_shell_that_started_it(project: Project) -> None:
    project.write("a", STARTED, "import time\ntime.sleep(2)", commit("a"))
    runner = "from workbench import stages; stages.run('a')"
    shell = project.start_command(["/bin/sh", "-c", f'nohup python -c "{runner}" >/dev/null 2>&1 & sleep 1'])
    assert shell.wait(60) == 0
    wait_for(lambda: project.records() and project.last().status == "DONE", seconds=60)


def test_a_killed_runner_leaves_the_cells_that_were_done_on_record(project: Project) -> None:
    burn = "import time\nend = time.process_time() + 0.2\nwhile time.process_time() < end: pass"
    project.write("a", burn, STARTED, SLEEP, commit("a"))
    runner = project.start("a")
    wait_for((project.root / "notebooks" / "started").exists, 60)
    time.sleep(0.5)
    runner.kill()
    runner.communicate(timeout=20)
    wait_for(lambda: json.loads(max((project.root / "ledger").glob("*.json")).read_text())["status"] == "KILLED", 10)
    record = project.last()
    assert [use.cell for use in record.cells] == [1, 2]
    assert record.cells[0].cpu_seconds >= 0.2
    assert record.cpu_seconds > record.cells[0].cpu_seconds
    assert record.energy_basis


def test_a_killed_runner_leaves_its_own_report_and_not_the_one_before(project: Project) -> None:
    project.write("a", "x = 'the first'", commit("a"))
    first = project.run("a", "train.seed=1").run
    project.write("a", STARTED, SLEEP, commit("a"))
    runner = project.start("a", "train.seed=2")
    wait_for((project.root / "notebooks" / "started").exists, 60)
    runner.kill()
    runner.communicate(timeout=20)
    wait_for(lambda: ">DONE<" not in project.report("a"), 20)
    wait_for(lambda: first not in project.report("a", "ipynb"), 20)
    page, last = project.report("a"), project.last()
    assert ">KILLED<" in page
    assert "the runner was killed" in page
    assert "the artifacts of the last good run are untouched" in page
    assert "the first" not in page
    session = prepare("a", project.root)
    assert last.run in session.environment["WORKBENCH_PARAMS"]
    assert not session.note
    assert json.loads(session.notebook.read_text())["metadata"]["workbench"]["run"] == last.run
    project.write("a", commit("a"))
    assert project.run("a").status == "DONE"
    assert ">DONE<" in project.report("a")


def test_a_runner_killed_after_its_report_leaves_the_cells_in_it(project: Project) -> None:
    project.write("a", "print('seen ' + 'it')", commit("a"))
    killed = replace(project.run("a"), status="KILLED", error="the runner was killed")
    write_left(killed, Outcome("KILLED", "the runner was killed", committed=True), project.root)
    page = project.report("a")
    assert ">KILLED<" in page
    assert "it had committed its artifacts before that" in page
    assert "seen it" in page
    cells = json.loads(project.report("a", "ipynb"))["cells"]
    assert [cell["cell_type"] for cell in cells] == ["markdown", "code", "code"], "one head, not two"


def test_runs_of_a_stage_queue_and_say_for_whom_they_wait(project: Project) -> None:
    slow = "from pathlib import Path\nimport os, time\nPath(f'../running-{os.getpid()}').touch()\ntime.sleep(2)"
    alone = "assert len(list(Path('..').glob('running-*'))) == 1\nPath(f'../running-{os.getpid()}').unlink()"
    project.write("a", slow, alone, commit("a"))
    runners = [project.start("a") for _ in range(3)]
    ends = [runner.communicate(timeout=120) for runner in runners]
    assert [runner.returncode for runner in runners] == [0, 0, 0], ends
    waited = [out for out, _ in ends if "waiting: a is being run by process" in out]
    assert len(waited) >= 2
    assert [record.status for record in project.records()] == ["DONE"] * 3


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Project]:
    """Give a project on a disk of its own that is quickly full."""
    root = tmp_path / "disk"
    root.mkdir()
    if shutil.which("mount") is None or os.geteuid() != 0:
        pytest.skip("only root may mount a disk")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "none", str(root)], check=False).returncode:
        pytest.skip("no disk may be mounted here")
    project = Project(root)
    project.params()
    yield project
    subprocess.run(["umount", "-l", str(root)], check=True)


FILL = """\
with open("../filler", "wb", buffering=0) as f:
    try:
        while f.write(bytes(4096)) == 4096: pass
    except OSError: pass
"""


def test_a_full_disk_fails_the_stage_and_the_record_says_so(small_disk: Project) -> None:
    project = small_disk
    project.write("a", commit("a", 1))
    assert project.run("a").status == "DONE"
    project.write("a", FILL, commit("a", 2))
    runner = project.start("a")
    _, error = runner.communicate(timeout=60)
    assert runner.returncode == 1
    assert "FAILED" in error
    on_disk = json.loads(max((project.root / "ledger").glob("*.json")).read_text())
    assert (on_disk["status"], on_disk["cell"]) == ("FAILED", 2)
    assert "No space left" in on_disk["error"] or "room" in on_disk["error"]
    assert project.value("a") == 1
    (project.root / "filler").unlink()
    project.write("a", commit("a", 3))
    assert project.run("a").status == "DONE"
    assert project.value("a") == 3


def test_a_report_that_does_not_fit_fails_a_stage_that_committed(small_disk: Project) -> None:
    project = small_disk
    project.write("a", "print('x' * 900_000)", commit("a", 1), FILL)
    runner = project.start("a")
    _, error = runner.communicate(timeout=60)
    assert runner.returncode == 1
    assert "the artifacts were committed, but the report could not be written" in error
    on_disk = json.loads(max((project.root / "ledger").glob("*.json")).read_text())
    assert on_disk["status"] == "FAILED"


def test_only_a_run_that_ended_by_itself_and_committed_is_done() -> None:
    failure = CellFailure(3, "x", "ValueError: no", "trace")
    killed, late = Ending("KILLED", "why"), Ending("TIMEOUT", "late")
    assert judge("a", None, None, committed=True).status == "DONE"
    assert judge("a", None, None, committed=False).status == "FAILED"
    assert judge("a", None, failure, committed=True).status == "FAILED"
    assert judge("a", killed, None, committed=True).status == "KILLED"
    assert judge("a", None, failure, committed=True).committed
    assert (judge("a", late, failure, committed=True).status, judge("a", late, failure, committed=True).cell) == (
        "TIMEOUT",
        3,
    )


def test_the_guard_acts_on_silence_only(tmp_path: Path) -> None:
    told = tmp_path / "told"

    def note(news: guard.News) -> None:
        told.write_text(json.dumps(news))

    with guard.post(note) as dismissed:
        dismissed.tell({"a": 1})
    assert not told.exists()

    def crash() -> None:
        with guard.post(note) as watchman:
            watchman.tell({"a": 1})
            watchman.tell({"a": 2, "long": "x" * 300_000})
            raise ValueError("bug")

    with pytest.raises(ValueError, match="bug"):
        crash()
    news = json.loads(told.read_text())
    assert (news["a"], len(news["long"]), news["crash"]) == (2, 300_000, "ValueError: bug")


def test_a_child_that_hides_its_name_and_its_session_is_found_by_descent() -> None:
    hide = "import subprocess\nsubprocess.run(['sleep', '60'], env={}, start_new_session=True)"
    environment = os.environ | {processes.RUN_VARIABLE: "hiding-run-of-this-test"}
    parent = subprocess.Popen([sys.executable, "-c", hide], env=environment, start_new_session=True)
    wait_for(lambda: len(tree(parent.pid)) == 2 and processes.of_run("hiding-run-of-this-test") == [parent.pid])
    child = tree(parent.pid)[1]
    processes.end_run("hiding-run-of-this-test", parent.pid)
    assert parent.wait(5) == -signal.SIGKILL
    wait_for(lambda: not Path(f"/proc/{child}").exists() or "Z" in Path(f"/proc/{child}/stat").read_text().split(), 5)


def test_processes_of_a_run_are_found_by_name_wherever_they_went() -> None:
    environment = os.environ | {processes.RUN_VARIABLE: "run-of-this-test"}
    hidden = subprocess.Popen(["sleep", "60"], env=environment, start_new_session=True)
    wait_for(lambda: processes.of_run("run-of-this-test") == [hidden.pid])
    began = time.monotonic()
    processes.end_run("run-of-this-test", hidden.pid)
    assert hidden.wait(5) == -signal.SIGKILL
    assert time.monotonic() - began < 2
    assert processes.of_run("run-of-this-test") == []
    assert processes.above("no-such-program") == []
