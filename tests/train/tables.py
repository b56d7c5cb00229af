"""Small tables with something to learn."""

from __future__ import annotations

import numpy as np
import polars as pl

from workbench.model import Roles
from workbench.params.train import Budget, TrainParams

TRIALS = TrainParams(budget=Budget(trials=4), seed=1)


def table(rows: int, seed: int, *, positives: float = 0.3) -> pl.DataFrame:
    """Rows whose label, class and value depend on two numbers and a word."""
    rng = np.random.default_rng(seed)
    left, right = rng.normal(size=rows), rng.normal(size=rows)
    word = rng.choice(["ant", "bee", "cat", "dog"], size=rows)
    value = 2 * left - right**2 + 1.5 * (word == "bee") + rng.normal(size=rows)
    return pl.DataFrame(
        {
            "left": left,
            "right": right,
            "word": word,
            "noise": rng.normal(size=rows),
            "value": value,
            "late": value > np.quantile(value, 1 - positives),
            "grade": np.array(["high", "low", "middle"])[np.digitize(value, [-1, 1])],
        }
    )


FEATURES = ("left", "right", "word", "noise")
BINARY = Roles("late", "binary", ("false", "true"), FEATURES)
CLASSES = Roles("grade", "multiclass", ("high", "low", "middle"), FEATURES)
VALUES = Roles("value", "regression", (), FEATURES)
ROLES = {"binary": BINARY, "multiclass": CLASSES, "regression": VALUES}
