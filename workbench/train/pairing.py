"""Ratios and products of the strongest numbers of a table, as further inputs for those trials that want them.

A tree splits one input at a time, so that it draws a ratio of two of them as a staircase; products and ratios are what
experts most often add by hand. What they are worth: `docs/search.md`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, combinations, islice
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from workbench.model import Pair, encode, widened
from workbench.model.boosters import load_booster
from workbench.train.fitting import bin_rows
from workbench.train.importance import spread_rows
from workbench.train.judging import jury_for
from workbench.train.running import CLEARLY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from workbench.model import Feature, Roles
    from workbench.params.train import TrainParams
    from workbench.train.fitting import Bins
    from workbench.train.folds import FoldScheme
    from workbench.train.goal import Goal
    from workbench.train.jury import Jury
    from workbench.train.material import Material

STRONGEST = 6
"""Numbers that are paired."""

FEW_VALUES = 10
"""A column with so few different values is a code or a step rather than a quantity."""

MOST_CELLS = 20_000_000
"""Numbers among the rows, pairs and all, beyond which the pairs would take more memory than they are worth."""

SAME_ORDER = 0.9
"""Rank correlation of a pair with one of its two inputs from which on it tells trees nothing that this does not."""

SAMPLE_ROWS = 5_000
"""Rows on which that is measured, spread evenly."""

SHARE = 0.05
"""Share of the budget that finding out whether pairs help may take."""


@dataclass
class Paired:
    """The rows of a search with pairs beside the columns, binned once somebody wants them.

    Attributes:
        plain: The rows without pairs; their values are not needed.
        goal: What is minimised.
        train: The training rows.
        validation: The validation rows.
        roles: What each column is for.
        params: The parameters of the search.
        scheme: How folds are dealt; None when the validation rows judge alone.
        pairs: What was chosen; nothing until then.
    """

    plain: Material
    goal: Goal
    train: pl.DataFrame
    validation: pl.DataFrame
    roles: Roles
    params: TrainParams
    scheme: FoldScheme | None
    pairs: tuple[Pair, ...] = ()

    def choose(self, text: str, dearer: float) -> int:
        """Choose by what the splits of a booster gained, and count the pairs.

        Args:
            text: The booster.
            dearer: How many times as many inputs are affordable; with more than these, or where memory would not hold
                them, nothing is chosen.
        """
        rows = self.plain.train_labels.size + self.plain.validation_labels.size
        most = min(dearer * self.plain.inputs, MOST_CELLS / rows)
        if self.plain.inputs < most:
            pairs = strongest_pairs(text, self.plain.features, self.train)
            self.pairs = pairs if self.plain.inputs + len(pairs) <= most else ()
        return len(self.pairs)

    def seat(self) -> None:
        """Bin the rows and seat those who judge, unless that is done."""
        _ = self.jury

    def let_go(self) -> None:
        """Forget the binned rows; they are the same when somebody asks again."""
        for made in ("bins", "jury"):
            self.__dict__.pop(made, None)

    @cached_property
    def bins(self) -> Bins:
        """The rows, binned."""
        return bin_rows(self.plain.with_pairs(self.pairs, self.train, self.validation), self.goal)

    @cached_property
    def jury(self) -> Jury:
        """Those who judge."""
        return jury_for(self.bins, self.train, self.roles, self.params, self.scheme)


def clearly_better(
    goal: Goal, labels: NDArray[np.float64], seeing: NDArray[np.float64], *, than: NDArray[np.float64]
) -> bool | None:
    """Say whether predictions have the smaller loss; None where that is within the standard error of the difference.

    Args:
        goal: What is minimised.
        labels: Labels of the judged rows.
        seeing: Predictions of them.
        than: Other predictions.
    """
    loss = goal.loss(labels, than)
    fall = loss - goal.loss(labels, seeing)
    if abs(fall) <= max(CLEARLY * loss, goal.doubt(labels, than, seeing)):
        return None
    return fall > 0


def strongest_pairs(text: str, features: Sequence[Feature], train: pl.DataFrame) -> tuple[Pair, ...]:
    """Pair the numbers that the splits of a booster gained most by, the strongest first.

    A pair that orders rows almost as one of its two inputs does is left out: splits depend on the order alone.

    Args:
        text: The booster.
        features: What it takes.
        train: The training rows.
    """
    gains = load_booster(text).feature_importance(importance_type="gain")
    starts = accumulate((feature.width for feature in features), initial=0)
    numbers = {start: one for start, one in zip(starts, features, strict=False) if one.kind == "numeric"}
    ranked = sorted((start for start in numbers if gains[start] > 0), key=lambda start: (-gains[start], start))
    quantities = (start for start in ranked if train[numbers[start].name].n_unique() > FEW_VALUES)
    best = tuple(islice(quantities, STRONGEST))
    sample = spread_rows(train, SAMPLE_ROWS)
    columns = {start: encode((numbers[start],), sample).values[:, 0] for start in best}
    pairs = (Pair(kind, *two) for two in combinations(best, 2) for kind in ("ratio", "product"))
    return tuple(pair for pair in pairs if _orders_anew(pair, columns))


def _orders_anew(pair: Pair, columns: Mapping[int, NDArray[np.float64]]) -> bool:
    two = columns[pair.left], columns[pair.right]
    made = widened(np.column_stack(two), [Pair(pair.kind, 0, 1)])[:, -1]
    return all(_rank_correlation(made, one) < SAME_ORDER for one in two)


def _rank_correlation(left: NDArray[np.float64], right: NDArray[np.float64]) -> float:
    """Give the size of Spearman's correlation over the rows where both are known; 1 where nothing varies."""
    known = ~(np.isnan(left) | np.isnan(right))
    ranks = np.array([pl.Series(one[known]).rank().to_numpy() for one in (left, right)])
    if not known.any() or np.any(np.ptp(ranks, axis=1) == 0):
        return 1.0
    return abs(float(np.corrcoef(ranks)[0, 1]))
