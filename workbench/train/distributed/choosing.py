"""Decides whether a training needs a cluster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

BYTES_PER_CELL = 9
"""A number as float64 while it is read, and its bin."""

SHARE = 0.5
"""Share of the memory that the rows may take; the rest is for histograms, scores and the other processes."""


@dataclass(frozen=True)
class Engine:
    """Where a model is trained.

    Attributes:
        name: `local` or `ray`.
        reason: Why, in one sentence.
    """

    name: Literal["local", "ray"]
    reason: str


def choose_engine(asked: Literal["auto", "local", "ray"], workers: int, cells: int, memory_bytes: int) -> Engine:
    """Choose; Ray costs seconds to start and moves histograms between processes, so that it must be needed.

    Args:
        asked: What the parameters say.
        workers: Processes asked for.
        cells: Rows times inputs of the training table.
        memory_bytes: Memory that this process may use.

    Example:
        >>> choose_engine("auto", 4, 10_000_000, 8 * 2**30).name
        'local'
    """
    if asked == "local" or workers == 1:
        return Engine("local", "one process was asked for")
    if asked == "ray":
        return Engine("ray", f"{workers} workers were asked for")
    needed = cells * BYTES_PER_CELL
    if needed <= SHARE * memory_bytes:
        return Engine("local", f"the rows take {needed / 2**30:.1f} GiB, and one process has room for them")
    return Engine("ray", f"the rows take {needed / 2**30:.1f} GiB, more than one process should hold")
