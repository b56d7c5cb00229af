"""Small models whose features matter by design."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from workbench.model import Member, Model, encode, encode_labels, fit_features, lightgbm
from workbench.model.boosters import model_text
from workbench.model.encode import categorical_inputs
from workbench.train.goal import goal_of

if TYPE_CHECKING:
    from workbench.model import Roles


def dated(rows: int, seed: int) -> pl.DataFrame:
    """Rows whose value depends on the hour, a word and a flag; `noise` means nothing."""
    rng = np.random.default_rng(seed)
    minutes = rng.integers(0, 60 * 24 * 60, rows)
    word = rng.choice(["ant", "bee", "cat"], rows)
    flag = rng.random(rows) > 0.5
    value = np.abs(minutes // 60 % 24 - 12) / 3 + 2.0 * (word == "bee") + flag + rng.normal(scale=0.1, size=rows)
    start = dt.datetime(2024, 1, 1)  # noqa: DTZ001 - tables of users hold naive times
    frame = pl.DataFrame(
        {
            "moment": [start + dt.timedelta(minutes=int(minute)) for minute in minutes],
            "word": word,
            "flag": flag,
            "noise": rng.normal(size=rows),
            "value": value,
        }
    )
    return frame.with_columns(pl.when(pl.int_range(rows) % 5 > 0).then("noise").alias("noise"))


def boosted(
    frame: pl.DataFrame, roles: Roles, weights: tuple[float, ...] = (1.0,), trees: int = 30, leaves: int = 5
) -> Model:
    """Train one booster for each weight, each unlike the others."""
    features = fit_features(frame, roles.features).features
    values, labels = encode(features, frame).values, encode_labels(frame, roles)
    goal = goal_of(roles, "auto")
    members = []
    for place, weight in enumerate(weights):
        settings = {**goal.objective, "verbosity": -1, "num_threads": 1, "num_leaves": leaves + 10 * place}
        rows = lightgbm().Dataset(
            values, labels, categorical_feature=categorical_inputs(features), params=dict(settings)
        )
        booster = lightgbm().train(settings, rows, num_boost_round=trees)
        members.append(Member(f"b{place:02}", trees, weight, model_text(booster, trees)))
    return Model(roles.task, roles.target, roles.classes, features, tuple(members))
