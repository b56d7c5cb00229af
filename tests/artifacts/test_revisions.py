"""Files of other revisions, from git and from a cache laid out as DVC lays it out."""

from __future__ import annotations

import hashlib
import json
import subprocess
from typing import TYPE_CHECKING

import polars as pl
import pytest

from workbench import artifacts
from workbench.errors import IntegrityError, MissingArtifactError

if TYPE_CHECKING:
    from pathlib import Path

TABLE = "data/evaluation/predictions.parquet"


def git(root: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def keep(root: Path, data: bytes, ending: str = "") -> str:
    """Put bytes where DVC keeps them; give the name."""
    md5 = hashlib.md5(data, usedforsecurity=False).hexdigest() + ending
    file = root / ".dvc" / "cache" / "files" / "md5" / md5[:2] / md5[2:]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    return md5


def lock(root: Path, folder: str) -> None:
    """Record the files of a folder in dvc.lock, and keep them in the cache."""
    files = sorted((root / folder).iterdir())
    listed = [{"md5": keep(root, file.read_bytes()), "relpath": file.name} for file in files]
    md5 = keep(root, json.dumps(listed).encode(), ".dir")
    out = {"path": folder, "hash": "md5", "md5": md5}
    (root / "dvc.lock").write_text(json.dumps({"schema": "2.0", "stages": {"evaluate": {"outs": [out]}}}))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose first commit had other predictions than its working tree."""
    (tmp_path / "params.yaml").write_text("a: 1\n", encoding="utf-8")
    (tmp_path / ".gitignore").write_text("/data\n/.dvc/cache\n/.workbench\n", encoding="utf-8")
    git(tmp_path, "init", "-q", "-b", "main")
    artifacts.commit("evaluate", {TABLE: pl.DataFrame({"x": [1]}), "metrics/evaluate.json": {"n": 1}}, root=tmp_path)
    lock(tmp_path, "data/evaluation")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    git(tmp_path, "tag", "first")
    artifacts.commit("evaluate", {TABLE: pl.DataFrame({"x": [2]}), "metrics/evaluate.json": {"n": 2}}, root=tmp_path)
    return tmp_path


def test_a_table_is_read_as_the_revision_had_it(project: Path) -> None:
    revision = artifacts.find_revision("first", project)
    assert revision is not None
    assert revision.read_frame(TABLE)["x"].to_list() == [1]
    assert artifacts.read_frame(TABLE, project)["x"].to_list() == [2]
    assert revision.read_json("metrics/evaluate.json") == {"n": 1}
    assert revision.commit == git(project, "rev-parse", "first")
    assert revision.sha256(TABLE) == hashlib.sha256(revision.read_bytes(TABLE)).hexdigest()


def test_an_experiment_is_found_by_its_name(project: Path) -> None:
    commit = git(project, "rev-parse", "first")
    git(project, "update-ref", f"refs/exps/{commit[:2]}/{commit[2:]}/brave-bee", commit)
    found = artifacts.find_revision("brave-bee", project)
    assert found is not None
    assert (found.name, found.commit) == ("brave-bee", commit)


@pytest.mark.parametrize("name", ["", "no-such", "-x", "--all", "HEAD~9"])
def test_what_is_no_revision_is_none(project: Path, name: str) -> None:
    assert artifacts.find_revision(name, project) is None


def test_without_git_there_is_no_revision(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text("a: 1\n", encoding="utf-8")
    assert artifacts.find_revision("HEAD", tmp_path) is None


def test_a_file_the_cache_lost_or_the_revision_never_had_is_explained(project: Path) -> None:
    revision = artifacts.find_revision("first", project)
    assert revision is not None
    with pytest.raises(MissingArtifactError, match="the revision first has no such file"):
        revision.read_bytes("data/evaluation/other.parquet")
    md5 = hashlib.md5(revision.read_bytes(TABLE), usedforsecurity=False).hexdigest()
    (project / ".dvc/cache/files/md5" / md5[:2] / md5[2:]).unlink()
    with pytest.raises(MissingArtifactError, match="dvc fetch --all-commits"):
        revision.read_bytes(TABLE)


def test_a_cache_elsewhere_is_found_by_the_configuration(project: Path) -> None:
    (project / ".dvc/cache").rename(project.parent / f"{project.name}-cache")
    (project / ".dvc/config").write_text(
        f"[core]\n    analytics = false\n[cache]\n    dir = ../../{project.name}-cache\n"
    )
    revision = artifacts.find_revision("first", project)
    assert revision is not None
    assert revision.read_frame(TABLE)["x"].to_list() == [1]


@pytest.mark.parametrize("asked", ["elsewhere", "~/elsewhere"])
def test_a_cache_that_the_user_or_the_system_names_is_found(
    project: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    revision = artifacts.find_revision("first", project)
    assert revision is not None
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home))
    (home / "dvc").mkdir()
    (home / "dvc" / "config").write_text(f"[cache]\n    dir = {asked}\n", encoding="utf-8")
    (project / ".dvc/cache").rename(home / "elsewhere" if asked.startswith("~") else home / "dvc" / "elsewhere")
    monkeypatch.setenv("DVC_SYSTEM_CONFIG_DIR", str(project))
    (project / "config").write_text("[cache]\n    dir = nowhere\n", encoding="utf-8")
    assert revision.read_frame(TABLE)["x"].to_list() == [1], "the user's goes before the system's"
    (home / "dvc" / "config").unlink()
    with pytest.raises(MissingArtifactError):
        revision.read_frame(TABLE)
    monkeypatch.setenv("DVC_SYSTEM_CONFIG_DIR", str(home / "dvc"))
    (home / "dvc" / "config").write_text(f"[cache]\n    dir = {asked}\n", encoding="utf-8")
    assert revision.read_frame(TABLE)["x"].to_list() == [1]
    (project / ".dvc" / "config").write_text("[cache]\n    dir = nowhere\n", encoding="utf-8")
    with pytest.raises(MissingArtifactError):
        revision.read_frame(TABLE)


def test_damage_in_the_cache_is_refused(project: Path) -> None:
    revision = artifacts.find_revision("first", project)
    assert revision is not None
    data = revision.read_bytes(TABLE)
    md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
    file = project / ".dvc/cache/files/md5" / md5[:2] / md5[2:]
    file.write_bytes(data[:-1] + b"x")
    with pytest.raises(IntegrityError, match="damaged"):
        revision.read_bytes(TABLE)


def test_a_lock_that_names_other_bytes_than_the_manifest_is_refused(project: Path) -> None:
    lock(project, "data/evaluation")
    git(project, "add", "dvc.lock")
    git(project, "commit", "-qm", "a lock of the second run beside the manifest of the first")
    revision = artifacts.find_revision("HEAD", project)
    assert revision is not None
    with pytest.raises(IntegrityError, match="not the one that the revision committed"):
        revision.read_bytes(TABLE)
