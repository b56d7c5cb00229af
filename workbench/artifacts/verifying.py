"""Checks files against the manifest that committed them, even while another commit happens."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from workbench.artifacts.disk import clear_errors
from workbench.artifacts.journal import settle
from workbench.artifacts.layout import inside, project_root, relative
from workbench.artifacts.locks import commit_lock
from workbench.artifacts.manifest import Manifest, holders, read_manifest
from workbench.artifacts.refusals import altered, missing, removed
from workbench.errors import ArtifactError, IntegrityError, MissingArtifactError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from io import BufferedReader
    from pathlib import Path

_Taken = TypeVar("_Taken")
if TYPE_CHECKING:
    _Take = Callable[[Path, Manifest, str], _Taken]

_ATTEMPTS = 10


@contextmanager
def settled(root: Path | None, shown: str) -> Iterator[Path]:
    """Give the project once no cut-off commit is left in it; what the system refuses meanwhile is explained."""
    project = project_root(root)
    with clear_errors("read", project, shown):
        settle(project)
        yield project


def holder(root: Path, path: str) -> Manifest:
    """Give the manifest that holds a file.

    Raises:
        MissingArtifactError: No stage has committed it.
        IntegrityError: A manifest that may hold it is damaged.
    """
    return next(holders(root, relative(path)), None) or missing(root, path)


def consistent(root: Path, manifest: Manifest, paths: Iterable[str], take: _Take[_Taken]) -> dict[str, _Taken]:
    """Read files as one manifest has them; on a mismatch look again, at last while no commit can happen.

    Args:
        root: The project.
        manifest: The files as they were committed when reading began.
        paths: The files.
        take: `verified` or `streamed`.

    Raises:
        MissingArtifactError: The last commit does not hold all of them, or one was removed since.
        IntegrityError: Bytes are not those that were committed.
    """
    for _ in range(_ATTEMPTS):
        try:
            return {path: take(root, manifest, path) for path in paths}
        except (IntegrityError, MissingArtifactError) as error:
            first: ArtifactError = error
            settle(root)
            later = read_manifest(root, manifest.stage) or Manifest(manifest.stage)
            if later == manifest:
                break
            manifest = later
    return _undisturbed(root, manifest.stage, paths, first, take)


def _undisturbed(
    root: Path, stage: str, paths: Iterable[str], first: ArtifactError, take: _Take[_Taken]
) -> dict[str, _Taken]:
    try:
        with commit_lock(root, stage):
            manifest = read_manifest(root, stage) or Manifest(stage)
            return {path: take(root, manifest, path) for path in paths}
    except (IntegrityError, MissingArtifactError):
        raise
    except ArtifactError:  # no lock without write permission, and then no commit either
        raise first from None


def verified(root: Path, manifest: Manifest, path: str) -> bytes:
    """Give the bytes of a file.

    Raises:
        MissingArtifactError: The manifest does not hold it, or it was removed since.
        IntegrityError: Its bytes are not those that were committed.
    """
    with _committed(root, manifest, path) as (file, check):
        data = file.read()
        check(len(data), hashlib.sha256(data).hexdigest())
    return data


def streamed(root: Path, manifest: Manifest, path: str) -> Path:
    """Give the path of a file, whose bytes are checked a piece at a time.

    Raises:
        MissingArtifactError: The manifest does not hold it, or it was removed since.
        IntegrityError: Its bytes are not those that were committed.
    """
    with _committed(root, manifest, path) as (file, check):
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        check(file.tell(), sha256)
    return root / path


@contextmanager
def _committed(
    root: Path, manifest: Manifest, path: str
) -> Iterator[tuple[BufferedReader, Callable[[int, str], None]]]:
    """Open a file that was committed; give what refuses it unless it has the bytes of then: size and SHA-256."""
    entry = manifest.files.get(path) or missing(root, path)

    def check(size: int, sha256: str) -> None:
        if (size, sha256) != (entry.bytes, entry.sha256):
            altered(path, entry, manifest.stage, f"{size:,} bytes, SHA-256 {sha256}")

    with clear_errors("read", root / path, path):
        try:
            with inside(root, path).open("rb") as file:
                yield file, check
        except (FileNotFoundError, NotADirectoryError):
            removed(path, manifest.stage)
