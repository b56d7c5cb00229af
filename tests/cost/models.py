"""Small real models for the tests of this room."""

from __future__ import annotations

import lightgbm
import numpy as np
import polars as pl

from workbench.model import Member, Model
from workbench.model.features import fit_features

ROWS = 600


def table() -> pl.DataFrame:
    rng = np.random.default_rng(0)
    return pl.DataFrame(
        {
            "number": rng.normal(size=ROWS),
            "other": rng.normal(size=ROWS),
            "place": rng.choice(["north", "south", "east"], ROWS),
        }
    )


def boosted(trees: int, leaves: int = 15) -> Model:
    """Train a booster of this size on random labels."""
    frame = table()
    features = fit_features(frame, frame.columns).features
    rng = np.random.default_rng(1)
    values = rng.normal(size=(ROWS, 3))
    options = {"objective": "binary", "num_leaves": leaves, "min_data_in_leaf": 2, "verbose": -1, "num_threads": 1}
    booster = lightgbm.train(options, lightgbm.Dataset(values, rng.integers(0, 2, ROWS)), trees)
    text = booster.model_to_string().split("\nfeature_importances:", 1)[0] + "\n"
    return Model("binary", "y", ("no", "yes"), tuple(features), (Member("b00", booster.num_trees(), 1.0, text),))
