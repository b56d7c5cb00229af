"""Prints tables and JSON: units in the headings, wide enough to be read by a program."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH_OF_A_PIPE = 220


@dataclass(frozen=True)
class Heading:
    """The heading of one column of a table.

    Attributes:
        text: What stands above the column, unit included.
        number: Whether the cells are numbers, set flush right.
    """

    text: str
    number: bool = True


def show_json(value: object) -> None:
    """Print a value as JSON; a number that JSON has no word for becomes null."""
    typer.echo(json.dumps(_finite(value), indent=2, ensure_ascii=False, default=str))


def show_table(
    title: str, headings: Sequence[Heading], rows: Sequence[Sequence[str]], notes: Sequence[str] = ()
) -> None:
    """Print a table with its notes below it."""
    from rich.console import Console  # noqa: PLC0415 - keeps --help and --json quick
    from rich.table import Table  # noqa: PLC0415 - keeps --help and --json quick
    from rich.text import Text  # noqa: PLC0415 - keeps --help and --json quick

    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH_OF_A_PIPE)
    table = Table(title=Text(title), title_justify="left", title_style="bold", box=None, pad_edge=False)
    for heading in headings:
        table.add_column(Text(heading.text), justify="right" if heading.number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console.print(table)
    for note in notes:
        console.print(Text(note), soft_wrap=True)


def _finite(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value
