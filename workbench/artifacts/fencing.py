"""Which run may write a stage's artifacts: the newest one, and nobody behind its back."""

from __future__ import annotations

import json
import os
import uuid
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from workbench.artifacts import process
from workbench.artifacts.layout import committed_path, current_path
from workbench.artifacts.plain import replace_file
from workbench.errors import StaleRunError

if TYPE_CHECKING:
    from pathlib import Path

RUN_VARIABLE = "WORKBENCH_RUN"
"""Environment variable naming the run a process works for; set by the stage runner."""


@dataclass(frozen=True)
class Token:
    """The newest run of a stage.

    Attributes:
        run: Its id.
        pid: The process that supervises it.
        process_started: When that process started, as `process.started` tells it.
        running: Whether it has not ended yet.
    """

    run: str
    pid: int
    process_started: str
    running: bool

    def live(self) -> bool:
        """Tell whether the run goes on at this moment."""
        return self.running and process.alive(self.pid, self.process_started)


def read_token(root: Path, stage: str) -> Token | None:
    """Read the token of a stage's newest run; None when there is none, or none that makes sense."""
    try:
        return Token(**json.loads((root / current_path(stage)).read_bytes()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def write_token(root: Path, stage: str, token: Token) -> None:
    """Make a run the newest of its stage; the caller holds the stage's commit lock."""
    replace_file(root, current_path(stage), json.dumps(asdict(token), indent=1).encode() + b"\n")


def claim(root: Path, stage: str) -> str:
    """Give the run id to commit under; the caller holds the stage's commit lock.

    A process of a run commits only while that run is the newest. A person without a run, in
    JupyterLab, commits only while no run goes on, and makes every earlier run stale by it.

    Raises:
        StaleRunError: Another run owns the artifacts.
    """
    token = read_token(root, stage)
    run = os.environ.get(RUN_VARIABLE)
    if run:
        if token is None or token.run != run:
            raise StaleRunError(
                f"run {run} may no longer write the artifacts of {stage}",
                found=f"newest run {token.run}" if token else "no run on record",
                hint=f"its results are dropped; those of the newest run stand. Rerun `dvc repro {stage}` if in doubt",
            )
        return run
    if token is not None and token.live():
        raise StaleRunError(
            f"a run of {stage} goes on and owns its artifacts",
            found=f"run {token.run}, process {token.pid}",
            hint="wait for it to end, then run this cell again",
        )
    run = f"interactive-{uuid.uuid4().hex}"
    write_token(root, stage, Token(run, *process.own(), running=False))
    return run


def committed_by(root: Path, stage: str) -> str | None:
    """Name the run whose commit of the stage came last; None when there was none."""
    try:
        run = json.loads((root / committed_path(stage)).read_bytes())["run"]
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return None
    return str(run)
