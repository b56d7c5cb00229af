"""The count of looks at the test rows: one file for each, below the ledger, so that merging never conflicts.

Every look spends some of what the test rows are worth: who looks often enough finds a candidate that they flatter. A
look is noted before the rows are given out. Looks at other test rows, from an earlier ingest, do not count.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from workbench.artifacts.disk import clear_errors
from workbench.artifacts.git import own_name
from workbench.artifacts.layout import LEDGER, project_root
from workbench.artifacts.manifest import read_manifest
from workbench.artifacts.plain import replace_own_file
from workbench.artifacts.recent import read_recent

if TYPE_CHECKING:
    from pathlib import Path

TEST_ROWS = "data/processed/test.parquet"
FOLDER = f"{LEDGER}/test-reads"
_MOST_RUNS = 1000


@dataclass(frozen=True)
class Look:
    """One look at the test rows.

    Attributes:
        at: When, ISO 8601 UTC.
        who: Who looked.
        purpose: What for.
        rows_sha256: Digest of the test rows; empty where no ingest has said.
    """

    at: str
    who: str
    purpose: str
    rows_sha256: str = ""

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.at[:16].replace('T', ' ')} UTC, {self.who}: {self.purpose}"


def note_look(purpose: str, root: Path | None = None) -> Look:
    """Note a look at the test rows; to be called before they are read.

    Args:
        purpose: What for, in one line.
        root: The project.

    Raises:
        ArtifactError: It cannot be noted, and then the rows must not be read.
    """
    project = project_root(root)
    moment = dt.datetime.now(dt.UTC)
    look = Look(moment.isoformat(timespec="seconds"), own_name(project), purpose, rows_digest(project))
    text = json.dumps(asdict(look), indent=1, ensure_ascii=False) + "\n"
    name = f"{moment:%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}.json"
    replace_own_file(project, f"{FOLDER}/{name}", text.encode())
    return look


def read_looks(root: Path | None = None) -> tuple[Look, ...]:
    """Give the looks at the test rows that are there now, the oldest first: those noted, and each run of evaluate.

    A file that is no record is passed over.

    Raises:
        ArtifactError: The folder cannot be listed.
    """
    project = project_root(root)
    digest = rows_digest(project)
    with clear_errors("list", project, FOLDER):
        files = sorted((project / FOLDER).glob("*.json"))
    noted = [look for path in files if (look := _look(path)) is not None and look.rows_sha256 == digest]
    runs = [
        Look(run.started, run.owner or "unknown", "the stage evaluate", digest)
        for run in read_recent("evaluate", _MOST_RUNS, project)
        if run.dependencies.get(TEST_ROWS) == digest
    ]
    return tuple(sorted((*noted, *runs), key=lambda look: look.at))


def rows_digest(root: Path | None = None) -> str:
    """Give the digest of the test rows that are there now; empty where no ingest has said."""
    manifest = read_manifest(project_root(root), "ingest")
    entry = manifest.files.get(TEST_ROWS) if manifest else None
    return entry.sha256 if entry else ""


def _look(path: Path) -> Look | None:
    try:
        return Look(**{key: str(value) for key, value in json.loads(path.read_bytes()).items()})
    except (OSError, ValueError, TypeError, AttributeError):
        return None
