"""What every worker says before the first socket opens, and whether they may train together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.errors import FeatureError, Place
from workbench.train.distributed.failing import ClusterError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workbench.train.distributed.shards import Shard


@dataclass(frozen=True)
class Ballot:
    """One worker's vote on its shard.

    Attributes:
        rank: Who votes.
        rows: Training rows it read.
        validation_rows: Validation rows it read.
        schema: Type of each column it read.
        job: SHA-256 of the job as it arrived.
        lightgbm: Version of LightGBM it runs.
        lowest: Least label it holds.
        highest: Greatest label it holds.
        label_sum: Sum of its labels, each times its weight, in LightGBM's precision.
        weight_sum: Sum of its weights; its rows, without weights.
    """

    rank: int
    rows: int
    validation_rows: int
    schema: Mapping[str, str]
    job: str
    lightgbm: str
    lowest: float
    highest: float
    label_sum: float = 0.0
    weight_sum: float = 0.0


@dataclass(frozen=True)
class Seat:
    """Where a worker listens, once its rows are binned.

    Attributes:
        host: Address that the others reach it at.
        port: Port it has bound; 0 when it trains alone.
        bins: SHA-256 of the rows that the bins were found on.
    """

    host: str
    port: int
    bins: str


def refuse_empty(shards: Sequence[Shard]) -> None:
    """Refuse shards without rows: their workers would leave the others waiting.

    Raises:
        ClusterError: A shard has no rows.
    """
    empty = [rank for rank, shard in enumerate(shards) if not shard.rows]
    if empty:
        raise ClusterError(
            f"rank {empty[0]} has no rows to train on",
            found=f"rows by rank: {', '.join(f'{shard.rows:,}' for shard in shards)}",
            expected="rows for every worker",
            hint="ask for fewer workers, or cut the shards anew",
        )


def count(ballots: Sequence[Ballot], shards: Sequence[Shard], job: str) -> None:
    """Let training begin only if all ranks have what the others have.

    Raises:
        ClusterError: A rank read other rows, columns, parameters or versions than it should.
        FeatureError: All labels of all ranks are the same.
    """
    refuse_empty(shards)
    for ballot, shard in zip(ballots, shards, strict=True):
        _same(ballot.rank, "read another number of rows than it was given", ballot.rows, shard.rows)
        _same(ballot.rank, "was given other parameters or features", ballot.job, job)
        _same(ballot.rank, "runs another version of LightGBM than rank 0", ballot.lightgbm, ballots[0].lightgbm)
    for name in ballots[0].schema:
        _one_type(name, ballots, shards)
    if min(ballot.lowest for ballot in ballots) == max(ballot.highest for ballot in ballots):
        raise FeatureError(
            "the target never varies in the training rows of any worker, so there is nothing to learn",
            found=f"{ballots[0].lowest} in all {sum(ballot.rows for ballot in ballots):,} rows",
        )


def mean_label(ballots: Sequence[Ballot]) -> float:
    """Give the weighted mean of the labels of all ranks."""
    return sum(ballot.label_sum for ballot in ballots) / sum(ballot.weight_sum for ballot in ballots)


def _one_type(column: str, ballots: Sequence[Ballot], shards: Sequence[Shard]) -> None:
    """Refuse the rank whose type of a column is in the minority; a column of nulls alone has no type."""
    types = [ballot.schema.get(column, "missing") for ballot in ballots]
    named = [dtype for dtype in types if dtype != "Null"]
    usual = max(named, key=named.count, default="Null")
    for rank, dtype in enumerate(types):
        if dtype not in {usual, "Null"}:
            raise ClusterError(
                f"rank {rank} holds a column with another type than the other ranks",
                place=Place(file=shards[rank].spans[0].path, column=column),
                found=dtype,
                expected=usual,
                hint="write all files of a table with one schema; ingest does so by contract",
            )


def _same(rank: int, problem: str, found: object, expected: object) -> None:
    if found != expected:
        raise ClusterError(f"rank {rank} {problem}", found=found, expected=expected)
