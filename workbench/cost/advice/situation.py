"""Everything that advice rests on, as one value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from workbench.params.advise import AdviseParams

if TYPE_CHECKING:
    import datetime as dt

    from workbench.artifacts import StoredFile
    from workbench.cost.pricing.prices import PriceBook
    from workbench.params.cost import CostParams

RUNS: dict[str, pl.DataType] = {
    "run": pl.String(),
    "stage": pl.String(),
    "status": pl.String(),
    "started": pl.Datetime("us", "UTC"),
    "wall_seconds": pl.Float64(),
    "cpu_seconds": pl.Float64(),
    "peak_rss_bytes": pl.Float64(),
    "gpu_seconds": pl.Float64(),
    "workers": pl.Int64(),
    "digest": pl.String(),
    "digest_but_workers": pl.String(),
}
"""Columns of the runs: `digest` is equal for two runs of a stage with equal dependencies and parameters,
`digest_but_workers` leaves `train.workers` out; both are null where the dependencies are not on record."""
QUALITY: dict[str, pl.DataType] = {
    "id": pl.String(),
    "split": pl.String(),
    "metric": pl.String(),
    "value": pl.Float64(),
    "low": pl.Float64(),
    "high": pl.Float64(),
}
"""Columns of the metrics with their intervals, as the stage evaluate leaves them."""
AGED: dict[str, pl.DataType] = {
    "period": pl.String(),
    "age_days": pl.Float64(),
    "loss": pl.Float64(),
    "loss_blind": pl.Float64(),
    "usd": pl.Float64(),
    "usd_blind": pl.Float64(),
}
"""Rows judged by the chosen candidate: the split, days since its first row, what being wrong costs in the model's own
loss, and in dollars (null while no error has a price), both also for a prediction that looks at nothing."""


@dataclass(frozen=True)
class Rewrite:
    """A sample of a table written in another way.

    Attributes:
        way: Compression and level, in words.
        bytes: Size of the sample written so.
        write_cpu_seconds: Processor time of writing it.
        read_cpu_seconds: Processor time of reading it back.
    """

    way: str
    bytes: int
    write_cpu_seconds: float
    read_cpu_seconds: float


@dataclass(frozen=True)
class Rewrites:
    """A table's own file beside other ways to write a sample of it.

    Attributes:
        now: The sample as it is written now.
        others: Other ways.
        table_bytes: Size of all files written as it is now.
    """

    now: Rewrite
    others: tuple[Rewrite, ...]
    table_bytes: int

    @property
    def all(self) -> tuple[Rewrite, ...]:
        """Every way, the present one first."""
        return (self.now, *self.others)


@dataclass(frozen=True)
class Unused:
    """Features that the chosen model never looks at.

    Attributes:
        names: They.
        features: Features there are in all.
        bytes: What their columns take in the processed tables.
    """

    names: tuple[str, ...]
    features: int
    bytes: int


@dataclass(frozen=True)
class Situation:
    """What is known when advice is asked for.

    Attributes:
        now: The moment of asking.
        book: The price book.
        cost: Machine, purchase, traffic and what errors cost.
        runs: The ledger, columns `RUNS`.
        candidates: One row per candidate with its profile and dollars; empty before the stage cost ran.
        chosen: Id of the candidate in service.
        metric: The metric that decides between candidates.
        lower_is_better: Whether less of it is better.
        quality: Metrics with intervals, columns `QUALITY`.
        aged: Rows judged at growing age, columns `AGED`.
        files: Files that are kept.
        rewrites: What compression does to the processed tables; None when it was not measured.
        unused: Features the model never looks at; None when it was not looked up.
        latency_p99_limit_ms: Longest time of a request; None without a limit.
        advise: What advice may suppose.
    """

    now: dt.datetime
    book: PriceBook
    cost: CostParams
    runs: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=RUNS))
    candidates: pl.DataFrame = field(default_factory=pl.DataFrame)
    chosen: str | None = None
    metric: str | None = None
    lower_is_better: bool = False
    quality: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=QUALITY))
    aged: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=AGED))
    files: tuple[StoredFile, ...] = ()
    rewrites: Rewrites | None = None
    unused: Unused | None = None
    latency_p99_limit_ms: float | None = None
    advise: AdviseParams = field(default_factory=AdviseParams)
