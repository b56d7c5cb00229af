"""A source as texts, before any of them has a type; and the step from texts to values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from workbench.errors import ContractError, Place
from workbench.ingest.datatypes import stands_for_missing, value
from workbench.ingest.quarantine import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from workbench.ingest.contract import ColumnContract


@dataclass(frozen=True)
class Texts:
    """The rows of a source that are whole, as texts, and those that are not.

    Attributes:
        frame: One String column per column of the source; null where the value is missing.
        positions: One-based position of each row in the source.
        raw: Gives what the row of an index said.
        faults: The rows that are not whole.
    """

    frame: pl.DataFrame
    positions: Sequence[int]
    raw: Callable[[int], str] = field(repr=False)
    faults: tuple[Fault, ...]

    @property
    def rows_read(self) -> int:
        """Count all rows of the source."""
        return len(self.positions) + len(self.faults)


@dataclass(frozen=True)
class Values:
    """The rows of a source whose every value has its declared type, and the faults of the others.

    Attributes:
        frame: The declared columns.
        positions: One-based position of each row in the source.
        faults: The rows set aside, those that were not whole included.
    """

    frame: pl.DataFrame
    positions: pl.Series
    faults: tuple[Fault, ...]


def typed(source: str, texts: Texts, columns: Mapping[str, ColumnContract]) -> Values:
    """Give texts their declared types; rows with a text that does not parse become faults.

    Raises:
        ContractError: No value of a column parses: the column was given another type.
    """
    frame = texts.frame.select(value(pl.col(name), column).alias(name) for name, column in columns.items())
    reasons: dict[int, Fault] = {}
    for name, column in columns.items():
        missing = stands_for_missing(texts.frame[name], column)
        bad = frame[name].is_null() & ~missing
        _assert_not_retyped(source, column, texts.frame[name], missing, bad)
        if not column.nullable:
            bad |= missing
        for index in bad.arg_true().to_list():
            reason = _reason(column, missing=missing[index])
            reasons.setdefault(index, Fault(texts.positions[index], reason, texts.raw(index), name))
    positions = pl.Series(texts.positions, dtype=pl.Int64)
    if reasons:
        good = ~pl.int_range(texts.frame.height, eager=True).is_in(list(reasons))
        frame, positions = frame.filter(good), positions.filter(good)
    return Values(frame, positions, (*texts.faults, *reasons.values()))


def _reason(column: ColumnContract, *, missing: bool) -> str:
    if missing:
        return "missing, but the contract says nullable: false"
    return f"not a valid {column.dtype}" + (f" of the format {column.format}" if column.format else "")


def _assert_not_retyped(
    source: str, column: ColumnContract, text: pl.Series, missing: pl.Series, bad: pl.Series
) -> None:
    count = text.len() - int(missing.sum())
    if count and int(bad.sum()) == count:
        raise ContractError(
            "the column has another type than the contract says: no value parses",
            place=Place(source, column=text.name),
            found=f"{count:,} values such as {text.filter(~missing)[0][:40]!r}",
            expected=f"{column.dtype}{f' as {column.format}' if column.format else ''}",
            hint="mend the source, or change the column in the contract",
        )
