from __future__ import annotations

import numpy as np
import pytest

from workbench.evaluate.bundles import FEWEST_BLOCKS, MOST_BUNDLES, Dependence, alone, blocked, grouped


def lasting(rows: int, memory: float, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    series = rng.normal(size=rows)
    for row in range(1, rows):
        series[row] += memory * series[row - 1]
    return series


def test_few_rows_stand_for_themselves_and_many_are_put_together_evenly() -> None:
    assert alone(7).of_row.tolist() == list(range(7))
    many = alone(5 * MOST_BUNDLES)
    assert many.units == 5 * MOST_BUNDLES
    assert (np.bincount(many.of_row) == 5).all()
    assert (many.of_row == alone(5 * MOST_BUNDLES).of_row).all()
    assert (many.of_row != alone(5 * MOST_BUNDLES, seed=1).of_row).any()


def test_the_rows_of_a_group_stay_together_and_sums_keep_the_total() -> None:
    groups = np.random.default_rng(0).integers(0, 3000, 20_000)
    found = grouped(groups, "customer")
    assert (found.kind, found.by, found.units) == ("groups", "customer", np.unique(groups).size)
    for group in range(0, 3000, 371):
        assert np.unique(found.of_row[groups == group]).size <= 1
    rows = np.arange(20_000.0)
    assert found.sums(rows).shape == (MOST_BUNDLES,)
    assert found.sums(rows).sum() == pytest.approx(rows.sum())


def test_blocks_follow_time_whatever_the_order_of_rows() -> None:
    moments = np.random.default_rng(1).permutation(2000)
    found = blocked(moments, "when", [lasting(2000, 0.5)[moments]])
    assert (np.diff(found.of_row[np.argsort(moments)]) >= 0).all()
    assert found.count == found.units


def test_blocks_are_longer_the_longer_rows_remember() -> None:
    units = [blocked(np.arange(4000), "t", [lasting(4000, memory)]).units for memory in (0.0, 0.6, 0.95)]
    assert units[0] > units[1] > units[2] >= FEWEST_BLOCKS
    assert units[0] > 500


def test_the_longest_memory_of_those_compared_decides() -> None:
    series = [lasting(3000, 0.0), lasting(3000, 0.9)]
    together = blocked(np.arange(3000), "t", series).units
    assert together == min(blocked(np.arange(3000), "t", [one]).units for one in series)


def test_dependence_says_how_rows_are_bundled() -> None:
    rows = [np.random.default_rng(2).normal(size=50)]
    assert Dependence().bundles(rows).kind == "rows"
    assert Dependence("groups", "g", np.arange(50) // 5).bundles(rows).units == 10
    assert Dependence("blocks", "t", np.arange(50)).bundles(rows).kind == "blocks"


@pytest.mark.parametrize("rows", [1, 2, 5, 19])
def test_a_handful_of_rows_can_be_bundled(rows: int) -> None:
    for dependence in (
        Dependence(),
        Dependence("groups", "g", np.zeros(rows)),
        Dependence("blocks", "t", np.ones(rows)),
    ):
        found = dependence.bundles([np.arange(float(rows))])
        assert 1 <= found.count <= rows
        assert found.sums(np.ones(rows)).sum() == rows
