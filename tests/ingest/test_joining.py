"""Joins hold what was declared, or say what does not."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import ContractError, ParamsError
from workbench.ingest.joining import join
from workbench.params.ingest import JoinParams

TABLE = pl.DataFrame({"k": ["a", "b", None, "z"], "v": [1, 2, 3, 4]})
SOURCE = pl.DataFrame({"k": ["b", "a", None, None], "v": [20, 10, 30, 40], "w": [1.0, 2.0, 3.0, 4.0]})


def params(**changes: object) -> JoinParams:
    return JoinParams.model_validate({"source": "s", "on": ["k"], "suffix": "_s"} | changes)


def test_each_row_is_looked_up_and_missing_keys_match_nothing() -> None:
    joined = join(TABLE, SOURCE, params())
    assert joined.frame.rows() == [("a", 1, 10, 2.0), ("b", 2, 20, 1.0), (None, 3, None, None), ("z", 4, None, None)]
    assert joined.frame.columns == ["k", "v", "v_s", "w"]
    assert joined.matched_rows == 2


def test_coverage_is_counted_without_a_complete_column() -> None:
    source = pl.DataFrame({"k": ["a"], "w": pl.Series([None], dtype=pl.Int64)})
    joined = join(TABLE, source, params())
    assert (joined.matched_rows, joined.frame.columns) == (1, ["k", "v", "w"])


def test_repeated_keys_are_named_with_their_rows() -> None:
    source = pl.DataFrame({"k": ["a", "b", "a"], "w": [1, 2, 3]})
    with pytest.raises(ContractError, match=r"declared m:1.*\('a',\) in rows \[1, 3\]"):
        join(TABLE, source, params())
    with pytest.raises(ContractError) as caught:
        join(TABLE, source, params(), withhold=True)
    assert "'a'" not in str(caught.value)


def test_a_repeated_key_of_the_table_breaks_one_to_one() -> None:
    table = pl.DataFrame({"k": ["a", "a"]})
    with pytest.raises(ContractError, match="the table repeats keys"):
        join(table, SOURCE, params(validate="1:1"))


def test_a_declared_growth_is_made_and_an_explosion_refused() -> None:
    many = pl.DataFrame({"k": ["a"] * 3, "w": [1, 2, 3]})
    assert join(TABLE, many, params(validate="1:m")).frame.height == 6
    blowing = pl.DataFrame({"k": ["a"] * 3000})
    with pytest.raises(ContractError, match=r"3,000 rows would become 9,000,000"):
        join(blowing, blowing.with_columns(w=1), params(validate="m:m"))


def test_keys_of_two_types_are_refused() -> None:
    with pytest.raises(ContractError, match="'k' is String, 'k' is Int64"):
        join(TABLE, pl.DataFrame({"k": [1], "w": [1]}), params())


def test_an_unknown_key_is_named_with_its_nearest() -> None:
    with pytest.raises(ParamsError, match=r"no column 'tailnumber'.*did you mean tailnum\?"):
        join(pl.DataFrame({"tailnum": [1]}), SOURCE, params(on=["tailnumber"]))


@pytest.mark.parametrize("suffix", ["", "_t"])
def test_colliding_names_are_refused(suffix: str) -> None:
    table = TABLE.with_columns(v_t=1)
    with pytest.raises(ParamsError, match="two columns"):
        join(table, SOURCE, params(suffix=suffix))


def test_keys_of_two_names_leave_one() -> None:
    source = SOURCE.rename({"k": "code"})
    assert join(TABLE, source, params(on=(), left_on=["k"], right_on=["code"])).frame.columns == ["k", "v", "v_s", "w"]


def test_a_right_key_may_have_the_name_of_another_column_of_the_table() -> None:
    table = pl.DataFrame({"id": [1, 2], "other": [7, 8]})
    source = pl.DataFrame({"id": [7, 8], "w": [70, 80]})
    joined = join(table, source, params(on=(), left_on=["other"], right_on=["id"]))
    assert joined.frame.rows() == [(1, 7, 70), (2, 8, 80)]


def test_copies_of_columns_of_the_table_are_found() -> None:
    table = pl.DataFrame({"k": [1, 2], "year": [2013, 2014], "x": [1, 1]})
    source = pl.DataFrame({"k": [1, 2], "year": [2013, 2014], "x": [1, 2]})
    assert join(table, source, params()).copies == {"year_s": "year"}


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 5), max_size=20), st.lists(st.integers(0, 5), max_size=8))
def test_the_rows_are_those_of_a_nested_loop(left: list[int], right: list[int]) -> None:
    table = pl.DataFrame({"k": left, "i": range(len(left))}, schema={"k": pl.Int64, "i": pl.Int64})
    source = pl.DataFrame({"k": right, "j": range(len(right))}, schema={"k": pl.Int64, "j": pl.Int64})
    expected = []
    for index, key in enumerate(left):
        hits = [other for other, value in enumerate(right) if value == key] or [None]
        expected += [(key, index, hit) for hit in hits]
    joined = join(table, source, params(validate="m:m")).frame
    assert sorted(joined.rows(), key=str) == sorted(expected, key=str)
    assert joined["i"].is_sorted()
