from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from workbench.artifacts import stored_files

if TYPE_CHECKING:
    from pathlib import Path

DAY = 86_400


def put(root: Path, path: str, size: int, idle_days: float) -> None:
    full = root / path
    full.parent.mkdir(parents=True, exist_ok=True)
    full.write_bytes(b"x" * size)
    then = time.time() - idle_days * DAY
    os.utime(full, (then, then))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "params.yaml").write_text("", encoding="utf-8")
    put(tmp_path, "data/processed/train.parquet", 10, 3)
    put(tmp_path, "models/b01/model.json", 20, 400)
    return tmp_path


def test_without_a_cache_the_outputs_count(project: Path) -> None:
    found = {file.path: (file.bytes, round(file.idle_days)) for file in stored_files(project)}
    assert found == {"data/processed/train.parquet": (10, 3), "models/b01/model.json": (20, 400)}


def test_the_cache_counts_each_version_once(project: Path) -> None:
    put(project, ".dvc/cache/files/md5/ab/cd", 30, 5)
    (only,) = stored_files(project)
    assert (only.path, only.bytes) == (".dvc/cache/files/md5/ab/cd", 30)


def test_reading_counts_as_use_and_a_clock_ahead_as_now(project: Path) -> None:
    path = project / "data/processed/train.parquet"
    os.utime(path, (time.time() - DAY, time.time() - 9 * DAY))
    os.utime(project / "models/b01/model.json", (time.time() + 9 * DAY,) * 2)
    idle = {file.path: file.idle_days for file in stored_files(project)}
    assert idle["data/processed/train.parquet"] == pytest.approx(1, abs=0.01)
    assert idle["models/b01/model.json"] == 0
