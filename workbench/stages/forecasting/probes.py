"""Short runs of the real work on made-up tables, each in a process of its own, at growing sizes.

On 5 % of a small table, trees are not those to come: later rounds fit single rows and grow dearer, where in the whole
table they grow cheaper. So the sample is not what is fitted. A table is made up from it (`standin`), as large as the
whole one where that has no more than 1.5 million numbers and a fit to it takes seconds, else smaller, a tenth at least.
The probes of a small table take about 1.3 times as long as the fit itself, and a few seconds to start; those of a large
one about as long as one fit on the clock. One fit is hardly worth them; a search, which is many, is.
"""

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
from workbench.stages.forecasting.standin import study

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

SHARE = 0.05
"""Largest share of the rows that a probe learns from."""

ENOUGH_ROWS = 2_000
"""Rows that the largest probe has at least, where there are so many: on fewer, trees are not those to come."""

MOST_ROWS = 20_000
"""Rows of a sample at most: more would make the stand-in no better, and learning from them takes time."""

STEPS = (0.3, 1.0)
"""Sizes, as shares of the largest."""

LARGEST_SHARE, SMALL_CELLS = 0.1, 1_500_000
"""Share of the rows that the largest stand-in has, or as many as give so many numbers, whichever is more."""

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
        sample_rows: Rows of it that were learned from.
        readings: From the start until the rows are binned, and the largest memory of all.
        growings: Rounds by one thread; the last ones by as many as the whole table will have.
    """

    rows: int
    sample_rows: int
    readings: tuple[Reading, ...]
    growings: tuple[Growing, ...]

    def fit(self, rounds: int) -> Fit:
        """Forecast one fit of so many rounds to the whole table."""
        return forecast_fit(self.readings, self.growings, self.rows, rounds)


def probe(
    table: Table,
    *,
    share: float = SHARE,
    least_rows: int = ENOUGH_ROWS,
    seed: int = 0,
    rounds: Sequence[int] = MARKS,
    told: Callable[[str], None] = print,
) -> Probed:
    """Fit the baseline to tables made up from a sample of one.

    Columns are looked at as a whole, one after the other, to know their categories; nothing else sees more than the
    sample.

    Args:
        table: The table.
        share: Largest share of its rows to learn from.
        least_rows: Rows to learn from at least, where the table has them, whatever the share.
        seed: Seed of the sample and of what is made up.
        rounds: Numbers of rounds to tell the time of.
        told: Told in words which probe is next.

    Raises:
        StageError: A probe failed.
    """
    rows, judged = (_rows(path) for path in (table.train, table.validation))
    features = fit_features(pl.scan_parquet(table.train), table.roles.features).features
    answers: list[Answer] = []
    with tempfile.TemporaryDirectory(prefix="workbench-probe-") as name:
        train, validation = Path(name) / "train.parquet", Path(name) / "validation.parquet"
        part = min(1.0, max(share, least_rows / rows), MOST_ROWS / rows)
        sample_rows = sample_parquet(table.train, train, part, seed)
        sample = study(pl.read_parquet(train), features, table.roles, seed)
        largest = largest_share(rows, sum(feature.width for feature in features))
        made = sample.stand_in(round(rows * largest), seed), sample.stand_in(round(judged * largest), seed + 1)
        for step in STEPS:
            for frame, path in zip(made, (train, validation), strict=True):
                frame.head(max(1, round(frame.height * step))).write_parquet(path)
            told(f"probe: {round(rows * largest * step):,} rows made up from {sample_rows:,} of {rows:,}")
            known = [asdict(feature) for feature in features]
            threads = (1, 0) if step == STEPS[-1] else (1,)
            answers.append(
                ask(Task(str(train), str(validation), table.roles.to_json(), tuple(rounds), rows, known, threads))
            )
    readings = [
        Reading(each.rows, each.reading_cpu_seconds, each.reading_wall_seconds, each.peak_rss_bytes) for each in answers
    ]
    return Probed(rows, sample_rows, tuple(readings), tuple(one for each in answers for one in each.growings))


def largest_share(rows: int, columns: int) -> float:
    """Give the share of the rows that the largest stand-in has.

    Example:
        >>> largest_share(30_000, 20), largest_share(1_000_000, 20), largest_share(300_000, 10)
        (1.0, 0.1, 0.5)
    """
    return min(1.0, max(LARGEST_SHARE, SMALL_CELLS / (rows * columns)))


def _rows(path: Path) -> int:
    return int(pl.scan_parquet(path).select(pl.len()).collect().item())


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
    return Answer(**{**tree, "growings": tuple(map(_growing, tree["growings"]))})


def _growing(tree: Mapping[str, Any]) -> Growing:
    told = {name: tuple(tree[name]) for name in ("rounds", "cpu_seconds", "wall_seconds")}
    return Growing(tree["rows"], tree["threads"], **told)
