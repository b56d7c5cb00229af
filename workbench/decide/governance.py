"""Whether a decision has the reviews and approvals it needs, and in words what it lacks.

A decision is proposed, then reviewed, then approved. A sign-off counts when it is about the decision's present text,
by a person of that duty who did not decide it, once for each person, and, where the team asks for it, from a commit
that this person signed. An objection blocks approval until its present text is answered.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from workbench.artifacts import DecisionFile, Mark
    from workbench.params.team import Duties

State = Literal["proposed", "reviewed", "approved"]
_CLOCKS_DIFFER = timedelta(days=1)


@dataclass(frozen=True)
class Objection:
    """One objection.

    Attributes:
        mark: The objection.
        answer: What answered it; None while it is open.
    """

    mark: Mark
    answer: Mark | None

    def __str__(self) -> str:
        """Say it in one line."""
        damaged = f"; changed or gone since: {', '.join(self.mark.damaged)}" if self.mark.damaged else ""
        kept = f" (evidence: {', '.join(self.mark.evidence)}{damaged})" if self.mark.evidence else ""
        said = f"by {self.mark.who} ({self.mark.name}): {_line(self.mark.because)}{kept}"
        if self.answer is None:
            return f"open objection {said}"
        return f"objection {said}; answered by {self.answer.who}: {_line(self.answer.because)}"


@dataclass(frozen=True)
class Standing:
    """Where a decision stands.

    Attributes:
        state: Proposed, reviewed or approved.
        enough: Whether it has all that is needed.
        reviewed_by: Whose reviews count.
        approved_by: Whose approvals count.
        objections: All of them, answered or not.
        missing: What is needed still, a sentence each; empty where nothing is.
        discounted: Sign-offs that do not count, each with why.
    """

    state: State
    enough: bool
    reviewed_by: tuple[str, ...]
    approved_by: tuple[str, ...]
    objections: tuple[Objection, ...]
    missing: tuple[str, ...]
    discounted: tuple[str, ...]

    @property
    def open_objections(self) -> tuple[Objection, ...]:
        """The objections that nobody answered."""
        return tuple(one for one in self.objections if one.answer is None)

    def __str__(self) -> str:
        """Say it in a paragraph."""
        by = [f"reviewed by {', '.join(self.reviewed_by)}"] if self.reviewed_by else []
        by += [f"approved by {', '.join(self.approved_by)}"] if self.approved_by else []
        head = f"{self.state}{': ' if by else ''}{', '.join(by)}"
        return ". ".join([head, *self.missing, *(str(one) for one in self.objections if one.answer), *self.discounted])


def standing(decision: DecisionFile, duties: Duties, now: datetime) -> Standing:
    """Tell where a decision stands.

    Args:
        decision: The decision with its sign-offs.
        duties: Who may sign, and how many must.
        now: The moment of asking, with its time zone.
    """
    reviewed_by, poor_reviews = _counted(decision, "review", duties, now)
    approved_by, poor_approvals = _counted(decision, "approve", duties, now)
    objections = tuple(Objection(mark, _answer_to(mark, decision, duties)) for mark in _of(decision, "object"))
    opened = [f"{one}; to be answered" for one in objections if one.answer is None]
    opened += [f"{name} cannot be read; to be repaired" for name in decision.unread if name.startswith("object-")]
    barred = None if duties.author_may_approve else decision.who
    missing = (
        *_lacking("review", duties.reviews - len(reviewed_by), duties.reviewers, reviewed_by, barred),
        *_lacking("approval", duties.approvals - len(approved_by), duties.approvers, approved_by, barred),
        *opened,
    )
    reviews_done = len(reviewed_by) >= duties.reviews
    approved = reviews_done and not opened and len(approved_by) >= max(duties.approvals, 1)
    state: State = "approved" if approved else "reviewed" if reviewed_by and reviews_done else "proposed"
    return Standing(state, not missing, reviewed_by, approved_by, objections, missing, (*poor_reviews, *poor_approvals))


def _counted(
    decision: DecisionFile, kind: Literal["review", "approve"], duties: Duties, now: datetime
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Divide the sign-offs of a kind into those that count, by person, and why the others do not."""
    counted: list[str] = []
    poor: list[str] = []
    for mark in _of(decision, kind):
        fault = _fault(mark, decision, duties, now)
        if fault is None and not any(same_person(mark.who, other) for other in counted):
            counted.append(mark.who)
        else:
            poor.append(f"{mark.name} by {mark.who} does not count: {fault or 'one of this person counts already'}")
    return tuple(counted), tuple(poor)


