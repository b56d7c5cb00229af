"""Reads two candidates' predictions and lets `evaluate` compare them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench import artifacts, evaluate
from workbench.errors import UsageError, nearest
from workbench.params import reading

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

PREDICTIONS = "data/evaluation/predictions.parquet"
NOT_CANDIDATES = ("split", "row", "label")


def compare_candidates(a: str, b: str, split: str = "test", metric: str = "auto") -> evaluate.Comparison:
    """Compare two candidates on the rows of one split.

    Args:
        a: Id of one candidate.
        b: Id of the other.
        split: `validation` or `test`.
        metric: A metric of the task; `auto` is the one `train.metric` names.

    Raises:
        UsageError: There is no such candidate or split.
        ArtifactError: Nothing was evaluated yet.
    """
    frame, params = artifacts.read_frame(PREDICTIONS), reading.read()
    ids = [name for name in frame.columns if name not in NOT_CANDIDATES]
    for name in (a, b):
        if name not in ids:
            raise UsageError(f"there is no candidate {name!r}", hint=nearest(name, ids) or "list: workbench candidates")
    rows = frame.filter(split=split)
    if not rows.height:
        known = ", ".join(frame["split"].unique(maintain_order=True))
        raise UsageError(f"there is no split {split!r}", expected=f"one of {known}")
    task = artifacts.read_roles().task
    chosen = params.train.metric if metric == "auto" else metric
    return evaluate.compare(task, rows["label"].to_numpy(), _scores(rows[a]), _scores(rows[b]), chosen, params.evaluate)


def _scores(column: pl.Series) -> NDArray[np.float64]:
    """Give predictions as an array; class probabilities in each row make it two-dimensional."""
    import polars as pl  # noqa: PLC0415 - `artifacts` loads it when it reads the table

    if isinstance(column.dtype, pl.List):
        column = column.list.to_array(len(column[0]))
    return column.to_numpy()
