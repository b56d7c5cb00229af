from __future__ import annotations

import json
import re
import subprocess

import pytest

from tests.stages.conftest import Project, cell, commit, processes_of
from workbench.errors import MissingArtifactError, ParamsError, SourceError, StageError, StageFailedError, UsageError


def test_a_stage_whose_cells_all_run_and_commit_is_done(project: Project) -> None:
    project.write("a", cell("# Title", kind="markdown"), "x = 20 + 22\nprint('the answer')", commit("a", "x"))
    record = project.run("a")
    assert (record.status, record.cell, record.error) == ("DONE", None, None)
    assert project.value("a") == 42
    assert project.last() == record
    assert record.wall_seconds > record.cpu_seconds / 8 > 0
    assert record.peak_rss_bytes > 20 * 2**20
    assert record.usd is not None
    assert processes_of(record.run) == []


@pytest.mark.parametrize(
    ("last", "words"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("raise SystemExit(0)", "sys.exit"),
        ("import sys\nsys.exit(0)", "sys.exit"),
        ("import os\nos._exit(0)", "exit code 0"),
        ("import os\nos.kill(os.getpid(), 9)", "signal 9"),
        ("import os\nos.abort()", "signal 6"),
        ("print(", "SyntaxError"),
        ("input()", "StdinNotImplementedError"),
    ],
)
def test_a_stage_that_breaks_off_has_failed_at_that_cell(project: Project, last: str, words: str) -> None:
    project.write("a", commit("a", 1))
    project.run("a")
    project.write("a", "print('before')", last, commit("a", 2))
    with pytest.raises(StageFailedError, match=words) as caught:
        project.run("a")
    assert caught.value.place.cell == 2
    assert (project.last().status, project.last().cell) == ("FAILED", 2)
    assert project.value("a") == 1
    partial = json.loads(project.report("a", "ipynb"))
    assert partial["metadata"]["workbench"]["status"] == "FAILED"
    assert "papermill" not in json.dumps(partial)
    assert partial["cells"][1]["outputs"][0]["text"] == ["before\n"]
    assert "FAILED" in project.report("a")[: project.report("a").index('class="cell')]
    project.write("a", commit("a", 3))
    assert project.run("a").status == "DONE"


def test_a_cell_marked_as_raising_on_purpose_fails_the_stage_all_the_same(project: Project) -> None:
    project.write("a", cell("1 / 0", "raises-exception"), commit("a"))
    with pytest.raises(StageFailedError, match="ZeroDivisionError"):
        project.run("a")
    assert project.last().cell == 1


def test_a_cell_marked_as_skipped_runs(project: Project) -> None:
    project.write("a", cell("x = 5", "skip-execution"), commit("a", "x"))
    assert project.run("a").status == "DONE"
    assert project.value("a") == 5


def test_the_record_says_what_it_ran_on_and_what_each_cell_used_up_to_the_one_that_failed(project: Project) -> None:
    (project.root / "dvc.yaml").write_text("stages:\n  a: {cmd: x, deps: [data/in, code.py, notes.csv]}\n")
    (project.root / "data" / "in").mkdir(parents=True)
    for name, size in (("data/in/x.parquet", 3000), ("code.py", 50), ("notes.csv", 400)):
        (project.root / name).write_bytes(b"#" * size)
    burn = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass"
    project.write("a", "x = 1", burn + "\n1 / 0", commit("a"))
    with pytest.raises(StageFailedError):
        project.run("a")
    record = project.last()
    assert record.input_bytes == 3400
    assert re.search(r", \d+ threads?, \d+ GiB$", record.machine or "")
    assert [use.cell for use in record.cells] == [1, 2]
    assert record.cells[0].cpu_seconds < 0.3 <= record.cells[1].cpu_seconds < 2
    assert 20 * 2**20 < record.mean_rss_bytes <= record.peak_rss_bytes
    assert record.energy_joules is not None
    assert record.energy_joules > 0
    assert record.energy_basis


def test_a_stage_that_never_commits_has_failed(project: Project) -> None:
    project.write("a", "x = 1")
    with pytest.raises(StageFailedError, match=r"artifacts\.commit"):
        project.run("a")
    assert (project.last().status, project.last().cell) == ("FAILED", None)


def test_a_failure_after_the_commit_is_a_failure_that_says_what_became_of_the_artifacts(project: Project) -> None:
    project.write("a", commit("a", 2), "1 / 0")
    with pytest.raises(StageFailedError, match="ZeroDivisionError"):
        project.run("a")
    assert "it had committed its artifacts before that" in project.report("a")


