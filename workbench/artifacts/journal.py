"""Carries a set of files from their temporary to their final names, all or none.

The states of a commit, each of which survives a kill at any system call:

```text
draft        .workbench/journal/STAGE-ID.draft lists the temporary files about to be written
written      every temporary file is on the disk
committed    .workbench/journal/STAGE-ID.json was renamed into place  <- the commit point
moved        the files carry their final names, files no longer in the set are gone
closed       the manifest carries its final name, the journal is gone
```

Before the commit point the next commit sweeps the temporary files away; after it whoever comes
next, reader or writer, carries on. A journal whose manifest has already moved has nothing left to do.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from workbench.artifacts.disk import clear_errors, nearest_folder, remove_empty, sync_folder, write_new
from workbench.artifacts.layout import STATE, inside, journal_folder
from workbench.artifacts.locks import commit_lock
from workbench.artifacts.manifest import sealed, unsealed
from workbench.errors import IntegrityError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

_FILE = re.compile(r"\.?(?P<stage>.+)-[0-9a-f]{32}\.(?P<state>draft|json|tmp)")


@dataclass(frozen=True)
class Move:
    """One file under its temporary and its final name, both relative to the project."""

    temporary: str
    final: str


@dataclass(frozen=True)
class Journal:
    """A set of moves and deletions that happens as one.

    Attributes:
        stage: The stage.
        transaction: Random id of this commit.
        moves: Files to move.
        deletions: Files of the former set that are not in this one.
        manifest: The move of the manifest, the last of all.
    """

    stage: str
    transaction: str
    moves: tuple[Move, ...]
    deletions: tuple[str, ...]
    manifest: Move

    def temporaries(self) -> tuple[str, ...]:
        """List the temporary files."""
        return (*(move.temporary for move in self.moves), self.manifest.temporary)


def draft(root: Path, journal: Journal) -> None:
    """Announce the temporary files of a commit, so that a later one can sweep them away."""
    write_new(_path(root, journal, "draft"), json.dumps(journal.temporaries()).encode())
    sync_folder(journal_folder(root))


def record(root: Path, journal: Journal) -> None:
    """Pass the commit point."""
    fresh = journal_folder(root) / f".{journal.stage}-{journal.transaction}.tmp"
    write_new(fresh, _to_bytes(journal))
    fresh.rename(_path(root, journal, "json"))
    sync_folder(journal_folder(root))


def withdraw(root: Path, journal: Journal) -> None:
    """Undo a commit that has not moved a file; what cannot be undone now is left to the next commit."""
    with suppress(OSError):
        recorded = _path(root, journal, "json")
        if recorded.exists():
            recorded.unlink()
            sync_folder(journal_folder(root))
        _sweep_temporaries(root, journal.temporaries())
        (journal_folder(root) / f".{journal.stage}-{journal.transaction}.tmp").unlink(missing_ok=True)
        _path(root, journal, "draft").unlink(missing_ok=True)


def apply(root: Path, journal: Journal) -> None:
    """Carry a commit past its commit point to its end; may be called again after any interruption."""
    shown = f"the commit of {journal.stage}"
    kept = "the new files are complete but not all in place; the next read or commit carries on"
    with clear_errors("finish", root, shown, kept):
        if inside(root, journal.manifest.temporary).exists():
            for move in journal.moves:
                _move(root, move)
            for path in journal.deletions:
                _delete(root, path)
            _sync(root, (*(move.final for move in journal.moves), *journal.deletions))
            _move(root, journal.manifest)
            _sync(root, (journal.manifest.final,))
        _path(root, journal, "draft").unlink(missing_ok=True)
        _path(root, journal, "json").unlink(missing_ok=True)
        sync_folder(journal_folder(root))


def settle(root: Path) -> None:
    """Carry on every commit that was cut off after its commit point, waiting for those under way.

    Raises:
        IntegrityError: A journal is damaged.
        ArtifactError: The system refuses.
    """
    for stage in sorted({found["stage"] for found in _listed(root) if found["state"] == "json"}):
        with commit_lock(root, stage, partial(_settled, root, stage)) as held:
            if held:
                settle_stage(root, stage)


def settle_stage(root: Path, stage: str) -> None:
    """Carry on the commits of one stage; the caller holds its commit lock."""
    for name in _recorded(root, stage):
        path = journal_folder(root) / name
        with clear_errors("read", path, name):
            data = path.read_bytes()
        apply(root, _from_bytes(data, name, stage))


def sweep(root: Path, stage: str) -> None:
    """Remove what cut-off commits of a stage left behind; the caller holds its commit lock and has settled."""
    for found in _listed(root):
        if found["stage"] == stage:
            path = journal_folder(root) / found[0]
            if found["state"] == "draft":
                with suppress(ValueError):
                    _sweep_temporaries(root, json.loads(path.read_bytes()))
            path.unlink(missing_ok=True)


def discard_damaged(root: Path, stage: str) -> None:
    """Drop journals nobody can read any more: the whole set is about to be written anew."""
    for name in _recorded(root, stage):
        path = journal_folder(root) / name
        try:
            _from_bytes(path.read_bytes(), name, stage)
        except IntegrityError:
            path.unlink()


def _listed(root: Path) -> list[re.Match[str]]:
    try:
        names = [path.name for path in journal_folder(root).iterdir()]
    except FileNotFoundError:
        return []
    return [found for name in sorted(names) if (found := _FILE.fullmatch(name))]


def _recorded(root: Path, stage: str) -> list[str]:
    return [found[0] for found in _listed(root) if found["state"] == "json" and found["stage"] == stage]


def _settled(root: Path, stage: str) -> bool:
    return not _recorded(root, stage)


def _path(root: Path, journal: Journal, state: str) -> Path:
    return journal_folder(root) / f"{journal.stage}-{journal.transaction}.{state}"


def _move(root: Path, move: Move) -> None:
    with suppress(FileNotFoundError):  # moved before an interruption
        inside(root, move.temporary).replace(inside(root, move.final))


def _delete(root: Path, path: str) -> None:
    full = inside(root, path)
    with suppress(FileNotFoundError, NotADirectoryError):
        full.unlink()
    remove_empty(full.parent, root)


def _sync(root: Path, paths: Iterable[str]) -> None:
    for folder in sorted({nearest_folder((root / path).parent) for path in paths}):
        sync_folder(folder)


def _sweep_temporaries(root: Path, paths: Sequence[str]) -> None:
    for path in paths:
        _delete(root, path)


def _to_bytes(journal: Journal) -> bytes:
    return sealed(
        {
            "stage": journal.stage,
            "transaction": journal.transaction,
            "moves": [[move.temporary, move.final] for move in (*journal.moves, journal.manifest)],
            "deletions": list(journal.deletions),
        }
    )


def _from_bytes(data: bytes, name: str, stage: str) -> Journal:
    tree = unsealed(data, f"{STATE}/journal/{name}", f"rerun `dvc repro --force {stage}`, which writes the set anew")
    *moves, manifest = (Move(temporary, final) for temporary, final in tree["moves"])
    return Journal(tree["stage"], tree["transaction"], tuple(moves), tuple(tree["deletions"]), manifest)
