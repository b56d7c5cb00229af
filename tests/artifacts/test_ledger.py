"""The table of the ledger says what its files say, whatever became of the index."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench import artifacts
from workbench.artifacts import ledger as reading
from workbench.artifacts.recorded import DERIVED, TOLD, derived

INDEX = ".workbench/ledger.index"
LONG_AGO = 1_700_000_000
SOAK_RUNS = int(os.environ.get("WORKBENCH_SOAK_RUNS", "10000"))

WRITER = """
import sys, random
from dataclasses import replace
from workbench import artifacts
random.seed(int(sys.argv[1]))
while True:
    params = {f"parameter {number}": "x" * 80 for number in range(100)}
    run = replace(artifacts.new_run(random.choice(["ingest", "train"])), params=params)
    artifacts.write_run(run)
    artifacts.write_run(replace(run, status=random.choice(["DONE", "FAILED"]), usd=random.randrange(10**6) / 1e6))
    print(run.run, flush=True)
"""


def finished(stage: str = "train", **told: object) -> artifacts.RunRecord:
    return replace(artifacts.new_run(stage), **({"status": "DONE", "usd": 0.5} | told))


def settle(project: Path) -> None:
    """Make every file old enough for the index to hold on to it."""
    for number, path in enumerate(sorted((project / "ledger").rglob("*.json"))):
        os.utime(path, ns=(0, LONG_AGO * 10**9 + number))


def rows(table: artifacts.LedgerTable) -> list[dict[str, object]]:
    return table.frame.to_dicts()


def told(ledger: artifacts.Ledger) -> list[dict[str, object]]:
    """Give what the table should say, from the records themselves."""
    return [
        {
            name: (json.dumps(value, sort_keys=True, ensure_ascii=False) if value else None)
            if isinstance(value, dict)
            else value
            for name in TOLD
            for value in [getattr(record, name)]
        }
        | dict(zip(DERIVED, derived(record.stage, record.dependencies, record.params), strict=True))
        for record in ledger.records
    ]


def same(project: Path) -> None:
    ledger, table = artifacts.read_runs(project), artifacts.read_ledger(project)
    assert rows(table) == told(ledger)
    assert {warning.path for warning in table.warnings} == {warning.path for warning in ledger.warnings}


@pytest.fixture(autouse=True)
def every_change_is_worth_storing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_WORTH_STORING", 1)


def test_an_empty_ledger_is_an_empty_table(project: Path) -> None:
    table = artifacts.read_ledger()
    assert table.frame.height == table.repros.height == 0
    assert {"run", "stage", "usd", "tags"} < set(table.frame.columns)


def test_the_table_says_what_the_records_say(project: Path) -> None:
    run = finished(tags={"project": "späte Flüge"}, owner="Ö", forecast={"usd": 0.25}, git_dirty=True, wall_seconds=2)
    artifacts.write_run(run)
    artifacts.write_run(finished("ingest", status="TIMEOUT", usd=None, error='a "b"\n'))
    same(project)
    (row,) = artifacts.read_ledger().frame.filter(run=run.run).to_dicts()
    assert json.loads(row["tags"]) == {"project": "späte Flüge"}
    assert row["git_dirty"] is True


def test_equal_work_has_an_equal_number_and_workers_are_told_apart(project: Path) -> None:
    told = {"train.workers": 2, "train.seed": 0, "run.deadline_seconds": 60}
    cases = (
        {},
        {"params": told | {"run.deadline_seconds": 90}},
        {"params": told | {"train.workers": 4}},
        {"params": told | {"train.seed": 1}},
        {"dependencies": {"a": "2"}},
        {"dependencies": {}},
        {"stage": "evaluate"},
    )
    for number, case in enumerate(cases):
        started = f"2026-11-0{number + 1}T10:00:00.000Z"
        artifacts.write_run(finished(**({"params": told, "dependencies": {"a": "1"}, "started": started} | case)))
    table = artifacts.read_ledger().frame.select(*DERIVED)
    assert table["workers"].to_list() == [2, 2, 4, 2, 2, 2, 2]
    first, same, more, other, changed, unknown, elsewhere = table["work"].to_list()
    assert first == same
    assert len({first, more, other, changed, elsewhere}) == 5
    assert unknown is None
    assert table["work_but_workers"].to_list()[:3] == [table["work_but_workers"][0]] * 3
    assert table["work_but_workers"][3] != table["work_but_workers"][0]
    same_rows = table
    settle(project)
    assert artifacts.read_ledger().frame.select(*DERIVED).equals(same_rows)
    assert artifacts.read_ledger().frame.select(*DERIVED).equals(same_rows), "now from the index"


def test_the_index_answers_while_the_files_are_as_they_were(project: Path) -> None:
    artifacts.write_run(finished())
    settle(project)
    assert artifacts.read_ledger().frame["usd"].to_list() == [0.5]
    (path,) = (project / "ledger").glob("*.json")
    before = path.stat()
    path.write_text(path.read_text().replace('"usd": 0.5', '"usd": 0.7'))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert artifacts.read_ledger().frame["usd"].to_list() == [0.5], "not read: same name, size and time of change"
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    assert artifacts.read_ledger().frame["usd"].to_list() == [0.7]


def test_a_file_changed_just_now_is_never_held_on_to(project: Path) -> None:
    """Two changes may carry the same time, as clocks of file systems tick slowly."""
    artifacts.write_run(finished())
    (path,) = (project / "ledger").glob("*.json")
    assert artifacts.read_ledger().frame["usd"].to_list() == [0.5]
    before = path.stat()
    path.write_text(path.read_text().replace('"usd": 0.5', '"usd": 0.7'))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert artifacts.read_ledger().frame["usd"].to_list() == [0.7]
    assert list(artifacts.read_costs("2020").values()) == [0.7]


def test_a_look_at_a_part_forgets_nothing_of_the_rest(project: Path) -> None:
    artifacts.write_run(finished(started="2026-11-01T10:00:00.000Z"))
    settle(project)
    artifacts.read_ledger()
    (old,) = (project / "ledger").glob("*.json")
    before = old.stat()
    old.write_text(old.read_text().replace('"usd": 0.5', '"usd": 0.7'))
    os.utime(old, ns=(before.st_atime_ns, before.st_mtime_ns))
    new = artifacts.write_run(finished(started="2026-11-02T10:00:00.000Z"))
    os.utime(new, (LONG_AGO, LONG_AGO))
    assert artifacts.read_ledger(since="2026-11-02").frame["usd"].to_list() == [0.5]
    assert artifacts.read_ledger().frame["usd"].to_list() == [0.5, 0.5], "the old file is still known, not read again"


def test_a_reader_sees_a_record_whole(project: Path) -> None:
    run = artifacts.new_run("train")
    path = artifacts.write_run(run)
    with path.open("rb") as stream:
        first = stream.read(100)
        artifacts.write_run(replace(run, status="DONE", usd=0.5))
        assert json.loads(first + stream.read())["status"] == "RUNNING"
    assert json.loads(path.read_bytes())["status"] == "DONE"


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:0],
        lambda data: data[: len(data) // 2],
        lambda data: data[:-1],
        lambda data: data[:200] + bytes([data[200] ^ 1]) + data[201:],
        lambda data: b"PAR1" * len(data),
        lambda data: data[32:],
    ],
)
def test_a_damaged_index_is_made_anew(project: Path, damage: object) -> None:
    for _ in range(3):
        artifacts.write_run(finished())
    settle(project)
    artifacts.read_ledger()
    good = (project / INDEX).read_bytes()
    (project / INDEX).write_bytes(damage(good))  # type: ignore[operator]
    same(project)
    assert (project / INDEX).read_bytes() == good


def test_the_index_of_another_project_changes_nothing(project: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    for root in (project, other):
        artifacts.write_run(finished(usd=1.0 if root == other else 0.5), root)
        settle(root)
        artifacts.read_ledger(root)
    (other / INDEX).replace(project / INDEX)
    assert artifacts.read_ledger().frame["usd"].to_list() == [0.5]


def test_no_index_can_be_written(project: Path) -> None:
    artifacts.write_run(finished())
    (project / ".workbench").mkdir(exist_ok=True)
    (project / INDEX).mkdir()
    same(project)


def test_a_copy_beside_the_original_counts_once(project: Path) -> None:
    run = artifacts.new_run("train")
    running = artifacts.write_run(run).read_bytes()
    artifacts.write_run(replace(run, status="DONE", usd=0.5, wall_seconds=3.0))
    (project / "ledger" / "copy of it.json").write_bytes(running)
    (project / "ledger" / "20200101T000000000Z-x.json").write_bytes(running)
    same(project)
    table = artifacts.read_ledger()
    assert table.frame.select("status", "usd").rows() == [("DONE", 0.5)]
    assert len(table.warnings) == 2


def test_a_name_that_is_no_text_is_a_warning(project: Path) -> None:
    artifacts.write_run(finished())
    Path(os.fsdecode(os.fsencode(project / "ledger") + b"/\xff.json")).write_text("{}")
    same(project)
    assert [warning.path for warning in artifacts.read_ledger().warnings] == ["ledger/\\xff.json"]


@pytest.mark.parametrize("field", ["usd", "wall_seconds", "pid", "tags", "cells", "error", "git_dirty", "status"])
@pytest.mark.parametrize("value", ["true", '"a"', "[1]", '{"a": 1}', "1e999", "NaN", "9" * 400, '"\\ud800"', "null"])
def test_a_field_of_another_kind_is_the_same_to_both(project: Path, field: str, value: str) -> None:
    path = artifacts.write_run(finished())
    tree = json.loads(path.read_text()) | {field: None}
    path.write_text(json.dumps(tree).replace(f'"{field}": null', f'"{field}": {value}'))
    same(project)


def test_since_leaves_out_what_began_earlier(project: Path) -> None:
    for day in (1, 2, 3):
        artifacts.write_run(finished(started=f"2026-11-0{day}T10:00:00.000Z"))
    settle(project)
    assert artifacts.read_ledger(since="2026-11-02T10:00:00.000Z").frame.height == 2
    assert artifacts.read_ledger().frame.height == 3
    assert artifacts.read_ledger(since="2026-11-02T10:00:00.001Z").frame.height == 1
    same(project)


def test_what_a_killed_writer_left_is_swept_once_it_is_old(project: Path) -> None:
    artifacts.write_run(finished())
    new, old = (project / "ledger" / f".x.json.tmp-{letter * 32}" for letter in "ab")
    for path in (new, old):
        path.write_text("{")
    os.utime(old, (LONG_AGO, LONG_AGO))
    artifacts.read_ledger()
    assert (new.exists(), old.exists()) == (True, False)


CHANGES = st.lists(
    st.tuples(st.sampled_from(["add", "edit", "delete", "break", "touch", "damage", "read"]), st.integers(0, 5)),
    max_size=12,
)


def changed(project: Path, what: str, which: int) -> None:
    """Do one thing to the ledger or its index."""
    paths = sorted((project / "ledger").glob("*.json"))
    path = paths[which % len(paths)] if paths else None
    index = project / INDEX
    if what == "add" or path is None:
        path = artifacts.write_run(finished(status=["DONE", "RUNNING"][which % 2]), project)
    elif what == "edit":
        path.write_text(path.read_text().replace('"usd": 0.', f'"usd": 0.{which}'))
    elif what == "break":
        path.write_bytes(path.read_bytes()[:which])
    elif what == "damage" and index.exists():
        index.write_bytes(index.read_bytes()[: index.stat().st_size * which // 6])
    elif what == "delete":
        path.unlink()
    if what != "touch" and path.exists():
        os.utime(path, ns=(0, time.time_ns() - 10**13 + which))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=CHANGES)
def test_law_the_index_is_the_ledger(tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[str, int]]) -> None:
    project = tmp_path_factory.mktemp("law")
    (project / "ledger").mkdir()
    for what, which in changes:
        if what == "read":
            same(project)
        else:
            changed(project, what, which)
    same(project)
    same(project)


def test_costs_since_are_those_of_the_table(project: Path) -> None:
    for number in range(50):
        artifacts.write_run(finished(started=f"2026-11-{number % 28 + 1:02}T10:00:00.000Z", usd=number / 7))
    artifacts.write_run(finished(started="2026-11-20T10:00:00.000Z", usd=None))
    (project / "ledger" / "broken.json").write_text("{")
    settle(project)
    since = "2026-11-15T00:00:00.000Z"
    for _ in range(2):
        frame = artifacts.read_ledger(since=since).frame
        assert artifacts.read_costs(since) == dict(frame.select("run", "usd").iter_rows())
    assert (project / ".workbench/ledger-spent.json").is_file()
    path = max((project / "ledger").glob("20261120*.json"))
    path.write_text(path.read_text().replace('"usd": ', '"usd": 1'))
    frame = artifacts.read_ledger(since=since).frame
    assert artifacts.read_costs(since) == dict(frame.select("run", "usd").iter_rows())


def campaign(project: Path, total: int) -> None:
    """Let eight processes write, kill them at random and start others, until enough runs have finished."""
    said: set[str] = set()
    seed = 0
    readers = 0
    while len(said) < total:
        writers = []
        for _ in range(8):
            seed += 1
            command = [sys.executable, "-c", WRITER, str(seed)]
            writers.append(subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, text=True))
        for writer in writers:
            assert writer.stdout is not None
            for _ in range(1 + seed * 7919 % max(2, total // 32)):
                said.add(writer.stdout.readline().strip())
            writer.send_signal(signal.SIGKILL)
            assert artifacts.read_ledger(project).warnings == ()
            readers += 1
        for writer in writers:
            said |= {line.strip() for line in writer.communicate()[0].splitlines(keepends=True) if line.endswith("\n")}
    ended = artifacts.read_ledger(project)
    assert ended.warnings == ()
    done = ended.frame.filter(ended.frame["status"].is_in(["DONE", "FAILED"]))
    assert said <= set(done["run"]), "a run that had said that it was written down is not there"
    assert ended.frame["run"].n_unique() == ended.frame.height
    assert set(ended.frame["status"]) <= {"DONE", "FAILED", "KILLED"}
    same(project)
    files = list((project / "ledger").glob("*.json"))
    assert len(files) == ended.frame.height
    billionths = sum(round((json.loads(path.read_bytes())["usd"] or 0) * 10**9) for path in files)
    command = [sys.executable, "-c", "from workbench.cli import main; main()", "costs", "--json"]
    tree = json.loads(subprocess.run(command, cwd=project, capture_output=True, text=True, check=True).stdout)
    assert tree["total_nano_usd"] == billionths
    assert len(tree["entries"]) == len(files)
    print(f"\n{len(said)} runs finished, {len(files) - done.height} killed, {readers} reads meanwhile")  # noqa: T201 - the figure is the proof


@pytest.mark.slow
def test_eight_writers_killed_at_random(project: Path) -> None:
    campaign(project, 300)


@pytest.mark.soak
def test_ten_thousand_runs_of_eight_writers_killed_at_random(project: Path) -> None:
    campaign(project, SOAK_RUNS)
