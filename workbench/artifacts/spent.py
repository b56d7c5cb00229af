"""What the runs since a moment cost, quickly and without Polars: a run asks for it before it starts.

What a file said is kept in a small file of its own, under the same conditions as in the index of the ledger.
"""

from __future__ import annotations

import hashlib
import json
import time
import uuid
from contextlib import suppress
from typing import TYPE_CHECKING

from workbench.artifacts import recorded
from workbench.artifacts.disk import clear_errors
from workbench.artifacts.layout import LEDGER, STATE, project_root
from workbench.artifacts.ledgerfiles import NO_RECORD, SETTLED_NS, entries, state
from workbench.artifacts.runs import moment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_PATH = f"{STATE}/ledger-spent.json"
_WORTH_STORING = 20
_Known = dict[str, tuple[int, int, str, float | None]]


def read_costs(since: str, root: Path | None = None) -> Mapping[str, float | None]:
    """Give the dollars of each run that began since a moment, by run; None where it is not priced.

    Args:
        since: The moment, ISO 8601 UTC.
        root: The project.

    Raises:
        ArtifactError: The ledger cannot be listed.
    """
    project = project_root(root)
    known, found, read = _load(project), _Known(), 0
    settled_ns = time.time_ns() - SETTLED_NS
    costs: dict[str, float | None] = {}
    with clear_errors("list", project, f"{LEDGER}/"):
        files = [(entry.name, *state(entry)) for entry in entries(project / LEDGER) if _is_since(entry.name, since)]
    for name, size_bytes, changed_ns in files:
        row = known.get(name)
        if row is None or tuple(row[:2]) != (size_bytes, changed_ns):
            read += 1
            row = _read(project / LEDGER / name, size_bytes, changed_ns, since)
        if row is None:
            continue
        costs[row[2]] = costs.get(row[2]) or row[3]
        if 0 <= changed_ns < settled_ns:
            found[name] = row
    if read >= _WORTH_STORING:
        _store(project, found)
    return costs


def _is_since(name: str, since: str) -> bool:
    return name.endswith(".json") and (name >= moment(since) or not name[:1].isdigit())


def _read(path: Path, size_bytes: int, changed_ns: int, since: str) -> tuple[int, int, str, float | None] | None:
    try:
        tree = recorded.decode(path.read_bytes())
    except (OSError, *NO_RECORD):
        return None
    return (size_bytes, changed_ns, tree["run"], tree.get("usd")) if tree["started"] >= since else None


def _load(project: Path) -> _Known:
    try:
        digest, _, text = (project / _PATH).read_bytes().partition(b"\n")
        if digest.decode() == hashlib.sha256(text).hexdigest():
            return dict(json.loads(text))
    except (OSError, ValueError):
        pass
    return {}


def _store(project: Path, found: _Known) -> None:
    text = json.dumps(found).encode()
    path = project / _PATH
    fresh = path.with_name(f"{path.name}-{uuid.uuid4().hex}")
    with suppress(OSError):
        path.parent.mkdir(exist_ok=True)
        try:
            fresh.write_bytes(hashlib.sha256(text).hexdigest().encode() + b"\n" + text)
            fresh.replace(path)
        finally:
            fresh.unlink(missing_ok=True)
