"""Makes up a table of any size from a sample of one, alike in what a fit to it costs.

Its rows are drawn from the sample with replacement. Their labels are not: a booster would find copies of a row and its
label together, and grow trees that fit them ever better, where those of the real table are left with noise. So a small
model, judged out of sample, says what is known of a label; the label itself is drawn: a class by its probability, a
number from a row whose prediction is about the same. This is the parametric bootstrap (Efron and Tibshirani 1993, "An
Introduction to the Bootstrap", chapter 6), with a booster in the place of the distribution.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from workbench.model import dtypes, encode, encode_labels
from workbench.train.fitting import bin_rows, fit
from workbench.train.goal import goal_of
from workbench.train.material import Material

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from workbench.model import Feature, Roles

FOLDS = 5
MOST_ROUNDS, PATIENCE = 200, 20
SMALL: dict[str, float | int | bool | str] = {"learning_rate": 0.1, "num_leaves": 15, "min_data_in_leaf": 5}
"""What the small model is like."""

ALIKE_SHARE, FEWEST_ALIKE = 0.01, 3
"""Rows to each side, in the order of their predictions, that a number may be drawn from: share of the sample, and at
least so many."""


@dataclass(frozen=True)
class Sample:
    """Some rows of a table, and what is known of all of them.

    Attributes:
        frame: The rows.
        features: Features of the whole table.
        roles: What each column is for.
        guesses: What a small model that did not learn from a row predicts for it: probabilities or a number.
    """

    frame: pl.DataFrame
    features: tuple[Feature, ...]
    roles: Roles
    guesses: NDArray[np.float64]

    def stand_in(self, rows: int, seed: int) -> pl.DataFrame:
        """Make up so many rows."""
        rng = np.random.default_rng(seed)
        drawn = rng.integers(0, self.frame.height, rows)
        labels = self.frame[self.roles.target][self._donors(drawn, rng)]
        return self.frame[drawn].with_columns(labels, *self._words(drawn, rng))

    def _donors(self, drawn: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
        """Choose the row of the sample that each made-up row has its label from."""
        if self.roles.task == "regression":
            order = np.argsort(self.guesses, kind="stable")
            places = np.empty_like(order)
            places[order] = np.arange(order.size)
            reach = max(FEWEST_ALIKE, int(order.size * ALIKE_SHARE))
            near = places[drawn] + rng.integers(-reach, reach + 1, drawn.size)
            return np.asarray(order[np.clip(near, 0, order.size - 1)])
        codes = encode_labels(self.frame, self.roles)
        first = np.array([np.argmax(codes == code) for code in range(len(self.roles.classes))])
        chances = self.guesses if self.guesses.ndim > 1 else np.column_stack([1 - self.guesses, self.guesses])
        drawn_above = rng.random(drawn.size)[:, None] > np.cumsum(chances, axis=1)[drawn]
        return np.asarray(first[np.minimum(drawn_above.sum(axis=1), first.size - 1)])

    def _words(self, drawn: NDArray[np.int64], rng: np.random.Generator) -> list[pl.Series]:
        known = {feature.name: feature.categories for feature in self.features if feature.kind == "categorical"}
        columns = [self.frame[name] for name in self.roles.features]
        return [
            words_drawn(dtypes.as_text(column), known.get(column.name, ()), drawn, rng)
            for column in columns
            if column.name in known or dtypes.is_text(column.dtype)
        ]


def words_drawn(
    words: pl.Series, known: Sequence[str], drawn: NDArray[np.int64], rng: np.random.Generator
) -> pl.Series:
    """Draw words so that there are as many categories as in the whole table, and no others.

    A word that is no category there is rare, and must not become one by being drawn often: each becomes a word of its
    own. As often as a word of the sample is its only one, it is replaced by a category that the sample does not show:
    that is how likely the next row is to hold a new one (Good 1953, "The Population Frequencies of Species").
    """
    seen = words.drop_nulls()
    unseen = sorted(set(known) - set(seen))
    alone = float(seen.is_unique().sum()) / seen.len() if unseen and seen.len() else 0.0
    table = pl.DataFrame({"word": words[drawn], "row": np.arange(drawn.size), "new": rng.random(drawn.size) < alone})
    others = pl.Series("other", unseen or [""], dtype=pl.String)[rng.integers(0, max(1, len(unseen)), drawn.size)]
    word, own = pl.col("word"), pl.concat_str("word", "row", separator=" ")
    chosen = pl.when(word.is_null()).then(None).when(~word.is_in(list(known))).then(own).when("new").then("other")
    return table.with_columns(others).select(chosen.otherwise(word).alias(words.name)).to_series()


def study(frame: pl.DataFrame, features: tuple[Feature, ...], roles: Roles, seed: int = 0) -> Sample:
    """Learn from a sample what is known of its labels.

    Args:
        frame: The rows.
        features: Features of the whole table.
        roles: What each column is for.
        seed: Seed of the folds.
    """
    values, labels = encode(features, frame).values, encode_labels(frame, roles)
    material = Material(features, {}, values, labels, values[:1], labels[:1])
    bins = bin_rows(material, goal_of(roles, "auto"))
    folds = np.random.default_rng(seed).permutation(frame.height) % FOLDS
    guesses = np.zeros((labels.size, len(roles.classes)) if roles.task == "multiclass" else labels.size)
    for fold in range(FOLDS):
        learned, judged = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        fitted = fit(
            bins, SMALL, train_rows=learned, judged_rows=judged, patience=PATIENCE, rounds=MOST_ROUNDS, seed=seed
        )
        guesses[judged] = fitted.predictions
    return Sample(frame, features, roles, guesses)
