"""Where things lie in a project, and which paths may be named at all."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from workbench.errors import ArtifactError, Place
from workbench.params.root import find_root

if TYPE_CHECKING:
    from collections.abc import Iterator

STATE = ".workbench"
"""Folder of a project that holds locks, journals and run tokens; never under version control."""

MANIFESTS = "manifests"
LEDGER = "ledger"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_PRIVATE = (STATE, ".git", ".dvc", MANIFESTS)
_PRODUCERS = {
    "data/processed": "ingest",
    "data/quarantine": "ingest",
    "data/ingest": "ingest",
    "data/evaluation": "evaluate",
    "data/cost": "cost",
    "data/decision": "decide",
    "models": "train",
    "contracts/ingest.yaml": "ingest",
    "contracts/train.yaml": "train",
    "decisions/current.json": "decide",
    "plots": "evaluate",
}


def project_root(root: Path | None) -> Path:
    """Give the resolved project folder, searched upwards from the working directory when not given."""
    return (root or find_root()).resolve()


def checked_name(name: str, what: str) -> str:
    """Let a stage, run or model id through only if it is one plain, portable file name.

    Raises:
        ArtifactError: It is not.
    """
    if _NAME.fullmatch(name):
        return name
    raise ArtifactError(
        f"not a {what}", found=repr(name), expected="letters, digits, `.`, `_`, `-`, the first a letter or digit"
    )


def relative(path: str) -> str:
    """Let a path through only if it stays below the project on every file system.

    Raises:
        ArtifactError: It is absolute, climbs, is empty, or holds a character no file name may have.
    """
    plain = PurePosixPath(path)
    parts = path.split("/")
    odd = "\0" in path or "\\" in path or any("\ud800" <= letter <= "\udfff" for letter in path)
    if odd or plain.is_absolute() or any(part in {"", ".", ".."} for part in parts):
        raise ArtifactError(
            "the path leaves the project or is no file name",
            place=Place(ascii(path)),
            expected="a path relative to the project, parts joined by single slashes, without `.` and `..`",
        )
    return path


def output(path: str) -> str:
    """Let a path through only if a stage may write it.

    Raises:
        ArtifactError: It leaves the project, or belongs to git, DVC or this room.
    """
    first = relative(path).split("/", 1)[0].casefold()
    if first in _PRIVATE:
        raise ArtifactError("no stage may write there", place=Place(path), expected=f"not under {first}/")
    return path


def inside(root: Path, path: str) -> Path:
    """Give the full path of one file; its folder, links resolved, lies in the project.

    Raises:
        ArtifactError: A link on the way leads out of the project.
    """
    full = root / relative(path)
    folder = full.parent.resolve()
    if folder != root and root not in folder.parents:
        raise ArtifactError(
            "the path leaves the project through a link", place=Place(path), found=str(folder), expected=f"below {root}"
        )
    return full


def producer(path: str) -> str | None:
    """Name the stage that writes a path, as far as the layout tells."""
    for prefix, stage in _PRODUCERS.items():
        if path == prefix or path.startswith(f"{prefix}/"):
            return stage
    if match := re.fullmatch(rf"(?:metrics|{MANIFESTS})/([a-z]+)\.json", path):
        return match.group(1)
    return None


def manifest_path(stage: str) -> str:
    """Give the path of a stage's manifest."""
    return f"{MANIFESTS}/{stage}.json"


def journal_folder(root: Path) -> Path:
    """Give the folder of commits that are under way."""
    return root / STATE / "journal"


def committed_path(stage: str) -> str:
    """Give the path of the mark that says which run committed last."""
    return f"{STATE}/committed/{stage}.json"


def current_path(stage: str) -> str:
    """Give the path of the token of a stage's newest run."""
    return f"{STATE}/current/{stage}.json"


def ancestors(path: str) -> Iterator[str]:
    """Walk the folders of a path below the project, the deepest first."""
    for folder in PurePosixPath(path).parents:
        if folder != PurePosixPath():
            yield folder.as_posix()
