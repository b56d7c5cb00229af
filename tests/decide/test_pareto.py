from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from workbench.decide import frontier

POINTS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6), st.booleans()), min_size=1, max_size=14)


@given(POINTS)
def test_the_frontier_is_what_a_search_one_by_one_finds(points: list[tuple[int, int, bool]]) -> None:
    first, second, allowed = (np.array(column) for column in zip(*points, strict=True))
    expected = []
    for x, y, fine in points:
        beaten = any(ok and a <= x and b <= y and (a, b) != (x, y) for a, b, ok in points)
        expected.append(fine and not beaten)
    assert frontier(first.astype(float), second.astype(float), allowed.astype(bool)).tolist() == expected


@given(POINTS, st.floats(0.1, 10), st.floats(0.1, 10))
def test_the_least_of_any_weighted_total_lies_on_the_frontier(
    points: list[tuple[int, int, bool]], one: float, other: float
) -> None:
    first, second, allowed = (np.array(column) for column in zip(*points, strict=True))
    if not allowed.any():
        return
    found = frontier(first.astype(float), second.astype(float), allowed.astype(bool))
    total = np.where(allowed, one * first + other * second, np.inf)
    assert found[int(np.argmin(total))] or (found & np.isclose(total, total.min())).any()


def test_an_infinite_count_is_never_better() -> None:
    found = frontier(np.array([1.0, 1.0]), np.array([np.inf, 2.0]), np.array([True, True]))
    assert found.tolist() == [False, True]
