"""Faults 27 and 30 to 34: whatever the column, LightGBM sees numbers or the user sees a clear error."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest

from tests.model.frames import mixed_frame, trained
from workbench.errors import FeatureError
from workbench.model import Model, encode, fit_features
from workbench.model.encode import input_names


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    return mixed_frame()


@pytest.fixture(scope="module")
def model(frame: pl.DataFrame) -> Model:
    return trained(frame)[0][0]


def test_every_plain_type_becomes_numbers(frame: pl.DataFrame) -> None:
    table = fit_features(frame, frame.columns[:-1])
    assert fit_features(frame.lazy(), frame.columns[:-1]) == table, "one column at a time, from a file"
    values = encode(table.features, frame).values
    assert values.dtype == np.float64
    assert values.shape == (400, len(input_names(table.features)))
    assert not table.dropped
    word = input_names(table.features).index("word")
    assert set(values[:, word][~np.isnan(values[:, word])]) == {0.0, 1.0, 2.0}
    assert np.isnan(values[:, word]).sum() == frame["word"].null_count()


def test_the_clock_itself_is_never_a_feature(frame: pl.DataFrame) -> None:
    names = input_names(fit_features(frame, ["day", "moment"]).features)
    assert names == ["day.weekday", "day.day_of_month", "moment.hour", "moment.weekday", "moment.day_of_month"]


def test_a_part_of_a_time_counts_once_it_came_round_twice() -> None:
    days = pl.datetime_range(dt.date(2020, 1, 1), dt.date(2023, 1, 1), "1d", eager=True)
    table = fit_features(pl.DataFrame({"long": days, "n": range(len(days))}), ["long", "n"])
    assert table.features[0].parts == ("hour", "weekday", "day_of_month", "day_of_year")
    short = fit_features(pl.DataFrame({"short": days[:5], "n": range(5)}), ["short", "n"])
    assert short.features[0].parts == ("hour",)


@pytest.mark.parametrize(
    ("dtype", "values"),
    [
        (pl.List(pl.Int64), [[1], [2]]),
        (pl.Struct({"a": pl.Int64}), [{"a": 1}, {"a": 2}]),
        (pl.Binary, [b"a", b"b"]),
        (pl.Array(pl.Int64, 1), [[1], [2]]),
        (pl.Object, [object(), object()]),
    ],
)
def test_nested_types_are_refused_by_name(dtype: pl.DataType, values: list[object]) -> None:
    frame = pl.DataFrame({"good": [1, 2], "bad": pl.Series(values, dtype=dtype)})
    with pytest.raises(FeatureError, match="column 'bad'") as caught:
        fit_features(frame, frame.columns)
    assert "ingest.exclude" in str(caught.value)


def test_empty_and_constant_columns_are_left_out_with_the_reason() -> None:
    frame = pl.DataFrame({"good": [1, 2, 3], "none": [None] * 3, "one": ["a"] * 3})
    assert dict(fit_features(frame, frame.columns).dropped) == {
        "none": "every value is null",
        "one": "it has one value only",
    }


def test_nothing_left_to_learn_from_is_said() -> None:
    with pytest.raises(FeatureError, match="no column is left"):
        fit_features(pl.DataFrame({"one": [1, 1]}), ["one"])
    with pytest.raises(FeatureError, match="no rows"):
        fit_features(pl.DataFrame({"one": pl.Series([], dtype=pl.Int64)}), ["one"])


def test_ids_beyond_2_to_53_are_categories_and_stay_apart() -> None:
    ids = [2**60 + step for step in range(4)] * 10
    table = fit_features(pl.DataFrame({"id": ids}), ["id"])
    assert table.features[0].kind == "categorical"
    assert "2^53" in table.notes["id"]
    assert len(set(encode(table.features, pl.DataFrame({"id": ids})).values[:, 0])) == 4


def test_ids_beyond_2_to_53_are_refused_where_a_number_was_learned() -> None:
    table = fit_features(pl.DataFrame({"id": [1, 2, 3]}), ["id"])
    with pytest.raises(FeatureError, match="column 'id'"):
        encode(table.features, pl.DataFrame({"id": [2**60]}))


def test_a_text_that_identifies_rows_is_left_out() -> None:
    frame = pl.DataFrame({"n": range(50), "name": [f"row {row}" for row in range(50)]})
    assert "identifies rows" in fit_features(frame, frame.columns).dropped["name"]


def test_unseen_categories_are_counted_and_missing(model: Model, frame: pl.DataFrame) -> None:
    strange = frame.with_columns(pl.Series("word", ["zebra"] * 3 + ["ant"] * (frame.height - 3)))
    assert model.unknown_categories(strange) == {"word": 3, "kind": 0, "enum": 0}
    nothing = strange.with_columns(pl.when(pl.col("word") != "zebra").then("word").alias("word"))
    assert np.array_equal(model.predict(strange), model.predict(nothing))


@pytest.mark.parametrize("values", [[2.7], [-1.5], [float(2**40)], [True]])
def test_numbers_are_never_taken_for_categories(model: Model, frame: pl.DataFrame, values: list[object]) -> None:
    with pytest.raises(FeatureError, match="column 'word'"):
        model.predict(frame[:1].with_columns(word=pl.Series(values)))


def test_columns_are_matched_by_name(model: Model, frame: pl.DataFrame) -> None:
    shuffled = frame.select(reversed(frame.columns)).with_columns(extra=pl.lit("ignored"))
    assert np.array_equal(model.predict(shuffled), model.predict(frame))


def test_a_missing_column_is_named_with_the_nearest_one(model: Model, frame: pl.DataFrame) -> None:
    with pytest.raises(FeatureError, match="did you mean nunber"):
        model.predict(frame.rename({"number": "nunber"}))


@pytest.mark.parametrize(
    ("column", "dtype"), [("number", pl.String), ("moment", pl.Date), ("flag", pl.String), ("lasting", pl.Int64)]
)
def test_retyped_columns_are_refused(model: Model, frame: pl.DataFrame, column: str, dtype: pl.DataType) -> None:
    with pytest.raises(FeatureError, match=f"column '{column}'"):
        model.predict(frame.with_columns(pl.col(column).cast(dtype)))


@pytest.mark.parametrize(("column", "dtype"), [("number", pl.Float32), ("count", pl.UInt8), ("flag", pl.Int8)])
def test_lossless_casts_pass(model: Model, frame: pl.DataFrame, column: str, dtype: pl.DataType) -> None:
    scores = model.predict(frame.with_columns(pl.col(column).cast(dtype)))
    assert np.allclose(scores, model.predict(frame), atol=1e-6 if dtype == pl.Float32 else 0) or dtype == pl.Float32


@pytest.mark.parametrize("column", ["number", "word", "moment", "flag"])
def test_a_column_of_nulls_is_missing_data(model: Model, frame: pl.DataFrame, column: str) -> None:
    scores = model.predict(frame.with_columns(pl.Series(column, [None] * frame.height)))
    assert np.isfinite(scores).all()


def test_another_time_zone_shows_the_same_hour() -> None:
    hours = pl.datetime_range(dt.datetime(2024, 1, 1), dt.datetime(2024, 3, 1), "1h", eager=True, time_zone="UTC")  # noqa: DTZ001 - the zone is given
    frame = pl.DataFrame({"at": hours})
    features = fit_features(frame, ["at"]).features
    moved = frame.with_columns(pl.col("at").dt.convert_time_zone("Asia/Tokyo"))
    assert np.array_equal(encode(features, frame).values, encode(features, moved).values)
    with pytest.raises(FeatureError):
        encode(features, frame.with_columns(pl.col("at").dt.replace_time_zone(None)))


ODD = ["a:b", "a,b", 'quo"te', "sp ace", "sp_ace", "\U0001f600", "<script>alert(1)</script>", "x" * 10_000, "a=b", ""]


def test_odd_names_never_reach_lightgbm() -> None:
    rng = np.random.default_rng(0)
    columns = {name: rng.normal(size=300) for name in ODD}
    frame = pl.DataFrame(columns).with_columns(late=pl.Series(sum(columns.values()) > 0))
    model = trained(frame)[0][0]
    assert [feature.name for feature in model.features] == ODD
    assert "feature_names=f0 f1 f2" in model.members[0].text
    assert type(model).loads(model.dumps()) == model
    assert model.predict(frame).std() > 0


def test_infinite_and_missing_numbers_are_scored(model: Model, frame: pl.DataFrame) -> None:
    odd = pl.Series("number", [float("nan"), float("inf"), -float("inf"), None, 1e300])
    assert np.isfinite(model.predict(frame[:5].with_columns(odd))).all()
