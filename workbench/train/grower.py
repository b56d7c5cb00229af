"""What a search grows its boosters with: this process, or several on a cluster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from workbench.model.boosters import model_text
from workbench.train.booster import Snapshot, grow, repeat, start
from workbench.train.packing import packed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sized

    from numpy.typing import NDArray

    from workbench.train.booster import Growth
    from workbench.train.goal import Goal
    from workbench.train.jury import Jury
    from workbench.train.material import Material
    from workbench.train.pairing import Paired
    from workbench.train.plan import TrialRecord
    from workbench.train.portfolio import Setup

    Repeated = tuple[tuple[bytes, ...], Mapping[int, Snapshot]]

KEPT_SHARES = (0.1, 0.25, 0.5)
"""Sizes, as shares of the best round, at which a booster is offered too."""


@dataclass(frozen=True)
class Grown:
    """A trial that has ended: its boosters as text, and what they predicted.

    Attributes:
        texts: One packed model text per seat, cut at the best round.
        best_round: Rounds at the least loss.
        snapshots: Predictions by number of rounds.
        rounds: Rounds grown.
        loss: Loss on the judged rows at the best round.
        segment_rounds: Rounds of each part that it grew in; None where it grew in one.
        growing_seconds: CPU-seconds that adding its trees took, without judging them.
    """

    texts: tuple[bytes, ...]
    best_round: int
    snapshots: dict[int, Snapshot]
    rounds: int
    loss: float
    segment_rounds: int | None = None
    growing_seconds: float = 0.0

    @property
    def best(self) -> Snapshot:
        """Predictions at the best round."""
        return self.snapshots[self.best_round]

    def nearest(self, share: float) -> int:
        """Give the kept size nearest to a share of the best round."""
        return min(self.snapshots, key=lambda size: abs(size - share * self.best_round))


@dataclass(frozen=True)
class Begun:
    """A trial that has begun.

    Attributes:
        number: Its number, counted from the baseline on.
        setup: The configuration.
        seed: Seed of its boosters.
    """

    number: int
    setup: Setup
    seed: int


class Ground(Protocol):
    """The rows of a search, wherever they are."""

    @property
    def material(self) -> Material:
        """What every trial shares."""
        ...

    @property
    def goal(self) -> Goal:
        """What is minimised."""
        ...


class Judges(Protocol):
    """Who judges a trial."""

    @property
    def seats(self) -> Sized:
        """One per booster of a trial."""
        ...

    @property
    def labels(self) -> NDArray[np.float64]:
        """Labels of the judged rows, seat after seat."""
        ...

    @property
    def validation_labels(self) -> NDArray[np.float64]:
        """Labels of the validation rows."""
        ...

    @property
    def bagging(self) -> bool:
        """Whether the mean over the boosters of all seats is a model worth offering."""
        ...

    def on_validation(self, judged: NDArray[np.float64]) -> NDArray[np.float64]:
        """Take the part of predictions on the judged rows that the validation rows are."""
        ...


class Grower(Protocol):
    """Grows the boosters of trials."""

    def growable(self, setup: Setup) -> Setup:
        """Give the configuration nearest to one that it can grow."""
        ...

    def grow(self, setup: Setup, seed: int, left: Callable[[], float]) -> Grown:
        """Grow the boosters of one trial until they stop getting better or nothing is left to spend.

        Args:
            setup: The configuration.
            seed: Seed of what is random in it.
            left: Tells what is left of the budget for growing, in seconds of the kind that it counts.
        """
        ...

    def repeat(self, trial: TrialRecord, seats: int, sizes: Collection[int]) -> Repeated:
        """Grow a trial of an earlier search again.

        Args:
            trial: What was grown.
            seats: How many of its boosters are wanted, from the first on.
            sizes: Numbers of rounds at which predictions are wanted.

        Returns:
            The packed texts of these boosters, cut at the best round, and the predictions by number of rounds.
        """
        ...


@dataclass(frozen=True)
class LocalGrower:
    """Grows in this process, on rows that are binned already.

    Attributes:
        bins: The rows, binned.
        jury: Who judges.
        paired: The same with ratios and products beside the columns; None where no trial may see these.
    """

    bins: Ground
    jury: Jury
    paired: Paired | None = None

    def growable(self, setup: Setup) -> Setup:
        """Give any configuration back."""
        return setup

    def grow(self, setup: Setup, seed: int, left: Callable[[], float]) -> Grown:
        """Grow the boosters of one trial in step; stop within a trial, between two rounds."""
        bins, jury = self._rows(pairs=setup.pairs)
        growth = start(bins.material.booster_settings(bins.goal, setup.settings, seed), jury.seats)
        grow(growth, self.bins.goal, self.jury.labels, setup.patience, lambda: left() > 0, setup.rounds)
        return _grown(growth)

    def repeat(self, trial: TrialRecord, seats: int, sizes: Collection[int]) -> Repeated:
        """Grow exactly the rounds that were kept, whatever the loss on validation."""
        bins, jury = self._rows(pairs=trial.pairs)
        settings = bins.material.booster_settings(bins.goal, trial.settings, trial.seed)
        growth = repeat(settings, jury.seats[:seats], trial.best_round, sizes)
        return _texts(growth, trial.best_round), growth.snapshots

    def _rows(self, *, pairs: bool) -> tuple[Ground, Jury]:
        return (self.paired.bins, self.paired.jury) if pairs and self.paired else (self.bins, self.jury)


def _texts(growth: Growth, rounds: int) -> tuple[bytes, ...]:
    return tuple(packed(model_text(booster, rounds)) for booster in growth.boosters)


def _grown(growth: Growth) -> Grown:
    """Keep texts instead of boosters, which hold on to far more; and few of the predictions."""
    texts = _texts(growth, growth.best_round)
    sizes = np.array(sorted(size for size in growth.snapshots if size <= growth.best_round))
    wanted = {int(sizes[np.abs(sizes - share * growth.best_round).argmin()]) for share in KEPT_SHARES}
    wanted.add(growth.best_round)
    kept = {size: growth.snapshots[size] for size in sorted(wanted)}
    return Grown(
        texts,
        growth.best_round,
        kept,
        growth.rounds,
        growth.best_loss,
        growing_seconds=growth.growing_seconds,
    )
