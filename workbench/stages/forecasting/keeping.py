"""Keeps rehearsals, so that asking once more costs nothing: by all that their outcome depends on.

A rehearsal is kept under the digest of the parameters, the sources, the notebooks, the whole package with the
versions it rests on, and the machine. Anything else among them, and it is made anew; so it is after a failure, which
may have been one of the moment.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import platform
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import workbench
from workbench import artifacts
from workbench.cost.metering.host import machine
from workbench.errors import WorkbenchError
from workbench.stages import record
from workbench.stages.forecasting.rehearsal import Rehearsed
from workbench.stages.forecasting.situation import threads_here
from workbench.stages.stripping import SOURCES, read_notebook, stripped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.stages.forecasting.rehearsal import Script

FOLDER = ".workbench/rehearsals"
MOST_KEPT = 20
_ELSEWHERE = {"advise", "team", "scenarios"}
"""Sections that no stage reads."""

_RESTS_ON = ("lightgbm", "polars", "numpy", "scikit-learn")


@dataclass(frozen=True)
class Kept:
    """Rehearsals made earlier.

    Attributes:
        made_at: When the last of them ended.
        rehearsed: What they took.
    """

    made_at: dt.datetime
    rehearsed: tuple[Rehearsed, ...]


def digest_of(script: Script) -> str | None:
    """Sum up what the outcome of rehearsals depends on; None where a source or a notebook cannot be read.

    Args:
        script: The project.
    """
    params = script.params.params.model_dump(by_alias=True, mode="json")
    told = {name: section for name, section in params.items() if name not in _ELSEWHERE}
    parts: list[object] = [told, script.usd_per_cpu_second, machine(), threads_here(), platform.python_version()]
    parts += [version(name) for name in _RESTS_ON]
    with suppress(WorkbenchError, OSError):
        sources = script.params.params.ingest.sources
        parts.append({name: _digest(artifacts.find_source(each.path, script.root)) for name, each in sources.items()})
        parts.append([_code(path, script.root) for path in sorted((script.root / SOURCES).glob("*.ipynb"))])
        parts.append(_package())
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
    return None


def kept(root: Path, digest: str | None, stages: Sequence[str]) -> Kept | None:
    """Give what was kept of rehearsals of these stages; None where there is nothing whole.

    Args:
        root: The project.
        digest: As `digest_of` gives it.
        stages: The stages asked for.
    """
    if digest is None:
        return None
    with suppress(OSError, ValueError, TypeError, KeyError):
        tree = json.loads((root / FOLDER / f"{digest}.json").read_bytes())
        if set(stages) <= set(tree["stages"]):
            found = tuple(_read(each) for each in tree["rehearsed"] if each["stage"] in stages)
            return Kept(dt.datetime.fromisoformat(tree["made_at"]), found)
    return None


def keep(root: Path, digest: str | None, stages: Sequence[str], rehearsed: Sequence[Rehearsed]) -> None:
    """Keep rehearsals that all went well; the oldest of many are forgotten.

    Args:
        root: The project.
        digest: As `digest_of` gave it before they began.
        stages: The stages asked for.
        rehearsed: What they took.
    """
    if digest is None or not rehearsed or any(each.record is None for each in rehearsed):
        return
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    tree = {"made_at": now, "stages": list(stages), "rehearsed": [asdict(each) for each in rehearsed]}
    with suppress(WorkbenchError, OSError):  # a forecast is no worse for not being kept
        artifacts.write_text(f"{FOLDER}/{digest}.json", json.dumps(tree), root)
        files = sorted((root / FOLDER).glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
        for old in files[:-MOST_KEPT]:
            old.unlink(missing_ok=True)


def _read(tree: dict[str, Any]) -> Rehearsed:
    return Rehearsed(**{**tree, "record": record.from_news(tree["record"])})


def _code(path: Path, root: Path) -> str:
    """Digest what a notebook says, whatever outputs it was saved with."""
    return hashlib.sha256(stripped(read_notebook(path, path.relative_to(root).as_posix()))).hexdigest()


def _package() -> str:
    """Digest every source file of Workbench."""
    folder = Path(workbench.__file__).parent
    files = sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    lines = (f"{_digest(path)}  {path.relative_to(folder).as_posix()}\n" for path in files)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
