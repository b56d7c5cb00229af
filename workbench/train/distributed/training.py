"""Grows one model with several workers, through whatever happens to them."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.train.distributed.attempt import begin, grow, prepare
from workbench.train.distributed.ballot import refuse_empty
from workbench.train.distributed.checkpoint import Checkpoints, Segment, locked
from workbench.train.distributed.course import Course, course
from workbench.train.distributed.crew import Alone, Crew, Together, ray
from workbench.train.distributed.failing import ADVICE, SLOW, ClusterError, FaultError
from workbench.train.distributed.job import Fault, Limits, Progress, Trained
from workbench.train.distributed.placing import Place, nodes, spread
from workbench.train.distributed.rank import Task
from workbench.train.distributed.segment import check_settings
from workbench.train.distributed.shards import Span, deal, ordered, row_groups
from workbench.train.distributed.texts import joined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.train.distributed.job import Job
    from workbench.train.distributed.rank import Beat
    from workbench.train.distributed.standing import Standing

OnProgress = Callable[[Progress], None]


@dataclass(frozen=True)
class Order:
    """How a job is to be done.

    Attributes:
        job: What to train.
        folder: Where checkpoints are kept.
        workers: Processes that train together; 1 trains in this process, without Ray.
        threads: Threads of each.
        limits: How long anything may stand still.
        shards: Spans of each worker, where the rows are not to be dealt evenly.
        note: What the user should know about where it runs.
    """

    job: Job
    folder: Path
    workers: int = 1
    threads: int = 1
    limits: Limits = field(default_factory=Limits)
    shards: tuple[tuple[Span, ...], ...] | None = None
    note: str = ""


def drive(
    order: Order,
    *,
    may_go_on: Callable[[], bool] = lambda: True,
    on_progress: OnProgress = lambda _: None,
    standing: Standing | None = None,
) -> Trained:
    """Train in the Ray cluster that this process is connected to, or, with one worker, in this process.

    Args:
        order: What to do.
        may_go_on: Asked before every segment but the first.
        on_progress: Told how far the training is, a few times a second.
        standing: Where workers are taken from, and kept for the next training; None ends them with this one.

    Raises:
        ClusterError: The workers could not train together; the text names the rank and the cause.
        FeatureError: A column or a label cannot be learned from.
        ParamsError: The settings cannot be trained in segments.
        SourceError: A file cannot be read.
    """
    check_settings(order.job, order.workers)
    with locked(order.folder):
        training = Training(order, may_go_on, on_progress, standing)
        try:
            training.run()
        except KeyboardInterrupt:
            if not training.segments:
                raise
            training.stopped = True
        return training.result()


@dataclass
class Training:
    """The state of one training across its attempts.

    Attributes:
        order: What to do.
        may_go_on: Asked before every segment but the first.
        on_progress: Told how far it is.
        standing: Where workers are kept between trainings.
        segments: Segments that are safe.
        faults: What was survived.
        stopped: Whether it was told to stop before its end.
    """

    order: Order
    may_go_on: Callable[[], bool]
    on_progress: OnProgress
    standing: Standing | None = None
    segments: list[Segment] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    stopped: bool = False

    def __post_init__(self) -> None:
        job = self.order.job
        self._train, self._validation = row_groups(job.train), row_groups(job.validation)
        if not _rows(self._validation):
            raise ClusterError("there are no validation rows to decide by when to stop")
        self._checkpoints = Checkpoints(self.order.folder, _fingerprint(job, self._train + self._validation))
        self.segments = self._checkpoints.read()
        self._resumed = self._course.rounds
        self._workers = self.order.workers
        self._cpu_before = self._cpu_now = self._cpu_taken = 0.0
        self._began = self._faulted = time.monotonic()

    @property
    def _losses(self) -> list[float]:
        return [loss for segment in self.segments for loss in segment.losses]

    @property
    def _course(self) -> Course:
        return course(self._losses, self.order.job.patience, self.order.job.rounds)

    @property
    def _wanted(self) -> bool:
        """Whether a further segment is wanted; one that came out short has used up all splits."""
        used_up = bool(self.segments) and len(self.segments[-1].losses) < self.segments[-1].asked
        return not (self.stopped or used_up or self._course.ended)

    def run(self) -> None:
        """Try until the model is there, or until trying again cannot help."""
        while self._wanted:
            try:
                self._attempt()
            except FaultError as error:
                self._survive(error.fault)

    def result(self) -> Trained:
        """Put the segments together."""
        losses, reached = self._losses, self._course
        text = joined([segment.text for segment in self.segments if segment.text], reached.best_round)
        return Trained(
            text=text,
            losses=tuple(losses[: reached.rounds]),
            best_round=reached.best_round,
            sha256=hashlib.sha256(text.encode()).hexdigest(),
            train_rows=_rows(self._train),
            validation_rows=_rows(self._validation),
            workers=tuple(segment.workers for segment in self.segments),
            faults=tuple(self.faults),
            resumed_rounds=self._resumed,
            cpu_seconds=self._cpu_before + self._cpu_now,
            seconds=time.monotonic() - self._began,
            interrupted=self.stopped,
            note=self.order.note,
        )

    def _attempt(self) -> None:
        job, rows, well = self.order.job, self._rows_digest(), False
        taken = self.standing.take(rows) if self.standing else None
        crew, tasks = taken or self._crew()
        crew.tell(self._listen)
        self._cpu_taken = crew.cpu_seconds
        try:
            if not taken:
                prepare(crew, job, tasks)
            begin(crew, job, tasks, [segment.text for segment in self.segments])
            grow(crew, job, tasks, len(self.segments), self._keep)
            well = True
        finally:
            if well and self.standing:
                self.standing.put(crew, tasks, rows)
            else:
                crew.close()
            self._cpu_before, self._cpu_now = self._cpu_before + self._cpu_now, 0.0

    def _rows_digest(self) -> str:
        """Tell rows, bins and workers of this training from others: where they are the same, workers are kept."""
        job, order = self.order.job, self.order
        what = [job.train, job.validation, job.columns, job.weight, str(job.features), job.settings.get("max_bin")]
        return repr([*what, job.goal, order.workers, order.threads, order.shards])

    def _crew(self) -> tuple[Crew, Sequence[Task]]:
        if self.order.workers == 1:
            tasks = self._tasks(1, None)
            return Alone(self.order.job, tasks[0]), tasks
        places = self._places()
        tasks = self._tasks(len(places), self.order.limits.lease)
        return Together(self.order.job, tasks, places, self._limits, self._listen), tasks

    @property
    def _limits(self) -> Limits:
        """Have half the patience with what hung here before: a lasting fault shall end within a minute."""
        limits, rounds = self.order.limits, self._course.rounds
        again = any(past.kind in SLOW and past.rounds == rounds for past in self.faults)
        return replace(limits, stall=limits.stall / 2, link=limits.link / 2) if again else limits

    def _places(self) -> tuple[Place, ...]:
        """Find room; a cluster that has become smaller goes on with fewer workers."""
        found = nodes(ray().nodes())
        places = spread(found, self._workers, self.order.threads)
        if not places:
            raise ClusterError(
                "the Ray cluster has no room for a single worker" if found else "no node of the Ray cluster is left",
                found=f"nodes with {[place.cpus for place in found]} CPUs",
                expected=f"{self.order.threads} CPUs on one node",
                hint=ADVICE["died"] if self.faults else None,
            )
        return places

    def _tasks(self, workers: int, lease: float | None) -> list[Task]:
        by_hand = self.order.shards
        train = ordered(by_hand) if by_hand and len(by_hand) == workers else deal(self._train, workers)
        refuse_empty(train)
        judged = deal(self._validation, workers)
        total = sum(shard.rows for shard in train)
        return [
            Task(rank, workers, own, judged[rank], total, self.order.threads, lease) for rank, own in enumerate(train)
        ]

    def _keep(self, number: int, segment: Segment) -> bool:
        self._checkpoints.keep(number, segment)
        self.segments.append(segment)
        self.stopped = self._wanted and not self.may_go_on()
        return self._wanted

    def _listen(self, step: str, beats: Sequence[Beat | None]) -> None:
        seen = [beat for beat in beats if beat is not None]
        self._cpu_now = max(0.0, sum(beat.cpu_seconds for beat in seen) - self._cpu_taken)
        self.on_progress(
            Progress(
                step=step,
                rounds=self._course.rounds,
                cpu_seconds=self._cpu_before + self._cpu_now,
                pids=tuple(beat.pid if beat else 0 for beat in beats),
                restarts=len(self.faults),
            )
        )

    def _survive(self, fault: Fault) -> None:
        """Take note of a fault and let the next attempt begin, or give up."""
        fault = replace(fault, rounds=self._course.rounds)
        self.faults.append(fault)
        here = sum(past.rounds == fault.rounds for past in self.faults)
        self._faulted = time.monotonic() if here == 1 else self._faulted
        limits, late = self.order.limits, time.monotonic() - self._faulted >= self.order.limits.give_up
        if not fault.transient or here > (min(1, limits.retries) if late or fault.kind in SLOW else limits.retries):
            times = f", {here} times without a new checkpoint in between" if fault.transient and here > 1 else ""
            raise ClusterError(
                f"{_named(fault.ranks)} {_VERBS[fault.kind]} after round {fault.rounds:,}{times}",
                found=fault.text,
                hint=ADVICE[fault.kind],
            )
        if fault.kind == "absent":
            self._workers = max(1, self._workers - len(fault.ranks))


_VERBS = {
    "died": "died",
    "hung": "stood still",
    "absent": "never joined",
    "network": "lost the connection to the others",
    "memory": "ran out of memory",
    "storage": "found no room for what Ray keeps",
    "refused": "cannot train",
}


def _named(ranks: Sequence[int]) -> str:
    return f"rank {ranks[0]}" if len(ranks) == 1 else f"ranks {', '.join(map(str, ranks))}"


def _rows(spans: Sequence[Span]) -> int:
    return sum(span.rows for span in spans)


def _fingerprint(job: Job, spans: Sequence[Span]) -> str:
    """Give the SHA-256 of all that decides which trees grow, beside the number of workers."""
    files = sorted({span.path for span in spans})
    stats = [(path, Path(path).stat().st_size, Path(path).stat().st_mtime_ns) for path in files]
    groups = [(span.path, span.rows) for span in spans]
    parts = [job.digest(), stats, groups, version("lightgbm")]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
