"""Which trials may still be offered: the trees of all others need not be kept."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from itertools import accumulate
from math import inf, log2
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

CLEARLY = 0.002
"""A share of the loss; a smaller difference is taken for noise, however many rows judge."""


@dataclass(frozen=True)
class Size:
    """A booster cut at some round.

    Attributes:
        work: Nodes that a row passes, about.
        loss: Loss on the judged rows.
    """

    work: float
    loss: float


@dataclass(frozen=True)
class Standing:
    """Where a trial stands among the others.

    Attributes:
        trial: Its name.
        score: Loss and metric at the best round; less is better.
        sizes: The sizes at which it could be offered, the best round among them.
    """

    trial: str
    score: float
    sizes: tuple[Size, ...]

    @property
    def loss(self) -> float:
        """Least loss of any size."""
        return min(size.loss for size in self.sizes)


def work_of(trees: int, leaves: int) -> float:
    """Count the nodes that a row passes, about: trees times their depth."""
    return trees * log2(leaves + 1)


class Field:
    """Sizes to be compared with: a size is beaten where another does less work at a clearly smaller loss."""

    def __init__(self, sizes: Iterable[Size]) -> None:
        ranked = sorted(sizes, key=lambda size: size.work)
        self._works = [size.work for size in ranked]
        self._least = [inf, *accumulate((size.loss for size in ranked), min)]

    def beats(self, one: Size) -> bool:
        """Say whether a size is beaten."""
        return self._least[bisect_left(self._works, one.work)] <= one.loss * (1 - CLEARLY)


def in_the_running(standings: Sequence[Standing], most: int) -> set[str]:
    """Name the trials that may still be offered: the best ones, and those with a size that no other beats.

    Who is out stays out, because further trials only add others to be behind and to be beaten by.

    Args:
        standings: Every trial so far.
        most: Members of the largest blend.

    Example:
        >>> good, bad = Standing("good", 0.9, (Size(10, 0.3),)), Standing("bad", 1.1, (Size(20, 0.4),))
        >>> in_the_running([good, bad], 1)
        {'good'}
    """
    by_score = sorted(standings, key=lambda one: (one.score, one.trial))[:most]
    by_loss = sorted(standings, key=lambda one: (one.loss, one.trial))[:most]
    field = Field(size for one in standings for size in one.sizes)
    best = {one.trial for one in (*by_score, *by_loss)}
    return best | {one.trial for one in standings if one.trial not in best and not all(map(field.beats, one.sizes))}
