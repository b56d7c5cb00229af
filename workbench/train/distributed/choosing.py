"""Decides whether a training needs a cluster."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import polars as pl
import psutil

from workbench.errors import Place as Where
from workbench.errors import SourceError

if TYPE_CHECKING:
    from workbench.model import Roles
    from workbench.params.train import Spread, TrainParams

BYTES_PER_CELL = 9
"""A number as float64 while it is read, and its bin."""

SHARE = 0.5
"""Share of the memory that the rows may take; the rest is for histograms, scores and the other processes."""

CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")


@dataclass(frozen=True)
class Engine:
    """Where a model is trained.

    Attributes:
        name: `local` or `ray`.
        reason: Why, in one sentence.
        workers: Processes that train.
        spread: Whether they share the rows of each booster, or each of them grows whole trials.
    """

    name: Literal["local", "ray"]
    reason: str
    workers: int = 1
    spread: Spread = "rows"

    @property
    def reads_files(self) -> bool:
        """Whether the workers read the rows themselves, so that the search is given paths in place of frames."""
        return self.name == "ray" and self.spread == "rows"

    @property
    def abreast(self) -> bool:
        """Whether trials grow side by side."""
        return self.name == "ray" and self.spread == "trials"


ONE_PROCESS = Engine("local", "one process was asked for")


def engine_for(params: TrainParams, roles: Roles, rows: Path) -> Engine:
    """Choose where to train, from the parameters and the footer of the file of training rows.

    Args:
        params: The parameters of the search.
        roles: What each column is for.
        rows: The Parquet file.

    Raises:
        SourceError: The file cannot be read.
    """
    if params.engine == "auto" and params.workers > 1 and params.needs_one_process:
        return Engine("local", f"{params.needs_one_process} needs all rows in one process")
    if params.spread == "trials" and params.workers > 1:
        return Engine(
            "ray", f"{params.workers} workers were asked for, each for whole trials", params.workers, "trials"
        )
    try:
        count = int(pl.scan_parquet(rows, glob=False).select(pl.len()).collect().item())
    except (OSError, pl.exceptions.PolarsError) as error:
        raise SourceError("the Parquet file cannot be read", place=Where(file=str(rows)), found=str(error)) from error
    return choose_engine(params.engine, params.workers, count * len(roles.features), memory_bytes())


def choose_engine(asked: Literal["auto", "local", "ray"], workers: int, cells: int, memory_bytes: int) -> Engine:
    """Choose; Ray costs seconds to start and moves histograms between processes, so that it must be needed.

    Args:
        asked: What the parameters say.
        workers: Processes asked for.
        cells: Rows times inputs of the training table.
        memory_bytes: Memory that this process may use.

    Example:
        >>> choose_engine("auto", 4, 10_000_000, 8 * 2**30).name
        'local'
    """
    if asked == "local" or workers == 1:
        return ONE_PROCESS
    if asked == "ray":
        return Engine("ray", f"{workers} workers were asked for", workers)
    needed = cells * BYTES_PER_CELL
    if needed <= SHARE * memory_bytes:
        return Engine("local", f"the rows take {needed / 2**30:.1f} GiB, and one process has room for them")
    if find_spec("ray") is None:
        return Engine("local", f"the rows take {needed / 2**30:.1f} GiB, but Ray is not installed")
    return Engine("ray", f"the rows take {needed / 2**30:.1f} GiB, more than one process should hold", workers)


def memory_bytes() -> int:
    """Give the memory of this machine, or of its container where that is less."""
    total: int = psutil.virtual_memory().total
    try:
        limit = CGROUP_LIMIT.read_text(encoding="ascii").strip()
    except OSError:
        return total
    return min(total, int(limit)) if limit.isdigit() else total
