"""Tries the treatments of a rare class and compares each with none, on the same rows."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from workbench.model.boosters import linked
from workbench.train.goal import average_precision, log_loss
from workbench.train.imbalance.calibration import calibrated_losses
from workbench.train.imbalance.growing import Course, OutOfTimeError, grown
from workbench.train.imbalance.report import Difference, ImbalanceReport, Outcome
from workbench.train.imbalance.spread import Judged, standard_errors
from workbench.train.imbalance.treatments import TREATMENTS, YARDSTICKS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from workbench.model import Task
    from workbench.train.fitting import Bins
    from workbench.train.folds import Fold
    from workbench.train.imbalance.growing import Scores
    from workbench.train.imbalance.treatments import Treatment

    Floats = NDArray[np.float64]

RARE = 0.15
"""Share of the rows under which a class is rare."""

FEWEST_JUDGED = 10
"""Judged rows of each class below which treatments cannot be told apart."""

CONFIDENCE = 0.95
PATIENCE = 50
MOST_ROUNDS = 2_000


@dataclass(frozen=True)
class _Bench:
    """The judged rows.

    Attributes:
        labels: Label of each.
        places: For each score, in the order in which folds give them, the row it is of.
    """

    labels: Floats
    places: NDArray[np.int64]

    def per_row(self, scores: Floats) -> Floats:
        """Average the scores of rows that were judged more than once."""
        return np.asarray(np.bincount(self.places, weights=scores) / np.bincount(self.places))


def is_imbalanced(labels: Floats, task: Task) -> bool:
    """Tell whether a class of a binary task is rare."""
    return task == "binary" and bool(0 < min(labels.mean(), 1 - labels.mean()) < RARE)


def compare_treatments(
    bins: Bins,
    settings: Mapping[str, object],
    *,
    folds: Sequence[Fold] | None = None,
    seed: int,
    may_go_on: Callable[[], bool],
    patience: int = PATIENCE,
    rounds: int = MOST_ROUNDS,
) -> ImbalanceReport | None:
    """Compare treatments of a rare class with none.

    Ranking is judged by the average precision. Probabilities are judged by the log-loss after calibration, because
    most treatments distort them on purpose. A difference counts where its interval excludes 0. The intervals are
    normal ones: the paired bootstrap gives the variance due to the judged rows, the square of what another seed changed
    is added to it, and they are widened so that all hold together.

    Args:
        bins: The rows of a binary task.
        settings: LightGBM parameters that every treatment shares, beside the fixed ones.
        folds: Folds of the training rows to learn and judge in; None learns from all of them and judges by the
            validation rows.
        seed: Seed of everything random.
        may_go_on: Asked before every round; once it says no, the treatments done so far are reported.
        patience: Rounds without a smaller loss before boosters stop.
        rounds: Rounds they may grow at most.

    Returns:
        The report; None for other tasks, where fewer than `FEWEST_JUDGED` rows of a class are judged, and where there
        was no time for a second treatment.
    """
    if bins.goal.task != "binary":
        return None
    bench = _bench(bins, folds)
    if min(bench.labels.sum(), (1 - bench.labels).sum()) < FEWEST_JUDGED:
        return None
    course = Course(settings, patience, rounds, seed, may_go_on)
    tried = dict(_tried(bins, list(folds) if folds else [None], course))
    return _report(bench, tried, seed) if len(tried) > len(YARDSTICKS) else None


def _bench(bins: Bins, folds: Sequence[Fold] | None) -> _Bench:
    if folds:
        rows, places = np.unique(np.concatenate([fold.judged for fold in folds]), return_inverse=True)
        labels = bins.material.train_labels[rows]
    else:
        labels = bins.material.validation_labels
        places = np.arange(labels.size)
    return _Bench(labels, places)


def _tried(bins: Bins, folds: Sequence[Fold | None], course: Course) -> Iterator[tuple[Treatment, Scores]]:
    for treatment in (*YARDSTICKS, *TREATMENTS):
        try:
            yield treatment, grown(bins, treatment, folds, course)
        except OutOfTimeError:
            return


def _report(bench: _Bench, tried: Mapping[Treatment, Scores], seed: int) -> ImbalanceReport:
    labels = bench.labels
    judged = [_judged(bench, scores, seed) for scores in tried.values()]
    figures = np.array([[average_precision(labels, one.log_odds), one.losses.mean()] for one in judged])
    moved, errors = figures - figures[0], standard_errors(labels, judged, seed)
    comparisons = 2 * (len(judged) - len(YARDSTICKS))
    margins = NormalDist().inv_cdf(1 - (1 - CONFIDENCE) / (2 * comparisons)) * np.hypot(errors, moved[1])
    differences = np.stack([moved, moved - margins, moved + margins], axis=2)
    outcomes = [
        _outcome(bench, treatment, scores, figures[number], differences[number] if number else None)
        for number, (treatment, scores) in enumerate(tried.items())
    ]
    return ImbalanceReport(tuple(outcomes), labels.size, int(labels.sum()), CONFIDENCE)


def _outcome(
    bench: _Bench, treatment: Treatment, scores: Scores, figures: Floats, differences: Floats | None
) -> Outcome:
    ranking, loss = (None, None) if differences is None else (Difference(*each) for each in differences.tolist())
    return Outcome(
        treatment=treatment.name,
        detail=treatment.detail,
        average_precision=float(figures[0]),
        log_loss=log_loss(bench.labels, linked("binary", bench.per_row(scores.given))),
        calibrated_log_loss=float(figures[1]),
        average_precision_difference=ranking,
        log_loss_difference=loss,
        compared=treatment not in YARDSTICKS,
        rounds=scores.rounds,
        cpu_seconds=scores.cpu_seconds,
    )


def _judged(bench: _Bench, scores: Scores, seed: int) -> Judged:
    log_odds = bench.per_row(scores.straightened)
    return Judged(log_odds, calibrated_losses(log_odds, bench.labels, seed))
