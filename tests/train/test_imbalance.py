"""Treatments of a rare class change what is learned from, never what is judged; and none is praised for luck."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import count

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from tests.train.tables import BINARY, ROLES, table
from workbench.params.train import Validation
from workbench.train.fitting import Bins, bin_rows
from workbench.train.folds import Fold, make_folds
from workbench.train.goal import average_precision, goal_of
from workbench.train.imbalance import Difference, ImbalanceReport, Outcome, compare_treatments, is_imbalanced
from workbench.train.imbalance.calibration import calibrated, deal_halves, draw_line
from workbench.train.imbalance.focal import LEAST_CURVATURE, Focal
from workbench.train.imbalance.growing import Course, _learned, grown
from workbench.train.imbalance.spread import Judged, _Ranked, standard_errors
from workbench.train.imbalance.treatments import TREATMENTS, YARDSTICKS, Lesson, Treatment
from workbench.train.material import prepare

Floats = NDArray[np.float64]

QUICK = {"num_leaves": 6, "learning_rate": 0.2, "min_data_in_leaf": 10, "feature_fraction": 0.7}
NAMES = [treatment.name for treatment in TREATMENTS]
GAMMAS = pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0, 5.0])


@cache
def _bins(rows: int = 2500, share: float = 0.06, seed: int = 0, *, shuffled: bool = False) -> Bins:
    frames = table(rows, seed, positives=share), table(1500, seed + 1000, positives=share)
    if shuffled:
        frames = tuple(frame.with_columns(pl.col("late").shuffle(seed)) for frame in frames)
    return bin_rows(prepare(*frames, BINARY), goal_of(BINARY, "auto"))


def _folds(bins: Bins) -> tuple[Fold, ...]:
    labels = bins.material.train_labels
    return make_folds(pl.DataFrame(), labels, BINARY, Validation(by="stratified", folds=3), "stratified", 0)


def _compared(bins: Bins, seed: int = 0, folds: tuple[Fold, ...] | None = None) -> ImbalanceReport:
    report = compare_treatments(bins, QUICK, folds=folds, seed=seed, may_go_on=lambda: True, patience=10, rounds=40)
    assert report is not None
    return report


def _named(name: str) -> Treatment:
    return next(one for one in (*YARDSTICKS, *TREATMENTS) if one.name == name)


def _focal_loss(gamma: float, probability: Floats) -> Floats:
    return -((1 - probability) ** gamma) * np.log(probability)


def _of_labels(gamma: float, scores: Floats, labels: Floats) -> Floats:
    probability = 1 / (1 + np.exp(-scores))
    return _focal_loss(gamma, np.where(labels > 0, probability, 1 - probability))


@GAMMAS
def test_the_focal_derivatives_are_those_of_the_loss(gamma: float) -> None:
    scores = np.tile(np.linspace(-6, 6, 121), 2)
    labels = np.repeat([0.0, 1.0], 121)
    step = 1e-3
    below, here, above = (_of_labels(gamma, scores + move, labels) for move in (-step, 0, step))
    first, second = Focal(gamma).derivatives(scores, labels)
    assert first == pytest.approx((above - below) / (2 * step), abs=1e-5)
    numeric = (above - 2 * here + below) / step**2
    assert second == pytest.approx(np.maximum(numeric, LEAST_CURVATURE), abs=1e-5)


@GAMMAS
@pytest.mark.parametrize("share", [0.003, 0.06, 0.5, 0.9])
def test_straightened_scores_are_the_true_log_odds(gamma: float, share: float) -> None:
    def risk(score: float) -> float:
        ones, zeros = (_of_labels(gamma, np.array([score]), np.array([label]))[0] for label in (1.0, 0.0))
        return float(share * ones + (1 - share) * zeros)

    found = minimize_scalar(risk, bounds=(-15, 15), method="bounded", options={"xatol": 1e-9}).x
    focal = Focal(gamma)
    assert focal.straightened(np.array([found]))[0] == pytest.approx(np.log(share / (1 - share)), abs=1e-3)
    assert focal.start(share) == pytest.approx(found, abs=1e-3)


def test_the_focal_derivatives_stay_finite() -> None:
    first, second = Focal(2.0).derivatives(np.array([-1e4, 1e4, -1e4, 1e4]), np.array([0.0, 0.0, 1.0, 1.0]))
    assert np.isfinite(first).all()
    assert (second > 0).all()
    assert np.isfinite(Focal(2.0).straightened(np.array([-1e4, 1e4]))).all()


def test_a_focal_loss_of_gamma_0_grows_the_boosters_of_the_log_loss() -> None:
    course = Course({**QUICK, "feature_fraction": 1.0}, 10, 30, 0, lambda: True)
    zero = Treatment("zero", "", lambda *_: Lesson(focal=Focal(0.0), settings={"objective": "none"}))
    for folds in ([None], _folds(_bins())):
        ours, lightgbms = (grown(_bins(), each, folds, course) for each in (zero, _named("plain")))
        assert ours.rounds == lightgbms.rounds
        assert ours.straightened == pytest.approx(lightgbms.straightened, abs=1e-3)


@settings(max_examples=60, deadline=None)
@given(rare=st.integers(1, 40), common=st.integers(40, 400), seed=st.integers(0, 2**31 - 1), flipped=st.booleans())
def test_lessons_balance_the_classes(rare: int, common: int, seed: int, *, flipped: bool) -> None:
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.repeat([1.0, 0.0], [rare, common]))
    labels = 1 - labels if flipped else labels
    rarer = labels == (0.0 if flipped else 1.0)
    under, over, weighted, scaled = (
        _named(name).lesson(labels, rng)
        for name in ("under_sampling", "over_sampling", "class_weights", "scale_pos_weight")
    )
    for lesson, rows in ((under, 2 * rare), (over, 2 * common)):
        assert lesson.rows.size == rows
        assert labels[lesson.rows].mean() == 0.5
        assert np.all(np.diff(lesson.rows) >= 0)
        assert set(np.flatnonzero(rarer)) <= set(lesson.rows)
    assert np.unique(under.rows).size == under.rows.size
    assert set(over.rows) == set(range(labels.size))
    assert weighted.weights.sum() == pytest.approx(labels.size)
    assert weighted.weights[rarer].sum() == pytest.approx(labels.size / 2)
    assert scaled.settings["scale_pos_weight"] * labels.sum() == pytest.approx((1 - labels).sum())
    odds = np.log(labels.sum() / (1 - labels).sum())
    for lesson in (under, over, weighted, scaled):
        assert lesson.straightened(np.zeros(1))[0] == pytest.approx(odds)


@pytest.mark.parametrize("name", NAMES)
def test_only_rows_of_the_fold_are_learned_from_and_judged_rows_stay(name: str) -> None:
    bins = _bins()
    before = bins.train.get_label().copy(), bins.validation.get_label().copy()
    folds = _folds(bins)
    for fold in folds:
        lesson = _named(name).lesson(bins.material.train_labels[fold.train], np.random.default_rng(0))
        learned, labels = _learned(bins, lesson, fold)
        assert set(learned.used_indices) <= set(fold.train)
        assert np.array_equal(learned.get_label(), labels)
    scores = grown(bins, _named(name), folds, Course(QUICK, 5, 10, 0, lambda: True))
    assert scores.given.size == scores.straightened.size == bins.material.train_labels.size
    assert np.array_equal(bins.train.get_label(), before[0])
    assert np.array_equal(bins.validation.get_label(), before[1])
    assert bins.train.get_weight() is None
    assert bins.validation.get_weight() is None


def test_scores_belong_to_their_rows() -> None:
    bins = _bins()
    folds = _folds(bins)
    places = np.concatenate([fold.judged for fold in folds])
    scores = grown(bins, _named("over_sampling"), folds, Course(QUICK, 10, 30, 0, lambda: True))
    labels = bins.material.train_labels[places]
    assert average_precision(labels, scores.straightened) > 3 * labels.mean()


def test_a_bag_is_the_mean_of_its_boosters() -> None:
    under = _named("under_sampling")
    course = Course({**QUICK, "feature_fraction": 1.0}, 10, 1, 0, lambda: True)
    drawn: list[Lesson] = []

    def lesson(labels: Floats, rng: np.random.Generator) -> Lesson:
        drawn.append(under.lesson(labels, rng))
        return drawn[-1]

    bag = grown(_bins(), replace(under, lesson=lesson, boosters=3), [None], course)
    again = iter(drawn)
    alone = [grown(_bins(), replace(under, lesson=lambda *_: next(again)), [None], course).given for _ in range(3)]
    assert len({one.rows.tobytes() for one in drawn}) == 3
    assert bag.given == pytest.approx(np.mean(alone, axis=0), abs=1e-9)


def test_a_line_is_found_and_no_row_draws_its_own() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(-2, 1.5, 40_000)
    labels = (rng.random(truth.size) < 1 / (1 + np.exp(-truth))).astype(float)
    assert draw_line(3 * truth + 2, labels) == pytest.approx((1 / 3, -2 / 3), abs=0.03)
    scores, labels = truth[:400], labels[:400]
    halves = deal_halves(labels, rng)
    assert abs(halves.sum() - 200) <= 1
    assert abs(labels[halves].sum() - labels[~halves].sum()) <= 1
    for row in range(0, 400, 40):
        other = np.where(np.arange(400) == row, 1 - labels, labels)
        assert calibrated(scores, other, halves)[row] == calibrated(scores, labels, halves)[row]


@pytest.mark.parametrize("scores", [np.zeros(50), np.repeat([-30.0, 30.0], 25), -np.repeat([-30.0, 30.0], 25)])
def test_a_line_is_finite_where_scores_say_nothing_or_all(scores: Floats) -> None:
    labels = np.repeat([0.0, 1.0], 25)
    slope, offset = draw_line(scores, labels)
    assert np.isfinite(slope * scores + offset).all()


def test_resampled_figures_are_those_of_rows_drawn_again() -> None:
    rng = np.random.default_rng(0)
    labels = (rng.random(200) < 0.2).astype(float)
    scores = np.round(rng.normal(size=200) + labels, 1)
    counts = rng.integers(0, 4, (3, 200)).astype(float)
    expected = [average_precision(np.repeat(labels, row), np.repeat(scores, row)) for row in counts.astype(int)]
    assert _Ranked.of(labels, scores).average_precision(counts) == pytest.approx(expected)


@pytest.mark.parametrize("most", [4000, 500])
def test_standard_errors_are_those_of_paired_means(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.train.imbalance.spread.MOST_ROWS", most)
    rng = np.random.default_rng(0)
    labels = (rng.random(4000) < 0.1).astype(float)
    losses = rng.exponential(size=4000)
    pair = [Judged(losses, losses), Judged(losses, losses + rng.normal(scale=0.1, size=4000))]
    errors = standard_errors(labels, pair, 1)
    assert errors[0].tolist() == [0, 0]
    assert errors[1, 0] == 0
    assert errors[1, 1] == pytest.approx(0.1 / np.sqrt(4000), rel=0.15)


@pytest.fixture(scope="module")
def report() -> ImbalanceReport:
    return _compared(_bins())


def test_every_treatment_is_reported(report: ImbalanceReport) -> None:
    rows = report.table()
    assert rows["treatment"].to_list() == ["plain", "other_seed", *NAMES]
    assert report.rows == 1500
    assert report.positives == 90
    assert report.comparisons == 2 * len(NAMES)
    assert rows["average_precision_difference"].null_count() == 1
    gain = rows["average_precision"] - rows["average_precision"][0]
    assert gain[1:].to_list() == pytest.approx(rows["average_precision_difference"][1:].to_list())
    assert (rows["cpu_seconds"] > 0).all()
    assert all(name.replace("_", " ") in report.sentence() for name in NAMES)


def test_calibration_mends_what_treatments_distort(report: ImbalanceReport) -> None:
    outcomes = {outcome.treatment: outcome for outcome in report.outcomes}
    for name in ("scale_pos_weight", "class_weights", "over_sampling", "under_sampling", "balanced_bagging", "focal"):
        assert outcomes[name].calibrated_log_loss < 0.8 * outcomes[name].log_loss
    assert outcomes["plain"].calibrated_log_loss == pytest.approx(outcomes["plain"].log_loss, rel=0.1)


def test_throwing_most_rows_away_is_seen_to_hurt() -> None:
    outcomes = {
        one.treatment: one.verdict for one in _compared(_bins(8000, 0.02), folds=_folds(_bins(8000, 0.02))).outcomes
    }
    assert outcomes["under_sampling"] == "hurt"


def test_the_same_seed_gives_the_same_figures(report: ImbalanceReport) -> None:
    again, other = _compared(_bins()).table(), _compared(_bins(), seed=1).table()
    figures = report.table().drop("cpu_seconds")
    assert again.drop("cpu_seconds").equals(figures)
    assert not other.drop("cpu_seconds").equals(figures)


def test_luck_is_not_praised() -> None:
    told = [one.verdict for seed in range(4) for one in _compared(_bins(seed=seed, shuffled=True), seed).outcomes]
    assert told.count("helped") == 0
    assert told.count("no evidence") >= 0.85 * 4 * len(NAMES)


def _ended(allowed: int) -> ImbalanceReport | None:
    asked = count()
    return compare_treatments(_bins(), QUICK, seed=0, may_go_on=lambda: next(asked) < allowed, patience=10, rounds=10)


def test_it_ends_when_it_is_told_to() -> None:
    assert _ended(0) is None
    assert _ended(29) is None
    report = _ended(35)
    assert report is not None
    assert [outcome.treatment for outcome in report.outcomes] == ["plain", "other_seed", NAMES[0]]
    assert report.comparisons == 2
    assert report.outcomes[-1].rounds <= 10


def test_rows_judged_twice_count_once() -> None:
    bins = _bins()
    twice = _compared(bins, folds=_folds(bins) * 2)
    assert twice.rows == bins.material.train_labels.size


def test_other_tasks_and_too_few_rows_are_left_alone() -> None:
    for task in ("multiclass", "regression"):
        roles = ROLES[task]
        bins = bin_rows(prepare(table(300, 0), table(100, 1), roles), goal_of(roles, "auto"))
        assert compare_treatments(bins, QUICK, seed=0, may_go_on=lambda: True) is None
    rarest = bin_rows(
        prepare(table(2000, 0, positives=0.1), table(300, 1, positives=0.02), BINARY), goal_of(BINARY, "auto")
    )
    assert compare_treatments(rarest, QUICK, seed=0, may_go_on=lambda: True) is None


@pytest.mark.parametrize(
    ("share", "task", "rare"),
    [
        (0.1, "binary", True),
        (0.9, "binary", True),
        (0.3, "binary", False),
        (0.0, "binary", False),
        (0.1, "multiclass", False),
    ],
)
def test_a_class_is_rare(share: float, task: str, *, rare: bool) -> None:
    labels = (np.arange(1000) < 1000 * share).astype(float)
    assert is_imbalanced(labels, task) is rare


@pytest.mark.parametrize(
    ("ranking", "loss", "verdict"),
    [
        ((0.02, 0.01, 0.03), (0.0, -1.0, 1.0), "helped"),
        ((0.0, -1.0, 1.0), (-0.02, -0.03, -0.01), "helped"),
        ((0.0, -1.0, 1.0), (0.02, 0.01, 0.03), "hurt"),
        ((0.02, 0.01, 0.03), (0.02, 0.01, 0.03), "mixed"),
        ((0.0, -1.0, 1.0), (0.0, -1.0, 1.0), "no evidence"),
    ],
)
def test_verdicts_follow_the_intervals(
    ranking: tuple[float, float, float], loss: tuple[float, float, float], verdict: str
) -> None:
    plain = Outcome("plain", "", 0.2, 0.2, 0.2, None, None, False, 5, 1.0)
    treated = Outcome("focal", "", 0.2, 0.2, 0.2, Difference(*ranking), Difference(*loss), True, 5, 1.0)
    assert plain.verdict == "yardstick"
    assert treated.verdict == verdict
    assert verdict in ImbalanceReport((plain, treated), 100, 10, 0.95).sentence().lower()
