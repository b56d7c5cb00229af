"""The contract: written once, read back, enforced, and kept when params grow."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ingest.sources import csv, declared, ingest_params, parse_as
from workbench.errors import ContractError
from workbench.ingest import ColumnContract, Contract, SourceContract, infer_contract, ingest, parse

TWO = {"a": "Int64", "b": "String"}
NAMES = st.text(min_size=1, max_size=12).filter(lambda text: text.isprintable())


@settings(max_examples=200, deadline=None)
@given(st.lists(NAMES, min_size=1, max_size=5, unique=True), st.lists(NAMES, max_size=3))
def test_any_names_survive_yaml(names: list[str], nulls: list[str]) -> None:
    columns = {name: ColumnContract(dtype="Int64") for name in names}
    contract = Contract(sources={names[0]: SourceContract(separator="\t", null_values=tuple(nulls), columns=columns)})
    text = contract.to_yaml()
    assert Contract.from_yaml(text) == contract
    assert list(Contract.from_yaml(text).sources[names[0]].columns) == names


@pytest.mark.parametrize(
    "name", ["null", "true", "on", "1", "1e3", "2013-01-01", "~", "a: b", "#", "- x", "'", '"', "é", "yes"]
)
def test_names_that_yaml_would_misread_survive(name: str) -> None:
    contract = declared({name: "Date" if name == "x" else "Int64"}, null_values=[name])
    assert Contract.from_yaml(contract.to_yaml()) == contract


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sources: [", "not valid YAML"),
        ("", "valid dictionary"),
        ("sources: {t: {columns: {a: Int32}}}", "sources.t.columns.a.dtype"),
        ("sources: {t: {columns: {}}}", "at least 1"),
        ("sources: {t: {columns: {a: Int64}, sep: ','}}", "unknown key"),
        ("sources: {t: {columns: {a: {dtype: Int64, format: '%Y'}}}}", "takes no format"),
        ("version: 2\nsources: {t: {columns: {a: Int64}}}", "version"),
    ],
)
def test_a_broken_contract_is_refused_with_its_key(text: str, words: str) -> None:
    with pytest.raises(ContractError, match=words):
        Contract.from_yaml(text, "contracts/ingest.yaml")


def test_a_renamed_column_is_named_with_its_nearest() -> None:
    with pytest.raises(ContractError, match=r"column 'colour'.*did you mean color\?"):
        parse_as("a,color\n1,x\n", {"a": "Int64", "colour": "String"})


def test_extra_columns_are_reported_and_ignored() -> None:
    parsed = parse_as("new,b,a\n7,x,1\n8,y,2\n", TWO)
    assert parsed.ignored == ("new",)
    assert parsed.frame.columns == ["a", "b"]
    assert parsed.frame.rows() == [(1, "x"), (2, "y")]


def test_reordered_columns_are_found_by_name() -> None:
    assert parse_as("b,a\nx,1\n", TWO).frame.rows() == [(1, "x")]


@pytest.mark.parametrize(
    ("changes", "words"), [({"null_values": ["NA"]}, "null_values"), ({"separator": ";"}, "separator")]
)
def test_other_reading_rules_than_those_of_the_contract_are_refused(changes: dict[str, object], words: str) -> None:
    params = ingest_params(sources={"t": {"path": "t.csv", **changes}})
    with pytest.raises(ContractError, match=f"another {words}.*infer it again"):
        parse(csv("a,b\n1,x\n"), declared(TWO), params)


def test_known_sources_keep_their_contract_and_new_ones_get_one() -> None:
    params = ingest_params("y", sources={"t": {"path": "t.csv"}, "u": {"path": "u.csv"}})
    rows = "".join(f"{i % 5},{i % 2}\n" for i in range(40))
    sources = {"t": csv(f"k,y\n{rows}"), "u": csv("k,v\n1,2\n", "u")}
    known = Contract(sources={"t": SourceContract(separator=",", columns={"k": "String", "y": "Int64"})})
    whole = ingest(sources, params, known).contract
    assert whole.sources["t"] == known.sources["t"]
    assert whole.sources["u"].columns["v"].dtype == "Int64"


def test_time_and_key_are_declared_complete() -> None:
    params = ingest_params(time="t", key=["k"])
    source = csv("t,k,v\n2013-01-01,1,1\n2013-01-02,,2\n")
    columns = infer_contract({"t": source}, params).sources["t"].columns
    assert [columns[name].nullable for name in ("t", "k", "v")] == [False, True, True]
