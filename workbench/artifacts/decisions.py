"""Decision files: `decisions/0007-blend-8.yaml`, one for each choice a person made, with sign-offs in a folder beside.

The number comes from the files that are there, under a lock, so that two writers never take the same one. Two
branches may; then both files are read, and whoever asks is told how to renumber one. Numbers are names: what is
signed is the digest of a file's text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from workbench.artifacts.decisiontext import FOLDER, as_yaml, slug, text_digest
from workbench.artifacts.disk import clear_errors
from workbench.artifacts.layout import inside, project_root
from workbench.artifacts.marks import Mark, read_marks
from workbench.artifacts.plain import replace_own_file
from workbench.errors import ArtifactError, ParamsError, Place, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

HEAD = "# A decision: commit it beside params.yaml. Sign-offs and objections lie in the folder of the same name.\n"
_NUMBERED = re.compile(r"(\d{4,})-(?!\d\d-\d\d-)(.+)\.yaml")
_DATED = re.compile(r"\d{4}-\d\d-\d\d-.+\.yaml")
_CONFLICT = re.compile(r"^(<{7}|>{7}) ", re.MULTILINE)


@dataclass(frozen=True)
class DecisionFile:
    """One decision as its file has it.

    Attributes:
        path: The file, relative to the project.
        number: Its number; None for a file of the old form, named by its day.
        sha256: Digest of its text, line ends as git stores them.
        candidate: Id of the candidate chosen.
        threshold: From this probability up a row is called positive; None where the task has none.
        usd_per_month: What the choice cost a month when it was made; None where the file does not say.
        who: Who decided.
        decided_at: When, ISO 8601.
        because: The reason.
        content: All of it, with `assumptions`, `alternatives` and `evidence`.
        marks: Reviews, approvals, objections and answers, by the name of their file.
        unread: Names of sign-offs that cannot be read; an objection among them may still stand.
    """

    path: str
    number: int | None
    sha256: str
    candidate: str
    threshold: float | None
    usd_per_month: float | None
    who: str
    decided_at: str
    because: str
    content: Mapping[str, Any] = field(default_factory=dict)
    marks: tuple[Mark, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name of the file without its ending, which is also that of the folder of its sign-offs."""
        return self.path.removeprefix(f"{FOLDER}/").removesuffix(".yaml")

    def part(self, *keys: str) -> Mapping[str, Any]:
        """Give a mapping deep in the content; an empty one where the file has none."""
        value: object = self.content
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return value if isinstance(value, dict) else {}


@dataclass(frozen=True)
class DecisionLog:
    """All decisions of a project.

    Attributes:
        decisions: From the first to the newest.
        problems: What is wrong with the folder, one paragraph each: files that cannot be read, numbers taken twice.
        read_at: When they were read.
    """

    decisions: tuple[DecisionFile, ...]
    problems: tuple[str, ...] = ()
    read_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def find(self, name: str) -> DecisionFile:
        """Find a decision by its number or the name of its file.

        Raises:
            UsageError: There is none, or two share the number.
        """
        plain = name.strip().removeprefix(f"{FOLDER}/").removesuffix(".yaml").rstrip("/")
        found = [one for one in self.decisions if one.name == plain]
        if not found and plain.isdecimal():
            found = [one for one in self.decisions if one.number == int(plain)]
        if len(found) == 1:
            return found[0]
        names = ", ".join(one.name for one in (found or self.decisions[-5:])) or "none was taken yet"
        raise UsageError(
            f"{len(found)} decisions have this number" if found else "there is no such decision",
            found=name,
            expected=f"one of {names}" if found or self.decisions else names,
        )


def read_decisions(root: Path | None = None, *, signatures: bool = False) -> DecisionLog:
    """Read every decision with its sign-offs; a file that cannot be read is a problem, never the end.

    Args:
        root: The project.
        signatures: Whether to ask git who signed the commit of each sign-off, which takes its time.

    Raises:
        ArtifactError: The folder cannot be read.
    """
    project = project_root(root)
    found: list[DecisionFile] = []
    problems: list[str] = []
    for name in _names(project):
        try:
            decision = _read(project, name)
            marks, faults = read_marks(project, decision.name, signatures=signatures)
        except (ArtifactError, ParamsError) as error:
            problems.append(str(error))
        else:
            found.append(replace(decision, marks=marks, unread=tuple(faults)))
            problems.extend(faults.values())
    found.sort(key=lambda one: (one.number or 0, one.decided_at, one.name))
    return DecisionLog(tuple(found), (*problems, *_taken_twice(found)))


