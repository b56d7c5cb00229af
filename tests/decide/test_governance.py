from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.artifacts import DecisionFile, Mark, Signature
from workbench.decide import standing
from workbench.params.team import Duties

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
DIGEST = "d" * 64
PEOPLE = ("Ada", "Bo", "Cy", "Di", "Ed")


def mark(kind: str, who: str, **changes: object) -> Mark:
    at = (NOW - timedelta(hours=1)).isoformat()
    plain = Mark(kind, f"decisions/0001-b01/{kind}-{who}.yaml", who, at, DIGEST, digest=f"{kind}-{who}")
    return replace(plain, **changes)


def decision(*marks: Mark, who: str = "Ada") -> DecisionFile:
    return DecisionFile(
        "decisions/0001-b01.yaml", 1, DIGEST, "b01", 0.3, 10.0, who, NOW.isoformat(), "it pays", {}, marks
    )


DUTIES = Duties(owners=["Ada"], reviewers=["Bo", "Cy"], approvers=["Di", "Ed"])


def test_proposed_reviewed_approved() -> None:
    proposed = standing(decision(), DUTIES, NOW)
    assert (proposed.state, proposed.enough) == ("proposed", False)
    assert proposed.missing == ("1 review lacking by Bo or Cy", "1 approval lacking by Di or Ed")
    reviewed = standing(decision(mark("review", "Bo")), DUTIES, NOW)
    assert (reviewed.state, reviewed.enough, reviewed.reviewed_by) == ("reviewed", False, ("Bo",))
    approved = standing(decision(mark("review", "Bo"), mark("approve", "Di")), DUTIES, NOW)
    assert (approved.state, approved.enough, approved.missing) == ("approved", True, ())


def test_an_approval_before_the_review_waits_for_it() -> None:
    state = standing(decision(mark("approve", "Di")), DUTIES, NOW)
    assert (state.state, state.approved_by) == ("proposed", ("Di",))
    assert state.missing == ("1 review lacking by Bo or Cy",)


@pytest.mark.parametrize(
    ("sign", "why"),
    [
        (mark("approve", "Di", sha256="e" * 64), "the decision was changed since"),
        (mark("approve", "Bo"), "not one of Di, Ed"),
        (mark("approve", "Di", at="yesterday"), "does not say when"),
        (mark("approve", "Di", at=(NOW + timedelta(days=3)).isoformat()), "2026-11-28, which is to come"),
        (mark("approve", "Di", at=(NOW - timedelta(days=40)).isoformat()), "older than 30 days"),
    ],
)
def test_a_sign_off_that_does_not_count_says_why(sign: Mark, why: str) -> None:
    duties = DUTIES.model_copy(update={"valid_days": 30})
    state = standing(decision(mark("review", "Bo"), sign), duties, NOW)
    assert not state.enough
    assert why in state.discounted[0]
    assert why in str(state)


def test_whoever_decides_may_not_approve_unless_allowed() -> None:
    own = decision(mark("review", "Bo"), mark("approve", "di "), who="Di")
    assert "whoever decides may not sign" in standing(own, DUTIES, NOW).discounted[0]
    assert standing(own, DUTIES.model_copy(update={"author_may_approve": True}), NOW).enough


def test_nobody_is_asked_for_a_signature_that_would_not_count() -> None:
    signed = decision(mark("review", "Bo"), who="Di")
    assert standing(signed, DUTIES, NOW).missing == ("1 approval lacking by Ed",)
    alone = Duties(approvers=["Ada"])
    assert standing(decision(), alone, NOW).missing == ("1 approval lacking, and nobody is left to give it",)
    assert standing(decision(), alone.model_copy(update={"author_may_approve": True}), NOW).missing == (
        "1 approval lacking by Ada",
    )


def test_an_objection_that_cannot_be_read_blocks_until_it_is_repaired() -> None:
    signed = decision(mark("review", "Bo"), mark("approve", "Di"))
    assert standing(replace(signed, unread=("review-Zoe",)), DUTIES, NOW).state == "approved"
    barred = standing(replace(signed, unread=("object-Zoe",)), DUTIES, NOW)
    assert (barred.state, barred.enough) == ("reviewed", False)
    assert barred.missing == ("object-Zoe cannot be read; to be repaired",)


