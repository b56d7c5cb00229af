"""The runs of the whole pipeline that ended well: what they did not run, the cache had."""

from __future__ import annotations

import datetime as dt
import json
import secrets
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from workbench.artifacts.layout import LEDGER, checked_name, project_root
from workbench.artifacts.plain import replace_own_file
from workbench.artifacts.runs import moment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

REPRO_VARIABLE = "WORKBENCH_REPRO"
"""Environment variable that names the `workbench repro` under which a stage runs."""

FOLDER = f"{LEDGER}/repros"
COLUMNS: Mapping[str, tuple[type, ...]] = {"repro": (str,), "started": (str,), "owner": (str,), "stages": (str,)}
"""What the table keeps; the stages are joined by spaces."""


@dataclass(frozen=True)
class ReproRecord:
    """One run of the whole pipeline; written only when it ended well, so that one that was killed leaves none.

    Attributes:
        repro: Random id, which the runs of its stages carry.
        started: ISO 8601 UTC.
        owner: Who ran it.
        stages: Every stage it looked at: those without a run of their own were as they should be, or came from a cache.
    """

    repro: str
    started: str
    owner: str | None
    stages: tuple[str, ...]


def new_repro(stages: Sequence[str], owner: str | None) -> ReproRecord:
    """Give the record of a run of the pipeline that begins now; nothing is written yet."""
    now = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return ReproRecord(secrets.token_hex(8), now, owner, tuple(checked_name(stage, "stage") for stage in stages))


def write_repro(record: ReproRecord, root: Path | None = None) -> Path:
    """Put a run of the pipeline on record once it has ended well.

    Raises:
        ArtifactError: The record cannot be written.
    """
    name = f"{moment(record.started)}-{checked_name(record.repro, 'repro id')}.json"
    data = json.dumps(asdict(record), sort_keys=True, indent=1, ensure_ascii=False)
    return replace_own_file(project_root(root), f"{FOLDER}/{name}", data.encode(errors="replace") + b"\n")


def row(data: bytes) -> list[object]:
    """Read what the table keeps of a record.

    Raises:
        ValueError: It is no JSON, or no record.
        TypeError: It is no record.
    """
    tree = json.loads(data)
    if not isinstance(tree, dict) or not isinstance(tree.get("stages"), list):
        raise TypeError("not a record of a run of the pipeline")
    texts = [tree.get("repro"), tree.get("started"), tree.get("owner") or "", *tree["stages"]]
    if not all(isinstance(text, str) and text.encode() is not None for text in texts):
        raise TypeError("not a record of a run of the pipeline")
    return [*texts[:2], texts[2] or None, " ".join(texts[3:])]
