"""Commands around a project: `init`, `doctor`, `params`."""

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.options import Json
from workbench.cli.tables import Heading, show_json, show_table


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The new project; absent or empty.")],
    data: Annotated[Path, typer.Option(help="A CSV, Parquet or JSON-lines file, compressed or not.")],
    target: Annotated[str, typer.Option(help="The column to predict.")],
    time: Annotated[str | None, typer.Option(help="The column that orders the rows; found by itself if there.")] = None,
) -> None:
    """Make a git and DVC project around a table of yours.

    It gets the notebooks, dvc.yaml and a params.yaml that fits the table.
    """
    from workbench import project  # noqa: PLC0415 - keeps --help and completion quick

    created = project.init(folder, data, target, time=time)
    for line in created.summary():
        typer.echo(line)


def doctor(as_json: Json = False) -> None:
    """Show what is here, what is missing, how to get it."""
    from workbench import project  # noqa: PLC0415 - keeps --help and completion quick

    diagnosis = project.doctor()
    if as_json:
        show_json(diagnosis.to_json())
    else:
        rows = [
            (check.status, check.name, check.found, "" if check.status == "ok" else check.hint or "")
            for check in diagnosis.checks
        ]
        headings = [Heading(text, number=False) for text in ("status", "what", "found", "how to get it")]
        show_table("workbench doctor", headings, rows)
    raise typer.Exit(0 if diagnosis.ok else 1)


def params(
    as_json: Json = False,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of params.yaml, for editors.")
    ] = False,
    overrides: Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="As in `run`.")] = None,
) -> None:
    """Check params.yaml; show values and their origins."""
    from workbench.params import reading, tree  # noqa: PLC0415 - keeps --help and completion quick

    if schema:
        show_json(reading.json_schema())
        return
    file = reading.read_file(reading.find_root() / reading.PARAMS_FILE, overrides or [])
    values = file.params.model_dump(by_alias=True, mode="json")
    if as_json:
        show_json({"params": values, "origins": dict(file.origins)})
        return
    rows = [
        (".".join(path), str(value), file.origins.get(".".join(path), "default")) for path, value in tree.leaves(values)
    ]
    headings = [Heading(text, number=False) for text in ("key", "value", "from")]
    show_table("parameters in force", headings, rows)
