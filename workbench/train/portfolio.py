"""Where the search starts, and how it goes on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from workbench.model import Task
    from workbench.train.booster import Settings

DEFAULT_RATE = 0.1
DEFAULT_LEAVES = 31
DEFAULT_PATIENCE = 50
MAX_RATE = 0.3
ENOUGH_INPUTS = 8
MOST_LEAVES = 255

CHANGED = 0.4
"""Chance that a variant changes a setting."""

RARELY = 0.5
"""Chance that the kind of tree is among the settings that may change."""


MANY_CATEGORIES = 200
"""Categories of one column from which on small ones are pulled towards the mean."""

TWEEDIE: Settings = {"objective": "tweedie", "tweedie_variance_power": 1.5}
FIRST_FOR_VALUES = ("mild", "careful", "tiny", "full", "wide")
HALF_BY_NODE: Settings = {"feature_fraction_bynode": 0.5}


@dataclass(frozen=True)
class Setup:
    """What to try.

    Attributes:
        name: Where it came from.
        settings: LightGBM parameters beside the fixed ones.
        patience: Rounds without a smaller loss before it stops.
        rounds: Rounds it may grow at most.
        pairs: Whether it also sees ratios and products of columns.
    """

    name: str
    settings: Settings
    patience: int
    rounds: int = 10_000
    pairs: bool = False


BASELINE = Setup("baseline", {}, DEFAULT_PATIENCE)
"""LightGBM's defaults with early stopping: what everything else must beat."""

WITH_PAIRS = Setup("pairs", {}, DEFAULT_PATIENCE, pairs=True)
"""The same with ratios and products, to tell whether these help."""


def portfolio(rows: int, inputs: int, task: Task, *, categories: int = 0, positive: bool = False) -> tuple[Setup, ...]:
    """Give good starting configurations, unlike each other, the most promising first.

    Which of them a table wants is not known beforehand: one with little noise wants trees that see every input and
    leaves without a pull, one with much noise small trees on a part of the inputs. Their regularisation grows with the
    rows. Of few inputs each tree sees nearly all: leaving out half of them leaves too little. Where a column has many
    categories they are split with a pull towards the mean: by default LightGBM trusts small ones too much.

    Args:
        rows: Rows to learn from.
        inputs: Numbers that a model takes of a row.
        task: What is predicted: values are most often less noisy than classes, so that their order is another.
        categories: Most categories of a column.
        positive: Whether the target is a value that is never negative: then some configurations learn its logarithm,
            by the loss of Tweedie's compound Poisson distribution.
    """
    many = categories >= MANY_CATEGORIES
    strong = _categorical(float(np.clip(rows / 400, 10, 500))) if many else {}
    mild = _categorical(float(np.clip(rows / 2000, 10, 100))) if many else {}
    leaf = int(np.clip(rows / 2000, 5, 100))
    few = min(1.0, rows / 2000)
    leaves = {size: max(4, round(size * few)) for size in (7, 15, 31, 63, 127)}
    growth: Settings = TWEEDIE if positive else {}
    careful = {**mild, **HALF_BY_NODE, "path_smooth": 10.0, "lambda_l2": 1.0, **growth}
    wide = {**_bagged(0.8), "min_data_in_leaf": leaf, "path_smooth": 1.0, **growth}
    setups = (
        _setup("steady", 0.05, leaves[63], 0.5, {**strong, "lambda_l2": 5.0}),
        _setup("tiny", 0.25, leaves[7], 0.6, {**strong, "lambda_l2": 1.0}, rounds=60),
        _setup("shallow", 0.08, leaves[15], 0.3, {**strong, "lambda_l2": 1.0}),
        _setup("bagged", 0.05, leaves[31], 0.35, {**strong, **_bagged(0.6), "lambda_l2": 1.0}),
        _setup("small", 0.15, leaves[15], 0.5, {**strong, "lambda_l2": 2.0}, rounds=200),
        _setup("careful", 0.08, leaves[7], 0.8, careful),
        _setup("full", 0.06, leaves[31], 1.0, {**strong, "min_data_in_leaf": 10}),
        _setup("extra", 0.06, leaves[63], 0.6, {**strong, "extra_trees": True, "min_data_in_leaf": leaf}),
        _setup("mild", 0.08, leaves[31], 0.6, {**mild, "lambda_l2": 5.0}),
        _setup("shrunk", 0.06, leaves[31], 0.8, {**_bagged(0.6), "min_data_in_leaf": 50, "lambda_l2": 50.0}),
        _setup("stumpy", 0.08, leaves[7], 0.6, {**mild, **HALF_BY_NODE, **_bagged(0.6), "min_data_in_leaf": 10}),
        _setup("wide", 0.05, leaves[127], 0.6, wide),
        _setup("deep", 0.05, leaves[127], 0.3, {**strong, "min_data_in_leaf": leaf, "lambda_l2": 10.0}),
    )
    first = FIRST_FOR_VALUES if task == "regression" else ()
    ranked = sorted(setups, key=lambda setup: first.index(setup.name) if setup.name in first else len(first))
    return tuple(_seeing_enough(setup, inputs) for setup in ranked)


