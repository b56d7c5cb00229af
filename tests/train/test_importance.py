"""How much each feature matters to a model."""

from __future__ import annotations

import importlib
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from tests.train.models import boosted, dated
from tests.train.tables import ROLES, table
from workbench.model import Roles, encode
from workbench.params.train import TrainParams
from workbench.train import search
from workbench.train.importance import importance, spread_rows

module = importlib.import_module("workbench.train.importance")  # the room shows the function under its name

if TYPE_CHECKING:
    from workbench.model import Model, Task

FRAME = table(1500, seed=0)
DATED = dated(1500, seed=0)
DATED_ROLES = Roles("value", "regression", (), ("moment", "word", "flag", "noise"), time="moment")


@pytest.mark.parametrize("task", ROLES)
def test_what_the_label_depends_on_matters_and_noise_does_not(task: Task) -> None:
    found = importance(boosted(FRAME, ROLES[task]), table(800, seed=3))
    assert found.names == ROLES[task].features
    assert found.gain.sum() == pytest.approx(1)
    assert found.table()["feature"].to_list()[-1] == "noise"
    assert set(found.strongest(2)) == {"left", "right"}
    assert found.shap.shape == (4,)
    assert found.rows == 800


def test_shap_values_add_up_to_the_prediction_of_a_blend() -> None:
    model = boosted(FRAME, ROLES["regression"], weights=(0.25, 0.75))
    values = encode(model.features, FRAME[:50]).values
    shares = sum(m.weight * module._contributions(m, values, 1, 1) for m in model.members)
    base = sum(m.weight * m.loaded.predict(values, pred_contrib=True)[:, -1] for m in model.members)
    assert shares.sum(axis=(1, 2)) + base == pytest.approx(model.score(values))


def test_a_blend_weighs_its_members() -> None:
    blend = boosted(FRAME, ROLES["binary"], weights=(0.25, 0.75))
    first, second = (
        importance(replace(blend, members=(replace(member, weight=1.0),)), FRAME[:200]) for member in blend.members
    )
    both = importance(blend, FRAME[:200])
    assert both.gain == pytest.approx(0.25 * first.gain + 0.75 * second.gain)
    assert (both.shap <= 0.25 * first.shap + 0.75 * second.shap + 1e-12).all()


def test_the_inputs_of_a_time_count_as_one_feature() -> None:
    model = boosted(DATED, DATED_ROLES)
    found = importance(model, dated(500, seed=1))
    assert found.names == DATED_ROLES.features
    assert found.input_names == ("moment.hour", "moment.weekday", "word", "flag", "noise")
    assert found.strongest(1) == ("moment.hour",)
    assert found.table()["feature"][0] == "moment"
    assert found.shap[1:] == pytest.approx(found.input_shap[2:])


def test_what_moves_all_classes_alike_does_not_count() -> None:
    """Softmax does not see it: three boosters with the same trees predict the same for every row."""
    model = boosted(FRAME, ROLES["multiclass"], trees=1)
    header, _, body = model.members[0].text.partition("\n\n")
    trees = body.partition("end of trees")[0].split("\n\n")[: 3 * 1]
    same = "\n\n".join(tree.replace(tree.split("\n")[0], f"Tree={i}") for i, tree in enumerate([trees[0].strip()] * 3))
    sizes = " ".join(str(len(part.encode()) + 2) for part in same.split("\n\n"))
    header = "\n".join(f"tree_sizes={sizes}" if line.startswith("tree_sizes") else line for line in header.splitlines())
    alike = replace(model, members=(replace(model.members[0], text=f"{header}\n\n{same}\n\nend of trees\n"),))
    assert importance(alike, FRAME[:100]).shap == pytest.approx(np.zeros(4), abs=1e-12)


def test_a_larger_model_is_explained_on_fewer_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    small, large = boosted(FRAME, ROLES["binary"], trees=5), boosted(FRAME, ROLES["binary"], trees=60)
    monkeypatch.setattr(module, "LEAF_VISITS", 30_000)
    assert importance(small, FRAME).rows > importance(large, FRAME).rows >= module.FEWEST_ROWS


@pytest.mark.parametrize("model", [boosted(FRAME, ROLES["multiclass"], trees=2)])
def test_no_rows_are_no_importance(model: Model) -> None:
    found = importance(model, FRAME.head(0))
    assert (found.rows, found.shap.sum(), found.strongest(3)) == (0, 0.0, ())
    assert found.table().height == 4


def test_a_model_that_never_split_has_none() -> None:
    flat = FRAME.with_columns(late=pl.int_range(pl.len()) % 2 == 0).head(30)
    found = importance(boosted(flat, ROLES["binary"], trees=1), flat)
    assert (found.gain.sum(), found.shap.sum(), found.table()["shap_share"].sum()) == (0, 0, 0)


def test_rows_are_taken_from_first_to_last() -> None:
    assert spread_rows(pl.DataFrame({"n": range(11)}), 3)["n"].to_list() == [0, 5, 10]
    assert spread_rows(pl.DataFrame({"n": range(3)}), 3).height == 3


def test_shares_of_a_logarithm_add_up_to_how_far_the_value_moved() -> None:
    frame = FRAME.with_columns(value=(pl.col("value") / 3).exp())
    params = TrainParams.model_validate({"budget": {"trials": 4}, "diagnose": "off", "refit": "off"})
    models = [one.model for one in search(frame, frame[:300], ROLES["regression"], params).candidates]
    member = next(member for model in models for member in model.members if member.logarithmic)
    values = encode(models[0].features, frame[:50]).values
    shares = module._contributions(member, values, 1, 1)[:, 0]
    base = np.exp(member.loaded.predict(values, pred_contrib=True, num_iteration=member.trees)[:, -1])
    assert base + shares.sum(axis=1) == pytest.approx(member.loaded.predict(values, num_iteration=member.trees))
