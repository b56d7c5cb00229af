"""What a decision rests on: the digests of data, plan, tables and the model, as their stages committed them."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.artifacts.layout import producer, project_root
from workbench.artifacts.manifest import read_manifest
from workbench.artifacts.reading import read_bytes
from workbench.errors import IntegrityError, MissingArtifactError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from workbench.artifacts.decisions import DecisionFile

PLAN = "contracts/train.yaml"
SPLITS = tuple(f"data/processed/{split}.parquet" for split in ("train", "validation", "test"))
TABLE = "data/decision/candidates.parquet"
_MODELS = "models/"
EVIDENCE = (*SPLITS, PLAN, "data/evaluation/error_rates.parquet", "data/cost/candidates.parquet", TABLE)


@dataclass(frozen=True)
class DecidedModel:
    """The model that a decision is about, by its bytes.

    Attributes:
        path: Its folder.
        then: Digest of its files when it was decided; None where the decision does not say.
        now: Digest of those that are there now; None where training left no such candidate.
    """

    path: str
    then: str | None
    now: str | None

    @property
    def is_another(self) -> bool:
        """Whether another model bears the id now, or none."""
        return self.then is not None and self.then != self.now


def evidence_digests(candidate: str, root: Path | None = None) -> dict[str, str | None]:
    """Give the digest of all that a decision rests on; None for what is missing, and for a damaged table.

    The table that is decided on is read and checked; of the rest the manifests are believed.

    Args:
        candidate: Id of the candidate that is chosen.
        root: The project.
    """
    project = project_root(root)
    found = {path: _committed(project, path) for path in EVIDENCE} | {_folder(candidate): _model(project, candidate)}
    try:
        read_bytes(TABLE, project)
    except (MissingArtifactError, IntegrityError):
        found[TABLE] = None
    return found


def changed_evidence(recorded: Mapping[str, object], root: Path | None = None) -> tuple[str, ...]:
    """Name what was committed anew since, with other bytes; the tables of figures, which are compared, are left out."""
    project = project_root(root)
    told = {path: recorded[path] for path in (*SPLITS, PLAN) if recorded.get(path)}
    changed = tuple(path for path, digest in told.items() if _committed(project, path) != digest)
    models = {path: digest for path, digest in recorded.items() if path.startswith(_MODELS) and digest}
    return (*changed, *(path for path in models if _model(project, path.removeprefix(_MODELS)) != models[path]))


def decided_model(decision: DecisionFile, root: Path | None = None) -> DecidedModel:
    """Tell whether the model that a decision is about is still the one that bears its id."""
    path = _folder(decision.candidate)
    then = decision.part("evidence", "sha256").get(path)
    return DecidedModel(path, then if isinstance(then, str) else None, _model(project_root(root), decision.candidate))


def _folder(candidate: str) -> str:
    return f"{_MODELS}{candidate}"


def _model(project: Path, candidate: str) -> str | None:
    """Digest the names and digests of a model's files, as training committed them."""
    with suppress(IntegrityError):
        manifest = read_manifest(project, "train")
        prefix = f"{_folder(candidate)}/"
        files = sorted(manifest.files.items()) if manifest else []
        lines = [f"{entry.sha256}  {path.removeprefix(prefix)}\n" for path, entry in files if path.startswith(prefix)]
        return hashlib.sha256("".join(lines).encode()).hexdigest() if lines else None
    return None


def _committed(project: Path, path: str) -> str | None:
    with suppress(IntegrityError):
        manifest = read_manifest(project, producer(path) or "")
        entry = manifest.files.get(path) if manifest else None
        return entry.sha256 if entry else None
    return None
