"""How fast a model scores and how much memory that takes, measured on real rows.

Requests are Polars frames given to `Model.predict`, as a server does it, on one thread. Times are
processor time, not the clock's: what a request takes on a core that is not fought over. Waiting for
neighbours on a busy machine is theirs, not the model's, and would make the figures of two runs differ.
"""

from __future__ import annotations

import resource
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from workbench.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from workbench.model import Model

SECONDS = 0.8
"""Time given to one candidate."""
LARGE_REQUEST_ROWS = 100
_SMALL_REQUESTS = 300
_LARGE_REQUESTS = 30
MOST_BATCH_ROWS = 20_000
"""Rows that one batch holds at most."""
_BATCHES = 3
_WARM_UP = 20
_PATIENCE = 3.0
_KIB = 1024


@dataclass(frozen=True)
class ScoringProfile:
    """How a model scores on one thread of this machine.

    Attributes:
        rows_per_second: Rows scored per second of CPU time, in a batch.
        latency_p50_ms: Median processor time of a request of one row.
        latency_p99_ms: 99th percentile of it.
        latency_p50_ms_100_rows: Median time of a request of 100 rows.
        latency_p99_ms_100_rows: 99th percentile of it.
        size_bytes: Size of the model's files.
        peak_rss_bytes: Highest resident memory of the process while it scored.
        repeats: Requests of one row behind the percentiles.
    """

    rows_per_second: float
    latency_p50_ms: float
    latency_p99_ms: float
    latency_p50_ms_100_rows: float
    latency_p99_ms_100_rows: float
    size_bytes: int
    peak_rss_bytes: int
    repeats: int

    def to_row(self) -> dict[str, float]:
        """Give the profile as one row of a table."""
        return asdict(self)


def profile(model: Model, frame: pl.DataFrame, *, seconds: float = SECONDS) -> ScoringProfile:
    """Measure a model in this process.

    Args:
        model: The model.
        frame: Rows to score; the features are enough.
        seconds: Time to spend; a slow model takes up to three times as long.

    Raises:
        ModelError: There are no rows.
    """
    if not frame.height:
        raise ModelError("there are no rows to measure the model on")
    needed = {feature.name for feature in model.features}
    rows = _at_least(frame.select(name for name in frame.columns if name in needed), LARGE_REQUEST_ROWS)
    size = sum(len(data) for data in model.dumps().values())
    _forget_peak_memory()
    small = _latencies_ms(model, _requests(rows, 1), _SMALL_REQUESTS, seconds / 2)
    large = _latencies_ms(model, _requests(rows, LARGE_REQUEST_ROWS), _LARGE_REQUESTS, seconds / 4)
    rows_per_second = _rows_per_second(model, rows, seconds / 4, float(np.median(large)) / LARGE_REQUEST_ROWS / 1000)
    return ScoringProfile(
        rows_per_second=rows_per_second,
        latency_p50_ms=float(np.median(small)),
        latency_p99_ms=float(np.quantile(small, 0.99)),
        latency_p50_ms_100_rows=float(np.median(large)),
        latency_p99_ms_100_rows=float(np.quantile(large, 0.99)),
        size_bytes=size,
        peak_rss_bytes=_peak_memory_bytes(),
        repeats=small.size,
    )


def profile_table(profiles: Mapping[str, ScoringProfile]) -> pl.DataFrame:
    """Lay profiles out as a table, one row per candidate."""
    return pl.DataFrame([{"id": name, **found.to_row()} for name, found in profiles.items()])


def _at_least(rows: pl.DataFrame, height: int) -> pl.DataFrame:
    return pl.concat([rows] * -(-height // rows.height)) if rows.height < height else rows


def _requests(rows: pl.DataFrame, height: int) -> list[pl.DataFrame]:
    """Cut up to 64 requests from all over the table, so that their rows differ."""
    starts = np.unique(np.linspace(0, rows.height - height, 64).astype(np.int64))
    return [rows.slice(int(start), height) for start in starts]


def _latencies_ms(model: Model, requests: Sequence[pl.DataFrame], repeats: int, seconds: float) -> NDArray[np.float64]:
    """Time requests: at least `repeats` of them, for at least `seconds`, unless that takes three times as long."""
    for request in requests[:_WARM_UP]:
        model.predict(request, num_threads=1)
    begun, taken = time.perf_counter(), list[float]()
    while True:
        start = time.process_time_ns()
        model.predict(requests[len(taken) % len(requests)], num_threads=1)
        taken.append((time.process_time_ns() - start) / 1e6)
        spent = time.perf_counter() - begun
        if (len(taken) >= repeats and spent >= seconds) or spent >= seconds * _PATIENCE:
            return np.array(taken)


def _rows_per_second(model: Model, rows: pl.DataFrame, seconds: float, seconds_per_row: float) -> float:
    """Time batches large enough to take a share of `seconds`."""
    height = int(np.clip(seconds / _BATCHES / seconds_per_row, LARGE_REQUEST_ROWS, MOST_BATCH_ROWS))
    batch = _at_least(rows, height).head(height)
    taken = []
    for _ in range(_BATCHES):
        start = time.process_time()
        model.predict(batch, num_threads=1)
        taken.append(time.process_time() - start)
    return height / max(float(np.median(taken)), 1e-9)


def _forget_peak_memory() -> None:
    """Make the kernel forget the highest memory so far; where it cannot, the peak is that of the whole process."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return


def _peak_memory_bytes() -> int:
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        unit = 1 if sys.platform == "darwin" else _KIB
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    return next(int(line.split()[1]) * _KIB for line in lines if line.startswith("VmHWM:"))
