"""The few system calls every writer shares, and what to tell a person when one of them fails."""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from workbench.errors import ArtifactError, Place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FULL = (errno.ENOSPC, errno.EDQUOT)
_CLOSED = (errno.EROFS, errno.EACCES, errno.EPERM)
_NO_FOLDER_SYNC = (errno.EINVAL, errno.ENOTSUP)


def write_new(path: Path, data: bytes, mode: int | None = None) -> None:
    """Create a file that must not exist; its bytes are on the disk when this returns.

    Args:
        path: The file.
        data: All of its bytes.
        mode: Permission bits; the process's default when not given.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        if mode is not None:
            os.fchmod(descriptor, mode)
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Put the names in a folder on the disk; file systems that cannot are left alone."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_FOLDER_SYNC:
            raise
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it; each new name is on the disk when this returns."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    with suppress(FileExistsError):
        folder.mkdir()
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))
    sync_folder(folder.parent)


def remove_empty(folder: Path, root: Path) -> None:
    """Remove a folder and those above it as long as they are empty and may go, never the root."""
    while folder != root:
        try:
            folder.rmdir()
        except FileNotFoundError:  # removed before an interruption
            pass
        except OSError as error:
            if error.errno == errno.EIO:
                raise
            return
        folder = folder.parent


def nearest_folder(folder: Path) -> Path:
    """Give the folder itself or, where it is gone, the nearest one above it."""
    while not os.path.isdir(folder):  # noqa: PTH112 - unlike Path.is_dir, False where looking is not permitted
        folder = folder.parent
    return folder


@contextmanager
def clear_errors(action: str, path: Path, shown: str, kept: str = "") -> Iterator[None]:
    """Turn the system's refusal into one paragraph.

    Args:
        action: What was tried, such as `write`.
        path: The file it was tried on.
        shown: The file as a person knows it.
        kept: What is still as it was.

    Raises:
        ArtifactError: The system refused.
    """
    try:
        yield
    except OSError as error:
        about = f"cannot {action}: {error.strerror or error}"
        hint = ". ".join(part for part in (kept, _hint(error, path)) if part)
        raise ArtifactError(about, place=Place(shown), hint=hint or None) from error


def _hint(error: OSError, path: Path) -> str:
    folder = nearest_folder(path if path.is_absolute() else path.absolute())
    if error.errno in _FULL:
        return _room(folder)
    if error.errno in _CLOSED:
        return f"check that you may write in {folder} and that it is not mounted read-only"
    if error.errno == errno.EFBIG:
        return "the file is larger than the file system or the limit of this process (`ulimit -f`) allows"
    if error.errno == errno.ENAMETOOLONG:
        return "shorten the name"
    if error.errno == errno.EIO:
        return "the disk did not take or give the bytes; look at `dmesg` before trusting it"
    return ""


def _room(folder: Path) -> str:
    try:
        free_bytes = shutil.disk_usage(folder).free
        free_files = os.statvfs(folder).f_favail
    except OSError:
        return f"make room in {folder}"
    return f"make room: {free_bytes:,} bytes and {free_files:,} more files are free in {folder}"
