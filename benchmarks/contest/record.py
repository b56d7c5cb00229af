"""What one run came to, kept as a line of JSON beside its predictions, so that it need not be repeated."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from contest.judging import Outcome, whole
from workbench.model import encode_labels

if TYPE_CHECKING:
    from pathlib import Path

    from tables import Splits

FILE = "results.jsonl"


@dataclass(frozen=True)
class Record:
    """One run of one method.

    Attributes:
        table: Data set.
        rows: Fingerprint of its three parts.
        method: Name of the method.
        seed: Seed of the split and of the method.
        budget: CPU-seconds it might spend.
        asked: Budget that the benchmark was asked for: the same, unless the method's own is derived from another's.
        date: When it began, UTC.
        load: Load average of the machine when it began.
        clock: `cpu` or `wall`.
        loss: Log-loss, or root mean squared error, on test.
        precision: Average precision on test of a binary task, else None.
        fit_cpu_seconds: CPU-seconds of the search itself.
        fit_wall_seconds: Seconds of the search itself.
        cpu_seconds: CPU-seconds of the process tree, imports, reading and prediction included.
        wall_seconds: Seconds of the process.
        peak_rss_bytes: Peak memory of the process tree.
        notes: What won.
        versions: Versions of the packages.
        predictions: File of the predictions on test.
    """

    table: str
    rows: str
    method: str
    seed: int
    budget: float
    asked: float
    date: str
    load: float
    clock: str
    loss: float
    precision: float | None
    fit_cpu_seconds: float
    fit_wall_seconds: float
    cpu_seconds: float
    wall_seconds: float
    peak_rss_bytes: int
    notes: str
    versions: dict[str, str]
    predictions: str


Key = tuple[str, str, str, int, float]
Records = dict[Key, Record]


def key_of(record: Record) -> Key:
    """Give what tells runs apart; of runs alike the last one counts."""
    return record.table, record.rows, record.method, record.seed, record.asked


def read_records(folder: Path) -> Records:
    """Read what earlier runs came to."""
    path = folder / FILE
    if not path.exists():
        return {}
    records = [Record(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]
    return {key_of(record): record for record in records}


def append_record(folder: Path, record: Record) -> None:
    """Keep what a run came to."""
    with (folder / FILE).open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(record)) + "\n")


def outcome(splits: Splits, path: Path) -> Outcome:
    """Read the predictions of a run."""
    return Outcome(splits.roles.task, encode_labels(splits.test, splits.roles), np.load(path))


def measures(one: Outcome) -> tuple[float, float | None]:
    """Give loss and average precision on the test rows as they are."""
    rows = whole(one)
    return one.loss(rows), one.precision(rows) if one.task == "binary" else None
