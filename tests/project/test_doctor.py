"""The doctor sees what is there, says how to get what is not, and fails only for what is required."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from workbench import artifacts
from workbench.project import Check, Diagnosis, doctor
from workbench.project.machine import cores, memory_bytes

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def _by_name(diagnosis: Diagnosis) -> dict[str, Check]:
    return {check.name: check for check in diagnosis.checks}


def test_this_machine_is_well(tmp_path: Path) -> None:
    found = doctor(tmp_path)
    assert found.ok, [check for check in found.checks if check.status == "missing"]
    checks = _by_name(found)
    assert checks["project"].status == "note"
    for name in ("python", "polars", "lightgbm library", "kernel python3", "git"):
        assert checks[name].status == "ok"
        assert checks[name].required
    assert json.loads(json.dumps(found.to_json()))["ok"] is True


def test_only_what_is_required_fails() -> None:
    missing = Check("strace", "missing", "none")
    assert Diagnosis((missing,)).ok
    assert not Diagnosis((missing, Check("git", "missing", "none", required=True))).ok


def test_what_is_not_on_path_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    checks = _by_name(doctor(tmp_path))
    assert checks["git"].status == "missing"
    assert "install git" in (checks["git"].hint or "")
    assert checks["commands"].status == "note"
    assert "activate" in (checks["commands"].hint or "")
    assert checks["browser"].status == "note"


def test_the_project_around_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "params.yaml").write_text("", encoding="utf-8")
    (tmp_path / ".dvc").mkdir()
    (tmp_path / ".dvc" / "config").write_text(
        "[core]\n    remote = disk\n['remote \"disk\"']\n    url = /mnt/disk\n", encoding="utf-8"
    )
    monkeypatch.setenv("RAY_ADDRESS", "ray://head:10001")
    checks = _by_name(doctor(tmp_path))
    assert checks["project"].found == str(tmp_path.resolve())
    assert checks["dvc remote"].found == "disk"
    assert checks["RAY_ADDRESS"].found == "ray://head:10001"


def test_committed_files_that_are_gone_or_altered_are_named(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text("", encoding="utf-8")
    artifacts.commit("ingest", {"data/a.txt": "a", "data/b.txt": "b"}, root=tmp_path)
    assert _by_name(doctor(tmp_path))["artifacts"].status == "ok"
    (tmp_path / "data/a.txt").unlink()
    (tmp_path / "data/b.txt").write_text("x", encoding="utf-8")
    found = doctor(tmp_path)
    seen = _by_name(found)["artifacts"]
    assert found.ok, "a fresh clone lacks them all"
    assert (seen.status, seen.found.startswith("data/a.txt: ")) == ("note", True)
    assert seen.found.endswith("; and 1 more")
    assert "dvc checkout" in (seen.hint or "")


def test_figures_of_the_machine_make_sense() -> None:
    total, available = memory_bytes()
    assert 0 < available <= total
    assert cores() > 0
