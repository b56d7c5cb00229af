"""Finds weights for a blend of boosters that do better together than the best alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    Score = Callable[[NDArray[np.float64], NDArray[np.float64]], float]

BLEND_SIZES = (4, 12, 8, 2)
"""Boosters to select from, in the order in which they are made while the budget lasts."""

STEPS = 12
"""Picks of one greedy selection; a member's weight is its share of the picks."""

RESAMPLES = 5
"""Greedy selections on random rows of validation, averaged: one alone would fit its noise."""

MAX_ROWS = 10_000
"""Rows of one such selection: at most half of validation, and no more than these."""


KEPT = 8
"""Members, the best ones, that a blend keeps whether selected or not: where the target drifts, a selection misleads."""

SELECTIONS = 26
"""Members in all the blends of an offer, each of which every step scores."""

RECORDS = 150
"""Scores of whole candidates in an offer, about."""


def blend_weights(
    score: Score, labels: NDArray[np.float64], predictions: Mapping[str, NDArray[np.float64]], seed: int
) -> dict[str, float]:
    """Weigh members half by greedy selection on resampled rows and half equally; many that are not selected go.

    Equal weights alone waste a far better member; selected weights alone fit the noise of validation. Selection is
    with replacement (Caruana et al., "Ensemble selection from libraries of models", 2004).

    Args:
        score: What to minimise, given labels and predictions.
        labels: Labels of validation.
        predictions: Predictions on validation by booster, the best first.
        seed: Seed of the resamples.

    Returns:
        Weight of each member, adding up to 1: of the best `KEPT`, and of the others that were ever selected.
    """
    stack = np.stack(list(predictions.values()))
    rng = np.random.default_rng(seed)
    counts = np.zeros(len(stack))
    size = min(MAX_ROWS, (labels.size + 1) // 2)
    for _ in range(RESAMPLES):
        rows = rng.permutation(labels.size)[:size]
        counts += _greedy(score, labels[rows], stack[:, rows])
    selected = np.flatnonzero((counts > 0) | (np.arange(len(stack)) < KEPT))
    shares = np.round(counts[selected] / counts.sum() / 2 + 1 / (2 * selected.size), 6)
    shares[0] += 1 - shares.sum()
    names = list(predictions)
    return {names[position]: float(share) for position, share in zip(selected, shares, strict=True)}


def offer_seconds(seconds_per_score: float, rows: int) -> float:
    """Forecast how long blending will take.

    Args:
        seconds_per_score: What scoring one prediction of all judged rows takes.
        rows: Judged rows.
    """
    share = min(MAX_ROWS, (rows + 1) // 2) / max(1, rows)
    return seconds_per_score * (SELECTIONS * STEPS * RESAMPLES * share + RECORDS)


def blended(predictions: Sequence[NDArray[np.float64]], weights: Sequence[float]) -> NDArray[np.float64]:
    """Give the weighted mean."""
    return np.asarray(sum(weight * one for weight, one in zip(weights, predictions, strict=True)))


def _greedy(score: Score, labels: NDArray[np.float64], stack: NDArray[np.float64]) -> NDArray[np.float64]:
    counts = np.zeros(len(stack))
    total = np.zeros(stack.shape[1:])
    for step in range(1, STEPS + 1):
        scores = [score(labels, (total + one) / step) for one in stack]
        chosen = int(np.argmin(scores))
        counts[chosen] += 1
        total += stack[chosen]
    return counts
