from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from workbench.artifacts import RUN_VARIABLE

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty project whose folder has a space and letters beyond ASCII in its name."""
    monkeypatch.delenv(RUN_VARIABLE, raising=False)
    root = tmp_path / "ein Projekt ß 工房"
    root.mkdir()
    (root / "params.yaml").write_text("ingest: {}\n", encoding="utf-8")
    monkeypatch.chdir(root)
    return root
