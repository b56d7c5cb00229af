"""The model: everything that scores a row, as one value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl
    from numpy import float64
    from numpy.typing import NDArray

    from workbench.model.features import Feature
    from workbench.model.roles import Task


@dataclass(frozen=True)
class Member:
    """One booster of a model.

    Attributes:
        booster: Id of the booster it was cut from, such as `b03`.
        trees: Boosting rounds it holds.
        weight: Its share of the prediction; the shares add up to 1.
        text: The LightGBM model text, with exactly these trees.
    """

    booster: str
    trees: int
    weight: float
    text: str


@dataclass(frozen=True)
class Model:
    """Features, target and boosters: all that it takes to score a row.

    Attributes:
        task: Kind of prediction.
        target: Column it predicts.
        classes: Class labels as text, sorted; empty for regression.
        features: Columns it needs, in the order of its inputs.
        members: Boosters whose weighted mean is the prediction.
    """

    task: Task
    target: str
    classes: tuple[str, ...]
    features: tuple[Feature, ...]
    members: tuple[Member, ...]

    def predict(self, frame: pl.DataFrame) -> NDArray[float64]:
        """Score rows; columns are matched by name.

        Returns:
            Binary: `(n,)` probability of the positive class; multiclass: `(n, k)` probabilities; regression: `(n,)`.

        Raises:
            FeatureError: A column is missing or has another type than in training.
        """
        raise NotImplementedError

    def dumps(self) -> dict[str, bytes]:
        """Give the files of the model, always the same bytes for the same model."""
        raise NotImplementedError

    @classmethod
    def loads(cls, files: Mapping[str, bytes]) -> Model:
        """Read what `dumps` gave.

        Raises:
            ModelError: The files are not those of a model.
        """
        raise NotImplementedError
