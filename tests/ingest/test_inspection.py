"""The first look at a table sets aside what cannot teach, and says why."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest

from workbench.errors import FeatureError, ParamsError
from workbench.ingest import inspect

ROWS = 500
RNG = np.random.default_rng(0)
LABEL = RNG.random(ROWS) < 0.3
TABLE = pl.DataFrame(
    {
        "customer_id": RNG.permutation(ROWS) + 1000,
        "name": [f"n{i}" for i in range(ROWS)],
        "age": RNG.integers(18, 80, ROWS),
        "income": RNG.normal(size=ROWS),
        "country": RNG.choice(["de", "fr", "it"], ROWS),
        "version": ["v1"] * ROWS,
        "void": pl.Series([None] * ROWS, dtype=pl.Float64),
        "signed": [dt.date(2013, 1, 1) + dt.timedelta(days=int(day)) for day in RNG.integers(0, 300, ROWS)],
        "outcome": np.where(LABEL, "lost", "won"),
        "score": LABEL + RNG.normal(scale=0.05, size=ROWS),
        "closed_at": pl.Series([1.0 if flag else None for flag in LABEL]),
        "nearly": LABEL + RNG.normal(scale=1.0, size=ROWS),
        "churn": LABEL,
    }
)


def test_each_column_gets_its_verdict() -> None:
    found = inspect(TABLE, "churn")
    verdicts = {column.name: column.verdict for column in found.columns}
    assert verdicts == {
        "customer_id": "identifier",
        "name": "identifier",
        "age": "feature",
        "income": "feature",
        "country": "feature",
        "version": "constant",
        "void": "empty",
        "signed": "time",
        "outcome": "leak",
        "score": "leak",
        "closed_at": "leak",
        "nearly": "feature",
    }
    assert (found.task, found.time) == ("binary", "signed")
    assert all(column.reason for column in found.columns)
    assert set(found.of("leak")) == {"outcome", "score", "closed_at"}


def test_a_regression_leak_ranks_like_the_target() -> None:
    frame = TABLE.with_columns(price=pl.col("income") * 3 + 1, price_with_tax=pl.col("income") * 3.57 + 1)
    found = inspect(frame.drop("income"), "price")
    assert (found.task, set(found.of("leak"))) == ("regression", {"price_with_tax"})


def test_a_class_given_away_by_a_code_is_a_leak() -> None:
    species = RNG.choice(["ant", "bee", "cat"], ROWS)
    frame = pl.DataFrame({"species": species, "code": [word[0] for word in species], "size": RNG.normal(size=ROWS)})
    found = inspect(frame, "species")
    assert (found.task, set(found.of("leak"))) == ("multiclass", {"code"})


def test_a_small_table_has_no_leaks_by_chance() -> None:
    frame = pl.DataFrame({"a": [1, 2, 3, 4], "y": [0, 0, 1, 1]})
    assert [column.verdict for column in inspect(frame, "y").columns] == ["feature"]


def test_nested_and_odd_columns_are_unusable() -> None:
    frame = pl.DataFrame({"l": [[1]] * 30, "d": [dt.timedelta(1)] * 30, "y": [0, 1] * 15})
    assert [column.verdict for column in inspect(frame, "y").columns] == ["unusable", "unusable"]


def test_wide_tables_are_looked_at_in_seconds() -> None:
    frame = pl.DataFrame({f"c{i}": RNG.normal(size=2000) for i in range(1000)} | {"y": [0, 1] * 1000})
    assert len(inspect(frame, "y").columns) == 1000


@pytest.mark.parametrize(
    ("target", "error"), [("chrun", ParamsError), ("version", FeatureError), ("void", FeatureError)]
)
def test_a_target_with_nothing_to_predict_is_refused(target: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        inspect(TABLE, target)
