"""Replaces one file outside the manifests: params.yaml, decisions, reports, run records."""

from __future__ import annotations

import re
import stat
import uuid
from contextlib import suppress
from typing import TYPE_CHECKING

from workbench.artifacts.disk import clear_errors, make_folder, sync_folder, write_new
from workbench.artifacts.layout import inside, project_root, relative
from workbench.artifacts.locks import plain_lock
from workbench.errors import ArtifactError, Place

if TYPE_CHECKING:
    from pathlib import Path


def write_text(path: str, text: str, root: Path | None = None) -> Path:
    """Replace a text file in one step; a failure leaves the old one whole.

    The permission bits of an existing file stay. A link is followed as long as it stays in the project.

    Args:
        path: File relative to the project.
        text: All of its text, written as UTF-8.
        root: The project.

    Returns:
        The full path.

    Raises:
        ArtifactError: The file cannot be written.
    """
    try:
        data = text.encode()
    except UnicodeEncodeError as error:
        raise ArtifactError(f"the text is not valid Unicode: {error.reason}", place=Place(path)) from error
    return write_bytes(path, data, root)


def write_bytes(path: str, data: bytes, root: Path | None = None) -> Path:
    """Replace a file in one step; see `write_text`.

    Raises:
        ArtifactError: The file cannot be written.
    """
    return replace_file(project_root(root), path, data)


def replace_file(root: Path, path: str, data: bytes) -> Path:
    """Replace a file of a project whose root is known and resolved.

    Raises:
        ArtifactError: The file cannot be written.
    """
    with clear_errors("write", root / relative(path), path, "the file on disk is whole, old or new"):
        target = _followed(root, path)
        with plain_lock(root):
            make_folder(target.parent)
            _sweep(target)
            _replace(target, data)
    return target


def replace_own_file(root: Path, path: str, data: bytes) -> Path:
    """Replace a file that one process writes at a time, as its name is unique; takes no lock, looks at no other file.

    What a killed writer left beside it stays until somebody sweeps the folder.

    Raises:
        ArtifactError: The file cannot be written.
    """
    with clear_errors("write", root / relative(path), path, "the file on disk is whole, old or new"):
        target = inside(root, path)
        make_folder(target.parent)
        _replace(target, data)
    return target


def temporary_name(name: str, transaction: str) -> str:
    """Name the temporary file beside a final one; very long names are cut to what a folder takes.

    Example:
        >>> temporary_name("train.parquet", "1f")
        '.train.parquet.tmp-1f'
    """
    while len(name.encode()) > 200:  # noqa: PLR2004 - 255 bytes are what file systems take, prefix and id included
        name = name[: len(name) // 2]
    return f".{name}.tmp-{transaction}"


def _replace(target: Path, data: bytes) -> None:
    fresh = target.with_name(temporary_name(target.name, uuid.uuid4().hex))
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else None
    try:
        write_new(fresh, data, mode)
        fresh.replace(target)
    finally:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
    sync_folder(target.parent)


def _sweep(target: Path) -> None:
    """Remove what a killed writer of the same file left; the caller holds the lock, so none is alive."""
    left = re.compile(re.escape(temporary_name(target.name, "")) + "[0-9a-f]{32}")
    for path in target.parent.iterdir():
        if left.fullmatch(path.name):
            path.unlink(missing_ok=True)


def _followed(root: Path, path: str) -> Path:
    link = inside(root, path)
    if not link.is_symlink():
        return link
    target = link.resolve()
    if root not in target.parents:
        raise ArtifactError("the file is a link out of the project", place=Place(path), found=str(target))
    return target
