"""What every peer does alike: read its job, get typed frames, keep time, write predictions.

It runs in the peer's own environment, which has pandas and pyarrow but not this project.
"""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


@dataclass(frozen=True)
class Job:
    """One run of one method.

    Attributes:
        tables: Parquet file of train, validation and test.
        target: Column to predict.
        task: binary, multiclass or regression.
        classes: Class labels as text, in the order of the columns of the predictions.
        features: Columns to learn from.
        time: Column that orders the rows, if one does.
        variant: Which of the peer's ways to run.
        budget: CPU-seconds.
        threads: Threads it may use.
        seed: Seed of the method.
        clock: `cpu` if its clock shall show CPU-seconds / threads, `wall` if it shall show the time.
        out: Where predictions (`.npy`) and figures (`.json`) go.
    """

    tables: dict[str, str]
    target: str
    task: str
    classes: list[str]
    features: list[str]
    time: str | None
    variant: str
    budget: float
    threads: int
    seed: int
    clock: str
    out: str

    @property
    def limit(self) -> float:
        """Seconds on the method's clock."""
        return self.budget / self.threads

    def frame(self, part: str) -> pd.DataFrame:
        """Read the features of a part as they are, but for times: their recurring parts."""
        return _with_time_parts(pd.read_parquet(self.tables[part], columns=self.features))

    def labels(self, part: str) -> NDArray[Any]:
        """Give the position of the class of each row, or its value."""
        series = pd.read_parquet(self.tables[part], columns=[self.target])[self.target]
        if self.task == "regression":
            return series.to_numpy(dtype=float)
        texts = series.map({True: "true", False: "false"}) if series.dtype == bool else series.astype(str)
        return pd.Categorical(texts, categories=self.classes).codes.astype(int)

    def typed(self) -> dict[str, pd.DataFrame]:
        """Give all three parts with words as categories of the training rows."""
        frames = {part: self.frame(part) for part in ("train", "validation", "test")}
        for name in frames["train"].columns:
            if not pd.api.types.is_numeric_dtype(frames["train"][name]):
                categories = pd.Index(sorted(frames["train"][name].dropna().astype(str).unique()))
                for frame in frames.values():
                    frame[name] = pd.Categorical(frame[name], categories=categories)
        return frames


def spent() -> float:
    """Give the CPU-seconds of this process and of its children that ended."""
    return sum(os.times()[:4])


@dataclass
class Meter:
    """CPU-seconds and seconds of the part that counts: the search, not reading or predicting."""

    started: float = field(default_factory=time.perf_counter)
    cpu_started: float = field(default_factory=spent)

    @property
    def cpu(self) -> float:
        """CPU-seconds since the start, children that ended included."""
        return spent() - self.cpu_started

    def figures(self) -> dict[str, float]:
        """Give what was used."""
        return {"fit_cpu_seconds": self.cpu, "fit_wall_seconds": REAL_CLOCK() - self.started}


REAL_CLOCK = time.perf_counter


def read_job() -> Job:
    """Read the job named on the command line."""
    return Job(**json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))


def start(job: Job) -> Meter:
    """Start the clock; from here on a tool that asks for the time gets CPU-seconds / threads, if the job says so.

    A tool that knows only seconds is thereby held to CPU-seconds, on a busy machine as on an idle one.
    """
    meter = Meter()
    if job.clock == "cpu":
        origin = time.time()
        time.time = lambda: origin + meter.cpu / job.threads
        time.perf_counter = lambda: meter.cpu / job.threads
    return meter


def save(
    job: Job, predictions: NDArray[np.float64], figures: Mapping[str, float], notes: str, packages: list[str]
) -> None:
    """Write predictions on test and what they took."""
    np.save(f"{job.out}.npy", np.asarray(predictions, dtype=np.float64))
    versions = {name: version(name) for name in packages}
    told = {**figures, "peak_rss_bytes": peak_rss_bytes(), "notes": notes, "versions": versions}
    Path(f"{job.out}.json").write_text(json.dumps(told), encoding="utf-8")


def peak_rss_bytes() -> int:
    """Give the exact peak memory of this process, 0 where the system does not tell.

    Not that of `getrusage`: it begins with the memory of the process that started this one.
    """
    status = Path("/proc/self/status")
    lines = status.read_text(encoding="utf-8").splitlines() if status.exists() else []
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")), 0)


def _with_time_parts(frame: pd.DataFrame) -> pd.DataFrame:
    """Replace each time by hour, weekday and day of the month: a clock itself never comes again."""
    for name in frame.select_dtypes(["datetime", "datetimetz"]).columns:
        clock = frame.pop(name).dt
        frame = frame.assign(**{f"{name}_hour": clock.hour, f"{name}_weekday": clock.weekday, f"{name}_day": clock.day})
    return frame
