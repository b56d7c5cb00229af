"""Pseudonyms: stable under one key, useless without it, and never leaking the value elsewhere."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from tests.ingest.sources import csv, ingest_params
from workbench.errors import ContractError, ParamsError
from workbench.ingest import IngestResult, ingest
from workbench.ingest.quarantine import WITHHELD

KEY = "a long secret of the test"
ENVIRONMENT = {"WORKBENCH_PSEUDONYM_KEY": KEY}
ROWS = "".join(f"alice{i % 5},{i % 7},{i % 2}\n" for i in range(60))


def run(environment: dict[str, str], rows: str = ROWS, **changes: object) -> IngestResult:
    params = ingest_params(pseudonymize=["name"], **changes)
    return ingest({"t": csv(f"name,a,y\n{rows}")}, params, environment=environment)


def test_values_become_keyed_hashes_and_missing_ones_stay_missing() -> None:
    result = run(ENVIRONMENT, ROWS + ",1,1\n" * 20)
    values = {*result.train["name"], *result.validation["name"], *result.test["name"]}
    expected = {hmac.new(KEY.encode(), f"alice{i}".encode(), hashlib.sha256).hexdigest() for i in range(5)}
    assert values == expected | {None}


def test_another_key_gives_other_pseudonyms() -> None:
    other = run({"WORKBENCH_PSEUDONYM_KEY": "another"})
    assert not set(run(ENVIRONMENT).train["name"]) & set(other.train["name"])


@pytest.mark.parametrize("environment", [{}, {"WORKBENCH_PSEUDONYM_KEY": ""}])
def test_a_missing_secret_is_named_not_guessed(environment: dict[str, str]) -> None:
    with pytest.raises(ParamsError, match="WORKBENCH_PSEUDONYM_KEY is not set"):
        run(environment)


def test_the_variable_is_the_one_of_params() -> None:
    assert run({"MINE": KEY}, pseudonym_key="MINE").train["name"].str.len_chars().unique().to_list() == [64]


def test_rows_set_aside_do_not_show_the_value() -> None:
    result = run(ENVIRONMENT, ROWS + "mallory,1\nmallory,1,\n")
    assert result.quarantine["t"]["raw"].to_list() == [WITHHELD] * 2
    assert "mallory" not in str(result.quarantine["t"].rows())


def test_errors_do_not_show_the_value_or_the_secret() -> None:
    params = ingest_params(
        sources={"t": {"path": "t.csv"}, "u": {"path": "u.csv"}},
        joins=[{"source": "u", "on": ["name"]}],
        pseudonymize=["name"],
    )
    sources = {"t": csv(f"name,a,y\n{ROWS}"), "u": csv("name,w\nalice1,1\nalice1,2\n", "u")}
    with pytest.raises(ContractError) as caught:
        ingest(sources, params, environment=ENVIRONMENT)
    assert "alice1" not in str(caught.value)
    assert KEY not in str(caught.value)


def test_an_unknown_column_is_refused() -> None:
    with pytest.raises(ParamsError, match=r"ingest.pseudonymize: no column 'nmae'.*did you mean name"):
        ingest({"t": csv(f"name,a,y\n{ROWS}")}, ingest_params(pseudonymize=["nmae"]), environment=ENVIRONMENT)


def test_a_derived_column_cannot_carry_the_value_past_its_pseudonym() -> None:
    derive = {"initial": "upper(name)", "again": "initial"}
    with pytest.raises(ParamsError, match="made from a pseudonymized column: name"):
        run(ENVIRONMENT, derive=derive)
    with pytest.raises(ParamsError, match=r"ingest\.derive\.again"):
        ingest(
            {"t": csv(f"name,a,y\n{ROWS}")},
            ingest_params(pseudonymize=["name", "initial"], derive=derive),
            environment=ENVIRONMENT,
        )
