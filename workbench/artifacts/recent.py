"""The newest runs of one stage, read without looking at any other: cheap enough before every run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.artifacts import ledgerfiles, recorded
from workbench.artifacts.disk import clear_errors
from workbench.artifacts.layout import LEDGER, checked_name, project_root

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.artifacts.runs import RunRecord


def read_recent(stage: str, most: int, root: Path | None = None) -> tuple[RunRecord, ...]:
    """Read the newest runs of a stage that have ended, the oldest first; a file that is no record is passed over.

    Args:
        stage: The stage.
        most: How many files to open at most.
        root: The project.

    Raises:
        ArtifactError: The folder cannot be listed.
    """
    project = project_root(root)
    pattern = f"*-{checked_name(stage, 'stage')}-*.json"
    with clear_errors("list", project, f"{LEDGER}/"):
        names = sorted(path.name for path in (project / LEDGER).glob(pattern))
    records: dict[str, RunRecord] = {}
    for name in names[-most:]:
        try:
            record = recorded.record(recorded.decode((project / LEDGER / name).read_bytes()))
        except (OSError, *ledgerfiles.NO_RECORD):
            continue
        if record.stage == stage and record.status != "RUNNING":
            records[record.run] = record
    return tuple(sorted(records.values(), key=lambda record: (record.started, record.run)))
