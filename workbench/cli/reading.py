"""Commands that show what a run left behind: `candidates`, `compare`."""

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.options import Json, candidate_ids
from workbench.cli.tables import show_json
from workbench.errors import UsageError

SIDE = "A candidate, REV:CANDIDATE of a git revision or DVC experiment, or REV for the one it decided on."


def candidates(as_json: Json = False) -> None:
    """Show candidates: quality, dollars, latency, frontier."""
    from workbench.cli.shapes import candidates_json  # noqa: PLC0415 - keeps --help and completion quick

    tree = candidates_json()
    if as_json:
        show_json(tree)
        return
    from workbench.cli.views import show_candidates  # noqa: PLC0415 - --json needs no table

    show_candidates(tree["candidates"], tree["decision"])


def compare(  # noqa: PLR0913, PLR0917 - one for each option
    a: Annotated[str, typer.Argument(help=SIDE, autocompletion=candidate_ids)],
    b: Annotated[list[str] | None, typer.Argument(help=f"{SIDE} Several are allowed.")] = None,
    split: Annotated[str, typer.Option(help="The rows to compare on: validation or test.")] = "test",
    metric: Annotated[str, typer.Option(help="A metric of the task; auto is the one that decides.")] = "auto",
    together: Annotated[
        str, typer.Option(help="Rows that depend on each other: rows, time, or a column; auto asks params.yaml.")
    ] = "auto",
    with_all: Annotated[bool, typer.Option("--with-all", help="Compare with every other candidate.")] = False,
    html: Annotated[Path | None, typer.Option(help="Write a page for people who disagree.")] = None,
    as_json: Json = False,
) -> None:
    """Is candidate A better than B, or is it noise?

    Paired bootstrap on the same rows: the difference is the metric of A less that of B. With several B the intervals
    are wide enough to hold together. Each look at the test rows is counted.
    """
    if not b and not with_all:
        raise typer.BadParameter("name what A is compared with, or give --with-all", param_hint="B")
    if html and not html.parent.is_dir():
        raise UsageError("there is no such folder for the page", found=str(html.parent))
    from workbench.cli.comparing import compare_sides  # noqa: PLC0415 - keeps --help and completion quick

    answer = compare_sides(a, b or (), split=split, metric=metric, together=together, with_all=with_all)
    if as_json:
        show_json(answer.to_json())
    else:
        from workbench.cli.evidenceviews import show_answer  # noqa: PLC0415 - --json needs no table

        show_answer(answer)
    if html:
        from workbench.cli.evidencepage import write_page  # noqa: PLC0415 - draws charts

        write_page(answer, html)