def _fault(mark: Mark, decision: DecisionFile, duties: Duties, now: datetime) -> str | None:
    """Say why a review or an approval does not count; None where it does."""
    people = duties.reviewers if mark.kind == "review" else duties.approvers
    if mark.sha256 != decision.sha256:
        return "the decision was changed since"
    if people is not None and not _among(mark.who, people):
        return f"not one of {', '.join(people) or 'nobody'}"
    if same_person(mark.who, decision.who) and not duties.author_may_approve:
        return "whoever decides may not sign"
    return _age_fault(mark, duties, now) or _signature_fault(mark, people or (), duties)


def _age_fault(mark: Mark, duties: Duties, now: datetime) -> str | None:
    at = _moment(mark.at)
    if at is None:
        return "it does not say when"
    if at > now + _CLOCKS_DIFFER:
        return f"it is dated {at.date().isoformat()}, which is to come"
    if duties.valid_days is not None and now - at > timedelta(days=duties.valid_days):
        return f"it is of {at.date().isoformat()}, older than {duties.valid_days} days"
    return None


def _signature_fault(mark: Mark, people: Sequence[str], duties: Duties) -> str | None:
    if not duties.signed:
        return None
    if mark.signature is None:
        return "its signature was not looked at"
    if not mark.signature.good:
        return mark.signature.problem
    known = [person for person in people if same_person(person, mark.who)] or [mark.who]
    if any(_signs_for(mark.signature.signer, person) for person in known):
        return None
    return f"its commit was signed by {mark.signature.signer or 'nobody known'}"


def _signs_for(signer: str, person: str) -> bool:
    """Tell whether a key is a person's: git names an address, a name, or a name with its address."""
    address = folded(person).partition("<")[2].rstrip("> ")
    signing = folded(signer).partition("<")[2].rstrip("> ") or folded(signer)
    return signing == address if address else same_person(signer, person)


def _answer_to(objection: Mark, decision: DecisionFile, duties: Duties) -> Mark | None:
    for mark in _of(decision, "answer"):
        about = mark.about == objection.name and mark.sha256 == objection.digest
        may = duties.owners is None or _among(mark.who, (*duties.owners, objection.who))
        if about and may and not _signature_fault(mark, duties.owners or (), duties) and _moment(mark.at) is not None:
            return mark
    return None


def _lacking(what: str, count: int, people: Sequence[str] | None, done: Sequence[str], barred: str | None) -> list[str]:
    if count <= 0:
        return []
    out = done if barred is None else [*done, barred]
    left = [person for person in people or () if not _among(person, out)]
    by = f" by {' or '.join(left)}" if left else "" if people is None else ", and nobody is left to give it"
    return [f"{count} {what}{'' if count == 1 else 's'} lacking{by}"]


def _among(who: str, people: Iterable[str]) -> bool:
    return any(same_person(who, person) for person in people)


def _of(decision: DecisionFile, kind: str) -> list[Mark]:
    return [mark for mark in decision.marks if mark.kind == kind]


def _moment(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else None


def _line(text: str) -> str:
    return " ".join(text.split())


def folded(person: str) -> str:
    """Give a name in the form names are compared in.

    Example:
        >>> folded("  Ada   LOVELACE ") == folded("Ada Lovelace")
        True
    """
    return " ".join(unicodedata.normalize("NFKC", person).casefold().split())


def same_person(one: str, other: str) -> bool:
    """Tell whether two names mean one person: by their addresses where both have one, else by what is before them.

    Example:
        >>> same_person("Ada <ada@example.org>", "ada"), same_person("Ada <a@x.org>", "Ada <b@x.org>")
        (True, False)
    """
    (name, address), (other_name, other_address) = _parts(one), _parts(other)
    if address and other_address:
        return address == other_address
    return name == other_name


def _parts(person: str) -> tuple[str, str]:
    name, bracket, rest = folded(person).partition("<")
    address = rest.rstrip("> ") if bracket else ""
    return name.strip() or address, address
