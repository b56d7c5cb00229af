"""Every prediction in one table, so that any two candidates can be compared later."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from workbench.model import encode_labels, predict_many

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from workbench.model import Model, Roles

    Floats = NDArray[np.float64]

_INDEX = ("split", "row", "label")


def score(
    models: Mapping[str, Model], splits: Mapping[str, pl.DataFrame], roles: Roles
) -> tuple[dict[str, Floats], dict[str, dict[str, Floats]]]:
    """Score every row of every split with every candidate.

    Returns:
        The labels of each split, and for each split each candidate's predictions.

    Raises:
        FeatureError: A column or a label does not fit what the models were trained on.
    """
    labels = {name: encode_labels(frame, roles) for name, frame in splits.items()}
    return labels, {name: predict_many(models, frame) for name, frame in splits.items()}


def predictions_frame(labels: Mapping[str, Floats], predictions: Mapping[str, Mapping[str, Floats]]) -> pl.DataFrame:
    """Lay predictions out as `data/evaluation/predictions.parquet`.

    Args:
        labels: Labels of each split.
        predictions: For each split, each candidate's predictions: `(n,)`, or `(n, k)` for a multiclass task.

    Returns:
        Columns `split`, `row` (zero-based within the split), `label`, and one Float64 (or array) column per candidate.
    """
    return pl.concat(
        pl.DataFrame(
            {
                "split": np.repeat(split, len(labels[split])),
                "row": np.arange(len(labels[split]), dtype=np.uint32),
                "label": labels[split],
                **scored,
            }
        )
        for split, scored in predictions.items()
    )


def split_of(frame: pl.DataFrame, split: str) -> tuple[Floats, dict[str, Floats]]:
    """Take one split out of the table again: the labels, and the predictions by candidate."""
    rows = frame.filter(split=split)
    return rows["label"].to_numpy(), {name: rows[name].to_numpy() for name in frame.columns if name not in _INDEX}
