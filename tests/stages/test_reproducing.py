"""A run of the pipeline is on record when it ended well, and only then."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.stages.conftest import Project, commit, wait_for
from workbench import artifacts
from workbench.stages.queueing import plain_runs

if TYPE_CHECKING:
    from pathlib import Path

REPRO = [sys.executable, "-c", "from workbench.cli import main; main()", "repro", "-q"]


def stage(name: str, *deps: str) -> dict[str, object]:
    return {
        "cmd": f"workbench run {name}",
        "deps": [f"notebooks/{name}.ipynb", *deps],
        "outs": [{f"out/{name}.json": {"cache": False}}],
    }


@pytest.fixture
def pipeline(tmp_path: Path) -> Project:
    """Make a DVC project of two stages."""
    project = Project(tmp_path)
    project.params()
    for name in ("ingest", "train"):
        project.write(name, commit(name))
    (tmp_path / "t.csv").write_text("y\n1\n", encoding="utf-8")
    stages = {"ingest": stage("ingest"), "train": stage("train", "out/ingest.json")}
    (tmp_path / "dvc.yaml").write_text(json.dumps({"stages": stages}), encoding="utf-8")
    subprocess.run([sys.executable, "-m", "dvc", "init", "-q", "--no-scm"], cwd=tmp_path, check=True)
    return project


def repro(project: Project, *arguments: str) -> int:
    running = project.start_command([*REPRO, *arguments])
    _, error = running.communicate(timeout=300)
    assert "RuntimeWarning" not in error, error
    return running.returncode


def on_record(project: Project) -> list[str]:
    return artifacts.read_ledger(project.root).repros["repro"].to_list()


@pytest.mark.slow
def test_what_did_not_run_came_from_the_cache(pipeline: Project) -> None:
    assert repro(pipeline) == 0
    (first,) = on_record(pipeline)
    assert [(run.stage, run.repro) for run in pipeline.records()] == [("ingest", first), ("train", first)]
    assert repro(pipeline) == 0
    assert len(on_record(pipeline)) == 2
    assert len(pipeline.records()) == 2
    assert repro(pipeline, "ingest") == 0
    assert repro(pipeline, "--dry") == 0
    assert len(on_record(pipeline)) == 2, "not a run of the whole pipeline"
    pipeline.write("train", "raise ValueError('no')")
    assert repro(pipeline) != 0
    assert len(on_record(pipeline)) == 2, "it did not end well"
    tree = json.loads(pipeline.start_command([*REPRO[:3], "costs", "--json"]).communicate()[0])
    priced = {entry["stage"]: entry["usd"] for entry in tree["entries"] if entry["status"] == "DONE"}
    assert tree["saved_usd"] == pytest.approx(sum(priced.values()), abs=1e-9)
    assert tree["saved_usd"] > 0
    assert tree["wasted_usd"] > 0


@pytest.mark.slow
def test_one_that_is_killed_saved_nothing(pipeline: Project) -> None:
    pipeline.write("train", "import time, pathlib\npathlib.Path('../begun').touch()\ntime.sleep(600)")
    running = pipeline.start_command(REPRO)
    wait_for((pipeline.root / "begun").exists, seconds=120)
    assert plain_runs(pipeline.root) == [running.pid]
    os.kill(running.pid, signal.SIGKILL)
    running.communicate(timeout=60)
    wait_for(lambda: pipeline.last().status == "KILLED", seconds=60)
    assert pipeline.last().error == "dvc, which had started the stage, was killed"
    assert on_record(pipeline) == []
