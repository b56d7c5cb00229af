"""Small tables on disk, and jobs on them."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from workbench.model import Roles, fit_features
from workbench.train.distributed.job import Job
from workbench.train.goal import goal_of

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.train.distributed.job import OnRound

ROWS = 12_000


def table(rows: int, seed: int) -> pl.DataFrame:
    """Make rows with interactions, categories of which some are rare, and a column empty in the first third."""
    rng = np.random.default_rng(seed)
    numbers = rng.normal(size=(rows, 4))
    codes = rng.integers(0, 25, rows)
    score = numbers[:, 0] + numbers[:, 1] * (codes % 2) - np.abs(numbers[:, 2]) + codes % 3 + rng.normal(size=rows)
    late = np.where(np.arange(rows) < rows // 3, np.nan, numbers[:, 3])
    return pl.DataFrame(
        {f"x{index}": numbers[:, index] for index in range(3)}
        | {"late": late, "kind": [f"k{code}" for code in codes], "y": score > 1}
    ).with_columns(pl.col("late").fill_nan(None))


def job(folder: Path, *, rounds: int = 60, on_round: OnRound | None = None) -> Job:
    """Write a table of many row groups and give the job of learning from it."""
    train, validation = table(ROWS, 0), table(4000, 1)
    for name, frame, size in (("train", train, 1000), ("validation", validation, 700)):
        if not (folder / f"{name}.parquet").exists():  # another driver may be about to write the same
            made = folder / f"{name}-{os.getpid()}"
            frame.write_parquet(made, row_group_size=size)
            made.replace(folder / f"{name}.parquet")
    roles = Roles("y", "binary", ("false", "true"), ("x0", "x1", "x2", "late", "kind"))
    return Job(
        train=(str(folder / "train.parquet"),),
        validation=(str(folder / "validation.parquet"),),
        roles=roles,
        features=fit_features(train, roles.features).features,
        goal=goal_of(roles, "log_loss"),
        settings={"feature_fraction": 0.7, "learning_rate": 0.1},
        rounds=rounds,
        segment_rounds=10,
        on_round=on_round,
    )


def slowly(job: Job, seconds: float) -> Job:
    """Let every round take a little, so that a fault can meet it."""

    def wait(rank: int, round_: int) -> None:
        import time  # noqa: PLC0415 - travels to the workers

        time.sleep(seconds)

    return replace(job, on_round=wait)
