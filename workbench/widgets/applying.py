"""From a choice in the explorer to params.yaml and a decision file."""

from __future__ import annotations

import getpass
import io
import re
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import LiteralScalarString

from workbench import artifacts
from workbench.errors import IntegrityError, MissingArtifactError, Place, UsageError
from workbench.params.reading import PARAMS_FILE, find_root, read_file, updated_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from workbench.params.base import Section
    from workbench.params.cost import CostParams
    from workbench.params.decide import DecideParams
    from workbench.params.reading import Params

EVIDENCE = "data/decision/candidates.parquet"
LONGEST_ID = 60


@dataclass(frozen=True)
class Choice:
    """What a person chose, and on which assumptions.

    Attributes:
        candidate: Id of the candidate.
        threshold: From this probability up a row is called positive; None where the task has none.
        why: The person's reason.
        cost: Machine, traffic and prices of errors at that moment.
        decide: Limits at that moment, with this candidate and threshold.
        evidence: Its figures: dollars, latency, metrics.
        basis: What the prices rest on.
        recommended: The candidate that the explorer recommended.
    """

    candidate: str
    threshold: float | None
    why: str
    cost: CostParams
    decide: DecideParams
    evidence: Mapping[str, float | str | None]
    basis: str
    recommended: str | None

    def changes(self, params: Params) -> dict[str, object]:
        """Give the dotted keys of params.yaml that the choice sets to another value."""
        threshold = "auto" if self.threshold is None else self.threshold
        wanted: dict[str, object] = {
            "cost.purchase": self.cost.purchase,
            "cost.retrains_per_month": self.cost.retrains_per_month,
            **_under("cost.traffic", self.cost.traffic),
            **_under("cost.error_usd", self.cost.error_usd),
            "decide.limits.latency_p99_ms": self.decide.limits.latency_p99_ms,
            "decide.candidate": self.candidate,
            "decide.threshold": threshold,
        }
        return {key: _round_trip(value) for key, value in wanted.items() if value != _value_at(params, key)}


@dataclass(frozen=True)
class Applied:
    """What was written.

    Attributes:
        params: params.yaml.
        decision: The decision file.
        changes: The keys of params.yaml that changed.
    """

    params: Path
    decision: Path
    changes: Mapping[str, object]

    def __str__(self) -> str:
        """Say it in one line."""
        keys = f"{len(self.changes)} keys changed" if self.changes else "nothing changed"
        return (
            f"Wrote {self.params.name} ({keys}) and {self.decision.parent.name}/{self.decision.name}. "
            "Next: dvc repro, then commit both files."
        )


def apply(choice: Choice, root: Path | None = None) -> Applied:
    """Write a choice to params.yaml, comments kept, and record it in a new file under decisions/.

    The record is written first: params.yaml never names a choice that has none.

    Args:
        choice: From the explorer.
        root: The project; by default the one around the working directory.

    Raises:
        ParamsError: params.yaml is not valid.
        ArtifactError: A file cannot be written.
    """
    project = find_root(root)
    before = read_file(project / PARAMS_FILE)
    changes = choice.changes(before.params)
    text = (project / PARAMS_FILE).read_text(encoding="utf-8")
    updated = updated_text(text, changes) if changes else text
    decision = artifacts.write_text(
        _free_name(project, choice.candidate), _record(choice, before.params, project), project
    )
    params = artifacts.write_text(PARAMS_FILE, updated, project)
    return Applied(params, decision, changes)


def _under(prefix: str, section: Section) -> dict[str, object]:
    return {f"{prefix}.{name}": value for name, value in section.model_dump().items()}


def _value_at(params: Params, dotted: str) -> object:
    value: object = params
    for name in dotted.split("."):
        value = getattr(value, name)
    return value


def _round_trip(value: object) -> object:
    """Write whole numbers as such: a million requests, not 1000000.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _free_name(project: Path, candidate: str) -> str:
    day = datetime.now(UTC).date().isoformat()
    slug = re.sub(r"[^A-Za-z0-9._-]+", "-", candidate)[:LONGEST_ID].strip(".-") or "candidate"
    names = (f"decisions/{day}-{slug}{'' if n == 1 else f'-{n}'}.yaml" for n in range(1, 10_000))
    free = next((name for name in names if not (project / name).exists()), None)
    if free is None:
        raise UsageError("ten thousand decisions about one candidate on one day", place=Place("decisions/"))
    return free


def _record(choice: Choice, before: Params, project: Path) -> str:
    revision = _git(project, "rev-parse", "HEAD")
    record = {
        "candidate": choice.candidate,
        "threshold": choice.threshold,
        "decided_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "who": _git(project, "config", "user.name") or getpass.getuser(),
        "why": LiteralScalarString(_clean(choice.why)) if choice.why.strip() else "not stated",
        "recommended": choice.recommended,
        "instead_of": {"candidate": before.decide.candidate, "threshold": before.decide.threshold},
        "assumptions": {
            "cost": _plain(choice.cost.model_dump(exclude={"notebook"})),
            "limits": choice.decide.limits.model_dump(),
            "price_basis": choice.basis,
        },
        "evidence": {
            **choice.evidence,
            "git_revision": revision,
            "uncommitted_changes": bool(_git(project, "status", "--porcelain")) if revision else None,
            "sha256": {EVIDENCE: _digest(project)},
        },
    }
    yaml = YAML()
    yaml.width = 110
    yaml.indent(mapping=2, sequence=4, offset=2)
    out = io.StringIO()
    yaml.dump(record, out)
    return f"# A choice made in the explorer. Commit it beside {PARAMS_FILE}.\n{out.getvalue()}"


def _plain(value: object) -> object:
    return {key: _plain(item) for key, item in value.items()} if isinstance(value, dict) else _round_trip(value)


def _clean(text: str) -> str:
    """Keep what YAML can hold: line breaks and printable characters."""
    return "".join(c if c == "\n" or c.isprintable() else " " for c in text.replace("\r\n", "\n")).strip() + "\n"


def _git(project: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", *arguments], cwd=project, capture_output=True, text=True, check=False, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None if done.returncode == 0 else None


def _digest(project: Path) -> str | None:
    try:
        artifacts.read_bytes(EVIDENCE, project)
        return artifacts.read_manifest_of("decide", project).files[EVIDENCE].sha256
    except (MissingArtifactError, IntegrityError, KeyError):
        return None
