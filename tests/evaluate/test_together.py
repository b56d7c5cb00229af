"""Which rows are drawn together follows the split, or what params.yaml says."""

from __future__ import annotations

import polars as pl
import pytest

from workbench.errors import UsageError
from workbench.evaluate import Together

ROWS = pl.DataFrame({"customer": ["b", "a", "b"], "day": [3, None, 1]})


@pytest.mark.parametrize(
    ("together", "group", "time", "kind", "by"),
    [
        ("auto", "customer", "day", "groups", "customer"),
        ("auto", None, "day", "blocks", "day"),
        ("auto", None, None, "rows", ""),
        ("rows", "customer", "day", "rows", ""),
        ("time", "customer", "day", "blocks", "day"),
        ("customer", None, "day", "groups", "customer"),
    ],
)
def test_what_is_drawn_together(together: str, group: str | None, time: str | None, kind: str, by: str) -> None:
    found = Together.chosen(together, group, time).of(ROWS)
    assert (found.kind, found.by) == (kind, by)
    assert (
        found.values is None
        if kind == "rows"
        else found.values.tolist() == ([2, 1, 2] if by == "customer" else [2, 0, 1])
    )


def test_a_column_or_a_time_that_is_not_there_is_named() -> None:
    with pytest.raises(UsageError, match=r"custommer(.|\n)*customer"):
        Together.chosen("custommer", None, None).of(ROWS)
    with pytest.raises(UsageError, match=r"ingest\.time"):
        Together.chosen("time", None, None)
