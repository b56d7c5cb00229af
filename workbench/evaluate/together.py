"""Chooses which rows depend on each other: groups of a column, blocks of time, or none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.errors import UsageError, nearest
from workbench.evaluate.bundles import Dependence

if TYPE_CHECKING:
    import polars as pl

    from workbench.evaluate.bundles import Kind


@dataclass(frozen=True)
class Together:
    """What keeps rows together when candidates are compared.

    Attributes:
        kind: `groups`, `blocks` of time, or `rows` by themselves.
        column: The column that says which; empty for `rows`.
    """

    kind: Kind = "rows"
    column: str = ""

    @classmethod
    def chosen(cls, together: str, group: str | None, time: str | None) -> Together:
        """Choose by what params.yaml says and how the rows were split.

        Args:
            together: `evaluate.together`: `auto`, `rows`, `time` or a column. With `auto` groups if there are any,
                else blocks of time if there is a time, else single rows.
            group: Column whose values the split kept together; None where it kept none.
            time: Column that orders the rows; None without one.

        Raises:
            UsageError: There is no time to make blocks of.

        Example:
            >>> Together.chosen("auto", None, "day")
            Together(kind='blocks', column='day')
        """
        if together == "auto":
            if group:
                return cls("groups", group)
            return cls("blocks", time) if time else cls()
        if together == "rows":
            return cls()
        if together != "time":
            return cls("groups", together)
        if not time:
            raise UsageError("there is no time to make blocks of", expected="ingest.time names a column")
        return cls("blocks", time)

    def of(self, rows: pl.DataFrame) -> Dependence:
        """Read from the rows of a split which of them depend on each other.

        Raises:
            UsageError: They have no such column.
        """
        if not self.column:
            return Dependence()
        if self.column not in rows.columns:
            raise UsageError(
                f"the rows have no column {self.column!r} to keep together",
                hint=nearest(self.column, rows.columns) or "evaluate.together: auto, rows, time or a column",
            )
        return Dependence(self.kind, self.column, rows[self.column].rank("dense").fill_null(0).to_numpy())
