"""Takes down what a run starts from: the git revision and the bytes of its dependencies."""

from __future__ import annotations

import hashlib
import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.stages.ownership import OwnerQuery

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_OID = "# branch.oid "
_IGNORED_FOLDERS = {"__pycache__", ".ipynb_checkpoints"}


@dataclass(frozen=True)
class Revision:
    """Where the project stood in git.

    Attributes:
        git_revision: The commit; None outside git or before the first commit.
        git_dirty: Whether tracked files differed from it, the pipeline's own outputs left aside.
        owner: Who runs it, as far as git or the system knows.
    """

    git_revision: str | None
    git_dirty: bool | None
    owner: str | None = None


class RevisionQuery:
    """Asks git in the background, because a large repository takes its time to answer.

    Args:
        root: The project.
        outputs: What stages write: a run that rewrote its metrics has not dirtied the code of the next.
    """

    def __init__(self, root: Path, outputs: Sequence[str]) -> None:
        excluded = [f":(exclude,literal){path}" for path in ("dvc.lock", "reports", *outputs)]
        command = ["git", "status", "--porcelain=v2", "--branch", "--untracked-files=no", "--", ".", *excluded]
        environment = os.environ | {"GIT_OPTIONAL_LOCKS": "0"}
        self._owner = OwnerQuery(root)
        self._git: subprocess.Popen[str] | None = None
        try:
            self._git = subprocess.Popen(
                command, cwd=root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
            )
        except OSError:
            return  # no git, no revision

    def answer(self) -> Revision:
        """Wait for git."""
        owner = self._owner.answer()
        if self._git is None:
            return Revision(None, None, owner)
        text, _ = self._git.communicate()
        if self._git.returncode:
            return Revision(None, None, owner)
        lines = text.splitlines()
        oid = next((line.removeprefix(_OID) for line in lines if line.startswith(_OID)), "(initial)")
        dirty = any(not line.startswith("#") for line in lines)
        return Revision(None if oid == "(initial)" else oid, dirty, owner)


def digests(root: Path, paths: Sequence[str]) -> dict[str, str]:
    """Digest files and folders with SHA-256; one that is not there has no digest."""
    return {path: _digest(root / path) for path in paths if (root / path).exists()}


def _digest(path: Path) -> str:
    if path.is_file():
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    lines = (f"{_digest(file)}  {file.relative_to(path).as_posix()}\n" for file in _files(path))
    return hashlib.sha256("".join(lines).encode(errors="surrogateescape")).hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not _IGNORED_FOLDERS.intersection(path.relative_to(folder).parts):
            yield path
