"""Training and validation rows as LightGBM takes them, binned once for every trial."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from workbench.model import check_learnable, encode, encode_labels, fit_features, lightgbm, widened
from workbench.model.encode import categorical_inputs

if TYPE_CHECKING:
    from collections.abc import Mapping

    import lightgbm as lgb
    import polars as pl
    from numpy.typing import NDArray

    from workbench.model import Feature, Pair, Roles
    from workbench.train.goal import Goal

FIXED: Mapping[str, object] = {
    "verbosity": -1,
    "metric": "None",
    "deterministic": True,
    "force_row_wise": True,
    "feature_pre_filter": False,
}
"""Parameters of every Dataset and booster: same bytes for the same data, whatever the number of threads."""


FINE_BINS, FINE_ROWS = 1023, 60_000
"""Bins of a column on tables of at most so many rows: there finer bins cost little and were never seen to hurt."""

CELLS_PER_THREAD = 2_000_000


@dataclass(frozen=True)
class Material:
    """What every trial of a search shares.

    Attributes:
        features: What the model takes.
        set_aside: Why each other feature was left out.
        train_values: Training rows as numbers.
        train_labels: Their labels.
        validation_values: Validation rows as numbers.
        validation_labels: Their labels.
        extra: LightGBM parameters of every Dataset and booster beside the fixed ones: device, constraints.
        pairs: Further inputs, behind those of the columns.
    """

    features: tuple[Feature, ...]
    set_aside: Mapping[str, str]
    train_values: NDArray[np.float64]
    train_labels: NDArray[np.float64]
    validation_values: NDArray[np.float64]
    validation_labels: NDArray[np.float64]
    extra: Mapping[str, object] = field(default_factory=dict)
    pairs: tuple[Pair, ...] = ()

    @property
    def cells(self) -> int:
        """Numbers among the training rows."""
        return self.train_labels.size * self.inputs

    @property
    def inputs(self) -> int:
        """Numbers that a model takes of a row."""
        return sum(feature.width for feature in self.features) + len(self.pairs)

    @property
    def threads(self) -> int:
        """Threads worth their overhead: on few cells, each one beyond the first costs many times what it saves.

        The trees are the same with any number of them.
        """
        return int(np.clip(self.cells // CELLS_PER_THREAD, 1, _cores()))

    def settings(self, goal: Goal) -> dict[str, object]:
        """Give the LightGBM parameters of every Dataset and booster of a search."""
        bins = {"max_bin": FINE_BINS} if self.train_labels.size <= FINE_ROWS else {}
        return {**FIXED, **bins, **goal.objective, **self.extra, "num_threads": self.threads}

    def booster_settings(self, goal: Goal, settings: Mapping[str, object], seed: int) -> dict[str, object]:
        """Give the LightGBM parameters of one booster; what device and constraints ask for comes before its own."""
        return {**self.settings(goal), "seed": seed, **settings, **self.extra}

    def digest(self) -> str:
        """Give the SHA-256 of what LightGBM sees and of how it came about."""
        digest = hashlib.sha256(repr(self.features).encode())
        for array in (self.train_values, self.train_labels, self.validation_values, self.validation_labels):
            digest.update(repr(array.shape).encode())
            for column in np.atleast_2d(array.T):  # one at a time: a copy of all would be the peak of the search
                digest.update(np.ascontiguousarray(column).data)
        return digest.hexdigest()

    def slim(self) -> Material:
        """Leave the values out, which are not needed once they are binned."""
        nothing = np.empty((0, 0))
        return replace(self, train_values=nothing, validation_values=nothing)

    def with_pairs(self, pairs: tuple[Pair, ...], train: pl.DataFrame, validation: pl.DataFrame) -> Material:
        """Turn the frames into numbers once more, with pairs beside the columns."""
        return replace(
            self,
            train_values=widened(encode(self.features, train).values, pairs),
            validation_values=widened(encode(self.features, validation).values, pairs),
            pairs=pairs,
        )

    def datasets(self, goal: Goal) -> tuple[lgb.Dataset, lgb.Dataset, lgb.Dataset]:
        """Bin the rows: training first, validation with the same bins, and both together with them too."""
        engine = lightgbm()
        params = self.settings(goal)
        names = [f"f{position}" for position in range(self.train_values.shape[1])]
        train = engine.Dataset(
            self.train_values,
            label=self.train_labels,
            feature_name=names,
            categorical_feature=categorical_inputs(self.features),
            params=params,
            free_raw_data=True,
        )
        validation = engine.Dataset(
            self.validation_values, label=self.validation_labels, reference=train, params=params, free_raw_data=True
        )
        both = engine.Dataset(
            [self.train_values, self.validation_values],
            label=np.concatenate([self.train_labels, self.validation_labels]),
            reference=train,
            params=params,
            free_raw_data=True,
        )
        return train.construct(), validation.construct(), both.construct()


def _cores() -> int:
    """Count the cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def prepare(train: pl.DataFrame, validation: pl.DataFrame, roles: Roles) -> Material:
    """Turn frames into numbers.

    Raises:
        FeatureError: A column or a label cannot be learned from.
    """
    labels = encode_labels(train, roles)
    check_learnable(labels, roles)
    table = fit_features(train, roles.features)
    return Material(
        features=table.features,
        set_aside=table.dropped,
        train_values=encode(table.features, train).values,
        train_labels=labels,
        validation_values=encode(table.features, validation).values,
        validation_labels=encode_labels(validation, roles),
    )