def write_decision(record: Mapping[str, object], root: Path | None = None) -> Path:
    """Write a decision to a new file under the next free number; the caller holds `decision_lock`.

    Args:
        record: Its content, JSON-like; `candidate` gives the file its name.
        root: The project.

    Raises:
        ArtifactError: The file cannot be written.
    """
    project = project_root(root)
    taken = [int(match.group(1)) for name in _names(project) if (match := _NUMBERED.fullmatch(name))]
    shown = f"{FOLDER}/{max(taken, default=0) + 1:04d}-{slug(str(record.get('candidate', '')), 'candidate')}.yaml"
    return replace_own_file(project, shown, as_yaml(record, HEAD).encode())


def withdraw_decision(path: Path) -> None:
    """Remove a decision that was just written and did not reach params.yaml; the caller holds `decision_lock`."""
    with clear_errors("remove", path, f"{FOLDER}/{path.name}"):
        path.unlink(missing_ok=True)


def _names(project: Path) -> list[str]:
    folder = project / FOLDER
    with clear_errors("read", folder, FOLDER):
        found = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    return [name for name in found if _NUMBERED.fullmatch(name) or _DATED.fullmatch(name)]


def _read(project: Path, name: str) -> DecisionFile:
    from workbench.params.tree import parse, plain  # noqa: PLC0415 - brings YAML, which other readers need not pay

    shown = f"{FOLDER}/{name}"
    path = inside(project, shown)
    with clear_errors("read", path, shown):
        data = path.read_bytes()
    text = data.decode(errors="replace")
    if _CONFLICT.search(text):
        raise ArtifactError(
            "two branches wrote this decision, and git could not merge them",
            place=Place(shown),
            hint="keep one side; give the other the next free number in a file of its own",
        )
    content = plain(parse(text, shown))
    if not isinstance(content, dict) or not isinstance(content.get("candidate"), str):
        raise ArtifactError("the file is no decision: it names no candidate", place=Place(shown))
    match = _NUMBERED.fullmatch(name)
    return DecisionFile(
        path=shown,
        number=int(match.group(1)) if match else None,
        sha256=text_digest(data),
        candidate=content["candidate"],
        threshold=_number(content.get("threshold")),
        usd_per_month=_number(content.get("usd_per_month", _evidence(content).get("usd_per_month"))),
        who=str(content.get("who") or "nobody"),
        decided_at=str(content.get("decided_at") or ""),
        because=str(content.get("because") or content.get("why") or "not stated").strip(),
        content=content,
    )


def _evidence(content: Mapping[str, Any]) -> Mapping[str, Any]:
    evidence = content.get("evidence")
    return evidence if isinstance(evidence, dict) else {}


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _taken_twice(decisions: Iterable[DecisionFile]) -> list[str]:
    by_number: dict[int, list[DecisionFile]] = {}
    for decision in decisions:
        if decision.number is not None:
            by_number.setdefault(decision.number, []).append(decision)
    free = max(by_number, default=0) + 1
    return [_renumber(number, same, free) for number, same in sorted(by_number.items()) if len(same) > 1]


def _renumber(number: int, same: list[DecisionFile], free: int) -> str:
    last = same[-1]
    fresh = f"{FOLDER}/{free:04d}-{last.name.partition('-')[2]}"
    moved = f"git mv {last.path} {fresh}.yaml"
    folder = f" && git mv {FOLDER}/{last.name} {fresh}" if last.marks else ""
    return (
        f"{FOLDER}/: two branches took the number {number:04d}: {' and '.join(one.name for one in same)}. Both are "
        f"read. Hint: renumber one, its sign-offs keep counting: {moved}{folder}"
    )
