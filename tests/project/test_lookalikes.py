"""`init` tells what a person would read otherwise than ingest does."""

from __future__ import annotations

import polars as pl
import pytest

from workbench.project.lookalikes import lookalikes

LABELS = ["p", "q"] * 50
NUMBERS = [f"{i}.5" for i in range(100)]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([*NUMBERS[:97], "$12.30", "$9.10", "N/A"], "looks like numbers but is read as text: '0.5', '$12.30', 'N/A'"),
        ([*NUMBERS[:95], *["12,30"] * 5], "looks like numbers but is read as text: '0.5', '12,30'"),
        ([f"{i} %" for i in range(100)], "looks like numbers but is read as text: '0 %'"),
        (
            [*["2024-01-05"] * 60, *["05/01/2024"] * 40],
            "looks like dates but is read as text: '2024-01-05', '05/01/2024'",
        ),
    ],
)
def test_numbers_and_dates_that_are_texts_are_named(values: list[str], told: str) -> None:
    assert lookalikes(pl.DataFrame({"x": values, "y": LABELS}), "y") == (f"'x' {told}",)


@pytest.mark.parametrize(
    "values",
    [
        [f"0{i:04d}" for i in range(100)],
        [f"192.168.{i}.1" for i in range(100)],
        [f"1.2.{i % 10}" for i in range(100)],
        [*NUMBERS[:80], *["none"] * 20],
        [f"flat {i}" for i in range(100)],
        [None] * 100,
    ],
)
def test_codes_and_words_are_not(values: list[str | None]) -> None:
    assert lookalikes(pl.DataFrame({"x": pl.Series(values, dtype=pl.String), "y": LABELS}), "y") == ()


def test_labels_that_differ_in_dress_only_are_named() -> None:
    frame = pl.DataFrame({"y": ["yes"] * 5 + ["Yes"] * 4 + ["YES "] * 3 + ["no"] * 9})
    assert lookalikes(frame, "y") == ("labels of 'y' that differ only in case or spaces: 'yes', 'Yes', 'YES '",)


def test_a_target_of_numbers_and_columns_of_numbers_say_nothing() -> None:
    assert lookalikes(pl.DataFrame({"x": [1.5, 2.5], "y": [1, 2]}), "y") == ()
