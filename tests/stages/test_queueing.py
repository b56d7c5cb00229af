"""Starts `workbench repro` many times at once: all of them end well, one after the other."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.stages.campaign import wait_for
from workbench.stages.queueing import plain_runs

if TYPE_CHECKING:
    from collections.abc import Iterator

PIPELINE = """\
stages:
  a:
    cmd: python a.py
    deps: [a.py]
    outs: [{a.txt: {cache: false}}]
  b:
    cmd: python b.py
    deps: [b.py, a.txt]
    outs: [{b.txt: {cache: false}}]
"""
SCRIPT = "import time, pathlib; time.sleep({seconds}); pathlib.Path('{name}.txt').write_text('{name}')"
REPRO = [sys.executable, "-c", "from workbench.cli import main; main()", "repro"]
SOAK_ROUNDS = int(os.environ.get("WORKBENCH_SOAK_ROUNDS", "50"))


@pytest.fixture
def pipeline(tmp_path: Path) -> Path:
    """Make a DVC project of two short stages."""
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run([sys.executable, "-m", "dvc", "init", "-q"], cwd=tmp_path, check=True, env=_environment())
    (tmp_path / "params.yaml").write_text("ingest: {sources: {t: {path: t.csv}}, table: t, target: y}\n", "utf-8")
    (tmp_path / "dvc.yaml").write_text(PIPELINE, "utf-8")
    for name in "ab":
        (tmp_path / f"{name}.py").write_text(SCRIPT.format(name=name, seconds=0.3), "utf-8")
    return tmp_path


def _environment() -> dict[str, str]:
    return os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


def _start(root: Path, *arguments: str, command: list[str] = REPRO) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*command, *arguments], cwd=root, env=_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def _all_end_well(root: Path, starts: int) -> list[str]:
    runs = [_start(root, "--force") for _ in range(starts)]
    ended = [run.communicate(timeout=300) for run in runs]
    assert [run.returncode for run in runs] == [0] * starts, [error[-800:] for _, error in ended]
    assert (root / "a.txt").read_text("utf-8") == "a"
    assert (root / "b.txt").read_text("utf-8") == "b"
    return [error for _, error in ended]


@pytest.mark.slow
def test_ten_at_once_queue_and_all_end_well(pipeline: Path) -> None:
    waited = [error for error in _all_end_well(pipeline, 10) if "waiting: the pipeline is being run by" in error]
    assert len(waited) == 9
    status = _start(pipeline, command=[sys.executable, "-m", "dvc", "status"]).communicate()[0]
    assert "up to date" in status


@pytest.mark.slow
def test_it_waits_for_a_plain_dvc_too(pipeline: Path) -> None:
    (pipeline / "a.py").write_text(SCRIPT.format(name="a", seconds=5), "utf-8")
    plain = _start(pipeline, command=[sys.executable, "-m", "dvc", "repro"])
    wait_for(lambda: bool(plain_runs(pipeline)), seconds=60)
    queued = _start(pipeline)
    _, error = queued.communicate(timeout=120)
    assert plain.wait(timeout=60) == 0
    assert queued.returncode == 0, error
    assert f"process {plain.pid}" in error


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_killed_one_holds_nobody_up(pipeline: Path, number: signal.Signals) -> None:
    (pipeline / "a.py").write_text(SCRIPT.format(name="a", seconds=600), "utf-8")
    first = _start(pipeline)
    wait_for(lambda: bool(plain_runs(pipeline)), seconds=60)
    time.sleep(0.5)
    (pipeline / "a.py").write_text(SCRIPT.format(name="a", seconds=0.1), "utf-8")
    second = _start(pipeline)
    children = list(_children(first.pid))
    first.send_signal(number)
    for child in children:  # a plain command, unlike `workbench run`, does not end with dvc
        os.kill(child, signal.SIGKILL)
    first.communicate(timeout=60)
    _, error = second.communicate(timeout=120)
    assert second.returncode == 0, error


def _children(pid: int) -> Iterator[int]:
    for line in Path(f"/proc/{pid}/task/{pid}/children").read_text("utf-8").split():
        yield int(line)
        yield from _children(int(line))


@pytest.mark.parametrize("text", ["", "[]", "{", '{"read": 3}', json.dumps({"write": {"x": {"pid": 2**22 + 5}}})])
def test_rubbish_in_the_locks_of_dvc_holds_nobody_up(tmp_path: Path, text: str) -> None:
    (tmp_path / ".dvc" / "tmp").mkdir(parents=True)
    (tmp_path / ".dvc" / "tmp" / "rwlock").write_text(text, "utf-8")
    assert plain_runs(tmp_path) == []


@pytest.mark.soak
@pytest.mark.timeout(0)
def test_ten_at_once_again_and_again(pipeline: Path) -> None:
    for name in "ab":
        (pipeline / f"{name}.py").write_text(SCRIPT.format(name=name, seconds=0), "utf-8")
    for _ in range(SOAK_ROUNDS):
        _all_end_well(pipeline, 10)
