"""Says when a result is too good to be true: most often a column knows what is to be predicted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import polars as pl

from workbench.model.boosters import load_booster
from workbench.train.goal import roc_auc

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from workbench.model import Feature, Pair
    from workbench.train.copies import Copies
    from workbench.train.fitting import Fitted
    from workbench.train.goal import Goal
    from workbench.train.material import Material
    from workbench.train.stability import Overfit

AlarmKind = Literal["perfect", "one_column", "better_than_training", "copies"]

PERFECT_AUC = 0.995
PERFECT_SHARE = 0.01
"""Share of the loss of knowing no feature below which a model is nearly perfect."""

SURE_SHARE = 0.1
"""The same for a model that ranks nearly perfectly; a larger share is left by honest ones on small, easy data."""

ALONE_GAIN: Mapping[str, float] = {"binary": 0.8, "multiclass": 0.8, "regression": 0.9}
"""Share of the gain with which one column does nearly all."""

ALONE_SHARE: Mapping[str, float] = {"binary": 0.4, "multiclass": 0.4, "regression": 0.1}
"""Where more than this share of the loss of knowing nothing is left, such a column is no alarm: it is merely the only
good one. Numbers are often explained well by one other, such as a price by a size, so that less is believed of them."""

ALONE_COLUMNS = 3
"""Columns below which one of them is bound to do nearly all."""

NOISE = 4.0
"""Standard errors that chance does not explain."""

BETTER = 0.1
"""Share by which the loss on validation rows must be smaller than on rows learned from: easier times move it less."""

COPIED_SHARE = 0.01
COPIED_ROWS = 10
"""Validation rows that must be copies before they matter, as a share of all and as a number."""


@dataclass(frozen=True)
class Alarm:
    """A reason to doubt a result.

    Attributes:
        kind: What is odd.
        column: Column to look at first; None where none stands out.
        figure: What was measured.
        limit: What would still have been believed.
        sentence: The reason, with the figures.
    """

    kind: AlarmKind
    column: str | None
    figure: float
    limit: float
    sentence: str


def alarms(
    goal: Goal, fitted: Fitted, material: Material, overfit: Overfit, copies: Copies | None = None
) -> tuple[Alarm, ...]:
    """Look for what is too good to be true.

    Args:
        goal: What is minimised.
        fitted: A booster judged by the validation rows.
        material: What it takes.
        overfit: Its losses on rows learned from, unweighted, and on validation rows.
        copies: Validation rows that have a twin among the training rows; None where nobody looked.
    """
    gains = gain_shares(fitted.text, material.features, material.pairs)
    found = (
        _perfect(goal, fitted, overfit, gains),
        _one_column(goal, overfit, gains),
        _better_than_training(overfit),
        None if copies is None else _copied(copies),
    )
    return tuple(alarm for alarm in found if alarm is not None)


def alarm_table(found: Iterable[Alarm]) -> pl.DataFrame:
    """Give a row per alarm."""
    schema = {
        "kind": pl.String,
        "column": pl.String,
        "figure": pl.Float64,
        "limit": pl.Float64,
        "sentence": pl.String,
    }
    rows = [(alarm.kind, alarm.column, alarm.figure, alarm.limit, alarm.sentence) for alarm in found]
    return pl.DataFrame(rows, orient="row", schema=schema)


def gain_shares(text: str, features: Sequence[Feature], pairs: Sequence[Pair] = ()) -> dict[str, float]:
    """Give the share of the gain that the splits of a model owe to each column, the largest first.

    What a ratio or product gained counts for the stronger of its two columns.
    """
    gains = np.asarray(load_booster(text).feature_importance(importance_type="gain"))
    own = gains[: gains.size - len(pairs)]
    for pair, gain in zip(pairs, gains[own.size :].tolist(), strict=True):
        gains[max((pair.left, pair.right), key=lambda side: own[side])] += gain  # a leak must not hide in its pairs
    gains = gains[: own.size]
    columns = [feature.name for feature in features for _ in range(feature.width)]
    total = float(gains.sum()) or 1.0
    shares = dict.fromkeys(columns, 0.0)
    for column, gain in zip(columns, gains.tolist(), strict=True):
        shares[column] += gain / total
    return dict(sorted(shares.items(), key=lambda item: -item[1]))


def _perfect(goal: Goal, fitted: Fitted, overfit: Overfit, gains: Mapping[str, float]) -> Alarm | None:
    column = next(iter(gains))
    look = (
        f"Is column {column!r}, which has {gains[column]:.0%} of the gain, known before the prediction is made? If "
        "not, list it under ingest.exclude."
    )
    area = roc_auc(fitted.labels, fitted.predictions) if goal.task == "binary" else float("nan")
    if area > PERFECT_AUC and overfit.validation_share < SURE_SHARE:
        sentence = f"The area under the ROC curve on validation rows is {area:.4f}, which is hardly ever earned. {look}"
        return Alarm("perfect", column, area, PERFECT_AUC, sentence)
    if overfit.validation_share < PERFECT_SHARE:
        sentence = (
            f"On validation rows {overfit.validation_share:.2%} of the uncertainty about {_TARGET[goal.task]} is left, "
            f"which is hardly ever earned. {look}"
        )
        return Alarm("perfect", column, overfit.validation_share, PERFECT_SHARE, sentence)
    return None


_TARGET = {"binary": "the class", "multiclass": "the class", "regression": "the value"}


def _one_column(goal: Goal, overfit: Overfit, gains: Mapping[str, float]) -> Alarm | None:
    column, share = next(iter(gains.items()))
    strong = overfit.validation_share < ALONE_SHARE[goal.task]
    if share <= ALONE_GAIN[goal.task] or not strong or len(gains) < ALONE_COLUMNS:
        return None
    sentence = (
        f"Column {column!r} alone has {share:.0%} of the gain of a model that leaves only "
        f"{overfit.validation_share:.1%} of the uncertainty about {_TARGET[goal.task]}: it may have been written down "
        "after the fact. If so, list it under ingest.exclude."
    )
    return Alarm("one_column", column, share, ALONE_GAIN[goal.task], sentence)


def _better_than_training(overfit: Overfit) -> Alarm | None:
    limit = -max(BETTER * overfit.train_share, NOISE * overfit.excess_error)
    if overfit.excess >= limit:
        return None
    sentence = (
        f"The model leaves {overfit.validation_share:.1%} of the uncertainty on validation rows, less than the "
        f"{overfit.train_share:.1%} on rows it learned from, and chance explains "
        f"{NOISE * overfit.excess_error:.1%} at most: validation rows may be easier by construction, or partly known."
    )
    return Alarm("better_than_training", None, overfit.excess, limit, sentence)


def _copied(copies: Copies) -> Alarm | None:
    limit = max(COPIED_SHARE * copies.rows, COPIED_ROWS, NOISE * copies.deviation)
    if copies.excess <= limit:
        return None
    sentence = (
        f"About {copies.excess:,.0f} of {copies.rows:,} validation rows are copies of training rows: {copies.twins:,} "
        f"have all features of one, and {copies.agreeing:,.0f} of these its label, where chance explains "
        f"{copies.expected:,.0f}. Keep copies on one side: ingest.split by: group, or name the ingest.key."
    )
    return Alarm("copies", None, copies.excess, limit, sentence)
