"""Calibration by a straight line through log-odds, drawn by one half of the rows and used on the other.

The method is that of Platt 1999, with his softened targets, and the damped steps of Newton of Lin, Lin and Weng 2007,
"A Note on Platt's Probabilistic Outputs for Support Vector Machines".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.model.boosters import linked

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

HALVINGS = 5
"""How often rows are halved anew: with one halving alone, its luck would be in every figure."""

MOST_STEPS = 50
CLOSE_ENOUGH = 1e-9
RIDGE = 1e-9


def calibrated_losses(log_odds: Floats, labels: Floats, seed: int) -> Floats:
    """Give each row's log-loss under probabilities by lines that were drawn without it, averaged over some halvings.

    Args:
        log_odds: `(rows,)` log-odds, right or not.
        labels: `(rows,)` labels, 0 or 1, at least two of each.
        seed: Seed of the halvings.
    """
    rng = np.random.default_rng(seed)
    return np.asarray(np.mean([_losses(log_odds, labels, deal_halves(labels, rng)) for _ in range(HALVINGS)], axis=0))


def deal_halves(labels: Floats, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Deal the rows of each class into two halves at random; true for the rows of one of them."""
    order = np.lexsort((rng.random(labels.size), labels))
    halves = np.empty(labels.size, dtype=bool)
    halves[order] = np.arange(labels.size) % 2 == 0
    return halves


def calibrated(log_odds: Floats, labels: Floats, halves: NDArray[np.bool_]) -> Floats:
    """Give log-odds of class 1, those of each half by the line that the other half drew.

    Args:
        log_odds: `(rows,)` log-odds, right or not.
        labels: `(rows,)` labels, 0 or 1.
        halves: `(rows,)` which half a row is in; both classes are in both.
    """
    straight = np.empty(labels.size)
    for half in (halves, ~halves):
        slope, offset = draw_line(log_odds[~half], labels[~half])
        straight[half] = slope * log_odds[half] + offset
    return straight


def draw_line(log_odds: Floats, labels: Floats) -> tuple[float, float]:
    """Give slope and offset that make log-odds fit the labels best.

    Args:
        log_odds: `(rows,)` log-odds.
        labels: `(rows,)` labels, 0 or 1, both present.
    """
    ones = labels.sum()
    targets = np.where(labels > 0, (ones + 1) / (ones + 2), 1 / (labels.size - ones + 2))
    points = np.column_stack([log_odds, np.ones(labels.size)])
    line = np.array([0.0, np.log(targets.mean() / (1 - targets.mean()))])
    loss = _loss(points @ line, targets)
    for _ in range(MOST_STEPS):
        step = _step(points, targets, line)
        fraction, tried = 1.0, _loss(points @ (line + step), targets)
        while tried > loss and fraction > CLOSE_ENOUGH:
            fraction /= 2
            tried = _loss(points @ (line + fraction * step), targets)
        if loss - tried < CLOSE_ENOUGH:
            break
        line, loss = line + fraction * step, tried
    return float(line[0]), float(line[1])


def _step(points: Floats, targets: Floats, line: Floats) -> Floats:
    probabilities = linked("binary", points @ line)
    curvature = (points.T * (probabilities * (1 - probabilities))) @ points
    ridge = RIDGE * (1 + np.trace(curvature)) * np.eye(2)
    return np.asarray(np.linalg.solve(curvature + ridge, points.T @ (targets - probabilities)))


def _losses(log_odds: Floats, labels: Floats, halves: NDArray[np.bool_]) -> Floats:
    straight = calibrated(log_odds, labels, halves)
    return np.asarray(np.logaddexp(0.0, np.where(labels > 0, -straight, straight)))


def _loss(log_odds: Floats, targets: Floats) -> float:
    return float(np.mean(np.logaddexp(0.0, log_odds) - targets * log_odds))
