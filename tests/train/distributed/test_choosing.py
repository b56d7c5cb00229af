"""Which engine trains, and what is refused rather than ignored."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.train.tables import BINARY, table
from workbench.errors import ParamsError, SourceError
from workbench.params.train import TrainParams, Validation
from workbench.train import Engine, engine_for, search
from workbench.train.distributed import choosing

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "train.parquet"
    table(500, 0).write_parquet(path)
    return path


def test_ray_where_it_was_asked_for(rows: Path) -> None:
    assert engine_for(TrainParams(engine="ray", workers=2), BINARY, rows) == Engine(
        "ray", "2 workers were asked for", 2
    )


@pytest.mark.parametrize("params", [TrainParams(), TrainParams(engine="ray"), TrainParams(engine="local")])
def test_one_worker_needs_no_cluster(rows: Path, params: TrainParams) -> None:
    assert engine_for(params, BINARY, rows).name == "local"


def test_auto_starts_nothing_for_rows_that_fit(rows: Path) -> None:
    found = engine_for(TrainParams(workers=4), BINARY, rows)
    assert (found.name, found.workers) == ("local", 1)
    assert "one process has room" in found.reason


def test_auto_takes_ray_for_rows_that_do_not_fit(rows: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choosing, "memory_bytes", lambda: 10_000)
    found = engine_for(TrainParams(workers=4), BINARY, rows)
    assert (found.name, found.workers) == ("ray", 4)
    folds = engine_for(TrainParams(workers=4, validation=Validation(by="kfold")), BINARY, rows)
    assert (folds.name, folds.reason) == ("local", "validation: {by: kfold} needs all rows in one process")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"none\.parquet"):
        engine_for(TrainParams(workers=2), BINARY, tmp_path / "none.parquet")


def test_several_workers_are_never_replaced_by_one_without_a_word() -> None:
    with pytest.raises(ParamsError, match="read their rows from files"):
        search(table(100, 0), table(100, 1), BINARY, TrainParams(engine="ray", workers=2))
