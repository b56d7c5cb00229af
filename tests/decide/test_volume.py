from __future__ import annotations

import itertools

import moocore
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.decide.knee import knee
from workbench.decide.volume import BEYOND, hypervolume

PAIRS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=9)


def counted(points: np.ndarray, reference: np.ndarray) -> float:
    """Count the cells of a grid of whole numbers that some point dominates."""
    cells = itertools.product(*(range(int(end)) for end in reference))
    return sum(any((point <= cell).all() for point in points) for cell in cells) / float(np.prod(reference))


@given(PAIRS)
def test_the_area_on_two_counts_is_that_of_the_library(pairs: list[tuple[int, int]]) -> None:
    points = np.array(pairs, dtype=float)
    found = hypervolume(points)
    box = np.prod(np.array(found.reference) - np.array(found.best))
    assert found.share == pytest.approx(moocore.hypervolume(points, ref=found.reference) / box)


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_the_share_is_that_of_the_cells_dominated(width: int) -> None:
    rng = np.random.default_rng(width)
    points = rng.integers(0, 5, (6, width)).astype(float)
    points[0] = 0
    points[1:] += np.eye(width)[rng.integers(0, width, 5)]
    kept = points[1:]
    reference = np.full(width, 6.0)
    found = hypervolume(np.vstack([kept, np.full(width, 5.0)]), reference)
    best = np.array(found.best)
    assert found.reference == tuple(reference.tolist())
    assert found.share == pytest.approx(counted(kept - best, reference - best))


def test_a_beaten_candidate_adds_nothing_unless_it_moves_the_reference() -> None:
    edge = np.array([[0.0, 4.0, 1.0], [1.0, 1.0, 2.0], [4.0, 0.0, 0.0]])
    more = np.vstack([edge, [2.0, 2.0, 2.0]])
    assert hypervolume(more).share == pytest.approx(hypervolume(edge).share)


def test_one_candidate_that_is_best_on_all_takes_the_whole_box_and_none_takes_nothing() -> None:
    assert hypervolume(np.array([[1.0, 2.0, 3.0], [2.0, 3.0, 4.0]])).share == pytest.approx(1)
    assert hypervolume(np.array([[1.0, 2.0]])).share == pytest.approx(1)
    assert hypervolume(np.empty((0, 2))).share == 0
    assert hypervolume(np.array([[np.inf, 1.0]])).share == 0


def test_the_reference_lies_a_tenth_of_the_span_beyond_the_worst() -> None:
    found = hypervolume(np.array([[0.0, 30.0], [10.0, 20.0]]))
    assert found.best == (0.0, 20.0)
    assert found.reference == (10 + 10 * BEYOND, 30 + 10 * BEYOND)


def test_units_do_not_matter() -> None:
    points = np.random.default_rng(0).uniform(0, 1, (9, 4))
    scaled = points * [1, 1e6, 1e-3, 40] + [5, -3, 0, 2]
    assert hypervolume(scaled).share == pytest.approx(hypervolume(points).share)


def test_the_knee_is_nearest_to_the_best_of_everything() -> None:
    points = np.array([[0.0, 100.0], [1.0, 30.0], [5.0, 20.0], [10.0, 0.0], [0.5, 0.5]])
    found = knee(points, np.array([True, True, True, True, False]))
    assert found is not None
    assert found.row == 1
    assert found.distance == pytest.approx(0.1 + 0.3)


def test_a_frontier_that_bulges_outwards_and_one_of_two_points_have_no_knee() -> None:
    outwards = np.array([[0.0, 1.0], [0.9, 0.9], [1.0, 0.0]])
    assert knee(outwards, np.ones(3, bool)) is None
    assert knee(outwards[[0, 0, 2]], np.ones(3, bool)) is None
