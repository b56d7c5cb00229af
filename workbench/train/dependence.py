"""How predictions follow one input when it alone is changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from workbench.errors import UsageError, nearest
from workbench.model import encode
from workbench.model.boosters import linked
from workbench.model.encode import input_names
from workbench.train.importance import owner_of_inputs, spread_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from workbench.model import Feature, Model

GRID = 12
"""Values of a numeric input, and most categories shown."""

TREE_VISITS = 60_000_000
"""Rows times trees that all predictions may cost, a few CPU-seconds."""

FEWEST_ROWS, MOST_ROWS = 30, 400
SPREAD = (0.1, 0.9)
CLIP = 1e-9
MISSING = "(missing)"


@dataclass(frozen=True)
class Curve:
    """How predictions follow one input.

    Attributes:
        name: The input, such as `dep_time` or `time_hour.weekday`.
        categorical: Whether its values are words without an order.
        points: Its values as numbers; NaN for a word and for missing.
        words: Its values as text.
        shares: `(points,)` share of the rows that have about this value.
        mean: `(points, outputs)` mean prediction were all rows to have the value.
        low: `(points, outputs)` the mean, less how far the lowest tenth of single rows departs from it.
        high: `(points, outputs)` the same for the highest tenth.
    """

    name: str
    categorical: bool
    points: NDArray[np.float64]
    words: tuple[str, ...]
    shares: NDArray[np.float64]
    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


@dataclass(frozen=True)
class Dependence:
    """How a model's predictions follow some of its inputs.

    Attributes:
        curves: One for each input, in the order asked for.
        outputs: What is predicted: a class, or the target.
        rows: Rows whose predictions were taken.
    """

    curves: tuple[Curve, ...]
    outputs: tuple[str, ...]
    rows: int

    def table(self) -> pl.DataFrame:
        """Lay all points out: `input`, `categorical`, `output`, `value`, `word`, `share`, `mean`, `low`, `high`."""
        return pl.DataFrame([row for curve in self.curves for row in self._rows(curve)], schema=_SCHEMA, orient="row")

    def _rows(self, curve: Curve) -> Iterator[tuple[object, ...]]:
        for column, output in enumerate(self.outputs):
            for point, word in enumerate(curve.words):
                value = float(curve.points[point])
                yield (
                    curve.name,
                    curve.categorical,
                    output,
                    None if np.isnan(value) else value,
                    word,
                    float(curve.shares[point]),
                    *(float(part[point, column]) for part in (curve.mean, curve.low, curve.high)),
                )


_SCHEMA = {
    "input": pl.String,
    "categorical": pl.Boolean,
    "output": pl.String,
    "value": pl.Float64,
    "word": pl.String,
    "share": pl.Float64,
    "mean": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
}


def dependence(model: Model, frame: pl.DataFrame, inputs: Sequence[str], *, num_threads: int = 0) -> Dependence:
    """Follow predictions along inputs, one at a time, while the rest of each row stays as it is.

    The mean is the partial dependence (Friedman, "Greedy function approximation: a gradient boosting machine", 2001).
    The spread is that of the rows' own curves, each moved to the common level (Goldstein et al., "Peeking inside the
    black box", 2015): wide where an input means different things to different rows. Where inputs hang together, both
    ask the model about rows that do not occur. Without any row there is no curve.

    Args:
        model: The model.
        frame: Rows it was not trained on; some of them are taken, evenly from first to last.
        inputs: Which inputs, such as `Importance.strongest(6)` names.
        num_threads: Threads to use; 0 takes all cores for many rows.

    Raises:
        UsageError: The model has no such input.
        FeatureError: A column is missing or has another type than in training.
    """
    names = input_names(model.features)
    unknown = [name for name in inputs if name not in names]
    if unknown:
        raise UsageError("the model has no such input", found=unknown[0], hint=nearest(unknown[0], names))
    trees = sum(member.trees for member in model.members) * max(1, len(model.classes) - 1)
    most = int(np.clip(TREE_VISITS // max(1, trees * GRID * max(1, len(inputs))), FEWEST_ROWS, MOST_ROWS))
    values = encode(model.features, frame).values
    taken = encode(model.features, spread_rows(frame, most)).values
    owners = owner_of_inputs(model.features)
    curves = tuple(
        _curve(model, (values[:, position], taken), position, (name, model.features[owners[position]]), num_threads)
        for name, position in ((name, names.index(name)) for name in inputs if len(taken))
    )
    return Dependence(curves, _outputs(model), len(taken))


def _outputs(model: Model) -> tuple[str, ...]:
    if model.task == "multiclass":
        return model.classes
    return (model.classes[1],) if model.task == "binary" else (model.target,)


def _curve(
    model: Model,
    rows: tuple[NDArray[np.float64], NDArray[np.float64]],
    position: int,
    named: tuple[str, Feature],
    num_threads: int,
) -> Curve:
    column, taken = rows
    name, feature = named
    points, shares = _grid(column, words=feature.kind in {"categorical", "boolean"})
    single = np.stack([_scored(model, taken, position, point, num_threads) for point in points])
    mean = single.mean(axis=1)
    low, high = _spread(single, mean, classes=model.task != "regression")
    words = tuple(_word(feature, point) for point in points)
    categorical = feature.kind in {"categorical", "boolean"}
    shown = np.full(points.size, np.nan) if categorical else points
    return Curve(name, categorical, shown, words, shares, mean, low, high)


def _spread(
    single: NDArray[np.float64], mean: NDArray[np.float64], *, classes: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give quantiles of how single rows depart from the mean curve, `(points, outputs)` each.

    Departures are taken where trees add up, in log-odds for classes, and what a row is above the others at every point
    is taken off: a model without interactions has no spread.
    """
    scores, centre = (_log_odds(single), _log_odds(mean)) if classes else (single, mean)
    departure = scores - scores.mean(axis=0, keepdims=True)
    departure -= departure.mean(axis=1, keepdims=True)
    low, high = centre + np.quantile(departure, SPREAD, axis=1)
    return (linked("binary", low), linked("binary", high)) if classes else (low, high)


