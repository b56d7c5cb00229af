"""What to try next: the baseline, the portfolio, and then variants of what did best."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import numpy as np

from workbench.train.portfolio import BASELINE, portfolio, varied

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from workbench.train.grower import Ground
    from workbench.train.plan import TrialRecord
    from workbench.train.portfolio import Setup

PARENTS = 4
"""Configurations, the best so far, that variants are made of by turns."""


def proposals(ground: Ground, seed: int, trials: Sequence[TrialRecord]) -> Iterator[Setup]:
    """Give one configuration after the other, without an end.

    Args:
        ground: The rows.
        seed: Seed of the variants.
        trials: Those that have ended; looked at anew for each variant, so that it may grow meanwhile.
    """
    material, positive = ground.material, _is_positive(ground)
    most = max(len(feature.categories) for feature in material.features)
    rows, task = material.train_labels.size, ground.goal.task
    known: dict[str, Setup] = {}
    for setup in (BASELINE, *portfolio(rows, material.inputs, task, categories=most, positive=positive)):
        known[setup.name] = setup
        yield setup
    rng = np.random.default_rng(seed)
    for turn in count(1):
        ranked = [known[trial.name] for trial in sorted(trials, key=lambda trial: trial.loss)]
        able = [setup for setup in ranked if setup.rounds >= BASELINE.rounds and setup.name != BASELINE.name]
        parents = able[:PARENTS] or ranked
        setup = varied(parents[turn % len(parents)], rng, turn, positive=positive)
        known[setup.name] = setup
        yield setup


def _is_positive(ground: Ground) -> bool:
    """Say whether the target is a value that is never negative, of which the mean matters."""
    goal, labels = ground.goal, ground.material.train_labels
    return goal.task == "regression" and goal.metric != "mae" and bool(0 <= labels.min() < labels.max())
