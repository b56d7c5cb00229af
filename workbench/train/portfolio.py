"""Where the search starts, and how it goes on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from workbench.train.booster import Settings

DEFAULT_RATE = 0.1
DEFAULT_PATIENCE = 50
MAX_RATE = 0.3
ENOUGH_INPUTS = 8


@dataclass(frozen=True)
class Setup:
    """What to try.

    Attributes:
        name: Where it came from.
        settings: LightGBM parameters beside the fixed ones.
        patience: Rounds without a smaller loss before it stops.
        rounds: Rounds it may grow at most.
    """

    name: str
    settings: Settings
    patience: int
    rounds: int = 10_000


BASELINE = Setup("baseline", {}, DEFAULT_PATIENCE)
"""LightGBM's defaults with early stopping: what everything else must beat."""


def portfolio(rows: int, inputs: int) -> tuple[Setup, ...]:
    """Give good starting configurations, the most promising first; regularisation grows with the rows.

    Of few inputs each tree sees nearly all: leaving out half of them leaves too little.

    Categories are split with a strong pull towards the mean: by default LightGBM trusts small ones too much.
    """
    strong = _categorical(float(np.clip(rows / 400, 10, 500)))
    mild = _categorical(float(np.clip(rows / 2000, 10, 100)))
    leaf = int(np.clip(rows / 2000, 5, 100))
    few = min(1.0, rows / 2000)
    leaves = {size: max(4, round(size * few)) for size in (7, 15, 31, 63, 127)}
    setups = (
        _setup("steady", 0.05, leaves[63], 0.5, strong, lambda_l2=5.0),
        _setup("tiny", 0.25, leaves[7], 0.6, strong, lambda_l2=1.0, rounds=60),
        _setup("shallow", 0.08, leaves[15], 0.3, strong, lambda_l2=1.0),
        _setup("bagged", 0.05, leaves[31], 0.35, strong, bagging_fraction=0.6, bagging_freq=1, lambda_l2=1.0),
        _setup("small", 0.15, leaves[15], 0.5, strong, lambda_l2=2.0, rounds=200),
        _setup("extra", 0.06, leaves[63], 0.6, strong, extra_trees=True, min_data_in_leaf=leaf),
        _setup("deep", 0.05, leaves[127], 0.3, strong, min_data_in_leaf=leaf, lambda_l2=10.0),
        _setup("mild", 0.08, leaves[31], 0.6, mild, lambda_l2=5.0),
    )
    return tuple(_seeing_enough(setup, inputs) for setup in setups)


def variants(best: Sequence[Setup], seed: int) -> Iterator[Setup]:
    """Vary the best configurations without end: different enough to be worth blending."""
    rng = np.random.default_rng(seed)
    turn = 0
    while True:
        turn += 1
        yield _varied(best[turn % len(best)], rng, turn)


def faster(setup: Setup, factor: float) -> Setup:
    """Raise the learning rate, so that fewer rounds do."""
    rate = float(setup.settings.get("learning_rate", DEFAULT_RATE))
    raised = round(min(MAX_RATE, rate * max(1.0, factor)), 4)
    if raised <= rate:
        return setup
    return replace(setup, settings={**setup.settings, "learning_rate": raised}, patience=_patience(raised))


def _varied(setup: Setup, rng: np.random.Generator, turn: int) -> Setup:
    old = setup.settings
    rate = float(np.clip(float(old.get("learning_rate", DEFAULT_RATE)) * rng.uniform(0.7, 1.4), 0.02, MAX_RATE))
    new: Settings = {
        **old,
        "learning_rate": round(rate, 4),
        "num_leaves": max(4, round(float(old.get("num_leaves", 31)) * float(rng.choice([0.5, 0.75, 1.0, 1.5, 2.0])))),
        "feature_fraction": round(max(float(rng.uniform(0.25, 0.8)), _least_share(old)), 3),
        "lambda_l2": round(float(10 ** rng.uniform(-0.5, 1.5)), 3),
        "cat_smooth": round(float(old.get("cat_smooth", 10.0)) * float(rng.choice([0.5, 1.0, 2.0])), 3),
    }
    if "data_sample_strategy" not in new:
        new |= {"bagging_fraction": round(float(rng.uniform(0.5, 1.0)), 3), "bagging_freq": 1}
    origin = setup.name.partition("~")[0]
    return Setup(f"{origin}~{turn}", new, _patience(rate))


def _least_share(settings: Settings) -> float:
    """Give half the share of inputs that was good: with few inputs that share is nearly all."""
    return float(settings["feature_fraction"]) / 2 if "feature_fraction" in settings else 0.0


def _seeing_enough(setup: Setup, inputs: int) -> Setup:
    """Raise the share of inputs that a tree sees to `ENOUGH_INPUTS` of them."""
    share = max(float(setup.settings["feature_fraction"]), min(1.0, ENOUGH_INPUTS / inputs))
    return replace(setup, settings={**setup.settings, "feature_fraction": round(share, 3)})


def _categorical(smooth: float) -> Settings:
    return {"cat_smooth": smooth, "cat_l2": max(10.0, smooth * 0.4), "min_data_per_group": max(10, round(smooth))}


def _setup(
    name: str,
    rate: float,
    leaves: int,
    fraction: float,
    categorical: Settings,
    *,
    rounds: int = 10_000,
    **more: float | str,
) -> Setup:
    settings: Settings = {"learning_rate": rate, "num_leaves": leaves, "feature_fraction": fraction}
    return Setup(name, {**settings, **categorical, **more}, _patience(rate), rounds)


def _patience(rate: float) -> int:
    return round(float(np.clip(DEFAULT_PATIENCE * DEFAULT_RATE / rate * 0.6, 20, 200)))
