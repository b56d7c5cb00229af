"""Small projects with notebooks of a few lines, and a way to run their stages as a process of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from workbench import artifacts, stages
from workbench.stages.processes import RUN_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from workbench.artifacts import RunRecord

PARAMS = """\
ingest:
  sources: {{t: {{path: t.csv}}}}
  table: t
  target: y
run: {{deadline_seconds: {deadline}, max_output_bytes: {output}}}
"""
COMMIT = "from workbench import artifacts\nartifacts.commit({stage!r}, {{'out/{stage}.json': {{'x': {value}}}}})"
RUNNER = """\
import sys
from workbench import stages
from workbench.errors import WorkbenchError
try:
    stages.run(sys.argv[1], sys.argv[2:], leaving=True)
except WorkbenchError as error:
    print(f"error: {error}", file=sys.stderr)
    sys.exit(error.exit_code)
"""


def cell(source: str, *tags: str, kind: str = "code") -> dict[str, object]:
    """Make one cell as JupyterLab would save it."""
    made: dict[str, object] = {"cell_type": kind, "id": f"{abs(hash(source)):x}"[:8], "source": source}
    made["metadata"] = {"tags": list(tags)} if tags else {}
    return made | ({"execution_count": None, "outputs": []} if kind == "code" else {})


def notebook(*cells: str | dict[str, object]) -> str:
    """Make a notebook."""
    made = [cell(item) if isinstance(item, str) else item for item in cells]
    spec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return json.dumps({"cells": made, "metadata": {"kernelspec": spec}, "nbformat": 4, "nbformat_minor": 5})


def commit(stage: str, value: object = 1) -> str:
    """Give the code of a cell that commits."""
    return COMMIT.format(stage=stage, value=value)


@dataclass(frozen=True)
class Project:
    """A project of a test."""

    root: Path

    def write(self, stage: str, *cells: str | dict[str, object]) -> None:
        """Write the notebook of a stage."""
        (self.root / "notebooks").mkdir(exist_ok=True)
        (self.root / "notebooks" / f"{stage}.ipynb").write_text(notebook(*cells), encoding="utf-8")

    def params(self, deadline: float = 60, output: int = 1_000_000, extra: str = "") -> None:
        """Write params.yaml."""
        text = PARAMS.format(deadline=deadline, output=output) + extra
        (self.root / "params.yaml").write_text(text, encoding="utf-8")

    def run(self, stage: str, *overrides: str) -> RunRecord:
        """Run a stage in this process."""
        return stages.run(stage, overrides, self.root)

    def start(self, stage: str, *overrides: str) -> subprocess.Popen[str]:
        """Run a stage in a process of its own."""
        return self.start_command([sys.executable, "-c", RUNNER, stage, *overrides])

    def start_command(self, command: Sequence[str]) -> subprocess.Popen[str]:
        """Start a command in the project, in a session of its own."""
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return subprocess.Popen(
            command,
            cwd=self.root,
            env=os.environ | {"PATH": path, "NO_COLOR": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def records(self) -> list[RunRecord]:
        """Read the ledger."""
        return list(artifacts.read_runs(self.root).records)

    def last(self) -> RunRecord:
        """Read the newest record as it lies on disk."""
        return self.records()[-1]

    def value(self, stage: str) -> object:
        """Read what a stage committed."""
        return artifacts.read_json(f"out/{stage}.json", self.root)["x"]

    def report(self, stage: str, kind: str = "html") -> str:
        """Read a report."""
        return (self.root / "reports" / f"{stage}.{kind}").read_text(encoding="utf-8")


def wait_for(what: Callable[[], object], seconds: float = 30) -> None:
    """Wait until something is true."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def processes_of(run: str) -> list[int]:
    """List living processes whose environment names a run; written apart from the code under test."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            environment = (folder / "environ").read_bytes()
            state = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()[0]
        except OSError:
            continue
        if f"{RUN_VARIABLE}={run}".encode() in environment.split(b"\0") and state != "Z":
            found.append(int(folder.name))
    return found


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Give a project with parameters and no notebook."""
    made = Project(tmp_path)
    made.params()
    return made
