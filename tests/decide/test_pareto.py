from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from workbench.decide import dominators, frontier, non_dominated

COUNT = st.one_of(st.integers(0, 6), st.just(np.inf))
POINTS = st.lists(st.tuples(COUNT, COUNT, st.booleans()), min_size=1, max_size=14)
MANY = st.integers(1, 4).flatmap(
    lambda width: st.lists(
        st.tuples(st.lists(COUNT, min_size=width, max_size=width), st.booleans()), min_size=1, max_size=12
    )
)


@given(POINTS)
def test_the_frontier_is_what_a_search_one_by_one_finds(points: list[tuple[float, float, bool]]) -> None:
    first, second, allowed = (np.array(column) for column in zip(*points, strict=True))
    expected = []
    for x, y, fine in points:
        beaten = any(ok and a <= x and b <= y and (a, b) != (x, y) for a, b, ok in points)
        expected.append(fine and not beaten)
    assert frontier(first.astype(float), second.astype(float), allowed.astype(bool)).tolist() == expected


@given(MANY)
def test_on_any_number_of_counts_it_is_what_a_search_one_by_one_finds(made: list[tuple[list[float], bool]]) -> None:
    points = np.array([counts for counts, _ in made], dtype=float)
    allowed = np.array([fine for _, fine in made])
    beaten_by = [
        [
            row
            for row, (other, fine) in enumerate(made)
            if fine and other != counts and all(a <= b for a, b in zip(other, counts, strict=True))
        ]
        for counts, _ in made
    ]
    expected = [fine and not rivals for (_, fine), rivals in zip(made, beaten_by, strict=True)]
    assert non_dominated(points, allowed).tolist() == expected
    assert [dominators(points, allowed, row).tolist() for row in range(len(made))] == beaten_by


@given(POINTS, st.floats(0.1, 10), st.floats(0.1, 10))
def test_the_least_of_any_weighted_total_lies_on_the_frontier(
    points: list[tuple[float, float, bool]], one: float, other: float
) -> None:
    first, second, allowed = (np.array(column) for column in zip(*points, strict=True))
    total = np.where(allowed, one * first + other * second, np.inf)
    if not np.isfinite(total).any():
        return
    found = frontier(first.astype(float), second.astype(float), allowed.astype(bool))
    assert found[int(np.argmin(total))] or (found & np.isclose(total, total.min())).any()


def test_an_infinite_count_is_never_better() -> None:
    found = frontier(np.array([1.0, 1.0]), np.array([np.inf, 2.0]), np.array([True, True]))
    assert found.tolist() == [False, True]


def test_a_count_that_is_no_number_neither_beats_nor_is_beaten() -> None:
    found = frontier(np.array([1.0, np.nan, 2.0]), np.array([1.0, 0.0, 2.0]), np.ones(3, bool))
    assert found.tolist() == [True, True, False]


def test_no_points_have_no_frontier() -> None:
    assert frontier(np.empty(0), np.empty(0), np.empty(0, bool)).tolist() == []
    assert non_dominated(np.empty((0, 3)), np.empty(0, bool)).tolist() == []
