"""What can be put before two people who disagree: quality, rows called rightly, dollars, and how sure each is."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from workbench.evaluate.bundles import Dependence
from workbench.evaluate.comparison import USD_PER_MONTH, compare_many, judge
from workbench.evaluate.contributions import of_mean
from workbench.evaluate.mcnemar import mcnemar
from workbench.evaluate.operating import costliest_error_usd, error_usd_of_rows, right

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from workbench.evaluate.comparison import Comparison
    from workbench.evaluate.contributions import Contributions
    from workbench.evaluate.mcnemar import McNemar
    from workbench.model import Task
    from workbench.params.cost import ErrorCost
    from workbench.params.evaluate import EvaluateParams

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Point:
    """Where a candidate is operated, and what it costs there beside its errors.

    Attributes:
        threshold: Rows at or above it are called positive; None where the task has none.
        usd_without_errors_per_month: Serving, training, storage and egress; None where unknown.
    """

    threshold: float | None = None
    usd_without_errors_per_month: float | None = None


@dataclass(frozen=True)
class Prices:
    """What errors cost.

    Attributes:
        error_usd: One error of each kind.
        rows_per_month: Rows scored in a month.
    """

    error_usd: ErrorCost
    rows_per_month: float


@dataclass(frozen=True)
class Evidence:
    """What is known of one candidate beside another.

    Attributes:
        a: The one whose differences are given.
        b: The other.
        quality: By the metric.
        usd: By dollars a month, each at its own operating point; None where no error has a price.
        usd_is_whole: Whether serving, training, storage and egress are in the dollars, taken as known exactly.
        right: By the share of rows called rightly at the operating points; None for a task of values.
        mcnemar: The rows that only one of the two calls rightly; None for a task of values.
        threshold_a: Operating point of a; None where the task has none.
        threshold_b: Operating point of b.
    """

    a: str
    b: str
    quality: Comparison
    usd: Comparison | None
    usd_is_whole: bool
    right: Comparison | None
    mcnemar: McNemar | None
    threshold_a: float | None
    threshold_b: float | None

    def to_json(self) -> dict[str, object]:
        """Give what `workbench compare --json` prints of one pair."""
        usd = None if self.usd is None else {**self.usd.to_json(), "is_whole": self.usd_is_whole}
        return {
            "a": self.a,
            "b": self.b,
            **self.quality.to_json(),
            "usd_per_month": usd,
            "mcnemar": None if self.mcnemar is None else self.mcnemar.to_json(),
            "right": None if self.right is None else self.right.to_json(),
            "thresholds": [self.threshold_a, self.threshold_b],
        }


@dataclass(frozen=True)
class Question:
    """What is compared, and by which rules.

    Attributes:
        task: The task.
        metric: A metric of the task, or `auto`.
        params: Number of resamples, coverage, seed, and what is worthwhile.
        prices: What errors cost; None where none has a price.
        dependence: Which rows depend on each other.
    """

    task: Task
    metric: str
    params: EvaluateParams
    prices: Prices | None = None
    dependence: Dependence = field(default_factory=Dependence)

    def answer(
        self, labels: Floats, predictions: Mapping[str, Floats], a: str, points: Mapping[str, Point]
    ) -> tuple[Evidence, ...]:
        """Compare one candidate with every other; the intervals of each quantity hold together.

        Args:
            labels: Label of each row.
            predictions: Predictions of all for the same rows.
            a: The candidate whose differences are given.
            points: Where each is operated.

        Raises:
            ParamsError: The task has no such metric, or it has no interval.
        """
        quality = compare_many(self.task, labels, predictions, a, self.metric, self.params, self.dependence)
        others = list(quality)
        usd, is_whole = self._usd(labels, predictions, a, points)
        calls = {i: right(self.task, labels, predictions[i], points[i].threshold) for i in predictions}
        correct = self._right(labels, calls, a)
        first = calls[a]
        return tuple(
            Evidence(
                a=a,
                b=other,
                quality=quality[other],
                usd=usd[place] if usd else None,
                usd_is_whole=is_whole,
                right=correct[place] if correct else None,
                mcnemar=None if first is None or (second := calls[other]) is None else mcnemar(first, second),
                threshold_a=points[a].threshold,
                threshold_b=points[other].threshold,
            )
            for place, other in enumerate(others)
        )

    def _usd(
        self, labels: Floats, predictions: Mapping[str, Floats], a: str, points: Mapping[str, Point]
    ) -> tuple[tuple[Comparison, ...], bool]:
        if self.prices is None:
            return (), False
        fixed = {i: points[i].usd_without_errors_per_month for i in predictions}
        is_whole = all(usd is not None for usd in fixed.values())
        costliest = costliest_error_usd(self.task, self.prices.error_usd)
        costs = {}
        for i, scores in predictions.items():
            each = error_usd_of_rows(self.task, labels, scores, self.prices.error_usd, points[i].threshold)
            of_errors = of_mean(each * self.prices.rows_per_month, costliest * self.prices.rows_per_month)
            costs[i] = replace(of_errors, value=of_errors.value + ((fixed[i] or 0.0) if is_whole else 0.0))
        differences = [costs[a].less(cost) for i, cost in costs.items() if i != a]
        return self._judged(USD_PER_MONTH, differences, labels), is_whole

    def _right(self, labels: Floats, calls: Mapping[str, NDArray[np.bool_] | None], a: str) -> tuple[Comparison, ...]:
        shares = {i: of_mean(call.astype(float), most=1.0) for i, call in calls.items() if call is not None}
        if a not in shares:
            return ()
        return self._judged("accuracy", [shares[a].less(share) for i, share in shares.items() if i != a], labels)

    def _judged(self, metric: str, differences: list[Contributions], labels: Floats) -> tuple[Comparison, ...]:
        positive = labels > 0 if self.task == "binary" else None
        return judge(metric, differences, self.params, self.dependence, positive)
