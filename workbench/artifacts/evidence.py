"""What a decision rests on: the digests of data, plan and tables, as their stages committed them."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from workbench.artifacts.layout import producer, project_root
from workbench.artifacts.manifest import read_manifest
from workbench.artifacts.reading import read_bytes
from workbench.errors import IntegrityError, MissingArtifactError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PLAN = "contracts/train.yaml"
SPLITS = tuple(f"data/processed/{split}.parquet" for split in ("train", "validation", "test"))
TABLE = "data/decision/candidates.parquet"
EVIDENCE = (*SPLITS, PLAN, "data/evaluation/error_rates.parquet", "data/cost/candidates.parquet", TABLE)


def evidence_digests(root: Path | None = None) -> dict[str, str | None]:
    """Give the digest of all that a decision rests on; None for what is missing, and for a damaged table.

    The table that is decided on is read and checked; of the rest the manifests are believed.
    """
    project = project_root(root)
    found = {path: _committed(project, path) for path in EVIDENCE}
    try:
        read_bytes(TABLE, project)
    except (MissingArtifactError, IntegrityError):
        found[TABLE] = None
    return found


def changed_evidence(recorded: Mapping[str, object], root: Path | None = None) -> tuple[str, ...]:
    """Name what was committed anew since, with other bytes; the tables of figures, which are compared, are left out."""
    project = project_root(root)
    told = {path: recorded[path] for path in (*SPLITS, PLAN) if recorded.get(path)}
    return tuple(path for path, digest in told.items() if _committed(project, path) != digest)


def _committed(project: Path, path: str) -> str | None:
    with suppress(IntegrityError):
        manifest = read_manifest(project, producer(path) or "")
        entry = manifest.files.get(path) if manifest else None
        return entry.sha256 if entry else None
    return None
