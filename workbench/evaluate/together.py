"""Chooses which rows depend on each other: groups of a column, blocks of time, or none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.errors import UsageError, nearest
from workbench.evaluate.bundles import Dependence

if TYPE_CHECKING:
    import polars as pl

    from workbench.evaluate.bundles import Kind


def dependence_of(rows: pl.DataFrame, together: str, group: str | None, time: str | None) -> Dependence:
    """Read which rows of a split depend on each other.

    Args:
        rows: The rows of the split.
        together: `evaluate.together`: `auto`, `rows`, `time` or a column.
        group: Column whose values the split kept together; None where it kept none.
        time: Column that orders the rows; None without one.

    Returns:
        With `auto` groups if there are any, else blocks of time if there is a time, else single rows.

    Raises:
        UsageError: There is no such column, or no time.

    Example:
        >>> import polars as pl
        >>> dependence_of(pl.DataFrame({"day": [1, 1, 2]}), "auto", None, "day").kind
        'blocks'
    """
    kind, column = _chosen(together, group, time)
    if not column:
        return Dependence()
    if column not in rows.columns:
        raise UsageError(
            f"the rows have no column {column!r} to keep together",
            hint=nearest(column, rows.columns) or "evaluate.together: auto, rows, time or a column",
        )
    return Dependence(kind, column, rows[column].rank("dense").fill_null(0).to_numpy())


def _chosen(together: str, group: str | None, time: str | None) -> tuple[Kind, str]:
    if together == "auto":
        return ("groups", group) if group else ("blocks", time or "")
    if together == "rows":
        return "rows", ""
    if together != "time":
        return "groups", together
    if not time:
        raise UsageError("there is no time to make blocks of", expected="ingest.time names a column")
    return "blocks", time
