"""Spread over seeds, overfitting and the optimism of a choice are what they are where the truth is known."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.train.tables import BINARY, CLASSES, ROLES, VALUES, table
from workbench.train.fitting import Bins, bin_rows, fit
from workbench.train.goal import goal_of, log_loss
from workbench.train.material import prepare
from workbench.train.nested import nested_estimate
from workbench.train.portfolio import BASELINE, portfolio
from workbench.train.stability import SeedSpread, overfitting, overfitting_of, seed_spread

if TYPE_CHECKING:
    from workbench.model import Roles

SETUP = replace(portfolio(600, 20, "binary")[3], rounds=80)


def _bins(roles: Roles, rows: int = 600) -> Bins:
    frame = table(rows + 1000, 4)
    return bin_rows(prepare(frame[1000:], frame[:1000], roles), goal_of(roles, "auto"))


def test_seeds_spread_the_loss() -> None:
    bins = _bins(BINARY)
    known = fit(bins, SETUP.settings, patience=SETUP.patience, rounds=SETUP.rounds, seed=7)
    spread = seed_spread(bins, SETUP, [7, 8, 9], known=[(7, known)])
    assert spread is not None
    assert spread.seeds == (7, 8, 9)
    assert spread.losses[0] == known.loss
    assert len(set(spread.losses)) == 3
    assert spread.loss_deviation == pytest.approx(np.std(spread.losses, ddof=1))
    assert spread.table().height == 3
    assert spread.cpu_seconds > 0
    assert "may differ by luck alone" in spread.sentence


def test_nothing_random_has_no_spread() -> None:
    spread = seed_spread(_bins(VALUES), replace(BASELINE, rounds=20), range(3))
    assert spread is not None
    assert spread.loss_deviation == 0
    assert "nothing in this configuration is random" in spread.sentence


def test_equal_losses_are_equal_whatever_their_last_bits_add_up_to() -> None:
    spread = SeedSpread((0, 1, 2), (0.1, 0.1, 0.1), (0.2, 0.2, 0.2), 1.0)
    assert spread.loss_deviation > 0
    assert "nothing in this configuration is random" in spread.sentence


@pytest.mark.parametrize("allowed", [0, 30, 120, 10_000])
def test_a_budget_ends_the_seeds(allowed: int) -> None:
    asked = itertools.count()
    spread = seed_spread(_bins(BINARY), SETUP, range(4), may_go_on=lambda: next(asked) < allowed)
    assert next(asked) <= allowed + 3 or allowed == 10_000
    if allowed < 60:
        assert spread is None
    if allowed == 10_000:
        assert spread is not None
        assert len(spread.seeds) == 4


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_overfitting_is_the_loss_on_rows_learned_from_against_others(task: str) -> None:
    frame, goal = table(1600, 4), goal_of(ROLES[task], "auto")
    material = prepare(frame[1000:], frame[:1000], ROLES[task])
    bins = bin_rows(material, goal)
    fitted = fit(bins, SETUP.settings, rounds=SETUP.rounds, seed=3)
    found = overfitting(bins, SETUP, fitted, seed=3)
    assert found is not None
    labels, values = material.train_labels, material.train_values
    predictions = _predict(fitted.text, values)
    assert found.train_loss == pytest.approx(goal.loss(labels, predictions), rel=1e-6)
    assert found.validation_loss == fitted.loss
    assert found.gap == pytest.approx(fitted.loss - found.train_loss)
    assert found.gap_low < found.gap < found.gap_high
    assert 0 < found.train_share < found.validation_share < 1
    assert found.relative_gap > 0.02
    assert found.table().width == 12


def _predict(text: str, values: np.ndarray) -> np.ndarray:
    from workbench.model.boosters import load_booster  # noqa: PLC0415 - LightGBM is loaded late on purpose

    return np.asarray(load_booster(text).predict(values))


def test_a_larger_model_overfits_more() -> None:
    bins = _bins(BINARY)
    gaps = []
    for rounds in (3, 60):
        setup = replace(BASELINE, rounds=rounds, patience=1000)
        fitted = fit(bins, setup.settings, rounds=rounds, patience=1000)
        found = overfitting(bins, setup, replace(fitted, best_round=rounds))
        assert found is not None
        gaps.append(found.relative_gap)
    assert gaps[1] > 2 * gaps[0] > 0


def test_a_budget_ends_overfitting() -> None:
    bins = _bins(BINARY)
    fitted = fit(bins, SETUP.settings, rounds=SETUP.rounds)
    assert overfitting(bins, SETUP, fitted, may_go_on=lambda: False) is None


def test_like_rows_show_no_overfitting() -> None:
    rng = np.random.default_rng(0)
    goal = goal_of(BINARY, "auto")
    chances = rng.random(8000)
    labels = (rng.random(8000) < chances).astype(float)
    found = overfitting_of(goal, (labels[:4000], chances[:4000]), (labels[4000:], chances[4000:]))
    assert found.gap_low < 0 < found.gap_high
    assert "less to" in found.sentence
    assert abs(found.excess) < 4 * found.excess_error
    assert found.train_loss == pytest.approx(log_loss(labels[:4000], chances[:4000]))


def _candidates(seed: int, rows: int, better: float = 0.0) -> tuple[np.ndarray, dict[str, np.ndarray], np.ndarray]:
    """Labels, predictions that are equally good but for noise of their own, and their log odds."""
    rng = np.random.default_rng(seed)
    odds = rng.normal(size=rows)
    labels = (rng.random(rows) < 1 / (1 + np.exp(-odds))).astype(float)
    noise = rng.normal(size=(12, rows)) * (0.8 - better * (np.arange(12) == 0)[:, None])
    return labels, {f"b{n}": 1 / (1 + np.exp(-(odds + noise[n]))) for n in range(12)}, odds


@pytest.mark.parametrize("metric", ["log_loss", "average_precision"])
def test_the_optimism_of_a_choice_is_what_new_rows_take_away(metric: str) -> None:
    goal = goal_of(BINARY, metric)
    told, lost = [], []
    for seed in range(25):
        labels, predictions, _ = _candidates(seed, 400)
        nested = nested_estimate(goal, labels, predictions, seed=seed, repeats=20)
        assert nested is not None
        told.append(nested.optimism)
        best = goal.badness(nested.value)
        lost.append(np.mean([goal.badness(value) for value in nested.values.values()]) - best)
    assert np.mean(told) == pytest.approx(np.mean(lost), rel=0.35)


def test_a_candidate_far_better_is_chosen_without_optimism() -> None:
    labels, predictions, _ = _candidates(0, 2000, better=0.7)
    goal = goal_of(BINARY, "log_loss")
    nested = nested_estimate(goal, labels, predictions)
    assert nested is not None
    assert nested.chosen == "b0"
    assert nested.chosen_shares["b0"] == 1
    assert nested.optimism < 0.01 * nested.value
    assert nested.expected == nested.value + nested.optimism
    table = nested.table()
    assert table.filter(table["chosen"])["candidate"].to_list() == ["b0"]
    assert "best of 12 candidates" in nested.sentence


def test_an_optimism_lowers_a_metric_of_which_more_is_better() -> None:
    labels, predictions, _ = _candidates(1, 400)
    nested = nested_estimate(goal_of(BINARY, "roc_auc"), labels, predictions)
    assert nested is not None
    assert nested.expected < nested.value


def test_classes_and_values_have_an_optimism_too() -> None:
    rng = np.random.default_rng(0)
    for roles in (CLASSES, VALUES):
        labels = rng.integers(0, 3, 300).astype(float)
        each = (rng.dirichlet([1, 1, 1], 300) if roles is CLASSES else labels + rng.normal(size=300) for _ in range(9))
        nested = nested_estimate(goal_of(roles, "auto"), labels, dict(zip("abcdefghi", each, strict=True)))
        assert nested is not None
        assert nested.optimism > 0


def test_without_a_choice_there_is_no_estimate() -> None:
    labels, predictions, _ = _candidates(0, 400)
    goal = goal_of(BINARY, "log_loss")
    assert nested_estimate(goal, labels, {"b0": predictions["b0"]}) is None
    assert nested_estimate(goal, labels[:10], {name: each[:10] for name, each in predictions.items()}) is None
    assert nested_estimate(goal_of(BINARY, "auto"), np.zeros(400), predictions) is None
    asked = itertools.count()
    assert nested_estimate(goal, labels, predictions, may_go_on=lambda: next(asked) < 5) is None
    asked = itertools.count()
    partial = nested_estimate(goal, labels, predictions, may_go_on=lambda: next(asked) < 15)
    assert partial is not None
    assert partial.repeats == 15
