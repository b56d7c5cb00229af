"""From a choice in the explorer to params.yaml and a decision file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from workbench import artifacts
from workbench.params.cost import NO_TERMS
from workbench.params.reading import PARAMS_FILE, find_root, read_file, updated_text
from workbench.params.tree import leaves

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from workbench.params.cost import CostParams
    from workbench.params.decide import DecideParams
    from workbench.params.reading import Params

MOST_ALTERNATIVES = 5
_LONGEST_NAME = 200


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
        who: Who decides; empty for whom git knows.
        alternatives: What else could have been chosen, the best first: candidate, threshold, dollars.
    """

    candidate: str
    threshold: float | None
    why: str
    cost: CostParams
    decide: DecideParams
    evidence: Mapping[str, float | str | None]
    basis: str
    recommended: str | None
    who: str = ""
    alternatives: tuple[Mapping[str, float | str | None], ...] = ()

    def changes(self, params: Params) -> dict[str, object]:
        """Give the dotted keys of params.yaml that the choice sets to another value."""
        wanted: dict[str, object] = {
            **_dotted("cost", self.cost.model_dump(mode="json", exclude=NO_TERMS)),
            **_dotted("decide.limits", self.decide.limits.model_dump(mode="json")),
            "decide.candidate": self.candidate,
            "decide.threshold": "auto" if self.threshold is None else self.threshold,
        }
        stand = _dotted("", params.model_dump(mode="json", include={"cost", "decide"}))
        return {key: _whole(value) for key, value in wanted.items() if value != stand.get(key)}


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

    The record is written first: params.yaml never names a choice that has none. One writer at a time.

    Args:
        choice: From the explorer.
        root: The project; by default the one around the working directory.

    Raises:
        ParamsError: params.yaml is not valid.
        ArtifactError: A file cannot be written.
    """
    with artifacts.decision_lock(find_root(root)) as project:
        before = read_file(project / PARAMS_FILE).params
        changes = choice.changes(before)
        text = (project / PARAMS_FILE).read_bytes().decode("utf-8-sig")
        after = updated_text(text, changes) if changes else text
        decision = artifacts.write_decision(_record(choice, before, project), project)
        try:
            params = artifacts.write_text(PARAMS_FILE, after, project)
        except BaseException:
            if (project / PARAMS_FILE).read_bytes().decode("utf-8-sig") == text:
                artifacts.withdraw_decision(decision)
            raise
    return Applied(params, decision, changes)


def _record(choice: Choice, before: Params, project: Path) -> dict[str, object]:
    revision = artifacts.git_answer(project, "rev-parse", "HEAD")
    return {
        "candidate": choice.candidate,
        "threshold": choice.threshold,
        "usd_per_month": choice.evidence.get("usd_per_month"),
        "who": " ".join(_clean(choice.who).split())[:_LONGEST_NAME] or artifacts.own_name(project),
        "decided_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "because": f"{_clean(choice.why)}\n" if choice.why.strip() else "not stated",
        "recommended": choice.recommended,
        "instead_of": {"candidate": before.decide.candidate, "threshold": before.decide.threshold},
        "assumptions": {
            "cost": _plain(choice.cost.model_dump(mode="json", exclude=NO_TERMS)),
            "limits": choice.decide.limits.model_dump(mode="json"),
            "price_basis": choice.basis,
        },
        "alternatives": [dict(other) for other in choice.alternatives[:MOST_ALTERNATIVES]],
        "evidence": {
            "figures": dict(choice.evidence),
            "sha256": artifacts.evidence_digests(choice.candidate, project),
            "git_revision": revision,
            "uncommitted_changes": bool(artifacts.git_answer(project, "status", "--porcelain")) if revision else None,
        },
    }


def _dotted(prefix: str, values: Mapping[str, object]) -> dict[str, object]:
    start = (prefix,) if prefix else ()
    return {".".join((*start, *path)): value for path, value in leaves(values)}


def _plain(value: object) -> object:
    return {key: _plain(item) for key, item in value.items()} if isinstance(value, dict) else _whole(value)


def _whole(value: object) -> object:
    """Write whole numbers as such: a million requests, not 1000000.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _clean(text: str) -> str:
    """Keep what YAML can hold: line breaks and printable characters."""
    return "".join(c if c == "\n" or c.isprintable() else " " for c in text.replace("\r\n", "\n")).strip()
