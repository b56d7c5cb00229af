"""Rates of error in few bytes: read back, each is the same number to the last bit."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.widgets import cases
from tests.widgets.conftest import Watched  # noqa: TC001 - pytest resolves the annotation
from workbench.evaluate import error_rates
from workbench.widgets.page import script
from workbench.widgets.rates import RATES, rates_json


def read_back(written: dict[str, list[float]]) -> dict[str, np.ndarray]:
    rows, positives = written["rows"], written["positives"]
    alarms, found = (np.cumsum([steps[0], *(-np.array(steps[1:]))]) for steps in (written["alarms"], written["found"]))
    false_positives, false_negatives = alarms / rows, positives / rows - found / rows
    return {
        "false_positives": false_positives,
        "false_negatives": false_negatives,
        "misclassified": false_positives + false_negatives,
    }


@given(st.integers(0, 2**32 - 1), st.integers(2, 3000), st.floats(0.01, 0.99))
def test_counts_read_back_are_the_rates(seed: int, rows: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    labels = (rng.uniform(size=rows) < share).astype(float)
    table = error_rates("binary", labels, np.round(rng.uniform(size=rows), 3))
    written = rates_json(table)
    if "alarms" not in written:
        return
    for name, values in read_back(written).items():
        assert np.array_equal(values, table[RATES[name]].to_numpy())


def test_measured_rates_are_written_as_counts() -> None:
    table = cases.rates(["a"]).filter(split="validation")
    written = rates_json(table)
    assert written["rows"] == cases.ROWS
    plain = {name: table[column].to_list() for name, column in RATES.items()}
    assert len(json.dumps(written)) < 0.35 * len(json.dumps(plain))


@pytest.mark.parametrize("column", list(RATES.values())[:3])
def test_rates_that_are_no_counts_stay_as_they_are(column: str) -> None:
    table = cases.rates(["a"]).filter(split="validation").with_columns(pl.col(column) * np.pi / 4)
    written = rates_json(table)
    assert "alarms" not in written
    assert written["false_positives"] == table["false_positives_per_row"].to_list()


@pytest.mark.browser
def test_the_page_reads_the_same_bits(watched: Watched) -> None:
    table = cases.rates(["a"], seed=8).filter(split="validation")
    watched.page.set_content(f'<script type="module">{script()}\nwindow.lab = {{ readRates }};</script>')
    watched.page.wait_for_function("window.lab")
    seen = watched.page.evaluate(
        """(rates) => Object.fromEntries(
          Object.entries(lab.readRates(rates)).map(([name, values]) => [name, values.length ? [...values] : values])
        )""",
        rates_json(table),
    )
    for name, column in list(RATES.items())[:3]:
        assert seen[name] == table[column].to_list()
    assert seen["threshold"] == table["threshold"].to_list()
