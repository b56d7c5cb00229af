"""How much each feature matters to a model: the loss its splits saved, and how far it moves predictions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from workbench.model import encode, shared_out, widened
from workbench.model.encode import input_names

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.model import Feature, Member, Model

LEAF_VISITS = 10_000_000
"""Rows times leaves that the sample may cost: one to five CPU-seconds, by the depth of the trees."""

FEWEST_ROWS, MOST_ROWS = 100, 2000

STILL = 1e-9
"""A logarithm that moved by less did not move."""

NEGLIGIBLE = 0.01
"""Share of the strongest input's effect below which another is not worth a picture."""


@dataclass(frozen=True)
class Importance:
    """How much each feature matters to a model.

    Attributes:
        names: Features, as the user calls them.
        gain: `(features,)` share of the loss on the training rows that splits on each saved; they add up to 1.
        shap: `(features,)` mean distance that each moves a prediction: log-odds for classes, units of the target
            for a regression.
        input_names: The numbers that features become, such as `time_hour.weekday`.
        input_shap: `(inputs,)` the same as `shap` for each of them.
        rows: Rows that `shap` is a mean over.
    """

    names: tuple[str, ...]
    gain: NDArray[np.float64]
    shap: NDArray[np.float64]
    input_names: tuple[str, ...]
    input_shap: NDArray[np.float64]
    rows: int

    def table(self) -> pl.DataFrame:
        """Lay the features out, the strongest first: `feature`, `gain`, `shap`, and `shap_share` of their sum."""
        total = float(self.shap.sum())
        frame = pl.DataFrame(
            {
                "feature": self.names,
                "gain": self.gain,
                "shap": self.shap,
                "shap_share": self.shap / total if total else self.shap,
            }
        )
        return frame.sort("shap", "gain", descending=True, maintain_order=True)

    def strongest(self, most: int) -> tuple[str, ...]:
        """Name the inputs that move predictions most, the strongest first; those that hardly do are left out."""
        order = np.argsort(-self.input_shap, kind="stable")[:most]
        least = NEGLIGIBLE * self.input_shap.max()
        return tuple(self.input_names[position] for position in order if self.input_shap[position] > least)


def importance(model: Model, frame: pl.DataFrame, *, num_threads: int = 0) -> Importance:
    """Measure how much each feature matters to a model.

    Gain is what LightGBM summed up while it trained; it overrates inputs with many values (Strobl et al., "Bias in
    random forest variable importance measures", 2007). SHAP values share out each prediction, before its link, among
    the inputs (TreeSHAP: Lundberg, Erion and Lee, "Consistent individualized feature attribution for tree ensembles",
    2018); those of one feature's inputs are added up before their size is taken. A blend weighs the values of its
    members: exact for a regression, where shares of a logarithm become shares of the value, and a summary for
    classes, whose probabilities it averages. Of several classes, what moves all alike moves no probability and does
    not count. Either input of a ratio or product has half of what that has.

    Args:
        model: The model.
        frame: Rows it was not trained on; some of them are taken, evenly from first to last, as many as a few
            CPU-seconds pay for.
        num_threads: Threads to use; 0 takes all cores.

    Raises:
        FeatureError: A column is missing or has another type than in training.
    """
    values = widened(encode(model.features, spread_rows(frame, affordable_rows(model))).values, model.pairs)
    outputs = len(model.classes) if model.task == "multiclass" else 1
    inputs = values.shape[1]
    shares = np.zeros((values.shape[0], outputs, inputs))
    gain = np.zeros(inputs)
    for member in model.members:
        gain += member.weight * _gain(member, inputs)
        shares += member.weight * _contributions(member, values, outputs, num_threads)
    shares -= shares.mean(axis=1, keepdims=True) if outputs > 1 else 0.0
    gain, shares = shared_out(gain, model.pairs), shared_out(shares, model.pairs)
    owners = owner_of_inputs(model.features)
    return Importance(
        names=tuple(feature.name for feature in model.features),
        gain=_added_up(gain, owners),
        shap=_distance(_added_up(shares, owners)),
        input_names=tuple(input_names(model.features)),
        input_shap=_distance(shares),
        rows=values.shape[0],
    )


def affordable_rows(model: Model) -> int:
    """Give how many rows explaining may take, the same on every machine: fewer for a larger model."""
    leaves = sum(int(count) for member in model.members for count in _LEAVES.findall(member.text))
    return int(np.clip(LEAF_VISITS // max(1, leaves), FEWEST_ROWS, MOST_ROWS))


def spread_rows(frame: pl.DataFrame, most: int) -> pl.DataFrame:
    """Take at most so many rows, evenly from the first to the last."""
    if frame.height <= most:
        return frame
    return frame[np.linspace(0, frame.height - 1, most).astype(np.int64)]


def owner_of_inputs(features: tuple[Feature, ...]) -> NDArray[np.intp]:
    """Give, for each number of the matrix, the position of the feature it belongs to."""
    return np.repeat(np.arange(len(features)), [feature.width for feature in features])


_LEAVES = re.compile(r"^num_leaves=(\d+)$", re.MULTILINE)


def _gain(member: Member, inputs: int) -> NDArray[np.float64]:
    """Give the share of each input in the loss that a booster's splits saved; zeros where it never split."""
    gain = np.zeros(inputs)
    gain[:] = member.loaded.feature_importance("gain", iteration=member.trees)
    return gain / (gain.sum() or 1.0)


def _contributions(member: Member, values: NDArray[np.float64], outputs: int, num_threads: int) -> NDArray[np.float64]:
    """Give `(rows, outputs, inputs)` SHAP values, without the expected value that LightGBM puts last."""
    if not len(values):
        return np.zeros((0, outputs, values.shape[1]))
    flat = np.asarray(
        member.loaded.predict(values, pred_contrib=True, num_iteration=member.trees, num_threads=num_threads)
    )
    shares = flat.reshape(len(values), outputs, values.shape[1] + 1)
    return (_in_values(shares) if member.logarithmic else shares)[:, :, :-1]


def _in_values(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn shares of a logarithm into shares of the value, in proportion, so that they add up to how far it moved.

    The factor is the logarithmic mean of the values before and after (Ang, "The LMDI approach to decomposition
    analysis", 2005).
    """
    base, moved = shares[:, :, -1:], shares[:, :, :-1].sum(axis=2, keepdims=True)
    still = np.abs(moved) < STILL
    factor = np.exp(base) * np.where(still, 1.0, np.expm1(moved) / np.where(still, 1.0, moved))
    return np.asarray(shares * factor)


def _added_up(values: NDArray[np.float64], owners: NDArray[np.intp]) -> NDArray[np.float64]:
    """Add up the inputs of each feature along the last axis."""
    starts = np.flatnonzero(np.diff(owners, prepend=-1))
    return np.asarray(np.add.reduceat(values, starts, axis=-1))


def _distance(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the mean size over rows and outputs; zeros without a row."""
    if not len(shares):
        return np.zeros(shares.shape[-1])
    return np.asarray(np.abs(shares).mean(axis=(0, 1)))
