"""Runs `dvc repro` once whatever runs the pipeline now has ended.

DVC itself refuses: it keeps a lock on the paths of a running stage, and a second `dvc repro` ends at once.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from workbench import artifacts
from workbench.artifacts import Owner, process
from workbench.params.root import find_root
from workbench.stages.console import Console

if TYPE_CHECKING:
    from collections.abc import Sequence

_DVC_LOCKS = ".dvc/tmp/rwlock"
_POLL_SECONDS = 0.3
_REMIND_SECONDS = 30.0


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
    queue = _Queue(Console(sys.stderr), project)
    artifacts.keep_pipeline_lock(queue.wait, project)
    while pids := plain_runs(project):
        queue.wait(Owner(pids[0], "", "", ""))
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


class _Queue:
    """Tells a person whom the run waits for and about how long, at once and then every half minute."""

    def __init__(self, console: Console, root: Path) -> None:
        self._console = console
        self._root = root
        self._began = dt.datetime.now(dt.UTC)
        self._told_at: float | None = None

    def wait(self, owner: Owner | None) -> None:
        """Take note of the owner."""
        now = time.monotonic()
        if self._told_at is not None and now - self._told_at < _REMIND_SECONDS:
            return
        self._told_at = now
        who = f"process {owner.pid}" + (f" since {owner.since}" if owner.since else "") if owner else "another process"
        self._console.line(f"waiting: the pipeline is being run by {who}{self._forecast(owner)}", "yellow")

    def _forecast(self, owner: Owner | None) -> str:
        latest = {
            record.stage: record.wall_seconds
            for record in artifacts.read_runs(self._root).records
            if record.status == "DONE"
        }
        if not latest:
            return ""
        began = dt.datetime.fromisoformat(owner.since) if owner and owner.since else self._began
        left = sum(latest.values()) - (dt.datetime.now(dt.UTC) - began).total_seconds()
        return f"; about {max(0.0, left):.0f} s left if every stage runs as last time"
