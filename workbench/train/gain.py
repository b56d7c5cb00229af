"""Forecasts what more of the budget would buy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

RECENT_SHARE = 0.5
"""The share of what was spent last that tells how it goes on."""


def gain_per_second(spent_seconds: NDArray[np.float64], losses: Sequence[float]) -> float:
    """Give the relative fall of the least loss per second, now.

    The least loss so far is taken to fall with the logarithm of what was spent, as anytime curves of searches do about.

    Args:
        spent_seconds: Seconds spent after each trial, rising.
        losses: Loss after each trial.

    Returns:
        Never negative; infinite for fewer than three trials.

    Example:
        >>> round(gain_per_second(np.array([10.0, 20.0, 40.0]), [1.0, 0.9, 0.8]), 4)
        0.0045
    """
    least = np.minimum.accumulate(losses)
    if least.size < 3 or least[-1] <= 0:  # noqa: PLR2004 - two points are always on a line
        return float("inf")
    total = float(spent_seconds[-1])
    first = int(np.searchsorted(spent_seconds, RECENT_SHARE * total, side="right")) - 1
    first = max(0, min(first, least.size - 2))
    step = np.log(total / max(float(spent_seconds[first]), 1e-9))
    fall = float(least[first] - least[-1]) / float(step) if step > 0 else 0.0
    return fall / total / float(least[-1])
