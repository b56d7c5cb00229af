"""Faults 7, 8 and 10: many writers and readers at once, stale ones, dead ones."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from workbench import artifacts
from workbench.errors import ArtifactError, StaleRunError

if TYPE_CHECKING:
    from pathlib import Path

COMMITS = 300

WRITER = """
import sys
from workbench import artifacts
for number in range(1, int(sys.argv[1]) + 1):
    artifacts.commit("ingest", {f"data/{name}.json": {"number": number} for name in "abc"} | {
        f"data/only-{number}.txt": "x"})
"""

HOLDER = """
import sys
from workbench import artifacts
with artifacts.stage_lock("train", run="r1"):
    print("held", flush=True)  # noqa: T201 - the figure is the proof
    sys.stdin.read()
"""


def test_readers_never_see_a_mix(project: Path) -> None:
    paths = [f"data/{name}.json" for name in "abc"]
    artifacts.commit("ingest", {path: {"number": 0} for path in paths})
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(COMMITS)])
    reads, seen = 0, set()
    while writer.poll() is None:
        numbers = {json.loads(data)["number"] for data in artifacts.read_many(paths).values()}
        assert len(numbers) == 1
        seen |= numbers
        reads += 1
    assert writer.returncode == 0
    assert artifacts.read_json("data/a.json") == {"number": COMMITS}
    assert len(list((project / "data").iterdir())) == 4
    print(f"\n{reads} reads during {COMMITS} commits saw {len(seen)} versions and no mix")  # noqa: T201 - the figure is the proof
    assert len(seen) > 10


def test_writers_in_a_row_leave_one_whole_set(project: Path) -> None:
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, "30"]) for _ in range(3)]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    assert artifacts.find_damage() == ()
    assert {path.name for path in (project / "data").iterdir()} == {"a.json", "b.json", "c.json", "only-30.txt"}


def test_only_the_newest_run_commits(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = artifacts.new_run("train"), artifacts.new_run("train")
    artifacts.start_run(first)
    monkeypatch.setenv(artifacts.RUN_VARIABLE, first.run)
    artifacts.commit("train", {"models/a.txt": "first"})
    assert artifacts.committed_by("train") == first.run
    artifacts.start_run(second)
    with pytest.raises(StaleRunError, match=rf"run {first.run} may no longer write.*newest run {second.run}"):
        artifacts.commit("train", {"models/a.txt": "stale"})
    assert artifacts.read_text("models/a.txt") == "first"
    assert artifacts.committed_by("train") == first.run
    monkeypatch.setenv(artifacts.RUN_VARIABLE, second.run)
    artifacts.commit("train", {"models/a.txt": "second"})
    assert artifacts.committed_by("train") == second.run
    with pytest.raises(StaleRunError, match="no run on record"):
        artifacts.commit("cost", {"data/cost/a.txt": "x"})


def test_a_person_commits_only_while_no_run_goes_on(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = artifacts.new_run("train")
    artifacts.start_run(run)
    with pytest.raises(StaleRunError, match="goes on and owns"):
        artifacts.commit("train", {"models/a.txt": "person"})
    artifacts.commit("ingest", {"data/a.txt": "another stage is free"})
    artifacts.finish_run(replace(run, status="DONE"))
    artifacts.commit("train", {"models/a.txt": "person"})
    monkeypatch.setenv(artifacts.RUN_VARIABLE, run.run)
    with pytest.raises(StaleRunError, match="newest run interactive-"):
        artifacts.commit("train", {"models/a.txt": "straggler"})
    assert artifacts.read_text("models/a.txt") == "person"


def test_a_dead_run_stops_nobody_even_if_its_number_is_reused(project: Path) -> None:
    """The token names a process number that lives, but of a process that started at another time."""
    run = replace(artifacts.new_run("train"), pid=os.getpid(), process_started="another boot:1")
    artifacts.start_run(run)
    artifacts.commit("train", {"models/a.txt": "person"})
    (killed,) = artifacts.read_runs().records
    assert killed.status == "KILLED"


def test_a_lock_dies_with_its_process_and_names_its_owner(project: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    owners = []

    def wait(owner: artifacts.Owner | None) -> None:
        owners.append(owner)
        if len(owners) == 3:
            holder.kill()

    with artifacts.stage_lock("train", wait):
        pass
    holder.communicate()
    assert owners[0] is not None
    assert (owners[0].pid, owners[0].run) == (holder.pid, "r1")
    assert str(owners[0]).startswith(f"process {holder.pid}, run r1, since 20")


def test_a_lock_file_left_by_a_killed_process_with_a_reused_number_is_free(project: Path) -> None:
    locks = project / ".workbench/locks"
    locks.mkdir(parents=True)
    forged = {"pid": os.getpid(), "process_started": "another boot:1", "run": "r", "since": "2026-01-01"}
    for name in ("train.run.lock", "train.commit.lock", "files.lock"):
        (locks / name).write_text(json.dumps(forged))
    began = time.monotonic()
    with artifacts.stage_lock("train"):
        artifacts.commit("train", {"models/a.txt": "x"})
    assert time.monotonic() - began < 5


def test_a_torn_lock_file_is_free(project: Path) -> None:
    locks = project / ".workbench/locks"
    locks.mkdir(parents=True)
    (locks / "train.run.lock").write_bytes(b'{"pid": 1')
    with artifacts.stage_lock("train"):
        pass


def test_threads_of_one_process_take_turns(project: Path) -> None:
    inside, most = [], []

    def work() -> None:
        with artifacts.stage_lock("train"):
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.01)
            inside.pop()

    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 5


@pytest.mark.parametrize("stage", ["", "../x", "a/b", ".x"])
def test_a_stage_is_one_plain_name(project: Path, stage: str) -> None:
    with pytest.raises(ArtifactError, match="not a stage"):
        artifacts.commit(stage, {"data/a.txt": "x"})
    with pytest.raises(ArtifactError, match="not a stage"), artifacts.stage_lock(stage):
        pass
