"""What a reader is told when a file is not there, or is not what was committed, and how to get it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from workbench.artifacts.layout import producer
from workbench.artifacts.manifest import Manifest, read_manifest, stages
from workbench.errors import IntegrityError, MissingArtifactError, Place, nearest

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.artifacts.manifest import Entry


def altered(path: str, entry: Entry, stage: str, found: str) -> NoReturn:
    """Refuse a file whose bytes have changed since its stage committed them.

    Raises:
        IntegrityError: Always.
    """
    raise IntegrityError(
        "the bytes are not those that were committed",
        place=Place(path),
        found=found,
        expected=f"{entry.bytes:,} bytes, SHA-256 {entry.sha256}",
        hint=f"`rm '{path}' && dvc checkout` restores it from the cache; else rerun `dvc repro --force {stage}`",
    )


def removed(path: str, stage: str) -> NoReturn:
    """Refuse a file that its stage committed and somebody removed.

    Raises:
        MissingArtifactError: Always.
    """
    raise MissingArtifactError(
        f"the file was committed by {stage} and is gone",
        place=Place(path),
        hint=f"`dvc checkout` restores it from the cache; else rerun `dvc repro --force {stage}`",
    )


def missing(root: Path, path: str) -> NoReturn:
    """Refuse a file that no stage has committed, and name the stage that would, or the nearest file.

    Raises:
        MissingArtifactError: Always.
    """
    known = [name for stage in stages(root) for name in (read_manifest(root, stage) or Manifest(stage)).files]
    stage = producer(path)
    hint = f"`dvc repro {stage}` writes it" if stage and stage not in stages(root) else nearest(path, known)
    by = f"{stage} has not" if stage else "no stage has"
    raise MissingArtifactError(f"{by} committed this file", place=Place(path), hint=hint)


def missing_model(candidate: str, manifest: Manifest | None) -> NoReturn:
    """Refuse a candidate that train has not committed, and name the nearest one.

    Raises:
        MissingArtifactError: Always.
    """
    if manifest is None:
        raise MissingArtifactError("train has not committed a model", hint="`dvc repro train` writes them")
    known = {path.split("/")[1] for path in manifest.files if path.startswith("models/") and path.count("/") > 1}
    raise MissingArtifactError(f"no candidate {candidate!r}", place=Place("models/"), hint=nearest(candidate, known))
