"""What the driver of a distributed search holds: of the training rows the labels, of the validation rows all."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from workbench.errors import Place, SourceError
from workbench.model import check_learnable, encode, encode_labels, fit_features
from workbench.train.material import Material

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from workbench.model import Roles
    from workbench.train.goal import Goal

PIECE_BYTES = 2**22


@dataclass(frozen=True)
class Far:
    """Rows of a search that other processes hold.

    Attributes:
        material: What every trial shares, without the values of the training rows.
        goal: What is minimised.
        train: Parquet file of the training rows.
        validation: Parquet file of the validation rows.
    """

    material: Material
    goal: Goal
    train: Path
    validation: Path


@dataclass(frozen=True)
class Bench:
    """The validation rows as the only judges.

    Attributes:
        labels: Their labels.
        seats: One.
        bagging: Never: there is one booster.
    """

    labels: NDArray[np.float64]
    seats: tuple[None] = (None,)
    bagging: bool = False

    @property
    def validation_labels(self) -> NDArray[np.float64]:
        """Labels of the validation rows: all that are judged."""
        return self.labels

    def on_validation(self, judged: NDArray[np.float64]) -> NDArray[np.float64]:
        """Take all predictions."""
        return judged


def survey(train: Path, validation: Path, roles: Roles) -> Material:
    """Fit the features and take the labels, one column of the training rows at a time.

    It takes the memory of the widest column, of one number for each training row, and of the validation rows as
    numbers.

    Raises:
        FeatureError: A column or a label cannot be learned from.
        SourceError: A file cannot be read.
    """
    try:
        rows, judged = pl.scan_parquet(train, glob=False), pl.read_parquet(validation, glob=False)
        labels = encode_labels(rows.select(roles.target).collect(), roles)
        check_learnable(labels, roles)
        table = fit_features(rows, roles.features)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise SourceError("the Parquet file cannot be read", place=Place(file=str(train)), found=str(error)) from error
    return Material(
        features=table.features,
        set_aside=table.dropped,
        train_values=np.empty((0, 0)),
        train_labels=labels,
        validation_values=encode(table.features, judged).values,
        validation_labels=encode_labels(judged, roles),
    )


def digest_of(material: Material, train: Path) -> str:
    """Give the SHA-256 of what is learned from and judged by, the training rows as their file holds them."""
    digest = hashlib.sha256(material.digest().encode())
    with train.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            digest.update(piece)
    return digest.hexdigest()
