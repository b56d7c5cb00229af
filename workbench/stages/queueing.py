"""Runs `dvc repro` once whatever runs the pipeline now has ended.

DVC itself refuses: it keeps a lock on the paths of a running stage, and a second `dvc repro` ends at once.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from workbench import artifacts
from workbench.artifacts import Owner, process
from workbench.params.root import find_root
from workbench.stages.console import Console
from workbench.stages.waiting import Waiting

if TYPE_CHECKING:
    from collections.abc import Sequence

_DVC_LOCKS = ".dvc/tmp/rwlock"
_POLL_SECONDS = 0.3


def repro(arguments: Sequence[str] = (), root: Path | None = None) -> NoReturn:
    """Become `dvc repro`, after whatever runs the pipeline of this project now.

    The process turns into DVC and keeps the lock, so that it ends with DVC, however that ends. Its stages call the
    commands of this environment, whether that is active or not.

    Args:
        arguments: Arguments of `dvc repro`.
        root: The project.

    Raises:
        ParamsError: There is no project here.
        ArtifactError: The lock file cannot be made.
    """
    project = (root or find_root()).resolve()
    waiting = Waiting(Console(sys.stderr), "the pipeline", partial(_forecast, project))
    artifacts.keep_pipeline_lock(waiting, project)
    while pids := plain_runs(project):
        waiting(Owner(pids[0], "", "", ""))
        time.sleep(_POLL_SECONDS)
    sys.stdout.flush()
    here = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}
    os.execve(sys.executable, [sys.executable, "-m", "dvc", "repro", *arguments], here)  # noqa: S606 - a list, no shell


def plain_runs(root: Path) -> list[int]:
    """List the living processes that hold DVC's own locks: `dvc repro` started without a queue."""
    try:
        locks = json.loads((root / _DVC_LOCKS).read_bytes())
        read = [owner for owners in locks.get("read", {}).values() for owner in owners]
        pids = {int(owner["pid"]) for owner in [*read, *locks.get("write", {}).values()]}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return []  # DVC rewrites the file in place; it is whole again at the next look
    return sorted(pid for pid in pids if process.started(pid) is not None)


def _forecast(root: Path, owner: Owner | None) -> str:
    """Say how long the run of an owner will still take if it is like those before it."""
    ledger = artifacts.read_runs(root).records
    latest = {record.stage: record.wall_seconds for record in ledger if record.status == "DONE"}
    if not latest or owner is None or not owner.since:
        return ""
    passed = dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(owner.since)
    left = max(0.0, sum(latest.values()) - passed.total_seconds())
    return f"; about {left:.0f} s left if every stage runs as last time"
