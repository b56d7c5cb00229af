"""The laws of regret, and the choice of minimax regret against brute force."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from workbench.decide.regret import regret

SHAPES = st.tuples(st.integers(1, 6), st.integers(1, 5))


@st.composite
def games(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Dollars of candidates in scenarios, many of them equal, and which keep to the limits."""
    shape = draw(SHAPES)
    usd = draw(arrays.arrays(np.float64, shape, elements=st.sampled_from([0.0, 1.0, 2.5, 7.0, 1e3, 1e6])))
    everything = st.just(np.ones(shape, dtype=bool))
    return usd, draw(st.one_of(everything, arrays.arrays(np.bool_, shape)))


def by_hand(usd: np.ndarray, allowed: np.ndarray) -> list[list[float]]:
    """Regret by its definition, one cell at a time."""
    table = []
    for row in range(len(usd)):
        cells = []
        for column in range(usd.shape[1]):
            choices = [usd[other, column] for other in range(len(usd)) if allowed[other, column]]
            cells.append(usd[row, column] - min(choices) if allowed[row, column] else math.nan)
        table.append(cells)
    return table


@given(games())
def test_regret_is_never_negative_and_nothing_for_the_best(game: tuple[np.ndarray, np.ndarray]) -> None:
    usd, allowed = game
    found = regret(usd, allowed)
    np.testing.assert_array_equal(found.usd, by_hand(usd, allowed))
    assert (found.usd[allowed] >= 0).all()
    assert np.isnan(found.usd[~allowed]).all()
    for column in np.flatnonzero(allowed.any(axis=0)):
        assert np.nanmin(found.usd[:, column]) == 0


@given(games())
def test_the_robust_choice_is_that_of_brute_force(game: tuple[np.ndarray, np.ndarray]) -> None:
    usd, allowed = game
    counts = [column for column in range(usd.shape[1]) if allowed[:, column].any()]
    table = by_hand(usd, allowed)
    keys = []
    for row in range(len(usd)):
        known = [table[row][column] for column in counts if allowed[row, column]]
        broken = len(counts) - len(known)
        keys.append((broken, max(known), sum(known) / len(known)) if known else (broken, math.inf, math.inf))
    found = regret(usd, allowed)
    if not counts:
        assert found.robust is None
        return
    best = min(range(len(usd)), key=lambda row: (keys[row][0], keys[row][1], round(keys[row][2], 6), row))
    chosen = found.robust
    assert chosen is not None
    assert keys[chosen][:2] == keys[best][:2]
    assert keys[chosen][2] == pytest.approx(keys[best][2])
    assert found.most[chosen] == keys[best][1]
    assert found.broken.tolist() == [key[0] for key in keys]


@given(games(), st.data())
def test_least_expected_regret_is_least_expected_cost(game: tuple[np.ndarray, np.ndarray], data: st.DataObject) -> None:
    usd, _ = game
    allowed = np.ones(usd.shape, dtype=bool)
    weights = np.array(data.draw(st.lists(st.floats(0.01, 1), min_size=usd.shape[1], max_size=usd.shape[1])))
    weights /= weights.sum()
    found = regret(usd, allowed, weights)
    assert found.likely is not None
    costs = usd @ weights
    assert costs[found.likely] == pytest.approx(costs.min(), rel=1e-9, abs=1e-9)
    assert found.expected is not None
    foresight = costs.min() - usd.min(axis=0) @ weights
    assert found.expected[found.likely] == pytest.approx(foresight, rel=1e-6, abs=1e-6)


@given(games(), st.floats(-100, 100))
def test_what_every_candidate_pays_alike_changes_nothing(game: tuple[np.ndarray, np.ndarray], more: float) -> None:
    usd, allowed = game
    shifted = regret(usd + more, allowed)
    np.testing.assert_allclose(shifted.usd, regret(usd, allowed).usd, atol=1e-6)


def test_a_hedge_may_be_best_nowhere() -> None:
    usd = np.array([[10.0, 50.0], [12.0, 20.0], [30.0, 15.0]])
    found = regret(usd, np.ones((3, 2), dtype=bool))
    assert found.robust == 1
    assert found.most.tolist() == [35.0, 5.0, 20.0]
    assert found.worst.tolist() == [1, 1, 0]
    assert found.likely is None
    assert regret(usd, np.ones((3, 2), dtype=bool), np.array([0.99, 0.01])).likely == 0


def test_the_greatest_regret_decides_and_not_the_mean() -> None:
    usd = np.array([[0.0, 0.0, 9.0], [4.0, 4.0, 4.0], [9.0, 9.0, 0.0]])
    allowed = np.ones((3, 3), dtype=bool)
    assert regret(usd, allowed).robust == 1
    assert regret(usd, allowed, np.array([0.45, 0.45, 0.1])).likely == 0


def test_equals_are_told_apart_by_the_mean_regret() -> None:
    usd = np.array([[5.0, 5.0], [0.0, 5.0], [5.0, 0.0]])
    assert regret(usd, np.ones((3, 2), dtype=bool)).robust == 1


def test_a_limit_broken_anywhere_weighs_more_than_any_regret() -> None:
    usd = np.array([[1.0, 1.0], [500.0, 900.0]])
    allowed = np.array([[True, False], [True, True]])
    found = regret(usd, allowed)
    assert found.robust == 1
    assert found.broken.tolist() == [1, 0]
    assert found.usd[1].tolist() == [499.0, 0.0]
    assert math.isnan(found.usd[0, 1])


def test_a_scenario_without_a_choice_says_nothing() -> None:
    usd = np.array([[1.0, 5.0], [2.0, 4.0]])
    allowed = np.array([[True, False], [True, False]])
    found = regret(usd, allowed, np.array([0.1, 0.9]))
    assert found.robust == 0
    assert found.broken.tolist() == [0, 0]
    assert found.expected is not None
    assert found.expected.tolist() == [0.0, 1.0]


def test_where_nothing_is_allowed_there_is_no_choice() -> None:
    found = regret(np.ones((2, 2)), np.zeros((2, 2), dtype=bool), np.array([0.5, 0.5]))
    assert found.robust is None
    assert found.likely is None
    assert np.isinf(found.most).all()