def test_a_commit_of_another_stage_does_not_count(project: Project) -> None:
    project.write("a", commit("b"))
    with pytest.raises(StageFailedError, match=r"may no longer write the artifacts of b"):
        project.run("a")


def test_values_arrive_with_their_types(project: Project) -> None:
    project.params(
        extra="train:\n  notebook: {no: false, yes: true, tiny: 1e-3, none: null, list: [1, two, 3.5], "
        "day: '2020-01-01', text: 'a=b', quotes: 'it''s \"so\"', word: žluťoučký 🐎, zero: '0123', "
        "nested: {a: [{b: on}]}}\n"
    )
    project.write(
        "a",
        "from workbench.params import reading\nx = reading.read().train.notebook",
        "x['types'] = {k: type(v).__name__ for k, v in x.items()}",
        commit("a", "x"),
    )
    project.run("a", "train.notebook.set={a: 'no', b: [null]}")
    value = project.value("a")
    assert isinstance(value, dict)
    types = value.pop("types")
    assert value == {
        "no": False,
        "yes": True,
        "tiny": 0.001,
        "none": None,
        "list": [1, "two", 3.5],
        "day": "2020-01-01",
        "text": "a=b",
        "quotes": 'it\'s "so"',
        "word": "žluťoučký 🐎",
        "zero": "0123",
        "nested": {"a": [{"b": "on"}]},
        "set": {"a": "no", "b": [None]},
    }
    assert (types["no"], types["tiny"], types["none"], types["day"]) == ("bool", "float", "NoneType", "str")
    origins = project.last().origins
    assert origins["train.notebook.set.a"] == "--set"
    assert origins["train.notebook.no"] == "params.yaml:7"
    assert origins["train.seed"] == "default"


def test_a_change_of_params_during_a_run_does_not_reach_it(project: Project) -> None:
    project.write(
        "a",
        "from pathlib import Path\np = Path('../params.yaml')\np.write_text(p.read_text() + 'train: {seed: 7}\\n')",
        "from workbench.params import reading\nx = reading.read().train.seed",
        commit("a", "x"),
    )
    project.run("a")
    assert project.value("a") == 0


def test_mistakes_are_found_before_any_kernel_starts(project: Project) -> None:
    project.write("ingest", commit("ingest"))
    project.write("train", commit("train"))
    (project.root / "dvc.yaml").write_text(
        "stages:\n  ingest: {cmd: x, outs: [data/processed]}\n  train: {cmd: x, deps: [data/processed/train.parquet]}\n"
    )
    with pytest.raises(ParamsError, match="did you mean seed"):
        project.run("train", "train.sed=1")
    with pytest.raises(UsageError, match="did you mean train"):
        project.run("trian")
    with pytest.raises(MissingArtifactError, match="dvc repro ingest"):
        project.run("train")
    with pytest.raises(SourceError, match=r"params\.yaml:2, key ingest\.sources\.t\.path"):
        project.run("ingest")
    (project.root / "notebooks" / "train.ipynb").write_text("{")
    with pytest.raises(StageError, match=r"notebooks/train\.ipynb"):
        project.run("train")
    assert project.records() == []
    assert not (project.root / "reports").exists()


def test_the_record_names_revision_and_dependencies_as_they_were_before(project: Project) -> None:
    root = project.root
    for command in (["init", "-q"], ["config", "user.name", "A"], ["config", "user.email", "a@example.org"]):
        subprocess.run(["git", *command], cwd=root, check=True)
    (root / "in").mkdir()
    (root / "in" / "x.txt").write_text("before")
    (root / "code.py").write_text("")
    pipeline = "stages:\n  a: {cmd: x, deps: [in, code.py], metrics: [metrics/a.json: {cache: false}]}\n"
    (root / "dvc.yaml").write_text(pipeline)
    (root / "metrics").mkdir()
    (root / "metrics" / "a.json").write_text("{}")
    project.write("a", "from pathlib import Path\nPath('../in/x.txt').write_text('after')", commit("a"))
    subprocess.run(["git", "add", "."], cwd=root, check=True)
    subprocess.run(["git", "commit", "-qm", "x"], cwd=root, check=True)
    (root / "metrics" / "a.json").write_text('{"a": 1}')  # an output: no reason to call the code dirty
    first = project.run("a")
    assert first.git_dirty is False
    assert len(first.git_revision or "") == 40
    second = project.run("a")
    assert second.git_dirty is True  # the first run changed in/x.txt
    assert first.dependencies["code.py"] == second.dependencies["code.py"]
    assert first.dependencies["in"] != second.dependencies["in"]
