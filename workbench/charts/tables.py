"""Tables for people: units in the header or in the number, thousands separated, every name escaped."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from workbench.charts import labels

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    import polars as pl

MOST_ROWS = 200


@dataclass(frozen=True)
class Table:
    """A finished table: text in cells.

    Attributes:
        caption: What it shows.
        header: One text per column.
        rows: The cells.
        numeric: Which columns are numbers, set flush right.
        note: Small print below: units, basis, what was left out.
    """

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]
    note: str = ""

    def html(self) -> str:
        """Give HTML without style or script."""
        head = "".join(
            f'<th scope="col" class="{_kind(n)}">{escape(h)}</th>'
            for h, n in zip(self.header, self.numeric, strict=True)
        )
        body = "".join(f"<tr>{self._cells(row)}</tr>" for row in self.rows)
        note = f'<p class="workbench-note">{escape(self.note)}</p>' if self.note else ""
        caption = f"<caption>{escape(self.caption)}</caption>" if self.caption else ""
        return (
            f'<div class="workbench-scroll"><table class="workbench-table">{caption}'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>{note}"
        )

    def _cells(self, row: Sequence[str]) -> str:
        return "".join(f'<td class="{_kind(n)}">{escape(cell)}</td>' for cell, n in zip(row, self.numeric, strict=True))

    def __str__(self) -> str:
        """Give the table in plain text, columns aligned."""
        lines = [self.header, *self.rows]
        widths = [max(len(line[i]) for line in lines) for i in range(len(self.header))]
        text = [
            "  ".join(
                cell.rjust(width) if n else cell.ljust(width)
                for cell, width, n in zip(line, widths, self.numeric, strict=True)
            ).rstrip()
            for line in lines
        ]
        return "\n".join([*([self.caption] if self.caption else []), *text, *([self.note] if self.note else [])])

    def _repr_mimebundle_(
        self,
        include: Collection[str] | None = None,  # noqa: ARG002 - part of IPython's protocol
        exclude: Collection[str] | None = None,  # noqa: ARG002 - part of IPython's protocol
    ) -> dict[str, str]:
        return {"text/html": self.html(), "text/plain": str(self)}


def table(
    frame: pl.DataFrame,
    caption: str = "",
    formats: Mapping[str, Callable[[float | None], str]] | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    note: str = "",
    most_rows: int = MOST_ROWS,
) -> Table:
    """Set a frame as a table.

    Args:
        frame: One row per line; columns in the order shown.
        caption: What the table shows.
        formats: How a numeric column is written, such as `{"price": labels.usd}`; by default the unit
            in the column's name decides (`_usd`, `_ms`, `_seconds`, `_bytes`).
        headers: Other words for a column's name.
        note: Small print below.
        most_rows: Rows shown; the note counts the rest.

    Example:
        >>> import polars as pl
        >>> print(table(pl.DataFrame({"id": ["b1"], "size_bytes": [1_500_000]}), "Models"))
        Models
        id     size
        b1  1.50 MB
    """
    chosen = formats or {}
    named = headers or {}
    part = frame.head(most_rows)
    left_out = frame.height - part.height
    numeric = tuple(dtype.is_numeric() for dtype in part.dtypes)
    columns = [
        [chosen.get(name, labels.by_name(name))(value) for value in part[name].to_list()]
        if is_number
        else [_plain(value) for value in part[name].to_list()]
        for name, is_number in zip(part.columns, numeric, strict=True)
    ]
    rest = f"{left_out:,} more rows are not shown." if left_out else "" if frame.height else "None."
    return Table(
        caption,
        tuple(labels.shown(named.get(name) or labels.words(name)) for name in part.columns),
        tuple(zip(*columns, strict=True)),
        numeric,
        " ".join(filter(None, (note, rest))),
    )


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return labels.text(value)


def _kind(is_number: bool) -> str:
    return "workbench-number" if is_number else "workbench-text"
