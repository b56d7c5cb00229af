"""Signs a decision, objects to it, answers an objection, and checks that it has the approvals it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from workbench import artifacts
from workbench.decide.governance import standing
from workbench.decide.holding import differences, in_force
from workbench.errors import DecisionError, Place, UsageError
from workbench.params import reading

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.artifacts import DecidedModel, DecisionFile, DecisionLog, Kind, Mark
    from workbench.decide.governance import Standing
    from workbench.params.team import Duties

SCOPES = ("ingest", "train", "evaluate", "cost", "decide", "release")
_DONE = {"review": "Reviewed", "approve": "Approved", "object": "Objected to", "answer": "Answered"}


def sign(kind: Kind, number: str, who: str, because: str, evidence: Path | None = None) -> None:
    """Write a review, an approval, an objection or an answer, and say where the decision stands then.

    Args:
        kind: Which of these.
        number: Number or name of the decision; to answer one of several objections `NUMBER/OBJECTION`.
        who: Whose it is; empty for whom git knows.
        because: The reason; objections and answers need one.
        evidence: A file to keep beside an objection.

    Raises:
        UsageError: There is no such decision or objection, or a reason is missing.
        ArtifactError: The file cannot be written.
    """
    if kind in {"object", "answer"} and not because.strip():
        raise UsageError(f"--{kind} needs a reason", hint="say it with --because TEXT")
    if evidence is not None and kind != "object":
        raise UsageError("--evidence belongs to --object")
    duties = reading.read().team.duties("decide")
    name, _, objection = number.partition("/") if kind == "answer" else (number, "", "")
    with artifacts.decision_lock(reading.find_root()) as project:
        decision = artifacts.read_decisions(project).find(name)
        about = _objection(decision, objection, duties) if kind == "answer" else None
        by = " ".join(who.split()) or artifacts.own_name(project)
        path = artifacts.write_mark(project, decision, kind, by, because.strip(), about=about, evidence=evidence)
    typer.echo(f"{_DONE[kind]} {decision.name} as {by}: {path.relative_to(project)}. Commit it.")
    log = artifacts.read_decisions(project, signatures=bool(duties.signed))
    typer.echo(f"Status: {standing(log.find(decision.name), duties, log.read_at)}.")


def check(scope: str) -> str:
    """Say whether the decision in force has what the team asks for.

    Args:
        scope: The stage, or `release`, whose duties are asked.

    Returns:
        What stands, in a paragraph.

    Raises:
        DecisionError: It has not, which names what is missing; or another model bears the id that was decided for.
        UsageError: There is no such scope.
    """
    if scope not in SCOPES:
        raise UsageError("there are no duties of this name", found=scope, expected=f"one of {', '.join(SCOPES)}")
    params = reading.read()
    duties = params.team.duties(scope)  # type: ignore[arg-type]  # just looked up
    log = artifacts.read_decisions(signatures=bool(duties.signed))
    notes = "".join(f"\n{problem}" for problem in log.problems)
    decision = in_force(log.decisions, params.decide)
    if decision is None:
        return f"{_nothing(log, duties, params.decide.candidate)}{notes}"
    state = standing(decision, duties, log.read_at)
    missing = [*state.missing, *_stale(differences(decision, params.cost, params.decide), duties)]
    model = artifacts.decided_model(decision)
    needed = bool(duties.approvals or duties.reviews)
    if model.is_another and needed:
        raise _another(decision, model, [*missing, *state.discounted], notes)
    if missing:
        raise _refused(decision, state, missing, notes)
    needs = "" if needed else " No approvals are needed: `team:` in params.yaml asks for none."
    return f"Decision {decision.name} has what it needs. Status: {state}.{needs}{_unlike(decision, model)}{notes}"


def _stale(changed: tuple[str, ...], duties: Duties) -> list[str]:
    """Give what was not signed: assumptions that params.yaml no longer shares with the decision."""
    if not changed or not (duties.approvals or duties.reviews):
        return []
    return [f"nobody signed the assumptions that params.yaml states now ({'; '.join(changed)})"]


def _nothing(log: DecisionLog, duties: Duties, candidate: str) -> str:
    """Say that no decision stands; that is enough only where nobody is to approve one."""
    if not (duties.approvals or duties.reviews):
        return "No decision file stands, and none is needed: `team:` in params.yaml asks for no approvals."
    newest = log.decisions[-1].name if log.decisions else "none was taken"
    raise DecisionError(
        "no decision stands behind params.yaml, so that nobody can have approved it",
        found=f"decide.candidate: {candidate}; newest decision: {newest}" + "".join(f"; {one}" for one in log.problems),
        hint="`workbench decide --because TEXT` writes one",
    )


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


def _refused(decision: DecisionFile, state: Standing, missing: list[str], notes: str) -> DecisionError:
    return DecisionError(
        f"decision {decision.name} is {state.state} and has not what it needs",
        found=f"{'; '.join((*missing, *state.discounted))}{notes}",
        hint=f"`workbench decide --approve {_short(decision)}` signs it, --answer answers an objection; commit it",
    )


def _short(decision: DecisionFile) -> str:
    return decision.name if decision.number is None else str(decision.number)


def _objection(decision: DecisionFile, name: str, duties: Duties) -> Mark:
    state = standing(decision, duties, artifacts.read_decisions().read_at)
    plain = name.removesuffix(".yaml")
    opened = [one.mark for one in state.open_objections]
    found = [mark for mark in opened if plain in {"", mark.name, mark.name.removeprefix("object-")}]
    if len(found) == 1:
        return found[0]
    raise UsageError(
        "several objections are open" if found else "there is no such open objection",
        found=name or decision.name,
        expected=" or ".join(f"{_short(decision)}/{mark.name}" for mark in opened) or "an open objection",
    )