def test_one_person_counts_once() -> None:
    duties = Duties(approvers=["Di <di@example.org>", "Ed"], approvals_needed=2)
    twice = decision(mark("approve", "Di"), mark("approve", "DI <di@example.org>"))
    state = standing(twice, duties, NOW)
    assert not state.enough
    assert state.missing == ("1 approval lacking by Ed",)


def test_an_objection_blocks_until_its_present_text_is_answered() -> None:
    signed = (mark("review", "Bo"), mark("approve", "Di"))
    objection = mark(
        "object", "Zoe", because="the test rows are old", evidence={"plot.png": "x"}, damaged=("plot.png",)
    )
    blocked = standing(decision(*signed, objection), DUTIES, NOW)
    assert (blocked.state, blocked.enough) == ("reviewed", False)
    assert "by Zoe (object-Zoe): the test rows are old" in blocked.missing[0]
    assert "changed or gone since: plot.png" in blocked.missing[0]
    answer = mark("answer", "Ada", about="object-Zoe", sha256=objection.digest, because="they are of May")
    answered = standing(decision(*signed, objection, answer), DUTIES, NOW)
    assert (answered.state, answered.enough) == ("approved", True)
    assert "answered by Ada: they are of May" in str(answered), "an answered objection stays visible"
    for poor in (replace(answer, sha256="e" * 64), replace(answer, who="Bo"), replace(answer, about="object-Yan")):
        assert not standing(decision(*signed, objection, poor), DUTIES, NOW).enough
    assert standing(decision(*signed, objection, replace(answer, who="zoe")), DUTIES, NOW).enough, "she may withdraw it"


def test_a_signature_must_be_good_and_of_the_person() -> None:
    duties = Duties(approvers=["Di <di@example.org>"], signed=True)

    def said(signature: Signature | None) -> str:
        state = standing(decision(mark("approve", "Di", signature=signature)), duties, NOW)
        return "enough" if state.enough else state.discounted[0]

    assert said(Signature(good=True, signer="di@example.org")) == "enough"
    assert said(Signature(good=True, signer="Di <di@example.org>")) == "enough"
    assert "signed by eve@example.org" in said(Signature(good=True, signer="eve@example.org"))
    assert "signed by Di <eve@example.org>" in said(Signature(good=True, signer="Di <eve@example.org>"))
    assert "it is not signed" in said(Signature(good=False, problem="it is not signed"))
    assert "not looked at" in said(None)


@given(
    signs=st.lists(
        st.tuples(st.sampled_from(["review", "approve"]), st.sampled_from(PEOPLE), st.booleans()), max_size=8
    ),
    needed=st.tuples(st.integers(0, 2), st.integers(0, 2)),
    extra=st.sampled_from(PEOPLE),
)
def test_laws(signs: list[tuple[str, str, bool]], needed: tuple[int, int], extra: str) -> None:
    """Another sign-off never takes anything away; a changed decision has none; only named people count."""
    duties = Duties(
        reviewers=["Bo", "Cy"], approvers=["Di", "Ed"], reviews_needed=needed[0], approvals_needed=needed[1]
    )
    marks = [mark(kind, who, sha256=DIGEST if sound else "e" * 64) for kind, who, sound in signs]
    state = standing(decision(*marks), duties, NOW)
    more = standing(decision(*marks, mark("approve", extra)), duties, NOW)
    assert set(state.approved_by) <= set(more.approved_by)
    assert more.enough or not state.enough
    assert set(state.approved_by) <= {"Di", "Ed"}
    assert set(state.reviewed_by) <= {"Bo", "Cy"}
    assert state.enough == (len(state.reviewed_by) >= needed[0] and len(state.approved_by) >= needed[1])
    changed = standing(replace(decision(*marks), sha256="f" * 64), duties, NOW)
    assert (changed.reviewed_by, changed.approved_by) == ((), ())
