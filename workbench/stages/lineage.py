"""Asks git for a line of ancestors and for the stages that a revision had."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
from typing import TYPE_CHECKING

from workbench.cost.ledger.change import Commit
from workbench.errors import StageError, UsageError
from workbench.stages.pipeline import Pipeline

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def lineage(root: Path, revision: str) -> Sequence[Commit]:
    """List a revision and its ancestors, the nearest first.

    Raises:
        UsageError: git does not know it.
    """
    named = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if not named:
        raise UsageError(
            "git knows no such revision", found=revision, expected="a branch, a tag or a commit, such as main or HEAD~3"
        )
    log = _git(root, "log", "--format=%H %ct", named.strip(), "--") or ""
    return [
        Commit(name, dt.datetime.fromtimestamp(int(seconds), dt.UTC).isoformat(timespec="milliseconds")[:-6] + "Z")
        for name, seconds in (line.split() for line in log.splitlines())
    ]


def stages_at(root: Path, revision: str) -> Sequence[str]:
    """List the stages of dvc.yaml at a revision that run a notebook."""
    text = _git(root, "show", f"{revision}:./dvc.yaml")
    if text is None:
        return []
    try:
        return Pipeline.of(text).notebooks()
    except StageError:
        return []


def _git(root: Path, *arguments: str) -> str | None:
    environment = os.environ | {"GIT_OPTIONAL_LOCKS": "0"}
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=root, env=environment, capture_output=True, text=True, check=False
        )
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None
