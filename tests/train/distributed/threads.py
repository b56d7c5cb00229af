"""Ranks as threads of this process, without a cluster: LightGBM keeps a network for each thread."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from workbench.train.distributed.attempt import grow, prepare
from workbench.train.distributed.course import course
from workbench.train.distributed.crew import Met
from workbench.train.distributed.rank import Rank, Task
from workbench.train.distributed.shards import Span, deal, ordered, row_groups
from workbench.train.distributed.texts import joined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.train.distributed.checkpoint import Segment
    from workbench.train.distributed.job import Job

KEPT: list[Threads] = []
"""Crews of this process: LightGBM closes the network of whichever thread collects a booster that opened one."""


class Threads:
    """Ranks that answer in threads of their own."""

    def __init__(self, job: Job, tasks: Sequence[Task]) -> None:
        self._ranks = [Rank(job, task) for task in tasks]
        self._pool = ThreadPoolExecutor(len(tasks))
        KEPT.append(self)

    def ask(self, step: str, arguments: Sequence[Sequence[object]]) -> list[Any]:
        """Let every rank do a step."""
        if step == "meet":
            return [Met("127.0.0.1", 0, 0.0) for _ in self._ranks]
        methods = [getattr(rank, step) for rank in self._ranks]
        asked = [self._pool.submit(method, *own) for method, own in zip(methods, arguments, strict=True)]
        return [one.result() for one in asked]

    def close(self) -> None:
        """Nothing to end."""


def trained(job: Job, workers: int, cuts: Sequence[float] = ()) -> tuple[str, float]:
    """Train with so many ranks, and give the model text and its loss on the validation rows.

    Args:
        job: What to train; one training file where `cuts` are given.
        workers: Ranks.
        cuts: Where the shards end, as shares of the rows; none deals them evenly.
    """
    spans = row_groups(job.train)
    total = sum(span.rows for span in spans)
    ends = [0, *(round(cut * total) for cut in cuts), total]
    by_hand = ordered([(Span(job.train[0], first, last - first),) for first, last in pairwise(ends)])
    shards = by_hand if cuts else deal(spans, workers)
    judged = deal(row_groups(job.validation), workers)
    tasks = [Task(rank, workers, shard, judged[rank], total) for rank, shard in enumerate(shards)]
    segments: list[Segment] = []

    def losses() -> list[float]:
        return [loss for segment in segments for loss in segment.losses]

    def keep(_: int, segment: Segment) -> bool:
        segments.append(segment)
        return len(segment.losses) == segment.asked and not course(losses(), job.patience, job.rounds).ended

    crew = Threads(job, tasks)
    prepare(crew, job, tasks)
    grow(crew, job, tasks, 0, keep)
    best = course(losses(), job.patience, job.rounds).best_round
    return joined([segment.text for segment in segments if segment.text], best), losses()[best - 1]
