"""Ratios and products: the same whatever the rows come in, and part of the model's files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.train.tables import VALUES, table
from workbench.errors import ModelError
from workbench.model import Member, Model, Pair, encode, fit_features, lightgbm, predict_many, shared_out, widened
from workbench.model.boosters import load_booster, model_text, widen_text
from workbench.model.files import DOCUMENT

if TYPE_CHECKING:
    import polars as pl

PAIRS = (Pair("ratio", 0, 1), Pair("product", 1, 3))
FLOATS = st.floats(allow_nan=True, allow_infinity=False, width=64)


def _booster(values: np.ndarray, labels: np.ndarray, rounds: int = 20) -> str:
    engine = lightgbm()
    names = [f"f{place}" for place in range(values.shape[1])]
    rows = engine.Dataset(values, labels, feature_name=names, categorical_feature=[2])
    return model_text(engine.train({"verbosity": -1, "deterministic": True}, rows, rounds), rounds)


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    return table(2000, 5)


@pytest.fixture(scope="module")
def model(frame: pl.DataFrame) -> Model:
    """A model of one booster that sees pairs and one that does not."""
    features = fit_features(frame, VALUES.features).features
    values, labels = encode(features, frame).values, frame["value"].to_numpy()
    wide = widened(values, PAIRS)
    narrow = widen_text(_booster(values, labels, 10), wide.shape[1])
    members = (Member("b00", 10, 0.25, narrow), Member("b01", 20, 0.75, _booster(wide, labels)))
    return Model("regression", "value", (), features, members, PAIRS)


@given(arrays(np.float64, st.tuples(st.integers(0, 8), st.just(4)), elements=FLOATS))
def test_pairs_are_ratios_and_products_missing_or_huge(values: np.ndarray) -> None:
    wide = widened(values, PAIRS)
    assert wide[:, :4].tobytes() == values.tobytes(order="C") or np.array_equal(wide[:, :4], values, equal_nan=True)
    with np.errstate(all="ignore"):
        ratio, product = values[:, 0] / values[:, 1], values[:, 1] * values[:, 3]
    for made, wanted in ((wide[:, 4], ratio), (wide[:, 5], product)):
        assert np.array_equal(made, np.clip(wanted, -1e300, 1e300), equal_nan=True)
        assert np.isfinite(made[~np.isnan(wanted)]).all()


def test_no_pair_costs_nothing() -> None:
    values = np.ones((3, 2))
    assert widened(values, ()) is values


@given(arrays(np.float64, (3, 6), elements=st.floats(0, 1e6)))
def test_nothing_is_lost_in_sharing_out(amounts: np.ndarray) -> None:
    shared = shared_out(amounts, PAIRS)
    assert shared.shape == (3, 4)
    assert np.allclose(shared.sum(axis=1), amounts.sum(axis=1))
    assert np.array_equal(shared[:, 2], amounts[:, 2])


def test_a_booster_that_is_widened_predicts_as_before(frame: pl.DataFrame) -> None:
    values = encode(fit_features(frame, VALUES.features).features, frame).values
    text = _booster(values, frame["value"].to_numpy())
    wide = load_booster(widen_text(text, 7))
    assert wide.num_feature() == 7
    filled = np.hstack([values, np.random.default_rng(0).normal(size=(len(values), 3))])
    assert np.array_equal(wide.predict(filled), load_booster(text).predict(values))


def test_a_model_predicts_what_its_members_do(model: Model, frame: pl.DataFrame) -> None:
    wide = widened(encode(model.features, frame).values, PAIRS)
    alone = [np.asarray(load_booster(member.text).predict(wide)) for member in model.members]
    expected = 0.25 * alone[0] + 0.75 * alone[1]
    assert np.array_equal(model.predict(frame), expected)
    few = frame.head(7)
    assert np.allclose(model.predict(few), expected[:7], rtol=1e-15)
    plain = Model("regression", "value", (), model.features, (Member("b02", 5, 1.0, _narrow(frame)),))
    many = predict_many({"paired": model, "plain": plain}, frame)
    assert np.allclose(many["paired"], expected, rtol=1e-12)
    assert np.allclose(many["plain"], plain.predict(frame), rtol=1e-12)


def _narrow(frame: pl.DataFrame) -> str:
    values = encode(fit_features(frame, VALUES.features).features, frame).values
    return _booster(values, frame["value"].to_numpy(), 5)


def test_files_hold_the_pairs_and_only_where_there_are_some(model: Model, frame: pl.DataFrame) -> None:
    files = model.dumps()
    again = Model.loads(files)
    assert again == model
    assert again.dumps() == files
    assert np.array_equal(again.predict(frame), model.predict(frame))
    plain = Model("regression", "value", (), model.features, (Member("b02", 5, 1.0, _narrow(frame)),))
    assert "pairs" not in json.loads(plain.dumps()[DOCUMENT])
    assert Model.loads(plain.dumps()) == plain


@pytest.mark.parametrize(
    ("pairs", "word"),
    [
        ([{"kind": "ratio", "left": 0, "right": 4}], "not among the 4"),
        ([{"kind": "ratio", "left": -1, "right": 0}], "not among the 4"),
        ([{"kind": "difference", "left": 0, "right": 1}], "'ratio' or 'product'"),
        ([], "does not fit"),
    ],
)
def test_pairs_that_cannot_be_are_refused(model: Model, pairs: list[dict[str, object]], word: str) -> None:
    files = model.dumps()
    document = json.loads(files[DOCUMENT]) | {"pairs": pairs}
    with pytest.raises(ModelError, match=word):
        Model.loads(files | {DOCUMENT: json.dumps(document).encode()})
