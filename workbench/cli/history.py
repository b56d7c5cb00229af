"""The command `history`: the line from data to decision."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from workbench.artifacts import DecisionFile
    from workbench.decide.governance import Standing

_SHORT = 10


def history(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show every decision: from which data, by whom, why.

    One line each, the first first: data, git revision, plan of training, choice, dollars, status, objections.
    """
    from workbench import artifacts  # noqa: PLC0415 - keeps --help and completion quick
    from workbench.cli.tables import show_json  # noqa: PLC0415 - as above
    from workbench.decide.governance import standing  # noqa: PLC0415 - as above
    from workbench.decide.holding import in_force  # noqa: PLC0415 - as above
    from workbench.params import reading  # noqa: PLC0415 - as above

    params = reading.read()
    duties = params.team.duties("decide")
    log = artifacts.read_decisions(signatures=bool(duties.signed))
    stands = in_force(log.decisions, params.decide)
    rows = [_row(one, standing(one, duties, log.read_at)) | {"stands": one is stands} for one in log.decisions]
    if as_json:
        show_json({"decisions": rows, "problems": list(log.problems)})
        return
    _show(rows, log.problems)


def _row(decision: DecisionFile, state: Standing) -> dict[str, Any]:
    from workbench.artifacts import PLAN, SPLITS  # noqa: PLC0415 - see above

    digests = decision.part("evidence", "sha256")
    return {
        "decision": decision.name,
        "decided_at": decision.decided_at,
        "data_sha256": {path: digests.get(path) for path in SPLITS},
        "git_revision": decision.part("evidence").get("git_revision"),
        "uncommitted_changes": decision.part("evidence").get("uncommitted_changes"),
        "plan_sha256": digests.get(PLAN),
        "candidate": decision.candidate,
        "threshold": decision.threshold,
        "usd_per_month": decision.usd_per_month,
        "who": decision.who,
        "because": decision.because,
        "status": state.state,
        "missing": list(state.missing),
        "objections": [str(one) for one in state.objections],
        "open_objections": len(state.open_objections),
    }


def _show(rows: list[dict[str, Any]], problems: tuple[str, ...]) -> None:
    from workbench.charts.labels import shown, text, usd  # noqa: PLC0415 - --json needs no table
    from workbench.cli.tables import Heading, show_table  # noqa: PLC0415 - as above

    names = ("", "decision", "day", "data", "git", "plan", "candidate", "threshold", "per month", "who", "status")
    numbers = {"threshold", "per month"}
    cells = [
        (
            ">" if row["stands"] else " ",
            shown(row["decision"]),
            row["decided_at"][:10],
            _data(row["data_sha256"]),
            _short(row["git_revision"], changed=bool(row["uncommitted_changes"])),
            _short(row["plan_sha256"]),
            shown(row["candidate"]),
            text(row["threshold"]),
            usd(row["usd_per_month"]),
            shown(row["who"]),
            f"{row['status']}{_objections(row)}",
        )
        for row in rows
    ]
    reasons = [f"{shown(row['decision'])}: {shown(' '.join(row['because'].split()), 2_000)}" for row in rows]
    objections = [f"{shown(row['decision'])}: {shown(said, 2_000)}" for row in rows for said in row["objections"]]
    notes = ["> stands behind params.yaml   + with changes not committed", *reasons, *objections, *problems]
    headings = [Heading(name, number=name in numbers) for name in names]
    show_table("from data to decision", headings, cells, notes if rows else ["no decision was taken yet", *problems])


def _data(digests: dict[str, str | None]) -> str:
    """Give one short name for the three splits: the digest of their digests."""
    known = [digest for digest in digests.values() if digest]
    return _short(hashlib.sha256(" ".join(known).encode()).hexdigest()) if known else "—"


def _short(digest: object, *, changed: bool = False) -> str:
    return f"{digest[:_SHORT]}{'+' if changed else ''}" if isinstance(digest, str) and digest else "—"


def _objections(row: dict[str, Any]) -> str:
    if not row["objections"]:
        return ""
    opened = row["open_objections"]
    return f", {opened} open objection{'' if opened == 1 else 's'}" if opened else ", objections answered"
