"""Binned rows that went through a file give the same trees."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.train.tables import ROLES, table
from workbench.train.distributed.parcel import pack, unpack
from workbench.train.fitting import bin_rows
from workbench.train.folds import Fold
from workbench.train.goal import goal_of
from workbench.train.grower import LocalGrower
from workbench.train.jury import summon
from workbench.train.material import prepare
from workbench.train.portfolio import BASELINE, portfolio

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.model import Task

FOLDS = [Fold(np.arange(600), np.arange(600, 900)), Fold(np.arange(300, 900), np.arange(300))]


@pytest.mark.parametrize("task", ROLES)
@pytest.mark.parametrize("folds", [[], FOLDS], ids=["validation rows", "folds"])
def test_packed_rows_give_the_same_trees_and_predictions(task: Task, folds: list[Fold], tmp_path: Path) -> None:
    material = prepare(table(900, 0), table(400, 1), ROLES[task])
    bins = bin_rows(material, goal_of(ROLES[task], "auto"))
    jury = summon(bins, folds, bagging=True)
    parcel, files = pack(bins, jury, tmp_path)
    assert len(files) == 2 + 2 * len(folds), "each set of rows is packed once"
    here, there = LocalGrower(bins, jury), unpack(parcel, [path.read_bytes() for path in files], 1)
    for setup in (BASELINE, *portfolio(900, material.inputs, task)[:4]):
        short = replace(setup, rounds=25)
        own, other = here.grow(short, 7, lambda: 1.0), there.grow(short, 7, lambda: 1.0)
        assert (own.texts, own.loss, own.best_round) == (other.texts, other.loss, other.best_round)
        for size, snapshot in own.snapshots.items():
            assert np.array_equal(snapshot.judged, other.snapshots[size].judged)
