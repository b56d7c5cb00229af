"""The ledger: one record per run of a stage, also of those that failed or were killed."""

from __future__ import annotations

import datetime as dt
import json
import secrets
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from workbench.artifacts import fencing, process
from workbench.artifacts.disk import clear_errors
from workbench.artifacts.journal import settle
from workbench.artifacts.layout import LEDGER, checked_name, committed_path, project_root
from workbench.artifacts.locks import commit_lock
from workbench.artifacts.plain import replace_own_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Status = Literal["RUNNING", "DONE", "FAILED", "KILLED", "TIMEOUT"]


@dataclass(frozen=True)
class CellUse:
    """What one code cell of a run used.

    Attributes:
        cell: One-based code cell.
        started_seconds: When it began, counted from the start of the run.
        wall_seconds: Time on the clock.
        cpu_seconds: Processor time of the process tree meanwhile.
        peak_rss_bytes: Largest memory of the process tree seen meanwhile.
    """

    cell: int
    started_seconds: float
    wall_seconds: float
    cpu_seconds: float
    peak_rss_bytes: int


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
        elsewhere_cpu_seconds: Processor time of Ray workers that are not in it, on other machines for instance.
        peak_rss_bytes: Largest memory of the process tree.
        read_bytes: Bytes read from storage.
        written_bytes: Bytes written to storage.
        gpu_seconds: Time GPUs were held for it.
        mean_rss_bytes: Memory of the process tree, averaged over time; pages shared by two processes count twice.
        mean_pss_bytes: The same with shared pages divided among those that share them; None where unknown.
        network_bytes: Bytes sent and received meanwhile; None where the kernel does not tell them apart.
        gpu_peak_bytes: Largest GPU memory of the process tree; None without a GPU.
        energy_joules: Energy used; None where nothing is known of it.
        energy_basis: How the energy was measured or estimated.
        input_bytes: Size of the data the stage depends on, before the run.
        machine: Processor, hardware threads and memory of the machine it ran on.
        owner: Who ran it.
        tags: What it was for, by name.
        cells: What each code cell used.
        forecast: What was forecast before it began, by quantity; empty when nothing was.
        repro: Id of the `workbench repro` that started it; None when it was started otherwise.
        usd: What the time costs on the priced instance, and the processor time used elsewhere, at a thread's share of
            the price of the same instance; None when unpriced.
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
    mean_rss_bytes: int = 0
    mean_pss_bytes: int | None = None
    network_bytes: int | None = None
    gpu_peak_bytes: int | None = None
    energy_joules: float | None = None
    energy_basis: str | None = None
    input_bytes: int | None = None
    elsewhere_cpu_seconds: float = 0.0
    machine: str | None = None
    owner: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    cells: tuple[CellUse, ...] = ()
    forecast: Mapping[str, float] = field(default_factory=dict)
    repro: str | None = None
    usd: float | None = None
    instance: str | None = None
    git_revision: str | None = None
    git_dirty: bool | None = None
    dependencies: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, object] = field(default_factory=dict)
    origins: Mapping[str, str] = field(default_factory=dict)


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

    Nothing but the run itself writes this file, so that runs never wait for each other here.

    Raises:
        ArtifactError: The record cannot be written.
    """
    name = f"{moment(record.started)}-{checked_name(record.stage, 'stage')}-{checked_name(record.run, 'run id')}.json"
    data = json.dumps(asdict(record), sort_keys=True, indent=1, ensure_ascii=False, default=str)
    return replace_own_file(project_root(root), f"{LEDGER}/{name}", data.encode(errors="replace") + b"\n")


def moment(started: str) -> str:
    """Give the start of a run as the name of its file begins with it: files sort by it.

    Example:
        >>> moment("2026-11-25T03:37:52.398Z")
        '20261125T033752398Z'
    """
    return started.replace(":", "").replace("-", "").replace(".", "")


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
