"""The ledger holds every run, whatever became of it."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from workbench import artifacts
from workbench.artifacts import process
from workbench.errors import ArtifactError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_run_is_one_file_from_start_to_end(project: Path) -> None:
    run = artifacts.new_run("train")
    assert artifacts.start_run(run).parent == project / "ledger"
    assert artifacts.read_runs().records == (run,)
    done = replace(
        run,
        status="FAILED",
        cell=3,
        error="ValueError: ü",
        usd=0.01,
        git_dirty=True,
        dependencies={"params.yaml": "ab"},
        params={"train.seed": 0, "train.budget": {"cpu_seconds": 120}, "x": [None, "1e-3", False]},
        origins={"train.seed": "--set"},
    )
    path = artifacts.finish_run(done)
    assert path.name.endswith(f"-train-{run.run}.json")
    assert artifacts.read_runs().records == (done,)
    assert len(list((project / "ledger").iterdir())) == 1


def test_ids_do_not_come_from_the_clock() -> None:
    assert len({artifacts.new_run("train").run for _ in range(1_000)}) == 1_000


def test_runs_are_ordered_by_their_start(project: Path) -> None:
    runs = [
        replace(artifacts.new_run("train"), status="DONE", started=f"2026-11-{day:02}T10:00:00.000Z")
        for day in (3, 1, 2)
    ]
    for run in runs:
        artifacts.write_run(run)
    assert [run.started[8:10] for run in artifacts.read_runs().records] == ["01", "02", "03"]


def test_a_run_whose_process_is_gone_reads_killed(project: Path) -> None:
    code = "from workbench import artifacts; artifacts.start_run(artifacts.new_run('train'))"
    subprocess.run([sys.executable, "-c", code], check=True)
    (run,) = artifacts.read_runs().records
    assert run.status == "KILLED"
    assert run.error == "its process vanished without a word"
    (file,) = (project / "ledger").iterdir()
    assert json.loads(file.read_text())["status"] == "RUNNING"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'{"run": "x"}',
        b"[" * 100_000,
        b'{"run": 1, "stage": 2, "status": "DONE", "started": 3, "pid": 4, "process_started": 5}',
        b'{"run": "r", "stage": "s", "status": "MAYBE", "started": "t", "pid": 4, "process_started": ""}',
    ],
)
def test_a_foreign_file_is_a_warning(project: Path, data: bytes) -> None:
    run = replace(artifacts.new_run("train"), status="DONE")
    artifacts.write_run(run)
    (project / "ledger/foreign.json").write_bytes(data)
    ledger = artifacts.read_runs()
    assert ledger.records == (run,)
    assert [warning.path for warning in ledger.warnings] == ["ledger/foreign.json"]


def test_a_record_of_a_later_version_is_read(project: Path) -> None:
    run = replace(artifacts.new_run("train"), status="DONE")
    path = artifacts.write_run(run)
    path.write_text(json.dumps(json.loads(path.read_text()) | {"carbon_grams": 1}))
    assert artifacts.read_runs().records == (run,)


def test_a_run_id_cannot_leave_the_ledger(project: Path) -> None:
    with pytest.raises(ArtifactError):
        artifacts.write_run(replace(artifacts.new_run("train"), run="../../x"))
    with pytest.raises(ArtifactError):
        artifacts.write_run(replace(artifacts.new_run("train"), started="../x"))


def test_a_zombie_is_not_alive() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    began = process.started(child.pid)
    assert began is not None
    assert process.alive(child.pid, began)
    child.kill()
    while process.started(child.pid):
        pass
    assert not process.alive(child.pid, began)
    child.communicate()
