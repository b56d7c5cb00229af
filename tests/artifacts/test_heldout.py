from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl
import pytest

from workbench import artifacts
from workbench.artifacts.heldout import FOLDER, TEST_ROWS
from workbench.errors import ArtifactError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "params.yaml").write_text("a: 1\n", encoding="utf-8")
    artifacts.commit("ingest", {TEST_ROWS: pl.DataFrame({"x": [1]})}, root=tmp_path)
    return tmp_path


def test_every_look_is_counted_with_who_when_and_what_for(project: Path) -> None:
    assert artifacts.read_looks(project) == ()
    first = artifacts.note_look("compare a with b", project)
    artifacts.note_look("compare a with c", project)
    found = artifacts.read_looks(project)
    assert [look.purpose for look in found] == ["compare a with b", "compare a with c"]
    assert found[0] == first
    assert first.who
    assert str(first).endswith(": compare a with b")


def test_looks_at_once_are_all_counted(project: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: artifacts.note_look(f"look {number}", project), range(40)))
    assert len(artifacts.read_looks(project)) == 40


def test_looks_at_other_test_rows_do_not_count(project: Path) -> None:
    artifacts.note_look("compare a with b", project)
    artifacts.commit("ingest", {TEST_ROWS: pl.DataFrame({"x": [2]})}, root=project)
    assert artifacts.read_looks(project) == ()


def test_a_run_of_evaluate_is_a_look(project: Path) -> None:
    digest = artifacts.read_manifest_of("ingest", project).files[TEST_ROWS].sha256
    record = artifacts.new_run("evaluate")
    artifacts.write_run(replace(record, status="DONE", dependencies={TEST_ROWS: digest}, owner="Ada"), project)
    (look,) = artifacts.read_looks(project)
    assert (look.who, look.purpose) == ("Ada", "the stage evaluate")


def test_a_file_that_is_no_record_is_passed_over_and_the_ledger_still_reads(project: Path) -> None:
    artifacts.note_look("compare a with b", project)
    (project / FOLDER / "0.json").write_text("{", encoding="utf-8")
    (project / FOLDER / "1.json").write_text('{"x": 1}', encoding="utf-8")
    (project / FOLDER / "2.json").write_text("[]", encoding="utf-8")
    assert len(artifacts.read_looks(project)) == 1
    assert artifacts.read_ledger(project).frame.height == 0
    assert artifacts.read_ledger(project).warnings == ()


def test_what_cannot_be_noted_is_an_error(project: Path) -> None:
    (project / "ledger").write_text("in the way", encoding="utf-8")
    with pytest.raises(ArtifactError):
        artifacts.note_look("compare a with b", project)
