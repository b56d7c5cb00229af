from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.evaluate.bundles import MOST_BUNDLES, alone, by_class
from workbench.evaluate.contributions import Contributions, of_mean
from workbench.evaluate.strata import Strata
from workbench.params.evaluate import EvaluateParams

PARAMS = EvaluateParams(bootstrap=2000)


def classes(rows: int, positives: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).permutation(rows) < positives


def reach(difference: Contributions, bundles: object) -> float:
    return float(np.quantile(np.abs(Strata.of([difference], bundles).studentised(PARAMS)), 0.95))  # type: ignore[arg-type]


@given(st.integers(2, 1500), st.integers(2, 1500))
def test_bundles_hold_one_class_alone_and_every_row(positives: int, negatives: int) -> None:
    positive = classes(positives + negatives, positives)
    found = by_class(positive)
    assert found.count == min(positive.size, MOST_BUNDLES)
    assert np.unique(found.of_row[positive]).tolist() == list(range(found.of_positives))
    assert np.unique(found.of_row[~positive]).tolist() == list(range(found.of_positives, found.count))
    sizes = np.bincount(found.of_row)
    for part in (sizes[: found.of_positives], sizes[found.of_positives :]):
        assert part.max() - part.min() <= 1


@pytest.mark.parametrize("positives", [0, 1, 39, 40])
def test_a_class_of_one_row_is_not_drawn_by_itself(positives: int) -> None:
    found = by_class(classes(40, positives))
    assert (found.of_positives, found.count) == (0, 40)
    assert (found.of_row == alone(40).of_row).all()


def test_rows_by_themselves_have_the_variance_of_their_sum() -> None:
    rng, positive = np.random.default_rng(1), classes(400, 30)
    differences = [of_mean(rng.normal(size=400) + shift * positive) for shift in (0.0, 5.0)]
    found = Strata.of(differences, by_class(positive)).variances()
    assert found == pytest.approx([(one.rows**2).sum() for one in differences])


def test_rows_put_together_have_about_the_variance_of_their_sum() -> None:
    rng, positive = np.random.default_rng(2), classes(50_700, 700)
    difference = of_mean(rng.normal(size=positive.size) + 4.0 * positive)
    (found,) = Strata.of([difference], by_class(positive)).variances()
    assert found == pytest.approx((difference.rows**2).sum(), rel=0.15)


def test_how_many_rows_are_positive_is_drawn_too() -> None:
    """Where rows of a class are all alike, their number is all that moves, and it is nearly normal."""
    positive = classes(1000, 200)
    assert reach(of_mean(3.0 * positive), by_class(positive)) == pytest.approx(1.96, abs=0.12)


def test_the_two_classes_are_drawn_apart() -> None:
    """Drawn alike, what one class gains the other would lose, and no resample would differ."""
    values = np.random.default_rng(3).normal(size=100)
    positive = np.repeat([True, False], 100)
    difference = of_mean(np.concatenate([values - values.mean(), values.mean() - values]))
    assert reach(difference, by_class(positive)) == pytest.approx(1.98, abs=0.15)


def test_a_rare_class_keeps_its_rows_in_every_resample() -> None:
    """Drawn with the others, twelve rows are sometimes six, and the interval is wider than twelve rows make it."""
    positive, values = classes(600, 12), np.zeros(600)
    values[np.flatnonzero(positive)[:4]] = 19.0
    values[np.flatnonzero(~positive)[:40]] = np.tile([1.0, -1.0], 20)
    assert reach(of_mean(values), by_class(positive)) < 0.9 * reach(of_mean(values), alone(600))


def test_a_part_of_the_differences_is_as_it_was_among_all() -> None:
    rng, positive = np.random.default_rng(4), classes(300, 90)
    all_of_them = Strata.of([of_mean(rng.normal(size=300)) for _ in range(3)], by_class(positive))
    some = all_of_them.take(np.array([True, False, True])).studentised(PARAMS)
    assert (some == all_of_them.studentised(PARAMS)[[0, 2]]).all()
