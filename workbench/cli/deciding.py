"""The command `decide`: what stands, a choice without a browser, sign-offs and objections."""

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.options import Json, candidate_ids
from workbench.errors import UsageError

_NUMBER = "NUMBER"
_SET = "An assumption: cost.traffic.requests_per_day=2e6; cost.* or decide.limits.*; may be given again."
_MODES = "--check, --review, --approve, --object and --answer"


def decide(  # noqa: PLR0913 - the options of a command
    candidate: Annotated[
        str, typer.Option(help="Choose this candidate; absent: the recommended one.", autocompletion=candidate_ids)
    ] = "",
    threshold: Annotated[float | None, typer.Option(help="At this threshold; absent: the best one.")] = None,
    overrides: Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help=_SET)] = None,
    because: Annotated[str, typer.Option(help="The reason; this is what makes it a decision.")] = "",
    who: Annotated[str, typer.Option("--who", "--as", help="Whose it is; absent: git's user.name.")] = "",
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change in params.yaml.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Has it the approvals it needs? Exit 1 if not.")] = False,
    duty: Annotated[
        str, typer.Option("--for", help="Whose duties --check asks: a stage or release; absent: decide.")
    ] = "",
    review: Annotated[str, typer.Option(metavar=_NUMBER, help="Sign that you reviewed a decision.")] = "",
    approve: Annotated[str, typer.Option(metavar=_NUMBER, help="Sign that you approve a decision.")] = "",
    object_to: Annotated[
        str, typer.Option("--object", metavar=_NUMBER, help="Object to a decision; with --because.")
    ] = "",
    evidence: Annotated[Path | None, typer.Option(help="A file to keep beside an objection.")] = None,
    answer: Annotated[
        str, typer.Option(metavar="NUMBER[/OBJECTION]", help="Answer an objection; with --because.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Show the decision, take one, sign one.

    Without options: what stands, why, and whether the data still say so. With --because: does what Apply does in
    the explorer: params.yaml, comments kept, and a file under decisions/. Sign-offs are files, too; commit them.
    """
    signs = {"review": review, "approve": approve, "object": object_to, "answer": answer}
    given = {kind: number for kind, number in signs.items() if number}
    chooses = bool(candidate or overrides or dry_run) or threshold is not None
    if len(given) + check > 1 or ((given or check) and chooses):
        raise UsageError(f"{_MODES} each stand alone", hint="one at a time, without a choice")
    chooses = chooses or bool(because and not given)
    _refuse_idle("--evidence", evidence is not None and not object_to, "--object")
    _refuse_idle("--for", bool(duty) and not check, "--check")
    _refuse_idle("--because", bool(because) and check, "a choice or a sign-off")
    _refuse_idle("--who", bool(who) and not (given or chooses), "a choice or a sign-off")
    _refuse_idle("--json", as_json and bool(given), "what shows, checks or chooses")
    if check:
        from workbench.cli import checking  # noqa: PLC0415 - keeps --help and completion quick

        checking.check(duty or "decide", as_json=as_json)
    elif given:
        from workbench.cli import signing  # noqa: PLC0415 - keeps --help and completion quick

        for kind, number in given.items():
            signing.sign(kind, number, who, because, evidence)  # type: ignore[arg-type]  # the keys are the kinds
    elif chooses:
        from workbench.cli import choosing  # noqa: PLC0415 - keeps --help and completion quick

        wish = choosing.Wish(candidate, threshold, tuple(overrides or ()), because, who)
        choosing.choose(wish, dry_run=dry_run, as_json=as_json)
    else:
        from workbench.cli import standing  # noqa: PLC0415 - keeps --help and completion quick

        standing.show(as_json=as_json)


def _refuse_idle(option: str, idle: bool, home: str) -> None:
    """Refuse an option that would have no effect, so that nobody takes it for done."""
    if idle:
        raise UsageError(f"{option} belongs to {home}", hint="without it this option has no effect")
