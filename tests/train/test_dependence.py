"""How predictions follow one input."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.train.models import boosted, dated
from tests.train.tables import ROLES, table
from workbench.errors import UsageError
from workbench.model import Roles
from workbench.train.dependence import GRID, MISSING, _grid, dependence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.model import Task

FRAME = table(2000, seed=0)
DATED = dated(2000, seed=0)
DATED_ROLES = Roles("value", "regression", (), ("moment", "word", "flag", "noise"), time="moment")
DATED_MODEL = boosted(DATED, DATED_ROLES, trees=60)


def test_the_curves_are_those_the_rows_were_drawn_from() -> None:
    found = dependence(DATED_MODEL, dated(400, seed=1), ("moment.hour", "word", "flag", "noise"))
    hour, word, flag, noise = found.curves
    assert abs(hour.points[int(np.argmin(hour.mean[:, 0]))] - 12) < 2
    by_word = dict(zip(word.words, word.mean[:, 0], strict=True))
    assert by_word["bee"] - by_word["ant"] == pytest.approx(2, abs=0.2)
    by_flag = dict(zip(flag.words, flag.mean[:, 0], strict=True))
    assert by_flag["true"] - by_flag["false"] == pytest.approx(1, abs=0.2)
    assert np.ptp(noise.mean) < 0.2
    assert noise.words[-1] == MISSING
    assert noise.shares[-1] == pytest.approx(0.2)
    assert [curve.categorical for curve in found.curves] == [False, True, True, False]
    assert found.outputs == ("value",)


def test_a_sum_has_no_spread_and_a_product_has() -> None:
    """A model of sums gives every row the same curve; in a product, each row has its own."""
    rng = np.random.default_rng(0)
    left, right = rng.normal(size=3000), rng.normal(size=3000)
    frame = pl.DataFrame({"left": left, "right": right, "sum": left + right, "product": left * right})
    widths = {}
    for target in ("sum", "product"):
        model = boosted(frame, Roles(target, "regression", (), ("left", "right")), trees=80)
        curve = dependence(model, frame, ("left",)).curves[0]
        widths[target] = float((curve.high - curve.low).mean())
    assert widths["product"] > 4 * widths["sum"]


def test_a_classifier_of_trees_that_never_meet_has_no_spread() -> None:
    """Stumps add up in log-odds: every row has the same curve there, though not in probabilities."""
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({"left": rng.normal(size=2000), "right": rng.normal(size=2000)})
    frame = frame.with_columns(late=pl.col("left") + pl.col("right") > pl.Series(rng.normal(size=2000)))
    roles = Roles("late", "binary", ("false", "true"), ("left", "right"))
    stumps = dependence(boosted(frame, roles, leaves=2), frame, ("left",)).curves[0]
    bushes = dependence(boosted(frame, roles, leaves=15), frame, ("left",)).curves[0]
    assert stumps.low == pytest.approx(stumps.mean, abs=1e-6)
    assert stumps.high == pytest.approx(stumps.mean, abs=1e-6)
    assert np.ptp(stumps.mean) > 0.2
    assert (bushes.high - bushes.low).max() > 0.05
    assert ((bushes.low >= 0) & (bushes.high <= 1)).all()


@pytest.mark.parametrize("task", ROLES)
def test_every_task_has_curves_of_its_outputs(task: Task) -> None:
    found = dependence(boosted(FRAME, ROLES[task], weights=(0.5, 0.5)), FRAME, ("left", "word"))
    assert (
        found.outputs == {"binary": ("true",), "multiclass": ("high", "low", "middle"), "regression": ("value",)}[task]
    )
    rows = found.table()
    assert rows["input"].unique(maintain_order=True).to_list() == ["left", "word"]
    assert rows.height == (GRID + 4) * len(found.outputs)
    assert (rows["low"] <= rows["high"]).all()
    if task == "multiclass":
        sums = rows.group_by("input", "word").agg(pl.col("mean").sum())["mean"]
        assert sums.to_numpy() == pytest.approx(np.ones(sums.len()))


def test_an_input_the_model_does_not_have_is_an_error() -> None:
    with pytest.raises(UsageError, match=r"moment\.hours.*moment\.hour"):
        dependence(DATED_MODEL, DATED, ("moment.hours",))


def test_no_rows_are_no_curves() -> None:
    found = dependence(DATED_MODEL, DATED.head(0), ("word",))
    assert (found.curves, found.table().height) == ((), 0)


@given(arrays(np.float64, st.integers(1, 60), elements=st.floats(-1e6, 1e6) | st.just(np.nan)), st.booleans())
def test_a_grid_counts_every_row_and_asks_about_values_that_occur(column: NDArray[np.float64], words: bool) -> None:
    points, shares = _grid(column, words=words)
    assert len(points) == len(shares) <= GRID + 1
    known = points[~np.isnan(points)]
    assert np.isin(known, column).all()
    assert np.isnan(column).any() == np.isnan(points).any()
    assert shares.sum() == pytest.approx(1) or (words and np.unique(column).size > GRID)
