"""Grows the boosters of a treatment in step, one or more on every fold, and stops them together."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.model import lightgbm
from workbench.model.boosters import linked
from workbench.train.booster import WORTH_WAITING
from workbench.train.fitting import subset
from workbench.train.goal import CLIP, log_loss

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import lightgbm as lgb
    from numpy.typing import NDArray

    from workbench.train.fitting import Bins
    from workbench.train.folds import Fold
    from workbench.train.imbalance.treatments import Lesson, Treatment

    Floats = NDArray[np.float64]


MOST_SEED = 2**31


class OutOfTimeError(Exception):
    """The boosters of a treatment may not grow on."""


@dataclass(frozen=True)
class Course:
    """How every treatment is learned.

    Attributes:
        settings: LightGBM parameters beside the fixed ones.
        patience: Rounds without a smaller loss before the boosters stop.
        rounds: Rounds they may grow at most.
        seed: Seed of what is random in them and in the rows they are given.
        may_go_on: Asked before every round.
    """

    settings: Mapping[str, object]
    patience: int
    rounds: int
    seed: int
    may_go_on: Callable[[], bool]


@dataclass(frozen=True)
class Scores:
    """What the boosters of a treatment say of the judged rows, fold after fold.

    Attributes:
        given: Log-odds as the boosters give them.
        straightened: The same without the distortion that is known beforehand.
        rounds: Rounds at which these were taken: those of the least loss over all folds.
        cpu_seconds: CPU-seconds of this process.
    """

    given: Floats
    straightened: Floats
    rounds: int
    cpu_seconds: float


@dataclass(frozen=True)
class _Pupil:
    """A booster and what it learns from.

    Attributes:
        booster: The LightGBM booster.
        lesson: Its lesson.
        labels: Labels of the rows it learns from.
        start: Score from which it starts, beside what LightGBM itself begins with.
    """

    booster: lgb.Booster
    lesson: Lesson
    labels: Floats
    start: float

    def learn(self) -> bool:
        """Add a round; true where no split was left."""
        focal = self.lesson.focal
        if focal is None:
            return bool(self.booster.update())
        return bool(self.booster.update(fobj=lambda scores, _: focal.derivatives(scores + self.start, self.labels)))

    def judge(self) -> Floats:
        """Give the log-odds of the judged rows, kept up to date by LightGBM while it trains."""
        caught: list[Floats] = []

        def catch(predictions: Floats, _: lgb.Dataset) -> tuple[str, float, bool]:
            caught.append(np.array(predictions))
            return "caught", 0.0, False

        self.booster.eval_valid(catch)
        if self.lesson.focal is not None:
            return caught[0] + self.start
        inside = np.clip(caught[0], CLIP, 1 - CLIP)
        return np.asarray(np.log(inside) - np.log1p(-inside))


def grown(bins: Bins, treatment: Treatment, folds: Sequence[Fold | None], course: Course) -> Scores:
    """Grow the boosters of a treatment until their loss on the judged rows of all folds stops falling.

    The loss is the log-loss without the distortion that is known beforehand, so that the rule is the same for all.

    Args:
        bins: The rows.
        treatment: What to learn from.
        folds: Where to learn and judge; None for all training rows, judged by the validation rows.
        course: How.

    Raises:
        OutOfTimeError: They were not done when they had to stop.
    """
    began = time.process_time()
    groups = [_group(bins, treatment, fold, course, number) for number, fold in enumerate(folds)]
    labels = np.concatenate([_judged_labels(bins, fold) for fold in folds])
    given, straightened, rounds = _best(groups, labels, course)
    return Scores(given, straightened, rounds, time.process_time() - began)


def _best(groups: Sequence[Sequence[_Pupil]], labels: Floats, course: Course) -> tuple[Floats, Floats, int]:
    best = (np.empty(0), np.empty(0), 0)
    least = marked = worth = float("inf")
    marked_round = 0
    for number in range(1, course.rounds + 1):
        if not course.may_go_on():
            raise OutOfTimeError
        stuck = [pupil.learn() for group in groups for pupil in group]
        given, straightened = _heard(groups)
        loss = log_loss(labels, linked("binary", straightened))
        if number == 1:
            worth = WORTH_WAITING * loss
        if loss < least or number == 1:
            best, least = (given, straightened, number), loss
        if loss < marked - worth or number == 1:
            marked, marked_round = loss, number
        if all(stuck) or number - marked_round >= course.patience:
            break
    return best


def _heard(groups: Sequence[Sequence[_Pupil]]) -> tuple[Floats, Floats]:
    """Average the log-odds of the boosters of each fold."""
    given = [np.mean([pupil.judge() for pupil in group], axis=0) for group in groups]
    straightened = [group[0].lesson.straightened(scores) for group, scores in zip(groups, given, strict=True)]
    return np.concatenate(given), np.concatenate(straightened)


def _group(bins: Bins, treatment: Treatment, fold: Fold | None, course: Course, number: int) -> list[_Pupil]:
    """Begin the boosters of one fold: same counts of rows, weights and losses, other rows drawn."""
    labels = bins.material.train_labels if fold is None else bins.material.train_labels[fold.train]
    judged = bins.validation if fold is None else subset(bins.train, fold.judged, bins.material)
    draws = [np.random.default_rng([course.seed, treatment.draw, number, bag]) for bag in range(treatment.boosters)]
    return [_pupil(bins, treatment.lesson(labels, rng), (fold, judged), course, rng) for rng in draws]


def _pupil(
    bins: Bins, lesson: Lesson, where: tuple[Fold | None, lgb.Dataset], course: Course, rng: np.random.Generator
) -> _Pupil:
    """Begin one booster, with random numbers of its own: luck that all folds shared would not average out."""
    fold, judged = where
    learned, labels = _learned(bins, lesson, fold)
    random = {"seed": int(rng.integers(MOST_SEED))}
    extra = bins.material.extra
    settings = {**bins.material.settings(bins.goal), **random, **course.settings, **extra, **lesson.settings}
    booster = lightgbm().Booster(settings, learned)
    booster.add_valid(judged, "judged")
    return _Pupil(booster, lesson, labels, lesson.focal.start(float(labels.mean())) if lesson.focal else 0.0)


def _learned(bins: Bins, lesson: Lesson, fold: Fold | None) -> tuple[lgb.Dataset, Floats]:
    """Give the rows of a lesson and their labels; a copy, unless all training rows are learned from as they are."""
    every = bins.material.train_labels
    if fold is None and lesson.rows is None and lesson.weights is None:
        return bins.train, every
    rows = np.arange(every.size) if fold is None else fold.train
    if lesson.rows is not None:
        rows = rows[lesson.rows]
    learned = subset(bins.train, rows, bins.material)
    if lesson.weights is not None:
        learned.set_weight(lesson.weights)
    return learned, every[rows]


def _judged_labels(bins: Bins, fold: Fold | None) -> Floats:
    return bins.material.validation_labels if fold is None else bins.material.train_labels[fold.judged]
