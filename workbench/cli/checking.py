"""Checks that the decision in force has the reviews and approvals it needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer

from workbench import artifacts
from workbench.cli.signing import short_name
from workbench.cli.tables import show_json
from workbench.decide.governance import standing
from workbench.decide.holding import differences, in_force
from workbench.errors import DecisionError, Place, UsageError
from workbench.params import reading

if TYPE_CHECKING:
    from workbench.artifacts import DecidedModel, DecisionFile, DecisionLog
    from workbench.decide.governance import Standing
    from workbench.params.team import Duties

SCOPES = ("ingest", "train", "evaluate", "cost", "decide", "release")


@dataclass(frozen=True)
class Verdict:
    """Whether the decision in force has what the team asks for.

    Attributes:
        told: What stands, in a paragraph.
        decision: Its name; None where none stands.
        status: Proposed, reviewed or approved; None where none stands.
        missing: What is needed still, a sentence each; empty where nothing is.
        refusal: What to raise where something is.
    """

    told: str
    decision: str | None = None
    status: str | None = None
    missing: tuple[str, ...] = ()
    refusal: DecisionError | None = None

    def to_json(self) -> dict[str, Any]:
        """Give what `decide --check --json` prints."""
        return {
            "decision": self.decision,
            "status": self.status,
            "enough": self.refusal is None,
            "missing": list(self.missing),
            "said": self.told,
        }


def check(scope: str, *, as_json: bool = False) -> None:
    """Say whether the decision in force has what the team asks for.

    Args:
        scope: The stage, or `release`, whose duties are asked.
        as_json: Whether to print JSON; what is missing is an error all the same.

    Raises:
        DecisionError: It has not, which names what is missing; or another model bears the id that was decided for.
        UsageError: There is no such scope.
    """
    verdict = judge(scope)
    if as_json:
        show_json({"for": scope, **verdict.to_json()})
    elif verdict.refusal is None:
        typer.echo(verdict.told)
    if verdict.refusal is not None:
        raise verdict.refusal


def judge(scope: str) -> Verdict:
    """Hold the decision in force against the duties of a stage or of a release.

    Raises:
        UsageError: There is no such scope.
        ArtifactError: The decisions cannot be read.
    """
    if scope not in SCOPES:
        raise UsageError("there are no duties of this name", found=scope, expected=f"one of {', '.join(SCOPES)}")
    params = reading.read()
    duties = params.team.duties(scope)  # type: ignore[arg-type]  # just looked up
    log = artifacts.read_decisions(signatures=bool(duties.signed))
    notes = "".join(f"\n{problem}" for problem in log.problems)
    decision = in_force(log.decisions, params.decide)
    if decision is None:
        return _nothing(log, duties, params.decide.candidate, notes)
    state = standing(decision, duties, log.read_at)
    missing = (*state.missing, *_stale(differences(decision, params.cost, params.decide), duties))
    model = artifacts.decided_model(decision)
    needed = bool(duties.approvals or duties.reviews)
    if model.is_another and needed:
        refusal = _another(decision, model, [*missing, *state.discounted], notes)
        return Verdict(str(refusal), decision.name, state.state, (refusal.problem, *missing), refusal)
    if missing:
        refusal = _refused(decision, state, missing, notes)
        return Verdict(str(refusal), decision.name, state.state, missing, refusal)
    needs = "" if needed else " No approvals are needed: `team:` in params.yaml asks for none."
    told = f"Decision {decision.name} has what it needs. Status: {state}.{needs}{_unlike(decision, model)}{notes}"
    return Verdict(told, decision.name, state.state)


def _stale(changed: tuple[str, ...], duties: Duties) -> list[str]:
    """Give what was not signed: assumptions that params.yaml no longer shares with the decision."""
    if not changed or not (duties.approvals or duties.reviews):
        return []
    return [f"nobody signed the assumptions that params.yaml states now ({'; '.join(changed)})"]


def _nothing(log: DecisionLog, duties: Duties, candidate: str, notes: str) -> Verdict:
    """Say that no decision stands; that is enough only where nobody is to approve one."""
    if not (duties.approvals or duties.reviews):
        none_needed = "No decision file stands, and none is needed: `team:` in params.yaml asks for no approvals."
        return Verdict(f"{none_needed}{notes}")
    newest = log.decisions[-1].name if log.decisions else "none was taken"
    refusal = DecisionError(
        "no decision stands behind params.yaml, so that nobody can have approved it",
        found=f"decide.candidate: {candidate}; newest decision: {newest}" + "".join(f"; {one}" for one in log.problems),
        hint="`workbench decide --because TEXT` writes one",
    )
    return Verdict(str(refusal), missing=(refusal.problem,), refusal=refusal)


def _another(decision: DecisionFile, model: DecidedModel, missing: list[str], notes: str) -> DecisionError:
    """Refuse a decision whose candidate was trained again: nobody signed the model that bears its id now."""
    besides = f"; besides: {'; '.join(missing)}" if missing else ""
    return DecisionError(
        f"nobody signed the model that is {decision.candidate} now: it is another than the one decided for",
        place=Place(decision.path, key=f"evidence.sha256.{model.path}"),
        found=f"{f'files with digest {model.now}' if model.now else f'no {model.path}'}{besides}{notes}",
        expected=f"{model.then}, as of {decision.decided_at[:10]}",
        hint=f"`workbench decide` says what became of it; `workbench decide --candidate {decision.candidate} "
        "--because TEXT` decides for the model of now, to be signed again",
    )


def _unlike(decision: DecisionFile, model: DecidedModel) -> str:
    """Say in passing what stops nobody: another model where nobody signs, or a decision that does not name its own."""
    if model.is_another:
        return f" {decision.candidate} was trained again since: it is another model now."
    if model.then is None:
        return f" Its file does not hold the digest of {model.path}, so that another model by this id would not show."
    return ""


def _refused(decision: DecisionFile, state: Standing, missing: tuple[str, ...], notes: str) -> DecisionError:
    return DecisionError(
        f"decision {decision.name} is {state.state} and has not what it needs",
        found=f"{'; '.join((*missing, *state.discounted))}{notes}",
        hint=f"`workbench decide --approve {short_name(decision)}` signs it, --answer answers an objection; commit it",
    )
