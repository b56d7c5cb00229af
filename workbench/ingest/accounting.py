"""Where every row went: one line per step, and a law that each line obeys."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import polars as pl

from workbench.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Iterable

_SCHEMA = {
    "step": pl.String,
    "rows_in": pl.Int64,
    "rows_out": pl.Int64,
    "quarantined": pl.Int64,
    "dropped": pl.Int64,
    "note": pl.String,
}


@dataclass(frozen=True)
class Step:
    """What one step did to the rows.

    Attributes:
        step: What it did, such as `read flights`.
        rows_in: Rows it was given.
        rows_out: Rows it passed on.
        quarantined: Rows set aside because they broke the contract.
        dropped: Rows left out by a rule of params.yaml.
        note: What else is worth knowing, in one line.

    Raises:
        ContractError: rows_in is not rows_out + quarantined + dropped.
    """

    step: str
    rows_in: int
    rows_out: int
    quarantined: int = 0
    dropped: int = 0
    note: str = ""

    def __post_init__(self) -> None:
        if self.rows_in != self.rows_out + self.quarantined + self.dropped:
            raise ContractError(
                f"rows are not conserved in the step {self.step!r}",
                found=f"{self.rows_out:,} out + {self.quarantined:,} quarantined + {self.dropped:,} dropped",
                expected=f"{self.rows_in:,} rows",
                hint="this is a fault of workbench itself, please report it",
            )


def accounting_frame(steps: Iterable[Step]) -> pl.DataFrame:
    """Lay the steps out as a frame, in order."""
    return pl.DataFrame([asdict(step) for step in steps], schema=_SCHEMA)


def account_for(frame: pl.DataFrame, step: Step) -> pl.DataFrame:
    """Append one step to an accounting frame."""
    return pl.concat([frame, accounting_frame([step])])
