"""Lets the workers of a cluster grow the boosters of a search, one after the other, all together."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from workbench.model.boosters import is_logarithmic, linked, load_booster, raw_scores
from workbench.train.booster import Snapshot
from workbench.train.distributed.agreeing import agreeing
from workbench.train.distributed.failing import ClusterError
from workbench.train.distributed.job import Job
from workbench.train.distributed.training import Order
from workbench.train.grower import KEPT_SHARES, Grown
from workbench.train.material import FIXED
from workbench.train.packing import packed
from workbench.train.portfolio import BASELINE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from numpy.typing import NDArray

    from workbench.model import Roles
    from workbench.train.booster import Settings
    from workbench.train.clock import Clock
    from workbench.train.distributed.cluster import Cluster
    from workbench.train.distributed.ground import Far
    from workbench.train.distributed.job import Trained
    from workbench.train.grower import Repeated
    from workbench.train.plan import TrialRecord
    from workbench.train.portfolio import Setup

SEGMENT_SHARE = 0.01
"""Share of the budget that a segment may cost: a trial ends between two."""

LEAST_ROUNDS, MOST_ROUNDS = 5, 20
"""Rounds of a segment: in fewer the start of a segment costs too much, in more a fault or an early stop does."""

PROBED = 3
LEAST_SECONDS = 1e-6
AGREEMENT = 1e-6
"""Relative difference of the loss that workers sum up from the one that the text of the model gives."""


@dataclass
class ClusterGrower:
    """Grows on a cluster.

    Attributes:
        cluster: The workers.
        ground: The rows.
        roles: What each column is for.
        clock: What may be spent.
        trained: What the workers say of each booster.
    """

    cluster: Cluster
    ground: Far
    roles: Roles
    clock: Clock
    trained: list[Trained] = field(default_factory=list)
    _seconds_per_round: float = LEAST_SECONDS

    def warm_up(self) -> None:
        """Let the workers read and bin their rows, and measure what a round costs then.

        The trees of these few rounds are thrown away.
        """
        began, marks = self.clock.spent, list[float]()

        def mark() -> bool:
            marks.append(self.clock.spent)
            return True

        self._train(_Exact(self.growable(BASELINE).settings, 2 * PROBED), 0, PROBED, mark)
        self.trained.clear()
        self._seconds_per_round = max(LEAST_SECONDS, (self.clock.spent - (marks or [began])[0]) / PROBED)

    def growable(self, setup: Setup) -> Setup:
        """Give the nearest configuration of which one process grows the same trees."""
        material = self.ground.material
        return replace(setup, settings=agreeing(setup.settings, self.ground.goal, material.train_labels))

    def grow(self, setup: Setup, seed: int, left: Callable[[], float]) -> Grown:
        """Grow the booster of one trial; stop within a trial, between two segments.

        A segment is not begun when more than half of it is forecast to lie beyond the budget.
        """
        rounds = self._segment_rounds(setup)
        forecast = rounds * self._seconds_per_round * _weight(setup)
        trained = self._train(setup, seed, rounds, lambda: left() > forecast / 2)
        wanted = {max(1, round(share * trained.best_round)) for share in (*KEPT_SHARES, 1.0)}
        snapshots = self._snapshots(trained.text, sorted(wanted))
        loss = self.ground.goal.loss(self.ground.material.validation_labels, snapshots[trained.best_round].judged)
        if abs(loss - trained.loss) > AGREEMENT * max(abs(loss), AGREEMENT):
            raise ClusterError(
                "the workers' loss is not that of the model they grew", found=trained.loss, expected=loss
            )
        return Grown(
            texts=(packed(trained.text),),
            best_round=trained.best_round,
            snapshots=snapshots,
            rounds=len(trained.losses),
            loss=loss,
            segment_rounds=rounds,
        )

    def repeat(self, trial: TrialRecord, seats: int, sizes: Collection[int]) -> Repeated:  # noqa: ARG002 - one seat here
        """Grow the rounds that were kept, through the same segments."""
        rounds = trial.segment_rounds or MOST_ROUNDS
        setup = _Exact(trial.settings, trial.best_round)
        text = self._train(setup, trial.seed, rounds, lambda: True).text
        return (packed(text),), self._snapshots(text, sorted(sizes))

    @property
    def whole(self) -> bool:
        """Whether every segment was grown by all workers: only then can the same trees be grown again."""
        return all(set(one.workers) == {self.cluster.workers} for one in self.trained)

    def proof(self) -> str:
        """Say what shows that the workers grew one model each time."""
        if not self.trained:
            return self.cluster.note
        counts = sorted({count for one in self.trained for count in one.workers})
        segments = sum(len(one.workers) for one in self.trained)
        faults = [fault.kind for one in self.trained for fault in one.faults]
        by = " or ".join(map(str, counts)) + (" process" if counts == [1] else " workers")
        rows = self.trained[0].train_rows
        words = (
            f"{by} grew each of {segments:,} segments of {len(self.trained)} boosters: all held the same trees by "
            f"SHA-256, the last booster {self.trained[-1].sha256[:12]}, and counted {rows:,} rows at the root of "
            f"{rows:,} sent; {len(faults)} faults were survived{': ' + ', '.join(faults) if faults else ''}"
        )
        return f"{words}. Note: {self.cluster.note}" if self.cluster.note else words

    def _train(
        self,
        setup: Setup | _Exact,
        seed: int,
        rounds: int,
        may_go_on: Callable[[], bool],
    ) -> Trained:
        job = Job(
            train=(str(self.ground.train),),
            validation=(str(self.ground.validation),),
            roles=self.roles,
            features=self.ground.material.features,
            goal=self.ground.goal,
            settings={**self._settings(), **setup.settings, **self._constraints},
            patience=setup.patience,
            rounds=setup.rounds,
            seed=seed,
            segment_rounds=rounds,
        )
        with tempfile.TemporaryDirectory(prefix="workbench-") as folder:
            order = Order(job, Path(folder), self.cluster.workers, self.cluster.threads)
            trained = self.cluster.train(order, may_go_on)
        self.trained.append(trained)
        return trained

    def _settings(self) -> Settings:
        """Give the parameters of every booster that the workers do not add themselves."""
        material, goal = self.ground.material, self.ground.goal
        own = {*FIXED, *goal.objective, "num_threads"}
        return {name: value for name, value in material.settings(goal).items() if name not in own}  # type: ignore[misc]

    @property
    def _constraints(self) -> Settings:
        return dict(self.ground.material.extra)  # type: ignore[arg-type] # numbers and texts, as LightGBM takes them

    def _segment_rounds(self, setup: Setup) -> int:
        """Choose how many rounds a segment has, by what they cost; always the same where trials are counted."""
        if self.clock.unit == "trials":
            return MOST_ROUNDS
        affordable = SEGMENT_SHARE * self.clock.limit / (self._seconds_per_round * _weight(setup))
        return int(np.clip(affordable, LEAST_ROUNDS, MOST_ROUNDS))

    def _snapshots(self, text: str, sizes: list[int]) -> dict[int, Snapshot]:
        """Predict the validation rows at some sizes, in order, each from the one before."""
        booster, values = load_booster(text), self.ground.material.validation_values
        scores: NDArray[np.float64] | None = None
        snapshots: dict[int, Snapshot] = {}
        for first, last in pairwise([0, *sizes]):
            more = raw_scores(booster, values, first, last, self.cluster.threads)
            scores = more if scores is None else scores + more
            snapshots[last] = Snapshot(linked(self.ground.goal.task, scores, logarithmic=is_logarithmic(text)), None)
        return snapshots


@dataclass(frozen=True)
class _Exact:
    """A configuration grown for exactly so many rounds, whatever the losses."""

    settings: Settings
    rounds: int
    patience: int = sys.maxsize


def _weight(setup: Setup) -> float:
    """Tell how much more a round of this configuration costs than one of the defaults, about."""
    return float((float(setup.settings.get("num_leaves", 31)) / 31) ** 0.5)
