"""Short runs of the real work on samples of a table, each in a process of its own, at growing sizes."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from workbench.cost.forecast.fit import Fit, Growing, Reading, forecast_fit
from workbench.errors import StageError
from workbench.model import Roles, fit_features
from workbench.stages.forecasting.job import Answer, Task
from workbench.stages.forecasting.sampling import sample_parquet

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

SHARE = 0.05
"""Largest share of the rows that a probe learns from."""

ENOUGH_ROWS = 2_000
"""Rows that the largest probe has at least, where there are so many: on fewer, trees are not those to come."""

STEPS = (0.2, 0.4, 0.7, 1.0)
"""Sizes, as shares of the largest."""

FULL_TREES_ROWS = 400
"""Rows of the smallest part on which rounds are timed: on fewer, trees do not get all of their leaves."""

ROWS_PER_CATEGORY = 10
"""LightGBM's default of cat_smooth: a category with fewer rows takes no part in a split."""

REPEATS = 2
"""How often rounds are measured on each part."""

MARKS = (30, 100, 300)
"""Rounds after which the time is told: the first ones are dearer, because their trees split the rows more evenly."""

DEADLINE_SECONDS = 300.0
MOST_WORDS = 300


@dataclass(frozen=True)
class Table:
    """A table to fit, in files.

    Attributes:
        train: Parquet file of the rows to learn from.
        validation: Parquet file of the rows to judge by.
        roles: What each column is for.
    """

    train: Path
    validation: Path
    roles: Roles


@dataclass(frozen=True)
class Probed:
    """What probes of a table measured.

    Attributes:
        rows: Training rows of the table.
        readings: From the start until the rows are binned, and the largest memory of all.
        growings: Rounds by one thread; the last one by as many as the whole table will have.
        sparse: Whether a column has more categories than the largest sample can show.
    """

    rows: int
    readings: tuple[Reading, ...]
    growings: tuple[Growing, ...]
    sparse: bool = False

    @property
    def most_rows(self) -> int:
        """Rows of the largest probe."""
        return max(reading.rows for reading in self.readings)

    def fit(self, rounds: int) -> Fit:
        """Forecast one fit of so many rounds to the whole table."""
        return forecast_fit(self.readings, self.growings, self.rows, rounds, sparse=self.sparse)


def probe(
    table: Table,
    *,
    share: float = SHARE,
    least_rows: int = ENOUGH_ROWS,
    seed: int = 0,
    rounds: Sequence[int] = MARKS,
    told: Callable[[str], None] = print,
) -> Probed:
    """Fit the baseline to samples of a table.

    Columns are looked at as a whole, one after the other, to know their categories and how many values they have; no
    booster sees more than the samples.

    Args:
        table: The table.
        share: Largest share of its rows to learn from.
        least_rows: Rows to learn from at least, where the table has them, whatever the share.
        seed: Seed of the samples.
        rounds: Numbers of rounds to tell the time of.
        told: Told in words which probe is next.

    Raises:
        StageError: A probe failed.
    """
    rows = pl.scan_parquet(table.train).select(pl.len()).collect().item()
    features = fit_features(pl.scan_parquet(table.train), table.roles.features).features
    answers: list[Answer] = []
    with tempfile.TemporaryDirectory(prefix="workbench-probe-") as name:
        for step in STEPS:
            part = min(1.0, max(share, least_rows / rows)) * step
            train, validation = Path(name) / "train.parquet", Path(name) / "validation.parquet"
            sample_parquet(table.train, train, part, seed)
            sample_parquet(table.validation, validation, part, seed)
            parts = part_sizes(round(rows * part)) * REPEATS if step == STEPS[-1] else ()
            task = Task(
                str(train),
                str(validation),
                table.roles.to_json(),
                tuple(rounds),
                rows,
                [asdict(item) for item in features],
                parts,
            )
            told(f"probe: the baseline on {round(rows * part):,} of {rows:,} rows")
            answers.append(ask(task))
    readings = [
        Reading(each.rows, each.reading_cpu_seconds, each.reading_wall_seconds, each.peak_rss_bytes) for each in answers
    ]
    most = max(len(item.categories) for item in features)
    sparse = most * ROWS_PER_CATEGORY > answers[-1].rows
    return Probed(rows, tuple(readings), (*answers[-1].parts, answers[-1].grown), sparse)


def part_sizes(rows: int) -> tuple[float, ...]:
    """Give the parts of a sample on which rounds are timed, as shares of it, from a fifth upwards.

    Example:
        >>> part_sizes(10_000), [round(part, 2) for part in part_sizes(1_000)]
        ((0.2, 0.4, 0.7, 1.0), [0.4, 0.6, 0.8, 1.0])
    """
    least = min(0.7, FULL_TREES_ROWS / rows)
    if least <= STEPS[0]:
        return STEPS
    return tuple(least + (1 - least) * step / (len(STEPS) - 1) for step in range(len(STEPS)))


def ask(task: Task, deadline_seconds: float = DEADLINE_SECONDS) -> Answer:
    """Let a process of its own do the work.

    Raises:
        StageError: It failed or took too long.
    """
    command = [sys.executable, "-P", "-m", "workbench.stages.forecasting.job"]
    try:
        done = subprocess.run(
            command,
            input=json.dumps(asdict(task)),
            capture_output=True,
            text=True,
            timeout=deadline_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise StageError(f"a probe took longer than {deadline_seconds:g} s", hint="workbench plan --no-probe") from None
    line = done.stdout.rpartition("\n{")[2]
    if done.returncode or not line:
        words = " ".join(done.stderr.split())[-MOST_WORDS:]
        raise StageError(
            f"a probe failed: {words or f'exit status {done.returncode}'}", hint="workbench plan --no-probe"
        )
    tree = json.loads("{" + line)
    grown, parts = _growing(tree.pop("grown")), tuple(_growing(item) for item in tree.pop("parts"))
    return Answer(**tree, grown=grown, parts=parts)


def _growing(tree: Mapping[str, Any]) -> Growing:
    told = {name: tuple(tree[name]) for name in ("rounds", "cpu_seconds", "wall_seconds")}
    return Growing(tree["rows"], tree["threads"], **told)
