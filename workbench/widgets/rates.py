"""Rates of error in few bytes: whole counts in small steps, and the same bits when they are read back.

With `rows` measured rows of which `positives` are positive::

    false_positives = alarms / rows        false_negatives = positives / rows - found / rows

and a wrong class is one of both. `alarms` and `found` fall with the threshold, so that their first values and the
steps down are small whole numbers. One stream holds, for each candidate in turn, the place of its list of thresholds
plus 1, `rows`, `positives`, then `alarms` and `found`, each as its first value and its steps down; or a single 0 where
the rates are no such counts: these are kept as they are. A number takes a byte for each seven of its bits, the lowest
first, and the eighth bit says that another follows (LEB128; *DWARF Debugging Information Format*, version 5, 7.6).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from workbench.decide import Rates
    from workbench.model import Task

    Json = Mapping[str, "Json"] | Sequence["Json"] | str | float | bool | None
    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Block = tuple[Floats, Floats, Floats]

RATES = ("false_positives", "false_negatives", "misclassified", "absolute_error")
"""Kinds of error, in the order in which `workbench.decide.Rates` lays their rates out."""
MOST_ROWS = 10_000_000
_PROBED = 64
_AT_ONCE = 512
_MEASURED: Mapping[Task, slice] = {"binary": slice(0, 3), "multiclass": slice(2, 3), "regression": slice(3, 4)}


@dataclass(frozen=True)
class PackedRates:
    """The rates of every candidate on validation.

    Attributes:
        cuts: Lists of thresholds, each once.
        counts: The stream of counts.
        plain: For each candidate that has no counts, in order, its thresholds and rates.
    """

    cuts: list[list[float]]
    counts: bytes
    plain: list[dict[str, list[float]]]


def packed_rates(rates: Rates, task: Task) -> PackedRates:
    """Pack the rates of every candidate on validation.

    Args:
        rates: Rates of the candidates, in the order of their table.
        task: The task; only a binary one has counts.
    """
    split = rates.validation
    shape = split.thresholds.shape
    columns = [np.zeros(shape) if values is None else values for values in split.rates]
    inside = np.arange(shape[1]) < split.counts[:, None]
    rows = np.zeros(shape[0], np.int64)
    if task == "binary":
        rows = _rows_behind((columns[0], columns[1], columns[2]), inside)
    measured = dict(list(zip(RATES, columns, strict=True))[_MEASURED[task]])
    plain = [
        {name: values[row, : split.counts[row]].tolist() for name, values in measured.items()}
        | {"threshold": split.thresholds[row, : split.counts[row]].tolist()}
        for row in np.flatnonzero(rows == 0)
    ]
    cuts, place = _distinct(split.thresholds, split.counts, rows > 0)
    return PackedRates(cuts, _stream(columns[0], columns[1], inside, rows, place), plain)


def leb128(values: Ints) -> bytes:
    r"""Write whole numbers of 0 and above, each in as many bytes as it needs.

    Example:
        >>> leb128(np.array([5, 300]))
        b'\x05\xac\x02'
    """
    if not values.size:
        return b""
    groups = -(-int(values.max()).bit_length() // 7) or 1
    length = np.ones(values.size, np.int64)
    for k in range(1, groups):
        length += values >= 1 << (7 * k)
    ends = np.cumsum(length)
    start = ends - length
    written = np.zeros(int(ends[-1]), np.uint8)
    written[start] = values & 127 | np.where(length > 1, 128, 0)
    for k in range(1, groups):
        at = np.flatnonzero(length > k)
        written[start[at] + k] = (values[at] >> (7 * k)) & 127 | np.where(length[at] > k + 1, 128, 0)
    return written.tobytes()


def _rows_behind(rates: Block, inside: NDArray[np.bool_]) -> Ints:
    """Find for each candidate the rows behind its rates; 0 where reading counts back would give other rates.

    Most candidates were measured on the same rows, so the number found for one is tried on the next ones.
    """
    rows = np.zeros(len(inside), np.int64)
    at, many = 0, 1
    while at < len(rows):
        own = tuple(values[at, inside[at]] for values in rates)
        found = _rows_measured(own[0], own[1])
        part = slice(at, at + (many if found else 1))
        fits = _fits((rates[0][part], rates[1][part], rates[2][part]), inside[part], found or 1) & bool(found)
        run = len(fits) if fits.all() else int(fits.argmin())
        rows[at : at + run] = found or 0
        many = min(2 * many, _AT_ONCE) if run == len(fits) else 1
        at += max(run, 1)
    return rows


def _rows_measured(alarms: Floats, misses: Floats) -> int | None:
    """Find the least number of rows that makes each rate a count."""
    probed = np.unique(np.concatenate([alarms[:_PROBED], misses[-_PROBED:]]))
    rows = lcm(*(Fraction(float(rate)).limit_denominator(MOST_ROWS).denominator for rate in probed))
    return rows if 0 < rows <= MOST_ROWS else None


def _fits(rates: Block, inside: NDArray[np.bool_], rows: int) -> NDArray[np.bool_]:
    """Tell whose rates come back from counts to the last bit, with steps that only go down."""
    alarms, misses, wrong = rates
    counts, positives, found = _counts(alarms, misses, rows)
    again = counts / rows, positives[:, None] / rows - found / rows
    same = (again[0] == alarms) & (again[1] == misses) & (again[0] + again[1] == wrong) & (counts >= 0) & (found >= 0)
    same[:, 1:] &= (np.diff(counts) <= 0) & (np.diff(found) <= 0)
    return np.asarray((same | ~inside).all(axis=1) & (positives >= 0))


def _counts(alarms: Floats, misses: Floats, rows: Ints | int) -> tuple[Ints, Ints, Ints]:
    """Count false alarms, positive rows, and those of them found."""
    called = np.rint(alarms * rows).astype(np.int64)
    missed = np.rint(misses * rows).astype(np.int64)
    negatives = called[:, :1]
    positives = np.where(misses[:, :1] == 0, rows - negatives, missed.max(axis=1, keepdims=True))
    return called, positives[:, 0], positives - missed


def _distinct(thresholds: Floats, counts: Ints, wanted: NDArray[np.bool_]) -> tuple[list[list[float]], Ints]:
    """List the thresholds of some candidates, each list once, and give the place of each candidate's."""
    known: dict[bytes, int] = {}
    cuts: list[list[float]] = []
    place = np.zeros(len(wanted), np.int64)
    for row in np.flatnonzero(wanted):
        own = thresholds[row, : counts[row]]
        place[row] = known.setdefault(own.tobytes(), len(cuts))
        if place[row] == len(cuts):
            cuts.append(own.tolist())
    return cuts, place


def _stream(alarms: Floats, misses: Floats, inside: NDArray[np.bool_], rows: Ints, place: Ints) -> bytes:
    called, positives, found = _counts(alarms, misses, rows[:, None])
    counted = (rows > 0)[:, None]
    header = np.column_stack([np.where(rows > 0, place + 1, 0), rows, positives])
    values = np.hstack([header, _steps(called), _steps(found)])
    kept = np.hstack([np.ones_like(counted), np.tile(counted, 2), inside & counted, inside & counted])
    return leb128(values[kept])


def _steps(counts: Ints) -> Ints:
    return np.hstack([counts[:, :1], -np.diff(counts)])
