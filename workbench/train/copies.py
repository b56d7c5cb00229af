"""Finds validation rows that are copies of training rows, and tells them from rows that merely look alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from workbench.model import encode_labels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.model import Roles

DISTINCT = 0.1
"""Chance that two values agree beyond which values, such as counts, are too few to tell a copy by."""


@dataclass(frozen=True)
class Copies:
    """Validation rows with the same features as a training row, called twins of it.

    Attributes:
        rows: Validation rows.
        twins: Those that have a twin among the training rows.
        agreeing: Twins with its label too, each counted as the share of its twins that agree.
        expected: How many would agree if label and features were drawn together by chance.
        deviation: Standard deviation of that.
    """

    rows: int
    twins: int
    agreeing: float
    expected: float
    deviation: float

    @property
    def excess(self) -> float:
        """Count the twins that agree beyond chance: copies."""
        return self.agreeing - self.expected


def find_copies(
    train: pl.DataFrame, validation: pl.DataFrame, roles: Roles, predictions: NDArray[np.float64]
) -> Copies:
    """Look for training rows with the same features, and compare labels.

    Where columns take few values, rows look alike by chance, and their labels agree as often as the uncertainty of the
    predictions lets them; copies always agree.

    Args:
        train: Training rows.
        validation: Validation rows.
        roles: What the columns are for.
        predictions: Predictions of a good model on the validation rows.
    """
    labels, learned = encode_labels(validation, roles), encode_labels(train, roles)
    sides = [
        pl.DataFrame({"twin": _fingerprints(frame, roles), "label": numbers})
        for frame, numbers in ((train, learned), (validation, labels))
    ]
    known = sides[0].group_by("twin").agg(pl.len().alias("alike"))
    same = sides[0].group_by("twin", "label").agg(pl.len().alias("agree"))
    joined = (
        sides[1]
        .join(known, on="twin", how="left", maintain_order="left")
        .join(same, on=["twin", "label"], how="left", maintain_order="left")
    )
    twins = joined["alike"].is_not_null().to_numpy()
    shares = (joined["agree"].fill_null(0) / joined["alike"]).to_numpy()[twins]
    chances = _chances(labels, learned, predictions, roles)[twins]
    return Copies(
        rows=labels.size,
        twins=int(twins.sum()),
        agreeing=float(shares.sum()),
        expected=float(chances.sum()),
        deviation=float(np.sqrt((chances * (1 - chances)).sum())),
    )


def _fingerprints(frame: pl.DataFrame, roles: Roles) -> pl.Series:
    """Give a number for each row that rows with the same features share."""
    words = pl.col(pl.Categorical, pl.Enum).cast(pl.String)
    return frame.select(name for name in roles.features if name in frame.columns).with_columns(words).hash_rows(seed=0)


def _chances(
    labels: NDArray[np.float64], learned: NDArray[np.float64], predictions: NDArray[np.float64], roles: Roles
) -> NDArray[np.float64]:
    """Give the probability, for each row, that another one with the same features has the same label."""
    if roles.task == "binary":
        return np.asarray(predictions**2 + (1 - predictions) ** 2)
    if roles.task == "multiclass":
        return np.asarray((predictions**2).sum(axis=1))
    _, rows = np.unique(learned, return_counts=True)
    anywhere = float(np.square(rows / learned.size).sum())
    nearer = learned.std() / max(float(np.sqrt(np.square(labels - predictions).mean())), 1e-12)
    chance = anywhere * nearer
    return np.full(labels.size, chance if chance < DISTINCT else 1.0)
