"""How fast a model scores and how much memory that takes, measured on real rows.

Requests are Polars frames given to `Model.predict`, as a server does it, on one thread. Times are
processor time, not the clock's: what a request takes on a core that is not fought over. Waiting for
neighbours on a busy machine is theirs, not the model's.

A neighbour costs more than waiting: whoever gets the core back finds its caches emptied, so that
processor time grows too, by a third and more. A model is therefore measured in rounds. A round is quiet
when the clock ran no more than a tenth longer than the processor; rounds go on until three quiet ones
agree, up to a bound, and the quietest three make the profile: the median of what each found, so that a
burst in one of them does not become the tail of a model. What does not show is a neighbour on the
other hardware thread of the same core: it slows the work without making it wait.
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

    Floats = NDArray[np.float64]

SECONDS = 0.8
"""Time given to one candidate on a machine of one's own."""
SCORING_THREADS = 1
LARGE_REQUEST_ROWS = 100
MOST_BATCH_ROWS = 20_000
"""Rows that one batch holds at most."""
QUIET = 1.1
"""Beyond this ratio of clock to processor, or of a slow round to a fast one, the machine was busy."""
_SMALL_REQUESTS = 300
_LARGE_REQUESTS = 30
_ROUNDS = 3
_MOST_ROUNDS = 6
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


@dataclass(frozen=True)
class Measurement:
    """A profile, and how quiet the machine was while it was taken.

    Attributes:
        profile: The profile.
        wall_per_cpu: Time on the clock per processor time of what was timed; 1 where nobody was in the way.
        spread: Median of the slowest round behind the profile by that of the fastest.
    """

    profile: ScoringProfile
    wall_per_cpu: float
    spread: float

    @property
    def unrest(self) -> float:
        """The greater of both signs: 1 on a machine of one's own."""
        return max(self.wall_per_cpu, self.spread)

    @property
    def is_disturbed(self) -> bool:
        """Whether the machine stayed busy, so that the figures may be those of a slower one."""
        return self.unrest > QUIET


@dataclass(frozen=True)
class _Timed:
    """Calls that were timed: processor time of each, and what the clock said of all."""

    cpu_ms: Floats
    wall_ms: float


@dataclass(frozen=True)
class _Round:
    """One round: requests of one row, larger ones, a batch."""

    small: _Timed
    large: _Timed
    batch: _Timed

    @property
    def wall_per_cpu(self) -> float:
        parts = (self.small, self.large, self.batch)
        return sum(part.wall_ms for part in parts) / max(sum(float(part.cpu_ms.sum()) for part in parts), 1e-9)

    @property
    def median_ms(self) -> float:
        return float(np.median(self.small.cpu_ms))


