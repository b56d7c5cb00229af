"""Is one candidate better than another, or is the difference within the noise of the rows?"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, isfinite
from typing import TYPE_CHECKING, Literal

from workbench.errors import ParamsError, Place
from workbench.evaluate.bundles import Dependence
from workbench.evaluate.contributions import Contributions, contributions
from workbench.evaluate.coverage import COUNTED, FEW, Coverage
from workbench.evaluate.power import MOST_ROWS
from workbench.evaluate.scores import resolve_metric, sign, with_intervals
from workbench.evaluate.studentised import intervals

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from workbench.evaluate.bundles import Bundles, Kind
    from workbench.evaluate.studentised import Interval
    from workbench.model import Task
    from workbench.params.evaluate import EvaluateParams

    Floats = NDArray[np.float64]

Verdict = Literal["better", "worse", "undecided"]
InPractice = Literal["better", "worse", "equivalent", "undecided"]
USD_PER_MONTH = "usd_per_month"
FEWEST = 10
"""Rows of the rarer class, or groups or blocks, below which no interval can be trusted and none is given."""


@dataclass(frozen=True)
class Comparison:
    """The difference between two candidates on the same rows.

    Attributes:
        metric: The metric compared, or `usd_per_month`.
        difference: a's metric minus b's.
        low: Lower end of the interval of the difference; NaN where there are too few rows for one.
        high: Upper end.
        verdict: `better` when a is better and the interval excludes 0, `worse` when it is worse.
        rows_to_decide: Rows of the kind compared after which the interval would exclude this difference from 0, as it
            narrows with the square root of the rows; None when decided, or beyond `MOST_ROWS`.
        rows: Rows compared.
        standard_error: Standard error of the difference.
        critical: Standard errors that the interval reaches to either side.
        p_value: How likely chance alone parts equals so far; corrected when several were compared.
        worthwhile: The least difference that is worth acting on; 0 where none was stated.
        compared: How many comparisons the interval holds together with.
        units: Rows, groups or blocks that were drawn as independent of each other.
        kind: Which of them.
        by: The column that says which rows belong together; empty for rows.
        too_few: Why no interval and no verdict is given; empty where they are.
        rare: Rows of the rarer class; 0 where there are not two classes.
        coverage: What the ends of the interval claim; None where there is no interval or no row tells the two apart.
    """

    metric: str
    difference: float
    low: float
    high: float
    verdict: Verdict
    rows_to_decide: int | None
    rows: int = 0
    standard_error: float = float("nan")
    critical: float = float("nan")
    p_value: float = 1.0
    worthwhile: float = 0.0
    compared: int = 1
    units: int = 0
    kind: Kind = "rows"
    by: str = ""
    too_few: str = ""
    rare: int = 0
    coverage: Coverage | None = None

    @property
    def in_practice(self) -> InPractice:
        """Judge by the least worthwhile difference: beyond it, surely within it, or neither."""
        low, high = sorted((self.low * sign(self.metric), self.high * sign(self.metric)))
        if self.too_few or not isfinite(low + high):
            return "undecided"
        if low > self.worthwhile:
            return "better"
        if high < -self.worthwhile:
            return "worse"
        return "equivalent" if self.worthwhile and max(-low, high) <= self.worthwhile else "undecided"

    def to_json(self) -> dict[str, object]:
        """Give what `workbench compare --json` prints."""
        return {
            "metric": self.metric,
            "difference": self.difference,
            "interval": [self.low, self.high],
            "coverage": None if self.coverage is None else self.coverage.to_json(),
            "verdict": self.verdict,
            "rows_to_decide": self.rows_to_decide,
            "in_practice": self.in_practice,
            "worthwhile": self.worthwhile or None,
            "rows": self.rows,
            "standard_error": self.standard_error,
            "p_value": self.p_value,
            "compared": self.compared,
            "drawn": {"units": self.units, "kind": self.kind, "by": self.by or None},
            "too_few": self.too_few or None,
            "rarer_class_rows": self.rare or None,
        }


def compare(
    task: Task,
    labels: Floats,
    a: Floats,
    b: Floats,
    metric: str,
    params: EvaluateParams,
    dependence: Dependence | None = None,
) -> Comparison:
    """Compare two candidates' predictions for the same rows by paired bootstrap.

    Args:
        task: The task.
        labels: Label of each row.
        a: Predictions of one candidate.
        b: Predictions of the other.
        metric: A metric of the task, or `auto`.
        params: Number of resamples, coverage, seed, and what is worthwhile.
        dependence: Which rows depend on each other; None for none.

    Raises:
        ParamsError: The task has no such metric, or it has no interval.
    """
    return compare_many(task, labels, {"a": a, "b": b}, "a", metric, params, dependence)["b"]


def compare_many(
    task: Task,
    labels: Floats,
    predictions: Mapping[str, Floats],
    a: str,
    metric: str,
    params: EvaluateParams,
    dependence: Dependence | None = None,
) -> dict[str, Comparison]:
    """Compare one candidate with every other; the intervals hold together, so that searching for a verdict finds none.

    Args:
        task: The task.
        labels: Label of each row.
        predictions: Predictions of all for the same rows.
        a: The candidate whose differences are given.
        metric: A metric of the task, or `auto`.
        params: As in `compare`.
        dependence: As in `compare`.

    Returns:
        One comparison for each candidate other than `a`.

    Raises:
        ParamsError: The task has no such metric, or it has no interval.
    """
    name = resolve_metric(task, metric)
    if name not in with_intervals(task, "auto"):
        known = with_intervals(task, "auto")
        raise ParamsError(f"{name} has no interval", place=Place(key="metric"), expected=f"one of {', '.join(known)}")
    parts = {other: contributions(task, name, labels, scores) for other, scores in predictions.items()}
    differences = [parts[a].less(part) for other, part in parts.items() if other != a]
    positive = labels > 0 if task == "binary" else None
    judged = judge(name, differences, params, dependence or Dependence(), positive)
    return dict(zip((other for other in parts if other != a), judged, strict=True))


def judge(
    metric: str,
    differences: Sequence[Contributions],
    params: EvaluateParams,
    dependence: Dependence,
    positive: NDArray[np.bool_] | None,
) -> tuple[Comparison, ...]:
    """Give a verdict on differences whose contributions are at hand; their intervals hold together.

    Args:
        metric: The metric, or `usd_per_month`.
        differences: What each row contributes to each.
        params: As in `compare`.
        dependence: Which rows depend on each other.
        positive: Whether each row is positive, in a binary task; None otherwise.
    """
    bundles = dependence.bundles([difference.rows for difference in differences], params.seed, positive)
    rare = None if positive is None else int(min(positive.sum(), (~positive).sum()))
    alone = bundles.kind == "rows"
    coverage = Coverage.of(params.confidence, rare or 0, metric) if alone else Coverage(params.confidence)
    worthwhile = getattr(params.worthwhile, metric, None) or 0.0
    context = _Context(metric, worthwhile, len(differences), bundles, *_too_few(rare, bundles), rare or 0, coverage)
    careful = alone and rare is not None and rare < FEW
    found = intervals(differences, bundles, params, positive, careful=careful, counted=metric in COUNTED)
    return tuple(map(context.comparison, found))


@dataclass(frozen=True)
class _Context:
    """What the comparisons of one call have in common."""

    metric: str
    worthwhile: float
    compared: int
    bundles: Bundles
    too_few: str
    lacking: float
    rare: int
    coverage: Coverage

    def comparison(self, found: Interval) -> Comparison:
        rows, better = self.bundles.of_row.size, sign(self.metric)
        verdict = "undecided" if self.too_few else _verdict(found.low * better, found.high * better)
        needed = rows_to_decide(found.difference, found.low, found.high, rows) if verdict == "undecided" else None
        if self.too_few and found.difference:
            needed = max(ceil(rows * self.lacking), needed or 0)
        return Comparison(
            metric=self.metric,
            difference=found.difference,
            low=float("nan") if self.too_few else found.low,
            high=float("nan") if self.too_few else found.high,
            verdict=verdict,
            rows_to_decide=needed,
            rows=rows,
            standard_error=found.standard_error,
            critical=found.critical,
            p_value=found.p_value,
            worthwhile=self.worthwhile,
            compared=self.compared,
            units=self.bundles.units,
            kind=self.bundles.kind,
            by=self.bundles.by,
            too_few=self.too_few,
            rare=self.rare,
            coverage=self.coverage if not self.too_few and found.standard_error > 0 else None,
        )


def _too_few(rare: int | None, bundles: Bundles) -> tuple[str, float]:
    """Say what there is too little of, and how many times the rows would be enough."""
    if rare is not None and rare < FEWEST:
        return f"the rarer class has {rare} rows, and a verdict needs {FEWEST}", FEWEST / max(rare, 1)
    if bundles.kind != "rows" and bundles.units < FEWEST:
        return f"there are {bundles.units} {bundles.kind}, and a verdict needs {FEWEST}", FEWEST / max(bundles.units, 1)
    return "", 1.0


def _verdict(one_end: float, other_end: float) -> Verdict:
    if min(one_end, other_end) > 0:
        return "better"
    return "worse" if max(one_end, other_end) < 0 else "undecided"


def rows_to_decide(difference: float, low: float, high: float, rows: int) -> int | None:
    """Count the rows after which an interval that narrows with their square root would exclude 0.

    Example:
        >>> rows_to_decide(0.05, -0.05, 0.15, 132)
        528
    """
    reach = difference - low if difference > 0 else high - difference
    if difference == 0 or not isfinite(reach):
        return None
    needed = max(rows * (reach / abs(difference)) * (reach / abs(difference)), rows + 1)
    return ceil(needed) if needed <= MOST_ROWS else None
