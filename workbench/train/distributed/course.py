"""Decides from one list of losses, the same for every rank, when a training ends and how many rounds are kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.train.booster import WORTH_WAITING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Course:
    """Where a training stands.

    Attributes:
        rounds: Rounds that count: none after the one that the patience ended at.
        best_round: Rounds at the least loss, 0 before the first.
        ended: Whether no further round is wanted.
    """

    rounds: int
    best_round: int
    ended: bool


def course(losses: Sequence[float], patience: int, rounds: int) -> Course:
    """Follow the losses round by round, as a training in one process would.

    Args:
        losses: Loss on validation after each round.
        patience: Rounds without a fall worth waiting for, before it ends.
        rounds: Rounds it may have at most.

    Example:
        >>> course([3.0, 2.0, 2.5, 2.4], patience=2, rounds=10)
        Course(rounds=4, best_round=2, ended=True)
    """
    mark = 0
    for index, loss in enumerate(losses[:rounds]):
        if not index or loss < losses[mark] - WORTH_WAITING * losses[0]:
            mark = index
        if index - mark >= patience:
            return Course(index + 1, int(np.argmin(losses[: index + 1])) + 1, ended=True)
    counted = min(len(losses), rounds)
    best = int(np.argmin(losses[:counted])) + 1 if counted else 0
    return Course(counted, best, ended=counted >= rounds)
