"""Laws of the boundary that hold for any table."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing.parametric import column, dataframes

from workbench.errors import FeatureError
from workbench.model import Feature, Roles, encode, fit_features, lightgbm
from workbench.model.boosters import cut_text, model_text
from workbench.model.rows import RowEncoder

if TYPE_CHECKING:
    from random import Random

PLAIN = [
    pl.Int8, pl.Int64, pl.UInt64, pl.Float32, pl.Float64, pl.Boolean, pl.String, pl.Categorical, pl.Date,
    pl.Datetime("us"), pl.Datetime("ns", "UTC"), pl.Duration, pl.Time, pl.Decimal(20, 4),
]  # fmt: skip
NESTED = [pl.List(pl.Int8), pl.Struct({"a": pl.Int8}), pl.Binary]
RELAXED = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@RELAXED
@given(dataframes(min_cols=1, max_cols=5, min_size=1, max_size=30, allowed_dtypes=PLAIN), st.randoms())
def test_encoding_is_by_row_and_by_name(frame: pl.DataFrame, random: Random) -> None:
    """The number of a cell depends on nothing but the cell: neither on its row's place nor on its column's."""
    try:
        features = fit_features(frame, frame.columns).features
    except FeatureError as error:
        assert "no column is left" in str(error)  # noqa: PT017 - only this reason is allowed for plain columns
        return
    values = encode(features, frame).values
    assert values.dtype == np.float64
    order = random.sample(range(frame.height), frame.height)
    names = random.sample(frame.columns, frame.width)
    assert np.array_equal(encode(features, frame.select(names)[order]).values, values[order], equal_nan=True)


@RELAXED
@given(dataframes(min_cols=1, max_cols=5, min_size=2, max_size=20, allowed_dtypes=PLAIN))
def test_few_rows_encode_as_many_do(frame: pl.DataFrame) -> None:
    """The way by row gives the very numbers of the way by column, or leaves the frame to it."""
    try:
        features = fit_features(frame, frame.columns).features
    except FeatureError:
        return
    encoder = RowEncoder(features, frame.schema)
    values = encoder.encode(frame) if encoder.able else None
    if values is not None:
        assert np.array_equal(values, encode(features, frame).values, equal_nan=True)


def test_every_minute_is_the_same_number_either_way() -> None:
    frame = pl.DataFrame({"at": pl.datetime_range(datetime(2024, 1, 1), datetime(2024, 3, 1), "7m", eager=True)})  # noqa: DTZ001 - naive times are what is encoded
    features = fit_features(frame, ["at"]).features
    values = RowEncoder(features, frame.schema).encode(frame)
    assert np.array_equal(np.asarray(values), encode(features, frame).values)


@RELAXED
@given(dataframes([column("bad", dtype=None, allow_null=False)], min_size=1, allowed_dtypes=NESTED + PLAIN))
def test_any_column_is_encoded_left_out_or_refused(frame: pl.DataFrame) -> None:
    """No input raises anything but a FeatureError, and none reaches LightGBM as anything but a float."""
    try:
        table = fit_features(frame, frame.columns)
    except FeatureError:
        return
    assert encode(table.features, frame).values.dtype == np.float64


names = st.text(min_size=1, max_size=8)


@RELAXED
@given(st.lists(names, min_size=2, max_size=6, unique=True), st.dictionaries(names, names))
def test_roles_survive_their_json(features: list[str], excluded: dict[str, str]) -> None:
    roles = Roles(features[0], "binary", ("0", "1"), tuple(features[1:]), None, (features[0],), excluded)
    assert Roles.from_json(roles.to_json()) == roles
    assert Roles.from_json(roles.to_json()).to_json() == roles.to_json()


@RELAXED
@given(st.lists(st.one_of(st.none(), st.text(max_size=3)), min_size=1, max_size=40))
def test_unknown_counts_exactly_the_words_not_in_the_table(words: list[str | None]) -> None:
    feature = Feature("word", "categorical", ("", "a", "b"), dtype="String")
    encoded = encode([feature], pl.DataFrame({"word": pl.Series(words, dtype=pl.String)}))
    assert encoded.unknown["word"] == sum(word is not None and word not in feature.categories for word in words)
    known = [float(feature.categories.index(word)) if word in feature.categories else None for word in words]
    assert [None if np.isnan(value) else value for value in encoded.values[:, 0]] == known


@pytest.mark.parametrize(("objective", "outputs"), [("binary", 1), ("regression", 1), ("multiclass", 3)])
def test_a_cut_text_is_what_lightgbm_itself_writes_of_so_many_rounds(objective: str, outputs: int) -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(300, 3))
    labels = rng.integers(0, outputs if outputs > 1 else 2, 300)
    engine = lightgbm()
    params = {"objective": objective, "num_class": outputs, "verbosity": -1, "num_leaves": 5}
    booster = engine.train(params, engine.Dataset(values, labels), 20)
    text = model_text(booster, 20)
    assert [cut_text(text, trees, outputs) == model_text(booster, trees) for trees in (1, 7, 20)] == [True] * 3
