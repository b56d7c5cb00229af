"""The ledger: one record per run of a stage, also of those that failed or were killed."""

from __future__ import annotations

import datetime as dt
import json
import secrets
from dataclasses import asdict, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Literal, get_args

from workbench.artifacts import fencing, process
from workbench.artifacts.disk import clear_errors
from workbench.artifacts.journal import settle
from workbench.artifacts.layout import LEDGER, checked_name, committed_path, project_root
from workbench.artifacts.locks import commit_lock
from workbench.artifacts.plain import replace_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Status = Literal["RUNNING", "DONE", "FAILED", "KILLED", "TIMEOUT"]


@dataclass(frozen=True)
class RunRecord:
    """One run of a stage: what it was, how it ended, what it used and cost.

    Attributes:
        run: Random id.
        stage: The stage.
        status: Where it stands.
        cell: One-based code cell it stopped at.
        error: One paragraph on why it stopped.
        started: ISO 8601 UTC.
        wall_seconds: Time from start to end.
        cpu_seconds: Processor time of the process tree.
        peak_rss_bytes: Largest memory of the process tree.
        read_bytes: Bytes read from storage.
        written_bytes: Bytes written to storage.
        gpu_seconds: Time GPUs were busy for it.
        usd: What that costs on the priced instance; None when unpriced.
        instance: The priced instance.
        git_revision: Commit the run began from.
        git_dirty: Whether the working tree differed from it.
        dependencies: SHA-256 of each dependency before the run, by path.
        params: Values of the run, by dotted key.
        origins: Where each value came from.
        pid: The process that supervises the run.
        process_started: When that process started, as `process.started` tells it.
    """

    run: str
    stage: str
    status: Status
    started: str
    pid: int
    process_started: str
    cell: int | None = None
    error: str | None = None
    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_rss_bytes: int = 0
    read_bytes: int = 0
    written_bytes: int = 0
    gpu_seconds: float = 0.0
    usd: float | None = None
    instance: str | None = None
    git_revision: str | None = None
    git_dirty: bool | None = None
    dependencies: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, object] = field(default_factory=dict)
    origins: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class LedgerWarning:
    """A file of the ledger that is no run record.

    Attributes:
        path: The file, relative to the project.
        problem: Why it was skipped.
    """

    path: str
    problem: str


@dataclass(frozen=True)
class Ledger:
    """Every run on record, the oldest first.

    Attributes:
        records: The runs; one whose process vanished without a word reads KILLED.
        warnings: Files that were skipped.
    """

    records: tuple[RunRecord, ...]
    warnings: tuple[LedgerWarning, ...]


def new_run(stage: str) -> RunRecord:
    """Give the record of a run that begins now in this process; nothing is written yet."""
    pid, process_started = process.own()
    now = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return RunRecord(secrets.token_hex(8), checked_name(stage, "stage"), "RUNNING", now, pid, process_started)


def start_run(record: RunRecord, root: Path | None = None) -> Path:
    """Put a run on record and make it the newest of its stage: no earlier run can commit any more.

    Returns:
        The record's file.

    Raises:
        ArtifactError: The record cannot be written.
    """
    project = project_root(root)
    path = write_run(record, project)
    with clear_errors("start a run", project, record.stage), commit_lock(project, record.stage):
        fencing.write_token(
            project, record.stage, fencing.Token(record.run, record.pid, record.process_started, running=True)
        )
    return path


def write_run(record: RunRecord, root: Path | None = None) -> Path:
    """Replace the record of a run, for instance to show how far it is.

    Raises:
        ArtifactError: The record cannot be written.
    """
    moment = record.started.replace(":", "").replace("-", "").replace(".", "")
    name = f"{moment}-{checked_name(record.stage, 'stage')}-{checked_name(record.run, 'run id')}.json"
    data = json.dumps(asdict(record), sort_keys=True, indent=1, ensure_ascii=False, default=str)
    return replace_file(project_root(root), f"{LEDGER}/{name}", data.encode(errors="replace") + b"\n")


def finish_run(record: RunRecord, root: Path | None = None) -> Path:
    """Put the end of a run on record and let people commit again from their notebooks.

    Raises:
        ArtifactError: The record cannot be written.
    """
    project = project_root(root)
    path = write_run(record, project)
    with clear_errors("end a run", project, record.stage), commit_lock(project, record.stage):
        token = fencing.read_token(project, record.stage)
        if token is not None and token.run == record.run:
            fencing.write_token(project, record.stage, replace(token, running=False))
    return path


def committed_by(stage: str, root: Path | None = None) -> str | None:
    """Name the run whose commit of the stage came last; None when there was none.

    Raises:
        ArtifactError: A commit was cut off and cannot be carried on.
    """
    project = project_root(root)
    with clear_errors("read", project, committed_path(stage)):
        settle(project)
        return fencing.committed_by(project, stage)


def read_runs(root: Path | None = None) -> Ledger:
    """Read the ledger; a file that is no record becomes a warning, never a failure."""
    project = project_root(root)
    records: list[RunRecord] = []
    warnings: list[LedgerWarning] = []
    with clear_errors("list", project, f"{LEDGER}/"):
        paths = sorted((project / LEDGER).glob("*.json"))
    for path in paths:
        try:
            records.append(_record(path.read_bytes()))
        except (OSError, ValueError, TypeError, RecursionError) as error:
            warnings.append(LedgerWarning(f"{LEDGER}/{path.name}", str(error)))
    return Ledger(tuple(sorted(records, key=lambda record: (record.started, record.run))), tuple(warnings))


def _record(data: bytes) -> RunRecord:
    tree = json.loads(data)
    if not isinstance(tree, dict):
        raise TypeError("not a run record")
    known = {item.name for item in fields(RunRecord)}
    record = RunRecord(**{key: value for key, value in tree.items() if key in known})
    if record.status not in get_args(Status) or not all(
        isinstance(text, str) for text in (record.run, record.stage, record.started)
    ):
        raise ValueError("not a run record")
    if record.status == "RUNNING" and not process.alive(record.pid, record.process_started):
        return replace(record, status="KILLED", error="its process vanished without a word")
    return record
