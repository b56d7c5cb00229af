"""Folds that follow each other in time: what is judged is always later than what was learned from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from workbench.errors import ParamsError, Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from workbench.params.train import Validation

    Rows = NDArray[np.int64]

MICROSECONDS_PER_DAY = 86_400_000_000

FEWEST_MOMENTS = 3
"""Different times that two folds need."""


@dataclass(frozen=True)
class _Span:
    """Lengths of time on the scale of the moments.

    Attributes:
        gap: Time between the last row learned from and the first one judged, at least.
        window: Time that the rows learned from may cover; None for all that came before.
    """

    gap: float
    window: float | None


def folds_in_time(clock: pl.Series, validation: Validation, *, sliding: bool) -> Iterator[tuple[Rows, Rows]]:
    """Cut time into stretches of about as many rows and judge each but the first by rows before it.

    Rows of one moment are never divided; rows without a moment are left out. Of dates and times the days count, of
    numbers and texts the order alone.

    Args:
        clock: When each row happened.
        validation: Number of folds, gap and window.
        sliding: Whether only rows within the window are learned from.

    Yields:
        Positions to learn from and positions to judge by, both ascending.

    Raises:
        ParamsError: There are too few moments, a gap or window has no meaning for these values, or it leaves
            nothing to learn from.
    """
    moments, per_day = _moments(clock, validation)
    known = np.flatnonzero(clock.is_not_null().to_numpy())
    starts = _starts(moments[known], validation.folds)
    ends = [*starts[1:], np.inf]
    gap = validation.gap_days * per_day
    first = starts[0] - gap - moments[known].min()
    window = first if validation.window_days is None else validation.window_days * per_day
    span = _Span(gap, window if sliding else None)
    for number, (start, end) in enumerate(zip(starts, ends, strict=True), start=1):
        learned = known[_before(moments[known], start, span)]
        if not learned.size:
            raise _nothing_left(validation, number, sliding=sliding)
        yield learned, known[(moments[known] >= start) & (moments[known] < end)]


def _before(moments: NDArray[np.int64], start: float, span: _Span) -> NDArray[np.bool_]:
    end = start - span.gap
    late_enough = np.ones(moments.size, dtype=bool) if span.window is None else moments >= end - span.window
    return late_enough & (moments < end)


def _moments(clock: pl.Series, validation: Validation) -> tuple[NDArray[np.int64], float]:
    """Give the moments as whole numbers that order them, missing ones as 0, and what a day is among these numbers."""
    if isinstance(clock.dtype, pl.Date | pl.Datetime):
        micros = clock.cast(pl.Datetime("us")).cast(pl.Int64)
        return micros.fill_null(0).to_numpy(), float(MICROSECONDS_PER_DAY)
    if validation.gap_days or validation.window_days is not None:
        raise ParamsError(
            "days mean nothing in a time column that holds neither dates nor times",
            place=Place(
                key="train.validation.gap_days" if validation.gap_days else "train.validation.window_days",
                column=clock.name,
            ),
            found=str(clock.dtype),
            hint="declare the column as Date or Datetime in the contract, or leave the key out",
        )
    return clock.rank("dense").fill_null(0).cast(pl.Int64).to_numpy(), 0.0


def _starts(moments: NDArray[np.int64], folds: int) -> list[float]:
    """Choose the first moment of each fold so that the stretches hold about as many rows."""
    ordered = np.sort(moments)
    distinct = np.unique(ordered)
    if distinct.size < FEWEST_MOMENTS:
        raise ParamsError(
            "the training rows have too few different times for folds that follow each other",
            place=Place(key="train.validation.folds"),
            found=f"{distinct.size:,} times",
            expected=f"at least {FEWEST_MOMENTS}",
            hint="judge by: holdout or kfold",
        )
    stretches = min(folds + 1, distinct.size)
    wanted = np.arange(1, stretches) * ordered.size // stretches
    positions = np.searchsorted(distinct, ordered[wanted])
    for place in range(positions.size):
        earliest = positions[place - 1] + 1 if place else 1
        positions[place] = np.clip(positions[place], earliest, distinct.size - (positions.size - place))
    return [float(moment) for moment in distinct[positions]]


def _nothing_left(validation: Validation, number: int, *, sliding: bool) -> ParamsError:
    window = f" and a window of {validation.window_days:g} days" if sliding and validation.window_days else ""
    return ParamsError(
        f"the gap leaves fold {number} no row to learn from",
        place=Place(key="train.validation.gap_days"),
        found=f"a gap of {validation.gap_days:g} days{window}",
        expected="rows before the gap",
        hint="shorten the gap, lengthen the window or take fewer folds",
    )
