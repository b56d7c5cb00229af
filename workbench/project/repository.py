"""Makes a folder a git and DVC project; no command here asks, phones home or needs a network."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from workbench.errors import ArtifactError

if TYPE_CHECKING:
    from pathlib import Path

DVC_CONFIG = "[core]\n    analytics = false\n    check_update = false\n"
DVC_GITIGNORE = "/config.local\n/tmp\n/cache\n"
DVCIGNORE = "# What DVC need not look at.\n/.venv/\n__pycache__/\n"
GITIGNORE = """\
.venv/
__pycache__/
.ipynb_checkpoints/
.workbench/
/ledger/
/reports/
/dvc_plots/
/models
/data/*
!/data/raw/
"""
NAME, EMAIL = "workbench", "workbench@localhost"


def lay_down_dvc(root: Path) -> None:
    """Write what `dvc init` writes, with analytics and update checks off from the first moment."""
    (root / ".dvc").mkdir()
    (root / ".dvc" / "config").write_text(DVC_CONFIG, encoding="utf-8")
    (root / ".dvc" / ".gitignore").write_text(DVC_GITIGNORE, encoding="utf-8")
    (root / ".dvcignore").write_text(DVCIGNORE, encoding="utf-8")
    (root / ".gitignore").write_text(GITIGNORE, encoding="utf-8")


def start_git(root: Path) -> None:
    """Make the folder a git repository; without an identity of the user it gets one of its own.

    Raises:
        ArtifactError: git is missing or refuses.
    """
    _run(root, "git", "init", "--quiet", "--initial-branch=main")
    for key, value in (("user.name", NAME), ("user.email", EMAIL)):
        if _run(root, "git", "config", "--default", "", "--get", key) == "":
            _run(root, "git", "config", "--local", key, value)


def track_data(root: Path, path: str) -> None:
    """Put a file under DVC, so that git keeps only its hash.

    Raises:
        ArtifactError: DVC refuses, for example on a full disk.
    """
    _run(root, sys.executable, "-m", "dvc", "add", "--quiet", path)


def commit_all(root: Path, message: str) -> None:
    """Commit everything that is not ignored; hooks and signatures of the user's are left out.

    Raises:
        ArtifactError: git refuses.
    """
    _run(root, "git", "add", "--all")
    _run(root, "git", "-c", "commit.gpgsign=false", "commit", "--quiet", "--no-verify", "--message", message)


def _run(root: Path, *command: str) -> str:
    environment = {name: value for name, value in os.environ.items() if name not in _REDIRECTING}
    environment |= {"DVC_NO_ANALYTICS": "1", "DVC_SITE_CACHE_DIR": str(root / ".dvc" / "tmp" / "site"), "LC_ALL": "C"}
    try:
        done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise ArtifactError(f"{command[0]} is not on PATH", hint="install it; `workbench doctor` says how") from error
    if done.returncode:
        said = " ".join((done.stderr or done.stdout).split())
        raise ArtifactError(f"{' '.join(command[:2])} failed with exit code {done.returncode}", found=said)
    return done.stdout.strip()


_REDIRECTING = frozenset({"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY"})
"""Variables that git sets inside its hooks, which would point our commands at another repository."""
