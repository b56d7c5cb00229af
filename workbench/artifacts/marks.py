"""Sign-off files: who reviewed, approved, objected or answered, one file each in the folder of a decision.

Each holds the digest of what it is about: a sign-off that of the decision, an answer that of the objection. What is
changed afterwards loses them. Different people write different files, so that merging never conflicts.
"""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, cast, get_args

from workbench.artifacts.decisiontext import FOLDER, as_yaml, slug, text_digest
from workbench.artifacts.disk import clear_errors, make_folder
from workbench.artifacts.git import Signature, signature_of
from workbench.artifacts.layout import inside
from workbench.artifacts.plain import replace_file
from workbench.errors import ArtifactError, ParamsError, Place, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from workbench.artifacts.decisions import DecisionFile

Kind = Literal["review", "approve", "object", "answer"]
MOST_EVIDENCE_BYTES = 5_000_000
_HEAD = {
    "review": "# A review: commit it. It counts for the decision of this digest only.\n",
    "approve": "# An approval: commit it. It counts for the decision of this digest only.\n",
    "object": "# An objection: commit it. It blocks approval until it is answered, and stays.\n",
    "answer": "# An answer to the objection of this digest: commit it.\n",
}
_NAME = re.compile(rf"({'|'.join(get_args(Kind))})-(.+)\.yaml")


@dataclass(frozen=True)
class Mark:
    """A review, an approval, an objection or an answer.

    Attributes:
        kind: Which of these.
        path: The file, relative to the project.
        who: Whose it is.
        at: When, ISO 8601.
        sha256: Digest of what it is about: the decision's text, for an answer the objection's.
        because: The reason given; may be empty, except for objections and answers.
        about: The objection that an answer answers, by the name of its file; empty for the others.
        digest: Digest of this file's own text.
        evidence: Files handed in with it, by name, with their digest.
        damaged: Of these, the ones that are gone or changed.
        signature: Who signed its commit; None where git was not asked.
    """

    kind: Kind
    path: str
    who: str
    at: str
    sha256: str
    because: str = ""
    about: str = ""
    digest: str = ""
    evidence: Mapping[str, str] = field(default_factory=dict)
    damaged: tuple[str, ...] = ()
    signature: Signature | None = None

    @property
    def name(self) -> str:
        """The name of the file without folder and ending."""
        return self.path.rpartition("/")[2].removesuffix(".yaml")


def write_mark(
    root: Path,
    decision: DecisionFile,
    kind: Kind,
    who: str,
    because: str = "",
    *,
    about: Mark | None = None,
    evidence: Path | None = None,
) -> Path:
    """Write a sign-off; the caller holds `decision_lock`.

    A second review or approval by the same person replaces the first; objections and answers each stay.

    Args:
        root: The project, resolved.
        decision: What it is about.
        kind: Review, approval, objection or answer.
        who: Whose it is.
        because: The reason.
        about: The objection that an answer answers.
        evidence: A file to keep beside an objection.

    Raises:
        UsageError: The evidence cannot be read or is too large.
        ArtifactError: The file cannot be written.
    """
    folder = f"{FOLDER}/{decision.name}"
    name = _free_name(root, folder, kind, who)
    record: dict[str, object] = {
        "kind": kind,
        "who": who,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "decision": decision.name,
        "sha256": about.digest if about else decision.sha256,
    }
    if about:
        record["objection"] = about.name
    if because:
        record["because"] = because
    if evidence is not None:
        record["evidence"] = _kept(root, f"{folder}/evidence-{name}", evidence)
    return replace_file(root, f"{folder}/{name}.yaml", as_yaml(record, _HEAD[kind]).encode())


def read_marks(root: Path, decision: str, *, signatures: bool) -> tuple[tuple[Mark, ...], Mapping[str, str]]:
    """Read the sign-offs of one decision, and by name what is wrong with those that cannot be read.

    Args:
        root: The project, resolved.
        decision: Name of the decision.
        signatures: Whether to ask git who signed each one's commit.
    """
    folder = root / FOLDER / decision
    with clear_errors("read", folder, f"{FOLDER}/{decision}"):
        names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    marks, problems = [], {}
    for name in filter(_NAME.fullmatch, names):
        try:
            marks.append(_read(root, f"{FOLDER}/{decision}/{name}", signatures=signatures))
        except (ArtifactError, ParamsError) as error:
            problems[name.removesuffix(".yaml")] = str(error)
    return tuple(marks), problems


def _read(root: Path, shown: str, *, signatures: bool) -> Mark:
    from workbench.params.tree import parse, plain  # noqa: PLC0415 - brings YAML

    path = inside(root, shown)
    with clear_errors("read", path, shown):
        data = path.read_bytes()
    content = plain(parse(data.decode(errors="replace"), shown))
    kind = str(content.get("kind", "")) if isinstance(content, dict) else ""
    if not isinstance(content, dict) or not path.name.startswith(f"{kind}-") or not content.get("who"):
        raise ArtifactError(
            "the file is no sign-off: kind and who do not stand in it as in its name", place=Place(shown)
        )
    kept = content.get("evidence")
    evidence = {str(name): str(digest) for name, digest in kept.items()} if isinstance(kept, dict) else {}
    return Mark(
        kind=cast("Kind", kind),
        path=shown,
        who=str(content["who"]),
        at=str(content.get("at", "")),
        sha256=str(content.get("sha256", "")),
        because=str(content.get("because", "")).strip(),
        about=str(content.get("objection", "")),
        digest=text_digest(data),
        evidence=evidence,
        damaged=tuple(name for name, digest in evidence.items() if _digest(path.parent, name) != digest),
        signature=signature_of(shown, root) if signatures else None,
    )


def _free_name(root: Path, folder: str, kind: Kind, who: str) -> str:
    """Name the file: a person's own review or approval again, else the first name that is free."""
    number = 1
    while True:
        name = f"{kind}-{slug(who, 'somebody')}{'' if number == 1 else f'-{number}'}"
        path = root / folder / f"{name}.yaml"
        if not path.exists() or (kind in {"review", "approve"} and _is_of(root, f"{folder}/{name}.yaml", who)):
            return name
        number += 1


def _is_of(root: Path, shown: str, who: str) -> bool:
    with suppress(ArtifactError, ParamsError):
        return _read(root, shown, signatures=False).who == who
    return False


def _kept(root: Path, beside: str, evidence: Path) -> dict[str, str]:
    """Copy a file beside the objection it belongs to."""
    try:
        data = evidence.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read the evidence: {error.strerror}", found=str(evidence)) from error
    if len(data) > MOST_EVIDENCE_BYTES:
        raise UsageError(
            "the evidence is too large for git",
            found=f"{len(data):,} bytes",
            expected=f"at most {MOST_EVIDENCE_BYTES:,}",
        )
    shown = f"{beside}-{slug(evidence.name, 'file')}"
    make_folder((root / shown).parent)
    replace_file(root, shown, data)
    return {shown.rpartition("/")[2]: hashlib.sha256(data).hexdigest()}


def _digest(folder: Path, name: str) -> str | None:
    """Digest evidence that lies in the folder itself; a name that leads elsewhere has none."""
    if "/" in name or "\\" in name:
        return None
    try:
        return hashlib.sha256((folder / name).read_bytes()).hexdigest()
    except (OSError, ValueError):
        return None
