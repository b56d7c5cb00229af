"""Small tables of many types, and models of them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from workbench.model import Member, Model, Roles, encode, encode_labels, fit_features, lightgbm
from workbench.model.boosters import model_text
from workbench.model.encode import categorical_inputs

if TYPE_CHECKING:
    import lightgbm as lgb

START = dt.datetime(2024, 1, 1)  # noqa: DTZ001 - a naive clock is the case under test


def mixed_frame(rows: int = 400, seed: int = 0) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    number = rng.normal(size=rows)
    word = rng.choice(["ant", "bee", "cat"], size=rows)
    late = number + (word == "bee") + rng.normal(size=rows) > 0.5
    return pl.DataFrame(
        {
            "number": number,
            "count": rng.integers(0, 9, rows),
            "flag": rng.random(rows) > 0.5,
            "word": word,
            "kind": pl.Series(rng.choice(["x", "y"], size=rows)).cast(pl.Categorical),
            "enum": pl.Series(rng.choice(["p", "q"], size=rows)).cast(pl.Enum(["q", "p"])),
            "price": pl.Series([Decimal(int(cents)).scaleb(-2) for cents in rng.integers(0, 999, rows)]),
            "day": [(START + dt.timedelta(days=int(day))).date() for day in rng.integers(0, 300, rows)],
            "moment": [START + dt.timedelta(minutes=int(minute)) for minute in rng.integers(0, 400_000, rows)],
            "lasting": [dt.timedelta(seconds=int(second)) for second in rng.integers(0, 999, rows)],
            "clock": [dt.time(int(hour), 30) for hour in rng.integers(0, 24, rows)],
            "late": late,
        }
    ).with_columns(pl.when(pl.int_range(rows) % 7 == 0).then(None).otherwise(pl.col("word")).alias("word"))


def roles_of(frame: pl.DataFrame) -> Roles:
    features = tuple(name for name in frame.columns if name != "late")
    return Roles("late", "binary", ("false", "true"), features, time="moment")


def trained(frame: pl.DataFrame, rounds: int = 12, sizes: tuple[int, ...] = (12,)) -> tuple[list[Model], lgb.Booster]:
    """Train one booster on the frame and cut it to several sizes; give the booster too."""
    roles = roles_of(frame)
    features = fit_features(frame, roles.features).features
    values = encode(features, frame).values
    engine = lightgbm()
    dataset = engine.Dataset(
        values,
        label=encode_labels(frame, roles),
        feature_name=[f"f{position}" for position in range(values.shape[1])],
        categorical_feature=categorical_inputs(features),
    )
    params = {"objective": "binary", "verbosity": -1, "num_leaves": 7, "deterministic": True, "num_threads": 1}
    booster = engine.train(params, dataset, rounds)
    members = [Member("b00", size, 1.0, model_text(booster, size)) for size in sizes]
    return [Model("binary", "late", roles.classes, features, (member,)) for member in members], booster
