"""Faults 2, 3 and 69: full, read-only and limited disks leave the old set and say so."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.artifacts.victim import leftovers
from workbench import artifacts
from workbench.errors import ArtifactError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

OLD = {"data/a.txt": "old a", "data/b.txt": "old b"}


@pytest.fixture
def mounted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Path]]:
    """Give a function that mounts a small disk, holding a project with one committed set."""
    root = tmp_path / "small disk"
    root.mkdir()

    def mount(options: str) -> Path:
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", root], capture_output=True, text=True, check=False
        )
        if done.returncode:
            pytest.skip(f"cannot mount a small disk here: {done.stderr.strip()}")
        (root / "params.yaml").write_text("ingest: {}\n")
        artifacts.commit("ingest", OLD, root)
        return root

    yield mount
    if root.is_mount():
        subprocess.run(["umount", root], check=True)


def old_set_stands(root: Path) -> None:
    """Check that the old set is whole and nothing else is left."""
    assert {path: artifacts.read_text(path, root) for path in OLD} == OLD
    assert leftovers(root) == []


def test_a_full_disk_leaves_the_old_set(mounted: Callable[[str], Path]) -> None:
    root = mounted("size=256k")
    with pytest.raises(ArtifactError, match=r"No space left.*make room: [\d,]+ bytes") as caught:
        artifacts.commit("ingest", {"data/a.txt": "new", "data/b.txt": b"x" * 400_000}, root)
    assert "the files committed before are as they were" in str(caught.value)
    old_set_stands(root)
    artifacts.commit("ingest", {"data/a.txt": "new"}, root)
    assert artifacts.read_text("data/a.txt", root) == "new"


def test_a_full_disk_leaves_the_old_params(mounted: Callable[[str], Path]) -> None:
    root = mounted("size=256k")
    with pytest.raises(ArtifactError, match=r"params\.yaml: cannot write: No space left"):
        artifacts.write_text("params.yaml", "x" * 400_000, root)
    assert (root / "params.yaml").read_text() == "ingest: {}\n"
    old_set_stands(root)


def test_a_disk_filled_to_the_last_byte_is_still_read(mounted: Callable[[str], Path]) -> None:
    root = mounted("size=256k")
    subprocess.run(["dd", "if=/dev/zero", f"of={root}/hog", "bs=4k"], capture_output=True, check=False)
    assert os.statvfs(root).f_bavail == 0
    with pytest.raises(ArtifactError, match="No space left"):
        artifacts.commit("ingest", {"data/a.txt": "new" * 5_000}, root)
    old_set_stands(root)


def test_no_more_files_leaves_the_old_set(mounted: Callable[[str], Path]) -> None:
    root = mounted("size=1m,nr_inodes=40")
    with pytest.raises(ArtifactError, match=r"No space left.* more files are free"):
        artifacts.commit("ingest", {f"data/{number}.txt": "x" for number in range(60)}, root)
    old_set_stands(root)


def test_a_read_only_disk_is_read_and_refuses_writes(mounted: Callable[[str], Path]) -> None:
    root = mounted("size=1m")
    subprocess.run(["mount", "-o", "remount,ro", root], check=True)
    old_set_stands(root)
    for write in (
        lambda: artifacts.commit("ingest", {"data/a.txt": "new"}, root),
        lambda: artifacts.write_text("params.yaml", "x", root),
        lambda: artifacts.start_run(artifacts.new_run("ingest"), root),
    ):
        with pytest.raises(ArtifactError, match=r"Read-only file system.*not mounted read-only"):
            write()
    assert artifacts.read_runs(root).records == ()
    old_set_stands(root)


def test_a_limit_on_file_size_leaves_the_old_set(project: Path) -> None:
    artifacts.commit("ingest", OLD)
    code = (
        "import resource; from workbench import artifacts\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))\n"
        "artifacts.commit('ingest', {'data/a.txt': 'new', 'data/b.txt': 'x' * 100_000})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "ArtifactError: data/b.txt: cannot write: File too large" in done.stderr
    assert "ulimit -f" in done.stderr
    old_set_stands(project)


def test_a_folder_without_permission_leaves_the_old_set(project: Path) -> None:
    """As nobody, who may read the project but not write it."""
    artifacts.commit("ingest", OLD)
    if os.geteuid():
        (project / "data").chmod(0o500)
        with pytest.raises(ArtifactError, match=r"Permission denied.*may write"):
            artifacts.commit("ingest", {"data/a.txt": "new"})
        (project / "data").chmod(0o700)
    else:
        done = _as_nobody(project)
        assert done == "cannot read" or ("Permission denied" in done and "check that you may write" in done)
    old_set_stands(project)


def test_a_folder_where_a_file_should_be_is_refused(project: Path) -> None:
    artifacts.commit("ingest", OLD)
    (project / "data/c.txt").mkdir()
    with pytest.raises(ArtifactError, match=r"data/c\.txt: a folder is in the way"):
        artifacts.commit("ingest", {**OLD, "data/c.txt": "new"})
    with pytest.raises(ArtifactError, match="Not a directory"):
        artifacts.commit("ingest", {"data/a.txt/deep.txt": "new"})
    old_set_stands(project)


def test_an_interrupt_from_the_keyboard_leaves_the_old_set(project: Path) -> None:
    artifacts.commit("ingest", OLD)

    class Interrupting(dict[str, object]):
        def items(self) -> object:  # type: ignore[override]
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        artifacts.commit("ingest", {"data/a.txt": "new", "data/z.json": Interrupting(x=1)})
    old_set_stands(project)


def _as_nobody(project: Path) -> str:
    """Try to commit as a user without rights; folders above the project may be closed to that user."""
    code = (
        "import os, sys; from pathlib import Path; from workbench import artifacts\n"
        "from workbench.errors import ArtifactError\n"
        "project = Path(sys.argv[1]); os.setgid(65534); os.setuid(65534)\n"
        "try:\n    artifacts.commit('ingest', {'data/a.txt': 'new'}, project)\n"
        "except ArtifactError as error:\n    print(error)\n"
    )
    for folder in (project, *project.parents[:3]):
        folder.chmod(0o755)
    done = subprocess.run([sys.executable, "-c", code, project], capture_output=True, text=True, check=False, cwd="/")
    return done.stdout if done.returncode == 0 else f"cannot run: {done.stderr}"
