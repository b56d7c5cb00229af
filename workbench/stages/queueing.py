"""Runs `dvc repro` once whatever runs the pipeline now has ended.

DVC itself refuses: it keeps a lock on the paths of a running stage, and a second `dvc repro` ends at once.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
import time
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from workbench import artifacts
from workbench.artifacts import Owner, process
from workbench.errors import StageError
from workbench.params.root import find_root
from workbench.stages.console import Console
from workbench.stages.ownership import OwnerQuery
from workbench.stages.pipeline import Pipeline
from workbench.stages.waiting import Waiting

if TYPE_CHECKING:
    from collections.abc import Sequence

RECORD_VARIABLE = "WORKBENCH_REPRO_RECORD"
"""Environment variable that holds what `reproducing` puts on record, as JSON; absent when there is nothing to."""

_DVC_LOCKS = ".dvc/tmp/rwlock"
_POLL_SECONDS = 0.3
_STILL_ALL = {"-q", "--quiet", "-v", "--verbose", "-vv", "-f", "--force", "-P", "--all-pipelines", "--pull"}
"""Arguments with which `dvc repro` still looks at every stage."""


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
    command = [sys.executable, "-m", "workbench.stages.reproducing", *arguments]
    os.execve(sys.executable, command, here | _on_record(project, arguments))  # noqa: S606 - a list, no shell


def _on_record(project: Path, arguments: Sequence[str]) -> dict[str, str]:
    """Tell, through the environment, what to put on record; only of a run of the whole pipeline that is one."""
    if not set(arguments) <= _STILL_ALL:
        return {}
    owner = OwnerQuery(project)
    try:
        stages = Pipeline.read(project).notebooks()
    except StageError:
        return {}  # DVC says what is wrong
    record = artifacts.new_repro(stages, owner.answer())
    told = json.dumps({**asdict(record), "root": str(project)})
    return {artifacts.REPRO_VARIABLE: record.repro, RECORD_VARIABLE: told}


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
    runs = artifacts.read_ledger(root).frame.filter(status="DONE")
    latest = dict(runs.select("stage", "wall_seconds").iter_rows())
    if not latest or owner is None or not owner.since:
        return ""
    passed = dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(owner.since)
    left = max(0.0, sum(latest.values()) - passed.total_seconds())
    return f"; about {left:.0f} s left if every stage runs as last time"
