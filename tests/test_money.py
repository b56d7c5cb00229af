"""Dollars in words: near the amount, with the sign in front, and never nothing for something."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.charts import labels
from workbench.money import CENT, WHOLE_DOLLARS, usd


@given(st.floats(1e-12, 1e12), st.sampled_from([1, -1]))
def test_what_is_written_is_near_the_amount(size: float, sign: int) -> None:
    text = usd(sign * size)
    assert text.startswith("-$" if sign < 0 else "$")
    written = float(text.lstrip("-").lstrip("$").replace(",", ""))
    within = 0.51 if size >= WHOLE_DOLLARS else CENT / 2 + 1e-9 if size >= CENT else 0.006 * size
    assert written == pytest.approx(size, abs=within, rel=0)
    assert written > 0


@pytest.mark.parametrize("amount", [0.0, -0.0, 0.00123, 3e-11, 12.345, 10_000, -1e7])
def test_tables_write_the_same(amount: float) -> None:
    assert labels.usd(amount) == usd(amount)
    assert labels.usd(None) == labels.usd(float("nan")) == labels.UNKNOWN
