"""What lies around: the files that are kept, and for how long nobody has touched them."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.artifacts.layout import project_root

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CACHE = ".dvc/cache"
_OUTPUTS = ("data", "models")
_SECONDS_PER_DAY = 86_400


@dataclass(frozen=True)
class StoredFile:
    """A file that is kept.

    Attributes:
        path: Path in the project.
        bytes: Its size.
        idle_days: Days since it was last read or written, as far as the file system notes reading.
    """

    path: str
    bytes: int
    idle_days: float


def stored_files(root: Path | None = None) -> tuple[StoredFile, ...]:
    """List every version that the DVC cache keeps, or the outputs themselves where there is no cache."""
    project = project_root(root)
    kept = tuple(_files(project, CACHE))
    return kept or tuple(file for folder in _OUTPUTS for file in _files(project, folder))


def _files(project: Path, folder: str) -> Iterator[StoredFile]:
    """Walk a folder; a file that vanishes meanwhile is left out."""
    now = time.time()
    for path, _, names in os.walk(project / folder):
        for name in sorted(names):
            full = os.path.join(path, name)  # noqa: PTH118 - a cache holds millions of files, and Path is slow
            try:
                found = os.stat(full)  # noqa: PTH116
            except OSError:
                continue
            idle = max(0.0, now - max(found.st_atime, found.st_mtime)) / _SECONDS_PER_DAY
            yield StoredFile(os.path.relpath(full, project), found.st_size, idle)
