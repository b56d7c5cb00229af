"""Sizes up the data a stage depends on, before it runs."""

from __future__ import annotations

from contextlib import suppress
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from workbench import artifacts
from workbench.errors import SourceError

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.stages.preflight import Plan

_CODE = frozenset({".py", ".ipynb", ".yaml", ".toml", ".lock"})
_DATA = ("data", "models")


def input_bytes(plan: Plan) -> int:
    """Add up the bytes on disk of the data a stage depends on.

    That is what lies under `data/` and `models/`, the sources of `ingest`, and any other dependency that is a file
    but neither code nor settings.
    """
    found: set[Path] = set()
    for path in plan.pipeline.dependencies(plan.stage):
        full = plan.root / path
        if PurePosixPath(path).parts[:1] in {(folder,) for folder in _DATA}:
            found.update(file for file in (full.rglob("*") if full.is_dir() else (full,)) if file.is_file())
        elif full.is_file() and full.suffix not in _CODE:
            found.add(full)
    if plan.stage == "ingest":
        found.update(_sources(plan))
    return sum(file.stat().st_size for file in found)


def _sources(plan: Plan) -> set[Path]:
    found = set()
    for source in plan.params.params.ingest.sources.values():
        with suppress(SourceError):  # a source elsewhere has no size here
            found.add(artifacts.find_source(source.path, plan.root))
    return found