def rate_of(settings: Settings) -> float:
    """Give the learning rate of a configuration."""
    return float(settings.get("learning_rate", DEFAULT_RATE))


def leaves_of(settings: Settings) -> int:
    """Give the most leaves of a tree of a configuration."""
    return int(settings.get("num_leaves", DEFAULT_LEAVES))


def varied(setup: Setup, rng: np.random.Generator, turn: int, *, positive: bool = False, pairs: bool = False) -> Setup:
    """Change some of the settings of a configuration: close enough to be good, different enough to be worth blending.

    Args:
        setup: The configuration.
        rng: Where chance comes from.
        turn: Number in the name of what comes out.
        positive: Whether the target is a value that is never negative.
        pairs: Whether ratios and products may come or go; otherwise it sees none.
    """
    old = setup.settings
    rate = float(np.clip(rate_of(old) * rng.uniform(0.7, 1.4), 0.02, MAX_RATE))
    new: Settings = {**old, "learning_rate": round(rate, 4)}
    leaves = float(old.get("num_leaves", DEFAULT_LEAVES)) * float(rng.choice([0.5, 0.75, 1.5, 2.0]))
    changes: tuple[Settings, ...] = (
        {"num_leaves": int(np.clip(round(leaves), 4, MOST_LEAVES))},
        {"feature_fraction": round(max(float(rng.choice([0.3, 0.5, 0.7, 0.85, 1.0])), _least_share(old)), 3)},
        {"feature_fraction_bynode": float(rng.choice([0.5, 1.0]))},
        {"min_data_in_leaf": int(rng.choice([5, 10, 20, 50, 100]))},
        {"lambda_l2": round(float(10 ** rng.uniform(-1, 1.7)), 3)},
        {"path_smooth": float(rng.choice([0.0, 1.0, 10.0]))},
        _categorical(float(old.get("cat_smooth", 10.0)) * float(rng.choice([0.25, 0.5, 2.0]))),
        _bagged(float(rng.choice([0.6, 0.8, 1.0]))),
        {"extra_trees": not old.get("extra_trees", False)} if rng.random() < RARELY else {},
        _other_loss(old) if positive else {},
    )
    for change in changes:
        if rng.random() < CHANGED:
            new |= change
    seen = pairs and setup.pairs != (rng.random() < CHANGED * RARELY)
    return Setup(f"{setup.name.partition('~')[0]}~{turn}", new, _patience(rate), pairs=seen)


def faster(setup: Setup, factor: float) -> Setup:
    """Raise the learning rate, so that fewer rounds do."""
    rate = rate_of(setup.settings)
    raised = round(min(MAX_RATE, rate * max(1.0, factor)), 4)
    if raised <= rate:
        return setup
    return replace(setup, settings={**setup.settings, "learning_rate": raised}, patience=_patience(raised))


def _least_share(settings: Settings) -> float:
    """Give half the share of inputs that was good: with few inputs that share is nearly all."""
    return float(settings["feature_fraction"]) / 2 if "feature_fraction" in settings else 0.0


def _seeing_enough(setup: Setup, inputs: int) -> Setup:
    """Raise the share of inputs that a tree sees to `ENOUGH_INPUTS` of them."""
    share = max(float(setup.settings["feature_fraction"]), min(1.0, ENOUGH_INPUTS / inputs))
    return replace(setup, settings={**setup.settings, "feature_fraction": round(share, 3)})


def _categorical(smooth: float) -> Settings:
    smooth = round(smooth, 3)
    return {"cat_smooth": smooth, "cat_l2": max(10.0, smooth * 0.4), "min_data_per_group": max(10, round(smooth))}


def _bagged(fraction: float) -> Settings:
    return {"bagging_fraction": fraction, "bagging_freq": 1 if fraction < 1 else 0}


def _other_loss(settings: Settings) -> Settings:
    return {"objective": "regression"} if settings.get("objective") == "tweedie" else TWEEDIE


def _setup(name: str, rate: float, leaves: int, fraction: float, settings: Settings, *, rounds: int = 10_000) -> Setup:
    shape: Settings = {"learning_rate": rate, "num_leaves": leaves, "feature_fraction": fraction}
    return Setup(name, {**shape, **settings}, _patience(rate), rounds)


def _patience(rate: float) -> int:
    return round(float(np.clip(DEFAULT_PATIENCE * DEFAULT_RATE / rate * 0.6, 20, 200)))
