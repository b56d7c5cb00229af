"""Commands that show what a run left behind: `candidates`, `compare`, `decide`."""

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.tables import show_json

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def _candidate_ids(incomplete: str) -> list[str]:
    """Complete a candidate by the folders of models/, without reading a table."""
    return sorted(path.name for path in Path("models").glob(f"{incomplete}*") if path.is_dir())


Candidate = Annotated[str, typer.Argument(help="Id of a candidate.", autocompletion=_candidate_ids)]


def candidates(as_json: Json = False) -> None:
    """Show candidates: quality, dollars, latency, frontier."""
    from workbench.cli.shapes import candidates_json  # noqa: PLC0415 - keeps --help and completion quick

    tree = candidates_json()
    if as_json:
        show_json(tree)
        return
    from workbench.cli.views import show_candidates  # noqa: PLC0415 - --json needs no table

    show_candidates(tree["candidates"], tree["decision"])


def compare(
    a: Candidate,
    b: Candidate,
    split: Annotated[str, typer.Option(help="The rows to compare on: validation or test.")] = "test",
    metric: Annotated[str, typer.Option(help="A metric of the task; auto is the one that decides.")] = "auto",
    as_json: Json = False,
) -> None:
    """Is candidate A better than B, or is it noise?

    Paired bootstrap on the same rows: the difference is the metric of A less that of B.
    """
    from workbench.cli.comparing import compare_candidates  # noqa: PLC0415 - keeps --help and completion quick

    found = compare_candidates(a, b, split, metric)
    if as_json:
        show_json(found.to_json())
        return
    typer.echo(f"{a} against {b}: {found.verdict} on {split} by {found.metric}")
    typer.echo(f"difference {found.difference:+.6g}, interval {found.low:+.6g} to {found.high:+.6g}")
    if found.rows_to_decide:
        typer.echo(f"about {found.rows_to_decide:,} rows would decide it")


def decide(as_json: Json = False) -> None:
    """Show the decision, what it costs a month, and why."""
    from workbench.cli.shapes import decision_json  # noqa: PLC0415 - keeps --help and completion quick

    record = decision_json()
    if as_json:
        show_json(record)
        return
    from workbench.cli.views import show_record  # noqa: PLC0415 - --json needs no table

    show_record("decision", record)
