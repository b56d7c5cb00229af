"""Shows the decision that stands: what the pipeline decided, who chose it and why, and whether it still holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from workbench import artifacts
from workbench.cli.shapes import decision_json
from workbench.cli.tables import show_json
from workbench.decide.governance import standing
from workbench.decide.holding import Held, hold, in_force
from workbench.errors import DecisionError, MissingArtifactError, WorkbenchError
from workbench.params import reading

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.artifacts import DecisionFile
    from workbench.params.team import Duties

TABLE = "data/decision/candidates.parquet"
RATES = "data/evaluation/error_rates.parquet"


def show(*, as_json: bool) -> None:
    """Print what stands.

    Raises:
        ArtifactError: Nothing was decided yet, or the record is damaged.
        ParamsError: params.yaml is not valid.
    """
    record = _record()
    duties = reading.read().team.duties("decide")
    held, problem = held_now(signatures=bool(duties.signed))
    if as_json:
        show_json(record | {"standing": _standing_json(held, duties, problem)})
        return
    from workbench.cli.views import show_record  # noqa: PLC0415 - --json needs no table

    if record:
        show_record("decision", record)
        if held.chosen not in {None, record.get("candidate")}:
            typer.echo(f"That is the last run's. params.yaml names {held.chosen} since; `dvc repro` decides anew.")
        typer.echo(_meaning())
        typer.echo("")
    typer.echo(held.told(duties))
    for line in (*_changed(held.decision), *([problem] if problem else [])):
        typer.echo(line)


def _record() -> dict[str, Any]:
    """Give what the stage decided; where it never ran a decision file may stand all the same."""
    try:
        return decision_json()
    except MissingArtifactError:
        if artifacts.read_decisions().decisions:
            return {}
        raise


def _meaning() -> str:
    """Say which error has which name, where the table is there that tells."""
    try:
        return artifacts.read_roles().meaning
    except MissingArtifactError:
        return ""


def held_now(root: Path | None = None, *, signatures: bool = False) -> tuple[Held, str]:
    """Find the decision that stands and take it again on the tables that are there.

    Args:
        root: The project.
        signatures: Whether to ask git who signed.

    Returns:
        What stands, and why it cannot be compared with the data; empty where it was.
    """
    params, log = reading.read(root), artifacts.read_decisions(root, signatures=signatures)
    chosen = None if params.decide.candidate == "auto" else params.decide.candidate
    decision = in_force(log.decisions, params.decide)
    if decision is None:
        return Held(log, None, chosen), ""
    from workbench.cost import PriceBook, price_candidates  # noqa: PLC0415 - only where there is something to compare

    try:
        frame, rates = artifacts.read_frame(TABLE, root), artifacts.read_frame(RATES, root)
        if set(frame["id"]) - set(rates["id"]):
            raise DecisionError("the stages decide and evaluate saw different candidates", hint="run `dvc repro`")
        priced = price_candidates(frame, params.cost, PriceBook.load(), params.decide.limits.latency_p99_ms)
        task = artifacts.read_roles(root).task
        return hold(log, priced, rates, params.cost, params.decide, task, params.train.metric), ""
    except WorkbenchError as error:
        return Held(log, decision, chosen), f"Whether the data still say so cannot be told: {error}"


def _changed(decision: DecisionFile | None) -> tuple[str, ...]:
    if decision is None:
        return ()
    changed = artifacts.changed_evidence(decision.part("evidence", "sha256"))
    return (f"Changed since it was decided: {', '.join(changed)}.",) if changed else ()


def _standing_json(held: Held, duties: Duties, problem: str) -> dict[str, Any]:
    one = held.decision
    told: dict[str, Any] = {
        "decision": one.name if one else None,
        "passed_over": [newer.name for newer in held.passed_over],
        "differences": list(held.differences),
        "problems": [*held.log.problems, *([problem] if problem else [])],
    }
    if one is None:
        return told
    state = standing(one, duties, held.log.read_at)
    return told | {
        "candidate": one.candidate,
        "threshold": one.threshold,
        "usd_per_month": one.usd_per_month,
        "who": one.who,
        "because": one.because,
        "decided_at": one.decided_at,
        "status": state.state,
        "enough": state.enough,
        "missing": list(state.missing),
        "reviewed_by": list(state.reviewed_by),
        "approved_by": list(state.approved_by),
        "objections": [str(objection) for objection in state.objections],
        "point": held.moved.to_json() if held.moved else None,
        "said": str(held.moved) if held.moved else None,
        "changed_evidence": list(artifacts.changed_evidence(one.part("evidence", "sha256"))),
    }
