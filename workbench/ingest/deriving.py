"""New columns and the rows to keep, written as Polars SQL expressions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from workbench.errors import ParamsError, Place, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_MASK = "\x00keep"
_FAILURES = (pl.exceptions.PolarsError, pl.exceptions.PanicException)


def derive(table: pl.DataFrame, expressions: Mapping[str, str]) -> pl.DataFrame:
    """Add columns, in order; each may use those before it.

    Raises:
        ParamsError: An expression is no SQL, uses an unknown column or fails, or its name is taken.
    """
    for name, text in expressions.items():
        place = Place(key=f"ingest.derive.{name}")
        if name in table.columns:
            raise ParamsError("the table already has a column of this name", place=place, hint="choose a new name")
        table = _applied(table, _expression(text, table.columns, place).alias(name), text, place)
    return table


def keep(table: pl.DataFrame, condition: str, columns: Sequence[str]) -> pl.DataFrame:
    """Keep the rows for which a condition is true, neither false nor missing, and some of the columns.

    Raises:
        ParamsError: The condition is no SQL, uses an unknown column, or yields no truth values.
    """
    place = Place(key="ingest.keep")
    mask = _mask(table, condition, place)
    if mask.null_count() == 0 and mask.all():
        return table.select(columns)
    kept = table.select(columns).filter(mask)
    if not kept.height:
        raise ParamsError("the condition keeps no row", place=place, found=condition)
    return kept


def roots(text: str) -> frozenset[str]:
    """Name the columns an expression reads.

    Example:
        >>> sorted(roots("a > 30 AND b = 'x'"))
        ['a', 'b']
    """
    return frozenset(pl.sql_expr(text).meta.root_names())


def sources_of(name: str, expressions: Mapping[str, str]) -> frozenset[str]:
    """Name all columns a derived column is made from, through other derived columns too."""
    found: set[str] = set()
    pending = [name]
    while pending:
        fresh = roots(expressions[current]) - found if (current := pending.pop()) in expressions else frozenset()
        found |= fresh
        pending.extend(fresh)
    return frozenset(found - {name})


def made_from(columns: Iterable[str], expressions: Mapping[str, str]) -> dict[str, str]:
    """Find the derived columns that are made from any of the columns: which of them, by derived name."""
    wanted = frozenset(columns)
    hits = {name: sorted(sources_of(name, expressions) & wanted) for name in expressions}
    return {name: hit[0] for name, hit in hits.items() if hit}


def _mask(table: pl.DataFrame, condition: str, place: Place) -> pl.Series:
    expression = _expression(condition, table.columns, place)
    mask = _applied(table, expression.alias(_MASK), condition, place)[_MASK]
    if mask.dtype != pl.Boolean:
        raise ParamsError(
            "the condition is neither true nor false", place=place, found=f"{condition!r} is {mask.dtype}"
        )
    return mask


def _expression(text: str, columns: Iterable[str], place: Place) -> pl.Expr:
    try:
        expression = pl.sql_expr(text)
        names = expression.meta.root_names()
    except _FAILURES as error:
        raise ParamsError(
            f"not a Polars SQL expression: {_first_line(error)}", place=place, found=repr(text)
        ) from error
    known = frozenset(columns)
    for name in names:
        if name not in known:
            raise ParamsError(f"no column {name!r}", place=place, found=repr(text), hint=nearest(name, known))
    return expression


def _applied(table: pl.DataFrame, expression: pl.Expr, text: str, place: Place) -> pl.DataFrame:
    try:
        return table.with_columns(expression)
    except _FAILURES as error:
        raise ParamsError(f"the expression fails: {_first_line(error)}", place=place, found=repr(text)) from error


def _first_line(error: BaseException) -> str:
    return str(error).strip().split("\n", 1)[0]
