"""The section `team:` of params.yaml: who may review and approve a decision; no stage depends on it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from workbench.params.base import Section

Person = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Scope = Literal["ingest", "train", "evaluate", "cost", "decide", "release"]


class Duties(Section):
    """Who answers for a decision, and how many of them must say so; what is absent here is taken from `team:` itself.

    Attributes:
        owners: They may answer objections, beside whoever raised one; absent: everybody may.
        reviewers: Whose review counts; absent: everybody's.
        approvers: Whose approval counts; absent: everybody's.
        reviews_needed: Reviews by different people; absent: 1 where reviewers are named, else 0.
        approvals_needed: Approvals by different people; absent: 1 where approvers are named, else 0.
        author_may_approve: Whether whoever decided may review and approve, too.
        signed: Whether a sign-off counts only from a commit with a good signature of the person named.
        valid_days: Age at which a sign-off lapses; absent: never.
    """

    owners: tuple[Person, ...] | None = None
    reviewers: tuple[Person, ...] | None = None
    approvers: tuple[Person, ...] | None = None
    reviews_needed: int | None = Field(default=None, ge=0)
    approvals_needed: int | None = Field(default=None, ge=0)
    author_may_approve: bool | None = None
    signed: bool | None = None
    valid_days: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _enough_people(self) -> Duties:
        for needed, people, word in (
            (self.reviews_needed, self.reviewers, "reviewers"),
            (self.approvals_needed, self.approvers, "approvers"),
        ):
            if needed is not None and people is not None and needed > len({person.casefold() for person in people}):
                raise ValueError(f"{needed} {word} are needed, but only {len(people)} are named")
        return self

    @property
    def reviews(self) -> int:
        """How many reviews are needed."""
        return (1 if self.reviewers else 0) if self.reviews_needed is None else self.reviews_needed

    @property
    def approvals(self) -> int:
        """How many approvals are needed."""
        return (1 if self.approvers else 0) if self.approvals_needed is None else self.approvals_needed


class TeamParams(Duties):
    """Who owns, reviews and approves what; a name may carry an address: `Ada <ada@example.org>`.

    Attributes:
        ingest: What differs for decisions about sources and contracts.
        train: What differs for decisions about training.
        evaluate: What differs for decisions about how candidates are judged.
        cost: What differs for decisions about prices and traffic.
        decide: What differs for the choice of a candidate.
        release: What differs where a release asks.
    """

    ingest: Duties | None = None
    train: Duties | None = None
    evaluate: Duties | None = None
    cost: Duties | None = None
    decide: Duties | None = None
    release: Duties | None = None

    def duties(self, scope: Scope) -> Duties:
        """Give the duties of one stage, or of a release.

        Example:
            >>> team = TeamParams(approvers=["Di"], release=Duties(approvals_needed=0))
            >>> team.duties("decide").approvals, team.duties("release").approvals
            (1, 0)
        """
        own: Duties | None = getattr(self, scope)
        general = {name: getattr(self, name) for name in Duties.model_fields}
        stated = {name: value for name, value in own or () if value is not None}
        return Duties.model_validate(general | stated)

    @model_validator(mode="after")
    def _each_scope_has_enough_people(self) -> TeamParams:
        for scope in set(TeamParams.model_fields) - set(Duties.model_fields):
            self.duties(scope)  # type: ignore[arg-type]  # the remaining fields are the scopes
        return self
