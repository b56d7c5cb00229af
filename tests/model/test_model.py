"""A model is one value: the same bytes, the same scores, wherever it goes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest

from tests.model.frames import mixed_frame, trained
from workbench.errors import ModelError
from workbench.model import Member, Model, encode, fit_features, predict_many
from workbench.model.rows import RowEncoder

if TYPE_CHECKING:
    from collections.abc import Callable

    import lightgbm as lgb

SIZES = (1, 5, 12)
Files = dict[str, bytes]
Family = tuple[list[Model], "lgb.Booster"]


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    return mixed_frame()


@pytest.fixture(scope="module")
def family(frame: pl.DataFrame) -> Family:
    return trained(frame, sizes=SIZES)


@pytest.fixture(scope="module")
def blend(frame: pl.DataFrame, family: Family) -> Model:
    other = trained(mixed_frame(seed=1))[0][0].members[0]
    first = family[0][2]
    members = (Member("b00", 12, 0.25, first.members[0].text), Member("b01", 12, 0.75, other.text))
    return Model(first.task, first.target, first.classes, first.features, members)


def test_what_was_dumped_loads_as_the_same_model(frame: pl.DataFrame, blend: Model) -> None:
    files = blend.dumps()
    again = Model.loads(files)
    assert again == blend
    assert again.dumps() == files
    assert np.array_equal(again.predict(frame), blend.predict(frame))
    assert sorted(files) == ["b00.txt", "b01.txt", "model.json"]


def test_a_prefix_scores_as_the_booster_cut_there(frame: pl.DataFrame, family: Family) -> None:
    models, booster = family
    values = encode(models[0].features, frame).values
    for size, model in zip(SIZES, models, strict=True):
        assert np.allclose(model.predict(frame), booster.predict(values, num_iteration=size), rtol=0, atol=1e-12)
        assert model.members[0].text.count("Tree=") == size
    assert len(models[0].dumps()["b00.txt"]) < len(models[2].dumps()["b00.txt"])


def test_many_models_score_as_each_alone(frame: pl.DataFrame, family: Family, blend: Model) -> None:
    models = {f"m{size}": model for size, model in zip(SIZES, family[0], strict=True)} | {"blend": blend}
    together = predict_many(models, frame)
    assert list(together) == list(models)
    for name, model in models.items():
        assert np.allclose(together[name], model.predict(frame), rtol=0, atol=1e-12)


def test_no_rows_give_no_scores(frame: pl.DataFrame, blend: Model) -> None:
    assert blend.predict(frame[:0]).shape == (0,)
    assert predict_many({"a": blend}, frame[:0])["a"].shape == (0,)


def test_one_row_scores_as_it_does_among_others(frame: pl.DataFrame, blend: Model) -> None:
    alone = np.concatenate([blend.predict(frame[row : row + 1], num_threads=1) for row in range(20)])
    assert np.array_equal(alone, blend.predict(frame)[:20])


def test_a_service_pays_little_for_a_row(frame: pl.DataFrame, blend: Model) -> None:
    """The way by row knows every type of a usual request, and another schema is no obstacle."""
    usual = frame.select("number", "count", "flag", "word", "day", "moment")
    features = fit_features(usual, usual.columns).features
    assert RowEncoder(features, usual.schema).able
    retyped = frame[:3].with_columns(pl.col("count").cast(pl.UInt8))
    assert np.array_equal(blend.predict(retyped), blend.predict(frame)[:3])


def _without(files: Files, name: str) -> Files:
    return {key: data for key, data in files.items() if key != name}


def _edited(files: Files, change: Callable[[dict[str, Any]], object]) -> Files:
    tree = json.loads(files["model.json"])
    change(tree)
    return files | {"model.json": json.dumps(tree).encode()}


BROKEN = {
    "no document": lambda files: _without(files, "model.json"),
    "a text missing": lambda files: _without(files, "b01.txt"),
    "a text too many": lambda files: files | {"b07.txt": files["b00.txt"]},
    "not JSON": lambda files: files | {"model.json": b"{"},
    "unknown key": lambda files: _edited(files, lambda tree: tree.update(more=1)),
    "path in a name": lambda files: _edited(files, lambda tree: tree["members"][0].update(file="../b00.txt")),
    "weights over 1": lambda files: _edited(files, lambda tree: tree["members"][0].update(weight=0.9)),
    "fewer features": lambda files: _edited(files, lambda tree: tree["features"].pop()),
    "more trees": lambda files: _edited(files, lambda tree: tree["members"][0].update(trees=13)),
    "a cut text": lambda files: files | {"b00.txt": files["b00.txt"][: len(files["b00.txt"]) // 2]},
    "an empty text": lambda files: files | {"b00.txt": b""},
    "a byte lost": lambda files: files | {"b00.txt": files["b00.txt"].replace(b"num_leaves=7", b"num_leaves=", 1)},
    "not ASCII": lambda files: files | {"b00.txt": b"\xff" + files["b00.txt"]},
    "a pickle": lambda files: files | {"b00.txt": b"\x80\x04K\x01."},
}


@pytest.mark.parametrize("damage", BROKEN.values(), ids=BROKEN.keys())
def test_files_that_are_no_model_are_refused(blend: Model, damage: Callable[[Files], Files]) -> None:
    with pytest.raises(ModelError):
        Model.loads(damage(blend.dumps()))


PROBE = """
import os, sys
import workbench.model as room
assert "lightgbm" not in sys.modules, "importing the room must not import LightGBM"
room.lightgbm()
print(os.environ.get("GOMP_SPINCOUNT"))
"""


@pytest.mark.parametrize(("given", "expected"), [({}, "3000"), ({"GOMP_SPINCOUNT": "7"}, "7")])
def test_spinning_is_short_unless_the_user_chose(given: dict[str, str], expected: str) -> None:
    environment = {key: value for key, value in os.environ.items() if key != "GOMP_SPINCOUNT"} | given
    done = subprocess.run([sys.executable, "-c", PROBE], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == expected
