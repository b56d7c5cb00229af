"""What one distributed training is asked to do, and what it may take."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.model import Feature, Roles
    from workbench.train.goal import Goal

OnRound = Callable[[int, int], None]
"""Called in every worker after each round, with the rank and the round."""


@dataclass(frozen=True)
class Job:
    """One model to train.

    Attributes:
        train: Parquet files of the training rows, on storage that every worker reads.
        validation: Parquet files of the rows that decide when to stop.
        roles: What each column is for.
        features: What the model takes, fitted once for all workers.
        goal: What is minimised.
        settings: LightGBM parameters beside the fixed ones.
        patience: Rounds without a smaller loss before it stops.
        rounds: Rounds it may grow at most.
        seed: Seed of everything random.
        weight: Column of row weights; None for 1.
        segment_rounds: Rounds between two checkpoints.
        on_round: Called in every worker after each round.
    """

    train: tuple[str, ...]
    validation: tuple[str, ...]
    roles: Roles
    features: tuple[Feature, ...]
    goal: Goal
    settings: Mapping[str, float | int | bool | str] = field(default_factory=dict)
    patience: int = 50
    rounds: int = 10_000
    seed: int = 0
    weight: str | None = None
    segment_rounds: int = 20
    on_round: OnRound | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that a worker reads."""
        names = [feature.name for feature in self.features] + [self.roles.target]
        return tuple(dict.fromkeys(names + ([self.weight] if self.weight else [])))

    def digest(self) -> str:
        """Give the SHA-256 of what decides which trees grow, apart from the rows and the workers."""
        parts = {
            "roles": self.roles.to_json(),
            "features": [asdict(feature) for feature in self.features],
            "goal": [self.goal.task, self.goal.metric, dict(self.goal.objective)],
            "settings": dict(self.settings),
            "limits": [self.patience, self.rounds, self.seed, self.segment_rounds],
            "weight": self.weight,
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True, default=list).encode()).hexdigest()


@dataclass(frozen=True)
class Limits:
    """How long anything may stand still; all in seconds.

    Attributes:
        join: Until every worker has answered.
        link: Until the workers are connected with each other.
        stall: Without a round, or without any work while rows are read; ten times the longest round if that is more.
        lease: A worker that nobody has asked for its progress for so long ends itself.
        retries: Restarts without a new checkpoint in between, before a fault is taken for permanent; one at most after
            a fault that only waiting shows, or once `give_up` has passed.
        give_up: Since the first of several faults without a new checkpoint in between.
    """

    join: float = 45.0
    link: float = 20.0
    stall: float = 20.0
    lease: float = 45.0
    retries: int = 3
    give_up: float = 30.0


@dataclass(frozen=True)
class Fault:
    """What interrupted a training.

    Attributes:
        kind: `died`, `hung`, `absent`, `network`, `memory`, `storage` or `refused`.
        ranks: The ranks to blame, as far as that is known.
        text: What was seen.
        rounds: Rounds that were safe at that moment.
    """

    kind: str
    ranks: tuple[int, ...]
    text: str
    rounds: int = 0

    @property
    def transient(self) -> bool:
        """Whether trying again may help; what the data or the parameters caused comes again."""
        return self.kind != "refused"


@dataclass(frozen=True)
class Progress:
    """How far a training is.

    Attributes:
        step: `join`, `load`, `bin`, `link` or `grow`.
        rounds: Rounds grown.
        cpu_seconds: CPU-seconds of the workers so far, lost ones as far as they were seen.
        pids: Process of each rank, with 0 for one not known yet.
        restarts: Faults survived so far.
    """

    step: str
    rounds: int
    cpu_seconds: float
    pids: tuple[int, ...]
    restarts: int


@dataclass(frozen=True)
class Trained:
    """A model that several processes grew together.

    Attributes:
        text: The model as LightGBM writes it, cut at the best round; the same on every rank.
        losses: Loss on all validation rows after each round.
        best_round: Rounds kept.
        sha256: SHA-256 of `text`.
        train_rows: Rows learned from: those in the files, those the workers read, and those counted at each root.
        validation_rows: Rows judged by.
        workers: Workers of each segment; where they differ, the bytes are not those of an undisturbed run.
        faults: What was survived.
        resumed_rounds: Rounds taken from checkpoints of an earlier run.
        cpu_seconds: CPU-seconds of the workers.
        seconds: Seconds on the clock.
        interrupted: Whether it was stopped by hand or by the budget before its end.
        note: What the user should know about where it ran.
    """

    text: str
    losses: tuple[float, ...]
    best_round: int
    sha256: str
    train_rows: int
    validation_rows: int
    workers: tuple[int, ...]
    faults: tuple[Fault, ...]
    resumed_rounds: int
    cpu_seconds: float
    seconds: float
    interrupted: bool
    note: str

    @property
    def loss(self) -> float:
        """The loss at the best round."""
        return self.losses[self.best_round - 1]
