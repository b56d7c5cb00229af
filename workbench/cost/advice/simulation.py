"""Plays work on interruptible machines through, month by month, without the formulas it checks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.cost.advice.interruptions import segments

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.cost.advice.interruptions import Handling

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Played:
    """What happened in each of many months.

    Attributes:
        paid_hours: Machine time paid.
        finish_hours: Time from start to end.
        interruptions: How often a machine was taken away.
    """

    paid_hours: Floats
    finish_hours: Floats
    interruptions: Floats


def play(
    work_hours: float, hazard: float, interval_hours: float, handling: Handling, *, months: int, seed: int
) -> Played:
    """Play the same work through in many months, each with its own interruptions.

    A machine lives for a time drawn from an exponential distribution. It restarts, goes through the segments
    that are left one after the other, and what it had not kept when it dies is lost.

    Args:
        work_hours: Time the work takes undisturbed.
        hazard: Interruptions per hour of a machine.
        interval_hours: Work between two checkpoints; infinite without any.
        handling: What an interruption and a checkpoint take.
        months: How many.
        seed: Seed of the random numbers.
    """
    rng = np.random.default_rng(seed)
    checkpoints, whole, rest = segments(work_hours, interval_hours, handling.checkpoint_hours)
    kept = np.zeros(months)  # segments whose checkpoint is written
    paid, lives = np.zeros(months), np.zeros(months)
    open_months = np.arange(months)
    while open_months.size:
        life = rng.exponential(1 / hazard, open_months.size)
        before = np.where(lives[open_months] > 0, handling.restart_hours, 0.0)
        needed = before + (checkpoints - kept[open_months]) * whole + rest
        done = life >= needed
        paid[open_months] += np.where(done, needed, life)
        gone_on = np.maximum(0.0, life - before)
        reached = np.floor(gone_on / whole) if checkpoints else np.zeros_like(life)
        kept[open_months] = np.minimum(checkpoints, kept[open_months] + reached)
        lives[open_months] += np.where(done, 0, 1)
        open_months = open_months[~done]
    return Played(paid, paid + lives * handling.wait_hours, lives)