def _log_odds(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    inside = np.clip(probabilities, CLIP, 1 - CLIP)
    return np.asarray(np.log(inside / (1 - inside)))


def _scored(
    model: Model, taken: NDArray[np.float64], position: int, point: float, num_threads: int
) -> NDArray[np.float64]:
    """Predict all rows as if the input had one value; `(rows, outputs)`."""
    changed = taken.copy()
    changed[:, position] = point
    predictions = model.score(changed, num_threads=num_threads)
    return predictions.reshape(len(taken), -1)


def _grid(column: NDArray[np.float64], *, words: bool) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the values to ask about, missing last where it occurs, and the share of the rows near each."""
    known = column[~np.isnan(column)]
    points = _frequent(known) if words else _quantiles(known)
    if words:
        shares = np.array([np.count_nonzero(column == point) for point in points], dtype=np.float64)
    else:
        edges = np.concatenate([[-np.inf], (points[1:] + points[:-1]) / 2, [np.inf]]) if points.size else np.zeros(1)
        shares = np.histogram(known, edges)[0].astype(np.float64) if points.size else np.zeros(0)
    if known.size < column.size:
        points, shares = np.append(points, np.nan), np.append(shares, column.size - known.size)
    return points, shares / max(1, column.size)


def _frequent(known: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the most frequent codes, the most frequent first."""
    codes, counts = np.unique(known, return_counts=True)
    return np.asarray(codes[np.argsort(-counts, kind="stable")][:GRID])


def _quantiles(known: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give values that occur, evenly by rank from the 1st to the 99th percentile; all of them where they are few."""
    distinct = np.unique(known)
    if distinct.size <= GRID:
        return distinct
    return np.unique(np.quantile(known, np.linspace(0.01, 0.99, GRID), method="nearest"))


def _word(feature: Feature, point: float) -> str:
    if np.isnan(point):
        return MISSING
    if feature.kind == "categorical":
        return feature.categories[int(point)]
    if feature.kind == "boolean":
        return "true" if point else "false"
    return f"{point:.6g}"
