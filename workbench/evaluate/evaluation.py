"""Every candidate on every split: metrics with intervals, comparisons, and rates of error."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from workbench.errors import ModelError, UsageError, nearest
from workbench.evaluate.bundles import Dependence
from workbench.evaluate.comparison import Comparison, judge
from workbench.evaluate.contributions import contributions
from workbench.evaluate.coverage import Coverage
from workbench.evaluate.resampling import replicate
from workbench.evaluate.scores import METRICS, resolve_metric, sign
from workbench.evaluate.thresholds import SCHEMA, error_rates, thresholds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    from workbench.evaluate.resampling import Replicates
    from workbench.model import Task
    from workbench.params.evaluate import EvaluateParams

    Floats = NDArray[np.float64]
    Predictions = Mapping[str, Floats]

_METRICS_SCHEMA = {
    "id": pl.String,
    "split": pl.String,
    "metric": pl.String,
    "value": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
}
_COMPARISONS_SCHEMA = {
    "id": pl.String,
    "split": pl.String,
    "metric": pl.String,
    "difference": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "verdict": pl.String,
    "rows_to_decide": pl.Int64,
    "level": pl.Float64,
    "why_careful": pl.String,
}


@dataclass(frozen=True)
class Evaluation:
    """What the candidates are worth, and how sure that is.

    Attributes:
        task: The task.
        metric: The metric that decides.
        best_id: The candidate best by that metric on validation.
        baseline_id: The candidate that the others are compared with.
        metrics: Columns `id`, `split`, `metric`, `value`, `low`, `high`; an undefined value is null.
        comparisons: Each candidate against the baseline: `id`, `split`, `metric`, `difference`, `low`, `high`,
            `verdict`, `rows_to_decide`; `level` and `why_careful` of the `Coverage` that its ends claim, null without.
        error_rates: `id`, `split` and the columns of `error_rates`; both splits at thresholds chosen on validation.
    """

    task: Task
    metric: str
    best_id: str
    baseline_id: str
    metrics: pl.DataFrame
    comparisons: pl.DataFrame
    error_rates: pl.DataFrame

    def against_baseline(
        self, metric: str | None = None, split: str = "test", candidate: str | None = None
    ) -> Comparison:
        """Compare a candidate, by default the best one, with the baseline.

        Raises:
            UsageError: There is no such comparison.
        """
        sought = {"id": candidate or self.best_id, "split": split, "metric": metric or self.metric}
        found = self.comparisons.filter(*(pl.col(name) == value for name, value in sought.items()))
        if not found.height:
            raise UsageError("there is no such comparison", found=", ".join(sought.values()))
        row = found.drop("id", "split").row(0, named=True)
        level, why_careful = row.pop("level"), row.pop("why_careful")
        return Comparison(**row, coverage=None if level is None else Coverage(level, why_careful))

    def summary(self) -> dict[str, object]:
        """Give the numbers of `metrics/evaluate.json`: the best candidate by split, and the baseline."""
        splits = self.metrics["split"].unique(maintain_order=True)
        best, baseline = ({split: self._values(name, split) for split in splits} for name in self._pair())
        return {**best, "baseline": baseline}

    def _pair(self) -> tuple[str, str]:
        return self.best_id, self.baseline_id

    def _values(self, candidate: str, split: str) -> dict[str, float]:
        rows = self.metrics.filter(id=candidate, split=split).drop_nulls("value")
        return dict(zip(rows["metric"], rows["value"], strict=True))


def evaluate(  # noqa: PLR0913, PLR0917 - each is given by name where it is not the usual
    task: Task,
    labels: Mapping[str, Floats],
    predictions: Mapping[str, Predictions],
    params: EvaluateParams,
    baseline_id: str,
    metric: str = "auto",
    best_id: str | None = None,
    dependence: Mapping[str, Dependence] | None = None,
) -> Evaluation:
    """Judge candidates on every split; the best is chosen on validation only.

    Args:
        task: The task.
        labels: Labels of each split; `validation` must be among them.
        predictions: For each split, each candidate's predictions.
        params: Number of resamples, coverage and seed.
        baseline_id: The candidate the others are compared with.
        metric: The metric that decides, or `auto`.
        best_id: The candidate that training ranked first, which where validation rows are few rests on folds of the
            training rows too; None takes the best by the metric on validation.
        dependence: For each split, which of its rows depend on each other when candidates are compared; None for none.

    Raises:
        ModelError: A prediction is missing or is not a number.
        ParamsError: The task has no such metric.
        UsageError: The baseline is not among the candidates.
    """
    name = resolve_metric(task, metric)
    _check(labels, predictions, baseline_id)
    replicates = {split: replicate(task, name, labels[split], scores, params) for split, scores in predictions.items()}
    baseline = _Baseline(task, baseline_id, params, dependence or {})
    judged = replicates["validation"]
    ranks = [_preference(values[name] * sign(name)) for values in judged.values]
    compared = [
        row
        for split, drawn in replicates.items()
        for row in baseline.comparisons(split, drawn.draws, labels[split], predictions[split])
    ]
    measured = [row for split, drawn in replicates.items() for row in _metrics(task, split, drawn)]
    return Evaluation(
        task=task,
        metric=name,
        best_id=best_id or judged.ids[int(np.argmax(ranks))],
        baseline_id=baseline_id,
        metrics=pl.DataFrame(measured, schema=_METRICS_SCHEMA, orient="row").with_columns(
            pl.col("value", "low", "high").fill_nan(None)
        ),
        comparisons=pl.DataFrame(compared, schema=_COMPARISONS_SCHEMA, orient="row").with_columns(
            pl.col("difference", "low", "high").fill_nan(None)
        ),
        error_rates=_error_rates(task, labels, predictions),
    )


def _preference(value: float) -> float:
    return value if isfinite(value) else -np.inf


def _metrics(task: Task, split: str, drawn: Replicates) -> Iterator[tuple[object, ...]]:
    for candidate, values in zip(drawn.ids, drawn.values, strict=True):
        for metric in METRICS[task]:
            yield (candidate, split, metric, values[metric], *drawn.interval(metric, candidate))


@dataclass(frozen=True)
class _Baseline:
    """What the comparisons with the baseline have in common."""

    task: Task
    id: str
    params: EvaluateParams
    dependence: Mapping[str, Dependence]

    def comparisons(
        self, split: str, metrics: Iterable[str], labels: Floats, scored: Predictions
    ) -> Iterator[tuple[object, ...]]:
        """Compare each candidate by each metric, each question by itself."""
        positive = labels > 0 if self.task == "binary" else None
        dependence = self.dependence.get(split, Dependence())
        for metric in metrics:
            parts = {name: contributions(self.task, metric, labels, scores) for name, scores in scored.items()}
            for candidate, part in parts.items():
                (found,) = judge(metric, [part.less(parts[self.id])], self.params, dependence, positive)
                claim = (None, None) if (its := found.coverage) is None else (its.level, its.why_careful)
                rest = (found.difference, found.low, found.high, found.verdict, found.rows_to_decide)
                yield (candidate, split, metric, *rest, *claim)


def _error_rates(task: Task, labels: Mapping[str, Floats], predictions: Mapping[str, Predictions]) -> pl.DataFrame:
    frames = []
    for split, scored in predictions.items():
        for candidate, scores in scored.items():
            chosen_on = predictions["validation"][candidate]
            at = thresholds(labels["validation"], chosen_on) if task == "binary" else None
            rates = error_rates(task, labels[split], scores, at)
            frames.append(rates.select(pl.lit(candidate).alias("id"), pl.lit(split).alias("split"), *SCHEMA))
    return pl.concat(frames)


def _check(labels: Mapping[str, Floats], predictions: Mapping[str, Predictions], baseline_id: str) -> None:
    ids = list(predictions["validation"])
    if baseline_id not in ids:
        raise UsageError(f"there is no candidate {baseline_id} to compare with", hint=nearest(baseline_id, ids))
    for split, scored in predictions.items():
        if not labels[split].size:
            raise ModelError(f"the {split} split has no rows to judge candidates on")
        if list(scored) != ids:
            raise ModelError(f"the candidates of {split} are not those of validation", found=list(scored), expected=ids)
        for candidate, scores in scored.items():
            _check_scores(f"candidate {candidate} on {split}", labels[split].size, scores)


def _check_scores(what: str, rows: int, scores: Floats) -> None:
    if len(scores) != rows:
        raise ModelError(f"{what}: one prediction for each row is needed", found=len(scores), expected=rows)
    if not np.isfinite(scores).all():
        row = int(np.argmin(np.isfinite(scores).reshape(rows, -1).all(axis=1))) + 1
        raise ModelError(f"{what}: the prediction of row {row:,} is not a number")
