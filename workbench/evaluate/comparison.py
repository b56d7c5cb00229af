"""Is one candidate better than another, or is the difference within the noise of the rows?"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, isfinite
from typing import TYPE_CHECKING, Literal

from workbench.errors import ParamsError, Place
from workbench.evaluate.resampling import replicate
from workbench.evaluate.scores import resolve_metric, sign, with_intervals

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from workbench.evaluate.resampling import Replicates
    from workbench.model import Task
    from workbench.params.evaluate import EvaluateParams

Verdict = Literal["better", "worse", "undecided"]
MOST_ROWS_TO_DECIDE = 10**12
"""Beyond so many rows, a difference is none: rounding errors of a sum look like this."""


@dataclass(frozen=True)
class Comparison:
    """The difference between two candidates on the same rows.

    Attributes:
        metric: The metric compared.
        difference: a's metric minus b's.
        low: Lower end of the paired bootstrap interval of the difference.
        high: Upper end.
        verdict: `better` when a is better and the interval excludes 0, `worse` when it is worse.
        rows_to_decide: Rows of the kind compared after which the interval would exclude this difference from 0, as it
            narrows with the square root of the rows; None when decided, or beyond `MOST_ROWS_TO_DECIDE`.
    """

    metric: str
    difference: float
    low: float
    high: float
    verdict: Verdict
    rows_to_decide: int | None

    def to_json(self) -> dict[str, object]:
        """Give what `workbench compare --json` prints."""
        return {
            "metric": self.metric,
            "difference": self.difference,
            "interval": [self.low, self.high],
            "verdict": self.verdict,
            "rows_to_decide": self.rows_to_decide,
        }


def compare(
    task: Task,
    labels: NDArray[np.float64],
    a: NDArray[np.float64],
    b: NDArray[np.float64],
    metric: str,
    params: EvaluateParams,
) -> Comparison:
    """Compare two candidates' predictions for the same rows by paired bootstrap.

    Args:
        task: The task.
        labels: Label of each row.
        a: Predictions of one candidate.
        b: Predictions of the other.
        metric: A metric of the task, or `auto`.
        params: Number of resamples, coverage and seed.

    Raises:
        ParamsError: The task has no such metric, or it has no interval.
    """
    name = resolve_metric(task, metric)
    if name not in with_intervals(task, "auto"):
        known = with_intervals(task, "auto")
        raise ParamsError(f"{name} has no interval", place=Place(key="metric"), expected=f"one of {', '.join(known)}")
    return paired(replicate(task, name, labels, {"a": a, "b": b}, params), name, "a", "b", labels.size)


def paired(replicates: Replicates, metric: str, a: str, b: str, rows: int) -> Comparison:
    """Compare two candidates whose replicates are at hand.

    Args:
        replicates: Both candidates' metrics on the same resamples.
        metric: The metric compared.
        a: One candidate.
        b: The other.
        rows: Number of rows behind the interval.
    """
    difference, low, high = replicates.difference(metric, a, b)
    verdict = _verdict(low * sign(metric), high * sign(metric))
    needed = _rows_to_decide(difference, low, high, rows) if verdict == "undecided" else None
    return Comparison(metric, difference, low, high, verdict, needed)


def _verdict(one_end: float, other_end: float) -> Verdict:
    if min(one_end, other_end) > 0:
        return "better"
    return "worse" if max(one_end, other_end) < 0 else "undecided"


def _rows_to_decide(difference: float, low: float, high: float, rows: int) -> int | None:
    reach = difference - low if difference > 0 else high - difference
    if difference == 0 or not isfinite(reach):
        return None
    needed = max(rows * (reach / abs(difference)) * (reach / abs(difference)), rows + 1)
    return ceil(needed) if needed <= MOST_ROWS_TO_DECIDE else None
