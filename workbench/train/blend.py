"""Finds weights for a blend of boosters that do better together than the best alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from workbench.train.goal import Goal

STEPS = 20
"""Picks of one greedy selection; a member's weight is its share of the picks."""

RESAMPLES = 8
"""Greedy selections on halves of validation, averaged: one alone would fit its noise."""


def blend_weights(
    goal: Goal, labels: NDArray[np.float64], predictions: Mapping[str, NDArray[np.float64]], size: int, seed: int
) -> dict[str, float]:
    """Select with replacement by the proper loss, on many halves of validation, and average.

    Args:
        goal: What to minimise.
        labels: Labels of validation.
        predictions: Predictions on validation by booster.
        size: Largest number of members.
        seed: Seed of the halves.

    Returns:
        Weight of each member, adding up to 1, heaviest first.
    """
    names = sorted(predictions)
    stack = np.stack([predictions[name] for name in names])
    rng = np.random.default_rng(seed)
    counts = np.zeros(len(names))
    for _ in range(RESAMPLES):
        rows = rng.permutation(labels.size)[: max(1, labels.size // 2)]
        counts += _greedy(goal, labels[rows], stack[:, rows])
    kept = np.argsort(-counts, kind="stable")[:size]
    kept = kept[counts[kept] > 0]
    shares = np.round(counts[kept] / counts[kept].sum(), 6)
    shares[0] += 1 - shares.sum()
    return {names[index]: float(share) for index, share in zip(kept, shares, strict=True)}


def blended(predictions: Sequence[NDArray[np.float64]], weights: Sequence[float]) -> NDArray[np.float64]:
    """Give the weighted mean."""
    return np.asarray(sum(weight * one for weight, one in zip(weights, predictions, strict=True)))


def _greedy(goal: Goal, labels: NDArray[np.float64], stack: NDArray[np.float64]) -> NDArray[np.float64]:
    counts = np.zeros(len(stack))
    total = np.zeros(stack.shape[1:])
    for step in range(1, STEPS + 1):
        losses = [goal.loss(labels, (total + one) / step) for one in stack]
        chosen = int(np.argmin(losses))
        counts[chosen] += 1
        total += stack[chosen]
    return counts
