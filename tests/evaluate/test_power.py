from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from workbench.evaluate import detectable, power_curve, rows_for
from workbench.evaluate.power import WANTED, power


def test_no_difference_is_found_as_often_as_the_interval_allows() -> None:
    assert power(np.array(0.0), 0.3, 1.959964) == pytest.approx(0.05, abs=1e-6)


def test_the_detectable_difference_is_found_four_times_in_five() -> None:
    least = detectable(0.02, 1.98)
    assert power(np.array(least), 0.02, 1.98) == pytest.approx(WANTED, abs=1e-3)


def test_the_rows_asked_for_have_the_power_wanted() -> None:
    needed = rows_for(0.01, 0.02, 1.98, 1000)
    assert needed is not None
    assert power(np.array(0.01), 0.02 * np.sqrt(1000 / needed), 1.98) == pytest.approx(WANTED, abs=1e-3)
    assert rows_for(0.0, 0.02, 1.98, 1000) is None
    assert rows_for(1e-12, 0.02, 1.98, 1000) is None
    assert rows_for(0.1, float("nan"), 1.98, 1000) is None


def test_power_rises_with_the_difference_and_with_the_rows() -> None:
    curve = power_curve(0.01, 2.0, 500)
    assert curve["rows"].unique().sort().to_list() == [500, 2000, 8000]
    for part in curve.partition_by("rows"):
        assert part["power"].is_sorted()
    at = curve.filter(pl.col("difference") == curve["difference"][20]).sort("rows")
    assert at["power"].is_sorted()
    assert power_curve(0.0, 2.0, 500).is_empty()
