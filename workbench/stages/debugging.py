"""Opens JupyterLab on the notebook of the last run, with the parameters that run had."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench import artifacts
from workbench.errors import MissingArtifactError, Place, StageError
from workbench.params.reading import PARAMS_VARIABLE
from workbench.params.root import PARAMS_FILE, find_root
from workbench.stages.console import Console
from workbench.stages.stripping import SOURCES, run_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from workbench.artifacts import RunRecord

REPORTS = "reports"
_INTERRUPTED = 130


@dataclass(frozen=True)
class Session:
    """What to start to debug a run.

    Attributes:
        command: JupyterLab on loopback, guarded by a token of its own making.
        environment: Variables added to those of this process: the run's parameters.
        notebook: The copy it opens; the stage's own notebook and the executed one stay as they are.
        note: What to know of it beforehand; empty where it is that of the newest run.
    """

    command: Sequence[str]
    environment: Mapping[str, str]
    notebook: Path
    note: str = ""


def debug(stage: str, root: Path | None = None) -> None:
    """Open JupyterLab on a copy of the stage's last executed notebook; returns when JupyterLab ends.

    Args:
        stage: The stage.
        root: The project.

    Raises:
        MissingArtifactError: The stage has no run to look at.
        StageError: JupyterLab failed.
    """
    session = prepare(stage, (root or find_root()).resolve())
    if session.note:
        Console().line(session.note, "yellow")
    try:
        done = subprocess.run(
            session.command, cwd=session.notebook.parent, env={**os.environ, **session.environment}, check=False
        )
    except KeyboardInterrupt:
        return  # that is how one leaves JupyterLab
    if done.returncode not in {0, _INTERRUPTED}:
        raise StageError(f"JupyterLab ended with exit code {done.returncode}")


def prepare(stage: str, root: Path) -> Session:
    """Copy the executed notebook and find the parameters of the run that executed it.

    Raises:
        MissingArtifactError: The stage has no run to look at.
    """
    executed = root / REPORTS / f"{stage}.ipynb"
    newest = _last_run(stage, root)
    if newest is None or not executed.is_file():
        raise MissingArtifactError(
            f"{stage} has no run to look at", place=Place(f"{REPORTS}/{stage}.ipynb"), hint=f"workbench run {stage}"
        )
    copied = artifacts.write_bytes(f"{REPORTS}/{stage}.debug.ipynb", executed.read_bytes(), root)
    run = run_of(executed) or newest.run
    snapshot = root / ".workbench" / "runs" / run / PARAMS_FILE
    # The copy lies elsewhere than the source, but as deep: relative paths hold, and so do imports by this path.
    environment = {"PYTHONPATH": os.pathsep.join(filter(None, (str(root / SOURCES), os.environ.get("PYTHONPATH"))))}
    if snapshot.is_file():
        environment[PARAMS_VARIABLE] = str(snapshot)
    command = [
        *(sys.executable, "-m", "jupyterlab", copied.name),
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.root_dir={root}",
        *(["--allow-root"] if os.geteuid() == 0 else []),  # a container's usual user
    ]
    return Session(command, environment, copied, _note(run, newest))


def _note(run: str, newest: RunRecord) -> str:
    if run == newest.run:
        return ""
    return f"warning: this is run {run}; the newest, {newest.run} ({newest.status}), has left no notebook"


def _last_run(stage: str, root: Path) -> RunRecord | None:
    return next((run for run in reversed(artifacts.read_runs(root).records) if run.stage == stage), None)
