"""The measures agree with scikit-learn's, and a blend with its law."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from tests.train.tables import BINARY, VALUES
from workbench.train import offer
from workbench.train.blend import KEPT, blend_weights, blended
from workbench.train.goal import accuracy, average_precision, goal_of, log_loss, roc_auc
from workbench.train.plan import CandidateRecord, MemberRecord
from workbench.train.portfolio import portfolio, varied

if TYPE_CHECKING:
    from workbench.model import Roles
    from workbench.params.train import Metric

SCORES = st.lists(st.sampled_from([0.05, 0.1, 0.3, 0.5000001, 0.7, 0.95]), min_size=4, max_size=40)


@settings(max_examples=80, deadline=None)
@given(SCORES, st.integers(0, 2**32 - 1))
def test_measures_agree_with_scikit_learn(scores: list[float], seed: int) -> None:
    predictions = np.array(scores)
    labels = np.random.default_rng(seed).permutation(np.arange(predictions.size) % 2).astype(float)
    assert average_precision(labels, predictions) == pytest.approx(metrics.average_precision_score(labels, predictions))
    assert roc_auc(labels, predictions) == pytest.approx(metrics.roc_auc_score(labels, predictions))
    assert log_loss(labels, predictions) == pytest.approx(metrics.log_loss(labels, predictions))
    assert accuracy(labels, predictions) == pytest.approx(metrics.accuracy_score(labels, predictions > 0.5))


def test_no_positive_has_no_precision() -> None:
    nothing = np.zeros(5)
    assert np.isnan(average_precision(nothing, np.arange(5.0)))
    assert np.isnan(roc_auc(nothing, np.arange(5.0)))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 6))
def test_a_blend_is_a_weighted_mean_that_beats_its_worst_member(seed: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    labels = (rng.random(400) < 0.4).astype(float)
    predictions = {f"b{n}": np.clip(labels * 0.5 + rng.random(400) * 0.5, 0.01, 0.99) for n in range(size)}
    goal = goal_of(BINARY, "auto")
    weights = blend_weights(goal.loss, labels, predictions, seed)
    assert list(weights) == [name for name in predictions if name in weights]
    assert sum(weights.values()) == pytest.approx(1, abs=1e-12)
    assert set(predictions) - set(weights) <= set(list(predictions)[KEPT:])
    assert min(weights.values()) >= 0.5 / len(weights) - 1e-5
    blend = blended([predictions[name] for name in weights], list(weights.values()))
    assert goal.loss(labels, blend) <= max(goal.loss(labels, one) for one in predictions.values())


def test_a_far_better_member_gets_most_of_the_weight() -> None:
    rng = np.random.default_rng(0)
    labels = (rng.random(400) < 0.4).astype(float)
    predictions = {"good": np.clip(labels, 0.05, 0.95), "bad": rng.random(400), "worse": rng.random(400)}
    weights = blend_weights(goal_of(BINARY, "auto").loss, labels, predictions, seed=0)
    assert weights["good"] > 0.6


@pytest.mark.parametrize(("roles", "metric"), [(BINARY, "auto"), (VALUES, "rmse"), (VALUES, "mae")])
def test_the_doubt_about_a_difference_is_how_much_it_varies_over_samples(roles: Roles, metric: Metric) -> None:
    rng, goal = np.random.default_rng(1), goal_of(roles, metric)

    def sample() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        labels = (rng.random(500) < 0.3).astype(float)
        one = np.clip(0.2 + 0.3 * labels + rng.normal(0, 0.1, 500), 0.01, 0.99)
        return labels, one, np.clip(one + rng.normal(0, 0.05, 500), 0.01, 0.99)

    samples = [sample() for _ in range(2_000)]
    differences = [goal.loss(labels, one) - goal.loss(labels, other) for labels, one, other in samples]
    assert goal.doubt(*samples[0]) == pytest.approx(np.std(differences), rel=0.2)


def test_of_candidates_within_their_doubt_the_most_averaged_comes_first() -> None:
    def rated(name: str, boosters: int, score: float) -> offer._Rated:
        members = tuple(MemberRecord(booster=f"b{n:02d}", trees=1, weight=1 / boosters) for n in range(boosters))
        record = CandidateRecord(id=name, kind="blend", members=members, loss=score, score=score, validation=0.0)
        return offer._Rated(record, work=boosters)

    kept = [rated("lucky", 1, 0.900), rated("near", 4, 0.907), rated("far", 12, 0.920)]
    names = [
        [one.record.id for one in offer._ranked(kept, lambda *_, doubt=doubt: doubt)] for doubt in (0.0, 0.01, 1.0)
    ]
    assert names == [["lucky", "near", "far"], ["near", "lucky", "far"], ["far", "lucky", "near"]]


@pytest.mark.parametrize("rows", [2, 200, 5_000, 10_000_000])
def test_every_setup_is_one_lightgbm_accepts(rows: int) -> None:
    start, rng = portfolio(rows, 20, "regression", positive=True), np.random.default_rng(0)
    more = [varied(start[turn % len(start)], rng, turn, positive=turn % 2 > 0) for turn in range(200)]
    for setup in [*start, *more]:
        assert 0 < float(setup.settings["learning_rate"]) <= 0.3
        assert int(setup.settings["num_leaves"]) >= 4
        assert 0 < float(setup.settings["feature_fraction"]) <= 1
        assert bool(setup.settings.get("bagging_freq", 0)) == (float(setup.settings.get("bagging_fraction", 1.0)) < 1)
        assert setup.patience >= 20
