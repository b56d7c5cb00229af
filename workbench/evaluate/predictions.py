"""Every prediction in one table, so that any two candidates can be compared later."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from workbench.errors import ModelError
from workbench.model import encode_labels, predict_many

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from workbench.model import Model, Roles

    Floats = NDArray[np.float64]

_INDEX = ("split", "row", "label")


def score(
    models: Mapping[str, Model], splits: Mapping[str, pl.DataFrame], roles: Roles, judged: pl.DataFrame
) -> tuple[dict[str, Floats], dict[str, dict[str, Floats]]]:
    """Score every row of every split with every candidate; those of validation were scored before models learned them.

    Args:
        models: The candidates.
        splits: Rows of each split.
        roles: What each column is for.
        judged: What each candidate predicted on the validation rows while it had not seen them, a column each.

    Returns:
        The labels of each split, and for each split each candidate's predictions.

    Raises:
        FeatureError: A column or a label does not fit what the models were trained on.
        ModelError: The predictions on validation are not those of these candidates and rows.
    """
    labels = {name: encode_labels(frame, roles) for name, frame in splits.items()}
    if list(models) != judged.columns or judged.height != labels["validation"].size:
        raise ModelError(
            "the predictions on validation belong to other candidates or rows",
            found=f"{judged.width} candidates, {judged.height:,} rows",
            expected=f"{len(models)} candidates, {labels['validation'].size:,} rows",
            hint="run the stage train again",
        )
    scored = {name: predict_many(models, frame) for name, frame in splits.items() if name != "validation"}
    return labels, {"validation": {name: judged[name].to_numpy() for name in models}, **scored}


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
