"""From sources to a labelled table: what is derived, kept, predicted, left out, and counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ingest.sources import csv, ingest_params
from workbench.errors import ContractError, FeatureError, ParamsError, WorkbenchError
from workbench.ingest import IngestResult, Step, ingest
from workbench.ingest.deriving import made_from, sources_of

if TYPE_CHECKING:
    from collections.abc import Iterable


def run(header: str, rows: Iterable[str], target: str = "y", **changes: object) -> IngestResult:
    text = "\n".join([header, *rows, ""])
    return ingest({"t": csv(text)}, ingest_params(target, **changes))


NUMBERS = [f"{i % 7},{i % 2},{i % 3}" for i in range(60)]


def test_columns_are_derived_in_order_and_rows_kept_and_counted() -> None:
    result = run("a,b,c", NUMBERS, "d", derive={"s": "a + c", "d": "s > 4"}, keep="a <> 6")
    steps = {step["step"]: step for step in result.accounting.rows(named=True)}
    assert (steps["keep"]["rows_in"], steps["keep"]["dropped"]) == (60, 8)
    assert result.roles.classes == ("false", "true")
    assert result.roles.excluded["s"] == "the target 'd' is made from it"
    assert result.roles.features == ("b",)


@pytest.mark.parametrize("moment", ["{0}", "{0:04d}-01"])
def test_a_clock_that_is_no_date_orders_the_rows_and_is_no_feature(moment: str) -> None:
    rows = [f"{moment.format(1000 + i)},{i % 2},{i % 3}" for i in range(60)]
    result = run("t,y,c", rows, time="t", split={"by": "time"})
    assert result.roles.features == ("c",)
    assert result.roles.time == "t"
    assert result.roles.excluded["t"].startswith("the clock itself")
    assert "t" in result.train.columns


def test_leaks_are_left_out_through_derived_columns() -> None:
    expressions = {"s": "a + c", "y": "s > 4", "twice": "a * 2", "fine": "b + 1"}
    assert sources_of("y", expressions) == {"s", "a", "c"}
    assert set(made_from({"s", "a", "c", "y"}, expressions)) == {"s", "y", "twice"}
    result = run("a,b,c", NUMBERS, "y", derive=expressions)
    assert result.roles.features == ("b", "fine")
    assert result.roles.excluded["twice"].startswith("made from 'a'")
    assert set(result.train.columns) == {"b", "fine", "y"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"derive": {"d": "a >"}}, r"key ingest.derive.d: not a Polars SQL expression"),
        ({"derive": {"d": "aa > 1"}}, r"no column 'aa'.*did you mean"),
        ({"derive": {"a": "b"}}, r"already has a column"),
        ({"derive": {"d": "a + 'x'"}}, r"key ingest.derive.d: the expression fails"),
        ({"keep": "a"}, r"neither true nor false"),
        ({"keep": "a > 100"}, r"keeps no row"),
        ({"keep": "nope = 1"}, r"no column 'nope'"),
        ({"exclude": ["bb"]}, r"ingest.exclude: no column 'bb'"),
        ({"key": ["q"]}, r"ingest.key: no column 'q'"),
        ({"time": "when"}, r"ingest.time: no column 'when'"),
        ({"split": {"by": "group", "group": "g"}}, r"ingest.split.group: no column 'g'"),
        ({"exclude": ["c"]}, r"the target cannot be excluded"),
        ({"target": "cc"}, r"no column 'cc' to predict"),
    ],
)
def test_params_that_do_not_fit_the_data_are_refused(changes: dict[str, object], words: str) -> None:
    given = {"target": "c"} | changes
    with pytest.raises(ParamsError, match=words):
        run("a,b,c", NUMBERS, **given)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (["1"] * 30, "the same in every row"),
        ([""] * 30, "missing in every row"),
        (["x"] + [""] * 29, "the same in every row"),
        ([f"name {i}" for i in range(30)], "too many classes"),
        (["2013-01-01", "2013-01-02"] * 15, "cannot be predicted"),
    ],
)
def test_a_target_with_nothing_to_learn_is_refused(values: list[str], words: str) -> None:
    with pytest.raises(FeatureError, match=words):
        run("a,y", [f"{i % 7},{value}" for i, value in enumerate(values)])


@pytest.mark.parametrize(
    ("values", "task", "classes"),
    [
        (["true", "false"] * 30, "binary", ("false", "true")),
        (["0", "1"] * 30, "binary", ("0", "1")),
        (["no", "yes"] * 30, "binary", ("no", "yes")),
        (["No", "yes"] * 30, "binary", ("No", "yes")),
        (["Yes", "no"] * 30, "binary", ("no", "Yes")),
        (["9", "10"] * 30, "binary", ("9", "10")),
        (["a", "b", "c"] * 20, "multiclass", ("a", "b", "c")),
        (["1", "2", "3"] * 20, "multiclass", ("1", "2", "3")),
        ([str(i) for i in range(60)], "regression", ()),
        ([f"{i}.5" for i in range(60)], "regression", ()),
        (["1.5", "2.5", "3.5"] * 20, "regression", ()),
    ],
)
def test_the_task_follows_the_target(values: list[str], task: str, classes: tuple[str, ...]) -> None:
    result = run("a,y", [f"{i % 7},{value}" for i, value in enumerate(values)])
    assert (result.roles.task, result.roles.classes) == (task, classes)


@pytest.mark.parametrize(("task", "target"), [("binary", "c"), ("regression", "w")])
def test_a_task_that_does_not_fit_is_refused(task: str, target: str) -> None:
    rows = [f"{i % 7},{i % 3},w{i % 2}" for i in range(60)]
    with pytest.raises(FeatureError):
        run("a,c,w", rows, target, task=task)


def test_rows_without_a_label_are_set_aside_with_their_position() -> None:
    rows = [*NUMBERS, "1,,2", "broken", "3,,2"]
    result = run("a,y,c", rows)
    assert result.quarantine["t"].select("row", "column", "reason").rows() == [
        (62, None, "too few fields: 1 instead of 3"),
        (61, "y", "target missing"),
        (63, "y", "target missing"),
    ]
    assert result.quarantine["t"]["raw"][2] == '{"a":3,"y":null,"c":2}'
    assert result.accounting.filter(step="target")["quarantined"].to_list() == [2]


def test_infinite_labels_are_set_aside() -> None:
    rows = [f"{i % 7},{i}.5,{i % 3}" for i in range(40)]
    result = run("a,b,c", rows, "y", derive={"y": "b / (a - 1)"})
    assert result.accounting.filter(step="target")["quarantined"].item() == 6
    assert result.train["y"].is_finite().all()


def test_columns_that_teach_nothing_are_left_out_with_the_reason() -> None:
    rows = [f"{i},u{i},7,,{i % 5},{i % 2}" for i in range(60)]
    result = run("id,name,seven,void,a,y", rows)
    assert result.roles.features == ("a",)
    assert result.roles.excluded == {
        "id": "a different value in nearly every row",
        "name": "a different value in nearly every row",
        "seven": "the same value in every row: 7",
        "void": "no value in any row",
    }


def test_no_feature_left_is_refused() -> None:
    with pytest.raises(FeatureError, match=r"no column is left.*seven"):
        run("seven,y", [f"7,{i % 2}" for i in range(60)])


def test_key_and_time_stay_in_the_table_without_being_lost() -> None:
    rows = [f"k{i},2013-01-{i % 28 + 1:02d},{i % 5},{i % 2}" for i in range(60)]
    result = run("k,t,a,y", rows, key=["k"], time="t", exclude=["t"])
    assert result.train.columns == ["k", "t", "a", "y"]
    assert result.roles.features == ("a",)


def test_a_copy_of_an_excluded_column_does_not_come_back_through_a_join() -> None:
    params = ingest_params(
        sources={"t": {"path": "t.csv"}, "u": {"path": "u.csv"}},
        joins=[{"source": "u", "on": ["k"], "suffix": "_u"}],
        exclude=["day"],
    )
    rows = "".join(f"{i % 5},{i % 5 + 10},{i % 2},{i % 3}\n" for i in range(60))
    other = "k,day,w\n" + "".join(f"{i},{i + 10},{i * 2}\n" for i in range(5))
    result = ingest({"t": csv(f"k,day,y,a\n{rows}"), "u": csv(other, "u")}, params)
    assert result.roles.excluded["day_u"] == "repeats 'day' of the table"
    assert "100.00% of rows matched" in result.accounting.filter(step="join u")["note"].item()


def test_the_summary_counts_what_the_accounting_says() -> None:
    result = run("a,b,c", [*NUMBERS, "1", "1,,2"], "b", keep="a <> 6")
    summary = result.summary()
    kept = summary["rows_train"] + summary["rows_validation"] + summary["rows_test"]
    assert summary["rows_read"] == 62 == kept + summary["rows_quarantined"] + summary["rows_dropped"]
    assert summary["rows_quarantined"] == 2
    assert 0 < summary["positive_share_train"] < 1


def test_a_step_that_loses_rows_cannot_be_written_down() -> None:
    with pytest.raises(ContractError, match="rows are not conserved"):
        Step("read t", 3, 2)


def test_ingest_gives_the_same_bytes_twice() -> None:
    first, second = (run("a,b,c", NUMBERS, "c", split={"by": "random", "seed": 5}) for _ in range(2))
    for name in ("train", "validation", "test"):
        assert getattr(first, name).serialize() == getattr(second, name).serialize()
    assert first.roles.to_json() == second.roles.to_json()
    assert first.contract.to_yaml() == second.contract.to_yaml()


def test_errors_are_all_ours() -> None:
    with pytest.raises(WorkbenchError):
        run("y", ["1"])


def test_copies_that_a_join_makes_of_a_row_are_never_divided() -> None:
    sources = {
        "t": csv("\n".join(["k,y", *(f"{i},{i % 2}" for i in range(60)), ""])),
        "many": csv("\n".join(["k,item", *(f"{i},{j}" for i in range(60) for j in range(3)), ""]), "many"),
    }
    given = {
        "sources": {"t": {"path": "t.csv"}, "many": {"path": "many.csv"}},
        "joins": [{"source": "many", "on": ["k"], "validate": "1:m"}],
    }
    with pytest.raises(ParamsError, match=r"key ingest\.key: joining many makes several rows of one"):
        ingest(sources, ingest_params("y", **given))
    result = ingest(sources, ingest_params("y", **given, key=["k"]))
    seen = [set(part["k"]) for part in (result.train, result.validation, result.test)]
    assert sum(map(len, seen)) == len(set.union(*seen)) == 60
