"""Left joins whose cardinality was declared and is checked on the data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from workbench.errors import ContractError, ParamsError, Place, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.params.ingest import JoinParams

MAX_GROWTH: Final = 10
"""Times the rows of the table that a declared 1:m or m:m join may yield."""
_GROWTH_FLOOR_ROWS = 100_000
_SHOWN = 3


@dataclass(frozen=True)
class Joined:
    """A table with one source joined onto it.

    Attributes:
        frame: All rows of the table, in their order.
        matched_rows: Rows of `frame` that found a partner.
        copies: Columns of the source that repeat one of the table: its name by theirs.
    """

    frame: pl.DataFrame
    matched_rows: int
    copies: dict[str, str]


def join(table: pl.DataFrame, source: pl.DataFrame, params: JoinParams, *, withhold: bool = False) -> Joined:
    """Join a source onto the table.

    Args:
        table: Whose rows are kept.
        source: What is looked up.
        params: Keys, cardinality and suffix.
        withhold: Keep key values out of error texts.

    Raises:
        ParamsError: A key does not exist, or column names collide.
        ContractError: Key types differ, the declared cardinality does not hold, or the rows would multiply.
    """
    left_on, right_on = params.on or params.left_on, params.on or params.right_on
    _assert_keys(table, source, params, left_on, right_on)
    known = source.drop_nulls(right_on) if any(source[name].null_count() for name in right_on) else source
    copies = _renamed(table, known, params, right_on)
    if params.validate_ in {"m:1", "1:1"}:
        _assert_unique(known, right_on, params, "right", withhold=withhold)
    if params.validate_ in {"1:m", "1:1"}:
        _assert_unique(table.drop_nulls(left_on), left_on, params, "left", withhold=withhold)
    if params.validate_ in {"1:m", "m:m"}:
        _assert_growth(table, known, params, left_on, right_on)
    marker, lookup = _marked(known.rename({old: new for new, old in copies.items()}), right_on)
    joined = table.join(
        lookup, how="left", left_on=left_on, right_on=right_on, coalesce=True, maintain_order="left", suffix=""
    )
    matched = joined.height - joined[marker].null_count()
    frame = joined if marker in known.columns or marker in copies else joined.drop(marker)
    return Joined(frame, matched, {new: old for new, old in copies.items() if _repeats(frame, new, old)})


def _assert_keys(
    table: pl.DataFrame, source: pl.DataFrame, params: JoinParams, left_on: Sequence[str], right_on: Sequence[str]
) -> None:
    place = Place(key=f"ingest.joins.{params.source}")
    for frame, names, whose in ((table, left_on, "the table"), (source, right_on, f"the source {params.source}")):
        for name in names:
            if name not in frame.columns:
                raise ParamsError(
                    f"no column {name!r} in {whose} to join on", place=place, hint=nearest(name, frame.columns)
                )
    for left, right in zip(left_on, right_on, strict=True):
        if table[left].dtype != source[right].dtype:
            raise ContractError(
                "the join keys have different types",
                place=place,
                found=f"{left!r} is {table[left].dtype}, {right!r} is {source[right].dtype}",
                hint="give both the same dtype in the contract",
            )


def _renamed(table: pl.DataFrame, source: pl.DataFrame, params: JoinParams, right_on: Sequence[str]) -> dict[str, str]:
    """Give the new names of columns the table already has, by new name; each must be free."""
    shared = [name for name in source.columns if name in table.columns and name not in right_on]
    copies = {f"{name}{params.suffix}": name for name in shared}
    taken = {*table.columns, *(name for name in source.columns if name not in shared)}
    for new, old in copies.items():
        if new in taken:
            raise ParamsError(
                f"the join would give the table two columns {new!r}",
                place=Place(key=f"ingest.joins.{params.source}.suffix", column=old),
                found=repr(params.suffix),
                hint=f"choose a suffix such as _{params.source}",
            )
    return copies


def _assert_unique(frame: pl.DataFrame, keys: Sequence[str], params: JoinParams, side: str, *, withhold: bool) -> None:
    unique = frame[keys[0]].n_unique() if len(keys) == 1 else frame.select(pl.struct(keys).n_unique()).item()
    if unique == frame.height:
        return
    numbered = frame.select(keys).with_row_index("row", offset=1)
    repeated = numbered.group_by(keys, maintain_order=True).agg("row").filter(pl.col("row").list.len() > 1)
    shown = [f"{'a key' if withhold else row[:-1]} in rows {row[-1][:5]}" for row in repeated.head(_SHOWN).rows()]
    whose = f"the source {params.source}" if side == "right" else "the table"
    raise ContractError(
        f"the join was declared {params.validate_}, but {whose} repeats keys",
        place=Place(params.source, column=", ".join(keys)),
        found=f"{repeated.height:,} repeated keys: {'; '.join(shown)}{' …' if repeated.height > _SHOWN else ''}",
        expected="each key once",
        hint="remove the repeated rows, join on more columns, or declare what is true",
    )


def _assert_growth(
    table: pl.DataFrame, source: pl.DataFrame, params: JoinParams, left_on: Sequence[str], right_on: Sequence[str]
) -> None:
    """Count the rows of a join before it is made."""
    left = table.select(pl.col(name).alias(f"k{index}") for index, name in enumerate(left_on))
    right = source.select(pl.col(name).alias(f"k{index}") for index, name in enumerate(right_on))
    counts = (
        left.group_by(left.columns)
        .len("left")
        .join(right.group_by(right.columns).len("right"), on=left.columns, how="left")
    )
    rows = counts.select((pl.col("left").cast(pl.Int64) * pl.col("right").fill_null(1).cast(pl.Int64)).sum()).item()
    limit = max(MAX_GROWTH * table.height, _GROWTH_FLOOR_ROWS)
    if rows > limit:
        raise ContractError(
            "the join would multiply the rows",
            place=Place(key=f"ingest.joins.{params.source}"),
            found=f"{table.height:,} rows would become {rows:,}",
            expected=f"at most {limit:,}",
            hint="join on more columns, or reduce the source to one row per key",
        )


def _marked(source: pl.DataFrame, right_on: Sequence[str]) -> tuple[str, pl.DataFrame]:
    """Find or add a column without missing values: after the join it is missing where no partner was found."""
    for name in source.columns:
        if name not in right_on and not source[name].null_count():
            return name, source
    marker = "\x00matched"
    return marker, source.with_columns(pl.lit(value=True).alias(marker))


def _repeats(frame: pl.DataFrame, new: str, old: str) -> bool:
    if frame[new].dtype != frame[old].dtype or frame[new].null_count() == frame.height:
        return False
    return bool(frame.select((pl.col(new) == pl.col(old)).all()).item())
