"""What to try next: the baseline, the portfolio, and then variants of what did best."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Protocol

import numpy as np

from workbench.train.portfolio import BASELINE, WITH_PAIRS, portfolio, varied

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from workbench.train.grower import Ground
    from workbench.train.plan import TrialRecord
    from workbench.train.portfolio import Setup

DEFAULTS = (BASELINE.name, WITH_PAIRS.name)

PARENTS = 4
"""Configurations, the best so far, that variants are made of by turns."""


class Pairing(Protocol):
    """Decides on ratios and products."""

    def choose_pairs(self) -> int:
        """Choose some and count them; 0 where trying them would cost too much."""
        ...

    def pairs_help(self) -> bool | None:
        """Say whether the trial of them was better; None where that is open."""
        ...


def proposals(
    ground: Ground, seed: int, trials: Sequence[TrialRecord], pairing: Pairing | None = None
) -> Iterator[Setup]:
    """Give one configuration after the other, without an end.

    Where ratios and products lower the loss of LightGBM's defaults, all further configurations see them, but for some
    of the variants; where they may or may not, every other one does, and validation chooses.

    Args:
        ground: The rows.
        seed: Seed of the variants.
        trials: Those that have ended; looked at anew for each variant, so that it may grow meanwhile.
        pairing: Knows after the baseline whether configurations may see ratios and products; None where none may.
    """
    material, positive = ground.material, _is_positive(ground)
    most = max(len(feature.categories) for feature in material.features)
    rows, task = material.train_labels.size, ground.goal.task
    yield BASELINE
    known = {BASELINE.name: BASELINE}
    more = pairing.choose_pairs() if pairing else 0
    helped: bool | None = False
    if more and pairing:
        known[WITH_PAIRS.name] = WITH_PAIRS
        yield WITH_PAIRS
        helped = pairing.pairs_help()
    inputs = material.inputs + (more if helped else 0)
    for place, plain in enumerate(portfolio(rows, inputs, task, categories=most, positive=positive)):
        setup = replace(plain, pairs=bool(place % 2) if helped is None else helped)
        known[setup.name] = setup
        yield setup
    rng = np.random.default_rng(seed)
    for turn in count(1):
        ranked = [known[trial.name] for trial in sorted(trials, key=lambda trial: trial.loss)]
        able = [setup for setup in ranked if setup.rounds >= BASELINE.rounds and setup.name not in DEFAULTS]
        parents = able[:PARENTS] or ranked
        setup = varied(parents[turn % len(parents)], rng, turn, positive=positive, pairs=helped is not False)
        known[setup.name] = setup
        yield setup


def _is_positive(ground: Ground) -> bool:
    """Say whether the target is a value that is never negative, of which the mean matters."""
    goal, labels = ground.goal, ground.material.train_labels
    return goal.task == "regression" and goal.metric != "mae" and bool(0 <= labels.min() < labels.max())
