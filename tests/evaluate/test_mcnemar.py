from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

from workbench.evaluate import mcnemar


def parted(only_a: int, only_b: int, both: int = 3) -> tuple[np.ndarray, np.ndarray]:
    a = [True] * only_a + [False] * only_b + [True] * both
    b = [False] * only_a + [True] * only_b + [True] * both
    return np.array(a), np.array(b)


@given(st.integers(0, 24), st.integers(0, 24))
def test_few_rows_that_part_are_tested_exactly(only_a: int, only_b: int) -> None:
    if not 0 < only_a + only_b < 25:
        return
    found = mcnemar(*parted(only_a, only_b))
    assert found.method == "exact"
    assert found.p_value == pytest.approx(binomtest(only_a, only_a + only_b).pvalue)


@given(st.integers(0, 300), st.integers(25, 300))
def test_more_rows_are_tested_by_mid_p_the_same_way_round(only_a: int, only_b: int) -> None:
    found, turned = mcnemar(*parted(only_a, only_b)), mcnemar(*parted(only_b, only_a))
    assert found.method == "mid-p"
    assert (found.only_a, found.only_b) == (turned.only_b, turned.only_a) == (only_a, only_b)
    assert found.p_value == turned.p_value
    exact = binomtest(only_a, only_a + only_b).pvalue
    half = binom.pmf(min(only_a, only_b), only_a + only_b, 0.5)
    assert found.p_value == pytest.approx(exact - half if exact < 1 else found.p_value)
    assert 0 < found.p_value <= 1


def test_two_that_call_every_row_alike_are_equal() -> None:
    assert mcnemar(*parted(0, 0)).p_value == 1
    assert mcnemar(*parted(9, 9)).p_value == 1
