"""Directions and sets of columns hold in the boosters themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from tests.train.tables import BINARY, CLASSES, VALUES, table
from workbench.errors import ParamsError
from workbench.model import Roles
from workbench.model.boosters import load_booster
from workbench.params.train import TrainParams
from workbench.train.constraints import constraint_settings
from workbench.train.fitting import bin_rows, fit
from workbench.train.goal import goal_of
from workbench.train.material import Material, prepare
from workbench.train.portfolio import BASELINE, portfolio

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.train.booster import Settings
    from workbench.train.goal import Goal

STEPS = np.linspace(-3, 3, 31)


def _material(roles: Roles, rows: int = 900) -> Material:
    frame = table(rows, 0).with_columns(
        left=pl.when(pl.col("noise") < 1).then("left"),
        flag=pl.col("noise") > 0,
        when=pl.datetime(2024, 1, 1) + pl.duration(hours=pl.int_range(pl.len())),
        same=1,
    )
    everything = Roles(roles.target, roles.task, roles.classes, (*roles.features, "flag", "when", "same"))
    return prepare(frame[: rows * 2 // 3], frame[rows * 2 // 3 :], everything)


def _settings(material: Material, goal: Goal, **asked: object) -> Settings:
    return constraint_settings(TrainParams.model_validate(asked), material.features, material.set_aside, goal)


@pytest.mark.parametrize("roles", [BINARY, VALUES], ids=lambda roles: roles.task)
def test_predictions_follow_the_direction(roles: Roles) -> None:
    goal, material = goal_of(roles, "auto"), _material(roles)
    constrained = _settings(material, goal, monotone={"left": 1, "right": -1, "noise": 0, "flag": 1})
    bins = bin_rows(material, goal)
    violated = 0
    for setup in (BASELINE, *portfolio(600, 4, "regression")):
        for settings in (setup.settings, {**setup.settings, **constrained}):
            text = fit(bins, settings, rounds=40).text
            falls = max(_falls(text, material, place, sign) for place, sign in ((0, 1), (1, -1)))
            if "monotone_constraints" in settings:
                assert falls <= 0, setup.name
            else:
                violated += falls > 0
    assert violated > len(portfolio(600, 4, "regression")) / 2


def _falls(text: str, material: Material, place: int, sign: int) -> float:
    """Give the largest step against the direction along one input, at many values of the others."""
    rows = np.repeat(material.validation_values[:100], STEPS.size, axis=0)
    rows[:, place] = np.tile(STEPS, 100)
    scores = load_booster(text).predict(rows, raw_score=True).reshape(100, STEPS.size)
    return float((-sign * np.diff(scores, axis=1)).max())


def test_branches_never_mix_columns_of_different_sets() -> None:
    goal, material = goal_of(VALUES, "auto"), _material(VALUES)
    constrained = _settings(material, goal, interactions=[["left", "word"], ["word", "noise"]])
    bins = bin_rows(material, goal)
    names = [feature.name for feature in material.features for _ in range(feature.width)]
    rest = {"right", "flag", "when"}
    allowed = [{"left", "word"}, {"word", "noise"}, rest]
    for setup in (BASELINE, *portfolio(600, 4, "regression")):
        text = fit(bins, {**setup.settings, **constrained}, rounds=40).text
        for branch in _branches(text, names):
            assert any(branch <= together for together in allowed), (setup.name, branch)
    free = fit(bins, {**BASELINE.settings}, rounds=40).text
    assert not all(any(branch <= together for together in allowed) for branch in _branches(free, names))
    used = set().union(*_branches(fit(bins, constrained, rounds=40).text, names))
    assert used == {"left", "word", "noise"} | rest, "a column in no set is still used"


def _branches(text: str, names: list[str]) -> Iterator[set[str]]:
    """Give the columns on each way from a root to a leaf."""

    def walk(node: dict[str, object], above: set[str]) -> Iterator[set[str]]:
        if "split_feature" not in node:
            yield above
            return
        here = above | {names[int(str(node["split_feature"]))]}
        for side in ("left_child", "right_child"):
            yield from walk(node[side], here)  # type: ignore[arg-type]

    for tree in load_booster(text).dump_model()["tree_info"]:
        yield from walk(tree["tree_structure"], set())


def test_nothing_asked_is_nothing_set() -> None:
    goal, material = goal_of(BINARY, "auto"), _material(BINARY)
    everything = [feature.name for feature in material.features]
    assert _settings(material, goal) == {}
    assert _settings(material, goal, monotone={"left": 0, "same": 1}) == {}
    assert _settings(material, goal, interactions=[everything]) == {}
    assert _settings(material, goal, interactions=[["same"]]) == {}
    assert _settings(material, goal, monotone={"flag": -1})["monotone_constraints"].count("-1") == 1


@pytest.mark.parametrize(
    ("roles", "asked", "told"),
    [
        (BINARY, {"monotone": {"lift": 1}}, "train.monotone, column 'lift'.*did you mean left"),
        (BINARY, {"interactions": [["left"], ["nose"]]}, "train.interactions, column 'nose'.*did you mean noise"),
        (BINARY, {"monotone": {"word": 1}}, "train.monotone, column 'word'.*a categorical column"),
        (BINARY, {"monotone": {"when": -1}}, "train.monotone, column 'when'.*a time column"),
        (CLASSES, {"monotone": {"left": 1}}, "train.monotone.*more than two classes"),
        (VALUES, {"monotone": {"left": 1}, "metric": "mae"}, "absolute error.*train.metric: rmse"),
    ],
)
def test_what_cannot_be_constrained_is_told(roles: Roles, asked: dict[str, object], told: str) -> None:
    with pytest.raises(ParamsError, match=told):
        _settings(_material(roles), goal_of(roles, TrainParams.model_validate(asked).metric), **asked)
