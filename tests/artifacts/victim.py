"""The process that is cut off in the middle of a commit, and the one that looks at what is left.

    victim.py commit ROOT VERSION    commits a version; the commit lies between two marks in the trace
    victim.py plain ROOT VERSION     replaces one file outside the manifests likewise
    victim.py settle ROOT VERSION    reads while a commit waits to be carried on, likewise
    victim.py check ROOT ACTION      tells the version it sees, repeats the action, and looks again

Exit 3 is the one clear error a failing system call may end in.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

from workbench.artifacts import commit, find_damage, read_json, read_many, read_text, write_text
from workbench.artifacts.commit import _encoders, _write
from workbench.artifacts.disk import make_folder
from workbench.artifacts.layout import journal_folder
from workbench.artifacts.manifest import read_manifest
from workbench.errors import ArtifactError, IntegrityError

REFUSED = 3
OLD, NEW = 1, 2
TABLE = "data/processed/train.parquet"
ROLES = "data/processed/roles.json"
SETTINGS = "settings/with space.yaml"


def files_of(version: int) -> dict[str, object]:
    """Give a set whose members change, appear and vanish from one version to the next."""
    return {
        TABLE: bytes([version]) * 300_000,
        ROLES: {"version": version},
        f"models/b{version:02}/model.txt": f"tree {version}",
    }


def mark(name: str) -> None:
    """Leave a mark in the trace."""
    with suppress(FileNotFoundError):
        os.close(os.open(f"/workbench-{name}", os.O_RDONLY))


def act(action: str, root: Path, version: int) -> None:
    """Write a version."""
    if action == "commit":
        commit("train", files_of(version), root)  # type: ignore[arg-type]
    elif action == "settle":
        assert seen(action, root) == version
    else:
        write_text(SETTINGS, f"version: {version}\n" * 2_000, root)


def seen(action: str, root: Path) -> int:
    """Tell which version a reader sees, after making sure that it is whole."""
    if action == "plain":
        (version,) = set((root / SETTINGS).read_text().splitlines())
        return int(version.removeprefix("version: "))
    version = read_json(ROLES, root)["version"]  # type: ignore[index]
    expected = files_of(version)
    data = read_many([path for path in expected if path != ROLES], root)
    assert data[TABLE] == expected[TABLE], "the table is of another version"
    assert read_text(f"models/b{version:02}/model.txt", root) == f"tree {version}"
    manifest = read_manifest(root, "train")
    assert manifest is not None
    assert manifest.files.keys() == expected.keys(), "the manifest is of another version"
    for damage in find_damage(root):
        assert not isinstance(damage, IntegrityError)
        raise damage
    return int(version)


def prepare(action: str, root: Path) -> None:
    """Write the old version and, to be settled, the new one up to its commit point."""
    act("commit" if action == "settle" else action, root, OLD)
    if action == "settle":
        make_folder(journal_folder(root))
        _write(root, "train", _encoders(files_of(NEW)), "run")  # type: ignore[arg-type]


def leftovers(root: Path) -> list[str]:
    """List temporary files and open transactions."""
    found = [path for path in root.rglob("*") if ".tmp" in path.name or path.parent.name == "journal"]
    return sorted(str(path.relative_to(root)) for path in found)


def main(job: str, folder: str, argument: str) -> int:
    """Do one job."""
    root = Path(folder)
    if job == "check":
        print(seen(argument, root))  # noqa: T201 - the figure is the proof
        act(argument, root, NEW)
        assert seen(argument, root) == NEW, "repeating the write does not lead to the new version"
        assert leftovers(root) == []
        assert {path.name for path in root.glob("models/*")} <= {f"b{NEW:02}"}, "folders of the old version are left"
        return 0
    mark("begins")
    try:
        act(job, root, int(argument))
    except ArtifactError as error:
        print(error)  # noqa: T201 - the figure is the proof
        return REFUSED
    mark("ends")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
