"""Who judges a configuration: the validation rows, and where these are few also folds of the training rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.train.booster import Seat
from workbench.train.fitting import subset

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from workbench.train.fitting import Bins
    from workbench.train.folds import Fold


@dataclass(frozen=True)
class Jury:
    """The seats of every trial and the rows that judge them.

    The first seat learns from all training rows and is judged by the validation rows; the others learn from a fold
    and are judged by its remaining rows.

    Attributes:
        seats: One per booster of a trial.
        labels: Labels of the judged rows, seat after seat.
        validation_labels: Labels of the validation rows.
        bagging: Whether the mean over the boosters of all seats is a model worth offering: not where folds follow
            each other in time, because the early ones know the least.
        fold_rows: Positions of the training rows that each seat but the first learns from.
    """

    seats: tuple[Seat, ...]
    labels: NDArray[np.float64]
    validation_labels: NDArray[np.float64]
    bagging: bool
    fold_rows: tuple[NDArray[np.int64], ...] = ()

    def on_validation(self, judged: NDArray[np.float64]) -> NDArray[np.float64]:
        """Take the part of predictions on the judged rows that the validation rows are."""
        return judged[: self.validation_labels.size]


def summon(bins: Bins, folds: Sequence[Fold], *, bagging: bool) -> Jury:
    """Seat a jury.

    Args:
        bins: The rows.
        folds: Folds of the training rows; none for the validation rows alone.
        bagging: Whether boosters of folds may be members of a model.
    """
    material, validation = bins.material, bins.validation
    first = Seat(bins.train, validation, validation if folds else None)
    others = [
        Seat(subset(bins.train, fold.train, material), subset(bins.train, fold.judged, material), validation)
        for fold in folds
    ]
    labels = [material.validation_labels, *(material.train_labels[fold.judged] for fold in folds)]
    return Jury(
        seats=(first, *others),
        labels=np.concatenate(labels),
        validation_labels=material.validation_labels,
        bagging=bagging and bool(folds),
        fold_rows=tuple(fold.train for fold in folds),
    )