def measure(model: Model, frame: pl.DataFrame, *, seconds: float = SECONDS) -> Measurement:
    """Measure a model in this process.

    Args:
        model: The model.
        frame: Rows to score; the features are enough.
        seconds: Time to spend; a slow model or a busy machine takes up to three times as long.

    Raises:
        ModelError: There are no rows.
    """
    if not frame.height:
        raise ModelError("there are no rows to measure the model on")
    needed = {feature.name for feature in model.features}
    rows = _at_least(frame.select(name for name in frame.columns if name in needed), LARGE_REQUEST_ROWS)
    size = sum(len(data) for data in model.dumps().values())
    small, large = _requests(rows, 1), _requests(rows, LARGE_REQUEST_ROWS)
    _forget_peak_memory()
    _timed(model, small[:_WARM_UP])
    per_row = float(np.median(_timed(model, large[:_WARM_UP]).cpu_ms)) / LARGE_REQUEST_ROWS / 1000
    share = seconds / _ROUNDS
    height = int(np.clip(share / 4 / max(per_row, 1e-9), LARGE_REQUEST_ROWS, MOST_BATCH_ROWS))
    batch = _at_least(rows, height).head(height)
    begun, rounds = time.perf_counter(), list[_Round]()
    while not _enough(rounds, time.perf_counter() - begun, seconds):
        quick = _for_a_while(model, small, _SMALL_REQUESTS // _ROUNDS, share / 2)
        slow = _for_a_while(model, large, _LARGE_REQUESTS // _ROUNDS, share / 4)
        rounds.append(_Round(quick, slow, _timed(model, [batch])))
    return _measurement(_quietest(rounds), height, size)


def profile_table(profiles: Mapping[str, ScoringProfile]) -> pl.DataFrame:
    """Lay profiles out as a table, one row per candidate."""
    return pl.DataFrame([{"id": name, **found.to_row()} for name, found in profiles.items()])


def _measurement(rounds: Sequence[_Round], batch_rows: int, size_bytes: int) -> Measurement:
    """Put the rounds behind a profile together."""
    small, large = [each.small.cpu_ms for each in rounds], [each.large.cpu_ms for each in rounds]
    batch_seconds = float(np.median([each.batch.cpu_ms.sum() for each in rounds])) / 1000
    profile = ScoringProfile(
        rows_per_second=batch_rows / max(batch_seconds, 1e-9),
        latency_p50_ms=_usual(small, 0.5),
        latency_p99_ms=_usual(small, 0.99),
        latency_p50_ms_100_rows=_usual(large, 0.5),
        latency_p99_ms_100_rows=_usual(large, 0.99),
        size_bytes=size_bytes,
        peak_rss_bytes=_peak_memory_bytes(),
        repeats=sum(each.size for each in small),
    )
    return Measurement(profile, max(each.wall_per_cpu for each in rounds), _spread(rounds))


def _usual(rounds: Sequence[Floats], share: float) -> float:
    """Give the quantile that a round usually has: the median over rounds."""
    return float(np.median([np.quantile(each, share) for each in rounds]))


def _enough(rounds: Sequence[_Round], spent: float, seconds: float) -> bool:
    """Tell whether three quiet rounds agree, or patience is at its end."""
    if len(rounds) < _ROUNDS:
        return False
    best = _quietest(rounds)
    agreed = _spread(best) <= QUIET and all(each.wall_per_cpu <= QUIET for each in best)
    return agreed or len(rounds) >= _MOST_ROUNDS or spent >= seconds * _PATIENCE


def _quietest(rounds: Sequence[_Round]) -> list[_Round]:
    """Take the rounds nobody disturbed, the fastest first; others only where those are too few."""
    return sorted(rounds, key=lambda each: (max(each.wall_per_cpu, QUIET), each.median_ms))[:_ROUNDS]


def _spread(rounds: Sequence[_Round]) -> float:
    medians = [each.median_ms for each in rounds]
    return max(medians) / max(min(medians), 1e-9)


def _at_least(rows: pl.DataFrame, height: int) -> pl.DataFrame:
    return pl.concat([rows] * -(-height // rows.height)) if rows.height < height else rows


def _requests(rows: pl.DataFrame, height: int) -> list[pl.DataFrame]:
    """Cut up to 64 requests from all over the table, so that their rows differ."""
    starts = np.unique(np.linspace(0, rows.height - height, 64).astype(np.int64))
    return [rows.slice(int(start), height) for start in starts]


def _timed(model: Model, requests: Sequence[pl.DataFrame]) -> _Timed:
    """Time each of these requests once."""
    taken, begun = [], time.perf_counter_ns()
    for request in requests:
        start = time.process_time_ns()
        model.predict(request, num_threads=SCORING_THREADS)
        taken.append((time.process_time_ns() - start) / 1e6)
    return _Timed(np.array(taken), (time.perf_counter_ns() - begun) / 1e6)


def _for_a_while(model: Model, requests: Sequence[pl.DataFrame], repeats: int, seconds: float) -> _Timed:
    """Time requests: at least `repeats` of them, for at least `seconds`, unless that takes three times as long."""
    begun, taken = time.perf_counter(), list[float]()
    while True:
        start = time.process_time_ns()
        model.predict(requests[len(taken) % len(requests)], num_threads=SCORING_THREADS)
        taken.append((time.process_time_ns() - start) / 1e6)
        spent = time.perf_counter() - begun
        if (len(taken) >= repeats and spent >= seconds) or spent >= seconds * _PATIENCE:
            return _Timed(np.array(taken), spent * 1000)


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
