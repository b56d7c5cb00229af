"""One attempt to grow a model with one group of workers: from the first file to the last segment, or to a fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.train.distributed.ballot import count, mean_label
from workbench.train.distributed.checkpoint import Segment
from workbench.train.distributed.failing import ClusterError
from workbench.train.distributed.segment import power

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from workbench.train.distributed.crew import Crew
    from workbench.train.distributed.job import Job
    from workbench.train.distributed.rank import Task
    from workbench.train.distributed.segment import Grown


def prepare(crew: Crew, job: Job, tasks: Sequence[Task]) -> None:
    """Read, vote, bin and connect.

    Args:
        crew: The workers.
        job: What to train.
        tasks: What each worker was given.

    Raises:
        ClusterError: The ranks may not train together.
        FaultError: A rank failed.
    """
    none: list[tuple[object, ...]] = [()] * len(tasks)
    met = crew.ask("meet", none)
    loaded = crew.ask("load", none)
    ballots = [ballot for ballot, _ in loaded]
    count(ballots, [task.train for task in tasks], job.digest())
    mean = mean_label(ballots) if len(tasks) > 1 else None
    samples = [sample for _, sample in loaded]
    hosts = [one.host if len(tasks) > 1 else "" for one in met]
    seats = crew.ask("seat", [(host, mean, *samples) for host in hosts])
    _agree("found the bins on other rows", [seat.bins for seat in seats])
    if len(tasks) > 1:
        crew.ask("link", [(tuple(seats),)] * len(tasks))


def begin(crew: Crew, job: Job, tasks: Sequence[Task], texts: Sequence[str]) -> None:
    """Turn connected workers to a model, up to the segments that are there already.

    Args:
        crew: Workers that are connected, perhaps after another model on the same rows.
        job: What to train.
        tasks: What each worker was given.
        texts: Segments that are there already.

    Raises:
        ClusterError: A worker was given other parameters.
        FaultError: A rank failed.
    """
    _agree("was given other parameters", crew.ask("begin", [(job,)] * len(tasks)))
    if texts:
        crew.ask("catch_up", [tuple(texts)] * len(tasks))


def grow(crew: Crew, job: Job, tasks: Sequence[Task], done: int, keep: Callable[[int, Segment], bool]) -> None:
    """Grow segment after segment while they are wanted.

    Args:
        crew: Workers that are connected.
        job: What to train.
        tasks: What each worker was given.
        done: Segments that are there already.
        keep: Given the number of each new segment and the segment; tells whether another one is wanted.
    """
    number = done
    while True:
        asked = min(job.segment_rounds, job.rounds - number * job.segment_rounds)
        grown: list[Grown] = crew.ask("grow", [(number, asked)] * len(tasks))
        segment = agreed(grown, job, tasks, asked)
        if not keep(number, segment):
            return
        crew.ask("catch_up", [(segment.text,)] * len(tasks))
        number += 1


def agreed(grown: Sequence[Grown], job: Job, tasks: Sequence[Task], asked: int) -> Segment:
    """Make one segment of what the ranks grew, or refuse it: all must hold the same trees, grown on all rows.

    The losses of the shards add up in the order of the ranks, so that there is one number, for every rank the same.

    Raises:
        ClusterError: The ranks differ, or the trees counted other rows than there are.
    """
    _agree("grew other trees", [one.sha256 for one in grown])
    expected = sum(task.train.rows for task in tasks)
    roots = grown[0].root_rows
    if roots is not None and not _sampled(job) and roots != expected:
        raise ClusterError("the model did not learn from all rows", found=f"{roots:,}", expected=f"{expected:,}")
    judged = sum(task.validation.rows for task in tasks)
    exponent = power(job)
    sums = (sum(losses) for losses in zip(*(one.losses for one in grown), strict=True))
    return Segment(grown[0].text, tuple((total / judged) ** (1 / exponent) for total in sums), len(tasks), asked)


def _agree(problem: str, digests: Sequence[str]) -> None:
    for rank, digest in enumerate(digests):
        if digest != digests[0]:
            raise ClusterError(f"rank {rank} {problem} than rank 0", found=digest[:12], expected=digests[0][:12])


def _sampled(job: Job) -> bool:
    """Tell whether a tree sees a share of the rows only."""
    settings = job.settings
    bagged = bool(settings.get("bagging_freq", 0)) and float(settings.get("bagging_fraction", 1.0)) < 1
    return bagged or settings.get("data_sample_strategy") == "goss"
