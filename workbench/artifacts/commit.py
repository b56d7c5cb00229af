"""Commits the outputs of a stage as one set: readers see all of the old ones or all of the new ones."""

from __future__ import annotations

import hashlib
import json
import unicodedata
import uuid
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from workbench.artifacts import journal
from workbench.artifacts.disk import clear_errors, make_folder, sync_folder, write_new
from workbench.artifacts.encoding import Content, Encoded, Folder, encode
from workbench.artifacts.fencing import claim
from workbench.artifacts.layout import (
    ancestors,
    checked_name,
    committed_path,
    inside,
    journal_folder,
    manifest_path,
    output,
    project_root,
)
from workbench.artifacts.locks import commit_lock
from workbench.artifacts.manifest import Entry, Manifest, read_manifest, stages
from workbench.artifacts.plain import temporary_name
from workbench.artifacts.sources import assert_unchanged
from workbench.errors import ArtifactError, IntegrityError, Place

if TYPE_CHECKING:
    from pathlib import Path

_Encoder: TypeAlias = Callable[[], Encoded]
_NO_SOURCES: Mapping[str, str] = MappingProxyType({})
_KEPT = "the files committed before are as they were"


def commit(
    stage: str,
    files: Mapping[str, Content],
    root: Path | None = None,
    *,
    sources: Mapping[str, str] = _NO_SOURCES,
) -> Manifest:
    """Make these files the outputs of a stage, in one step; the one explicit end of every stage.

    The set is whole: a file the stage committed before and does not name now is removed. A kill or
    an error at any moment leaves the old set or the new one, never a mix.

    Args:
        stage: The stage.
        files: Content by path relative to the project. A table is written as the `.parquet` or `.csv`
            its path names, a model as a folder, a mapping or list as JSON, text and bytes as they are.
        root: The project; searched upwards from the working directory when not given.
        sources: The digest of each source by its path, taken before it was read; a set that was made from other bytes
            than are there now is not committed.

    Returns:
        The manifest: size, digest, rows and schema of each file.

    Raises:
        StaleRunError: A newer run of the stage owns its artifacts.
        ArtifactError: The set cannot be written; the old one is as it was.
        SourceError: A source has changed since it was read; the old set is as it was.
    """
    project = project_root(root)
    encoders = _encoders(files)
    _refuse_collisions(encoders)
    with clear_errors("commit", project, f"outputs of {checked_name(stage, 'stage')}", _KEPT):
        _refuse_files_of_others(project, stage, encoders)
        make_folder(journal_folder(project))
        with commit_lock(project, stage):
            run = claim(project, stage)
            journal.discard_damaged(project, stage)
            journal.settle_stage(project, stage)
            journal.sweep(project, stage)
            manifest, pending = _write(project, stage, encoders, run, sources)
            journal.apply(project, pending)
    return manifest


def _refuse_files_of_others(root: Path, stage: str, paths: Mapping[str, object]) -> None:
    for other in stages(root):
        if other != stage and (taken := paths.keys() & _files_of(root, other)):
            raise ArtifactError(f"another stage writes this file: {other}", place=Place(min(taken)))


def _encoders(files: Mapping[str, Content]) -> dict[str, _Encoder]:
    """Lay folders out as files, each with what will encode it; tables are encoded one at a time, later."""
    encoders: dict[str, _Encoder] = {}
    for path, content in files.items():
        if isinstance(content, Folder):
            _refuse_odd_folder(output(path))
            for name, data in content.dumps().items():
                encoders[output(f"{path}/{name}")] = _encoder(name, data)
        else:
            encoders[output(path)] = _encoder(path, content)
    return encoders


def _refuse_odd_folder(path: str) -> None:
    parent, _, name = path.rpartition("/")
    checked_name(name, "model id")
    if parent != "models":
        raise ArtifactError("a model is committed under models/", place=Place(path), hint=f"models/{name}")


def _encoder(path: str, content: Content) -> _Encoder:
    return lambda: encode(path, content)


def _refuse_collisions(paths: Mapping[str, object]) -> None:
    """Refuse names that are one name on some file system, and files inside a file."""
    seen: dict[str, str] = {}
    for path in paths:
        folded = unicodedata.normalize("NFC", path).casefold()
        if folded in seen:
            raise ArtifactError("two names are one on some file systems", place=Place(path), found=seen[folded])
        seen[folded] = path
    for folded, path in seen.items():
        if held := next((folder for folder in ancestors(folded) if folder in seen), None):
            raise ArtifactError("a file cannot lie inside a file", place=Place(path), found=seen[held])


def _files_of(root: Path, stage: str) -> Mapping[str, Entry]:
    try:
        manifest = read_manifest(root, stage)
    except IntegrityError:  # reported to whoever reads that stage; no reason to stop this one
        return {}
    return manifest.files if manifest else {}


def _write(
    root: Path, stage: str, encoders: Mapping[str, _Encoder], run: str, sources: Mapping[str, str] = _NO_SOURCES
) -> tuple[Manifest, journal.Journal]:
    """Write every file under its temporary name and pass the commit point, or leave nothing behind."""
    pending = _plan(root, stage, encoders)
    passed = False
    try:
        journal.draft(root, pending)
        entries = {
            move.final: _write_one(root, move, encoders[move.final]())
            for move in pending.moves
            if move.final in encoders
        }
        mark = json.dumps({"run": run}, indent=1).encode() + b"\n"
        manifest = Manifest(stage, entries)
        _write_one(root, pending.moves[-1], Encoded(mark))
        _write_one(root, pending.manifest, Encoded(manifest.to_bytes()))
        for folder in sorted({inside(root, path).parent for path in pending.temporaries()}):
            sync_folder(folder)
        assert_unchanged(sources, root)  # last of all: what changes later, the next run reads
        journal.record(root, pending)
        passed = True
    finally:
        if not passed:
            journal.withdraw(root, pending)
    return manifest, pending


def _plan(root: Path, stage: str, paths: Mapping[str, object]) -> journal.Journal:
    transaction = uuid.uuid4().hex
    moves = tuple(_move(path, transaction) for path in (*sorted(paths), committed_path(stage)))
    gone = sorted(_files_of(root, stage).keys() - paths.keys())
    for move in moves:
        if inside(root, move.final).is_dir():
            raise ArtifactError("a folder is in the way of the file", place=Place(move.final))
    return journal.Journal(stage, transaction, moves, tuple(gone), _move(manifest_path(stage), transaction))


def _move(path: str, transaction: str) -> journal.Move:
    final = PurePosixPath(path)
    return journal.Move(final.with_name(temporary_name(final.name, transaction)).as_posix(), path)


def _write_one(root: Path, move: journal.Move, encoded: Encoded) -> Entry:
    full = inside(root, move.temporary)
    with clear_errors("write", full, move.final, _KEPT):
        make_folder(full.parent)
        write_new(full, encoded.data)
    return Entry(hashlib.sha256(encoded.data).hexdigest(), len(encoded.data), encoded.rows, encoded.schema)
