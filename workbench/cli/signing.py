"""Signs a decision, objects to it, answers an objection."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from workbench import artifacts
from workbench.decide.governance import standing
from workbench.errors import UsageError
from workbench.params import reading

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.artifacts import DecisionFile, Kind, Mark
    from workbench.params.team import Duties

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


def short_name(decision: DecisionFile) -> str:
    """Give the number of a decision, or its name where it has none."""
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
        expected=" or ".join(f"{short_name(decision)}/{mark.name}" for mark in opened) or "an open objection",
    )
