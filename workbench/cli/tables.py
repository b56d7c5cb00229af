"""Prints tables and JSON: units in the headings, wide enough to be read by a program."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WIDTH_OF_A_PIPE = 220
BYTES_PER_UNIT = 1000
"""Sizes are decimal: a kilobyte is 1,000 bytes."""


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


def figure(value: object, digits: int = 4) -> str:
    """Write a number with so many significant digits and thousands separated.

    Example:
        >>> figure(1234567.0), figure(0.0012345), figure(None)
        ('1,234,567', '0.001234', '-')
    """
    if not isinstance(value, int | float) or (isinstance(value, float) and not math.isfinite(value)):
        return "-"
    if isinstance(value, int) or abs(value) >= 10**digits:
        return f"{value:,.0f}"
    return f"{value:,.{digits}g}"


def dollars(value: object) -> str:
    """Write an amount of dollars, cents shown, small amounts with four significant digits.

    Example:
        >>> dollars(12345.678), dollars(0.00012345), dollars(0.0)
        ('$12,345.68', '$0.0001235', '$0.00')
    """
    if not isinstance(value, int | float) or not math.isfinite(value):
        return "-"
    return f"${value:,.4g}" if 0 < abs(value) < 1 else f"${value:,.2f}"


def size(value: object) -> str:
    """Write a number of bytes with a decimal unit.

    Example:
        >>> size(1_500_000), size(12)
        ('1.5 MB', '12 B')
    """
    if not isinstance(value, int | float):
        return "-"
    amount = float(value)
    for unit in ("B", "kB", "MB", "GB"):
        if abs(amount) < BYTES_PER_UNIT:
            return f"{amount:.3g} {unit}"
        amount /= BYTES_PER_UNIT
    return f"{amount:,.3g} TB"


def _finite(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in _items(value)}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value


def _items(mapping: Mapping[object, object]) -> list[tuple[object, object]]:
    return list(mapping.items())
