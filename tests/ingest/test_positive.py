"""Which of two labels is looked for: the one that params name, in the order of old where they name none."""

from __future__ import annotations

import re

import polars as pl
import pytest
from pydantic import ValidationError

from tests.ingest.sources import csv, ingest_params
from workbench.errors import ParamsError
from workbench.ingest import IngestResult, ingest, said_target, suggested
from workbench.model.labels import encode_labels


def run(labels: list[str], **changes: object) -> IngestResult:
    rows = [f"{i % 7},{labels[i % len(labels)]}" for i in range(60)]
    return ingest({"t": csv("\n".join(["a,y", *rows, ""]))}, ingest_params(**changes))


@pytest.mark.parametrize(
    ("labels", "positive", "classes"),
    [
        (["paid", "defaulted"], None, ("defaulted", "paid")),
        (["paid", "defaulted"], "defaulted", ("paid", "defaulted")),
        (["paid", "defaulted"], "paid", ("defaulted", "paid")),
        (["Ja", "Nein"], "Ja", ("Nein", "Ja")),
        (["true", "false"], None, ("false", "true")),
        (["true", "false"], False, ("true", "false")),
        (["0", "1"], 0, ("1", "0")),
        (["9", "10"], None, ("9", "10")),
        (["0.5", "1.0"], 1, ("0.5", "1.0")),
        (["no", " yes"], " yes", ("no", " yes")),
    ],
)
def test_the_named_label_is_the_positive_one(labels: list[str], positive: object, classes: tuple[str, ...]) -> None:
    result = run(labels, positive=positive)
    assert result.roles.classes == classes
    coded = encode_labels(result.train, result.roles)
    assert (coded == 1).tolist() == (result.train["y"].cast(pl.String) == classes[1]).to_list()
    assert result.summary()["positive_share_train"] == coded.mean()


@pytest.mark.parametrize(
    ("labels", "positive", "words"),
    [
        (
            ["paid", "defaulted"],
            "default",
            r"no such label\. Found: 'default'\. .*'defaulted' or 'paid'.*defaulted\?",
        ),
        (["Yes", "No"], "yes", r"Found: 'yes'.*did you mean Yes\?"),
        (["0", "1"], 2, r"Found: '2'\. Expected: '0' or '1'$"),
        (["a", "b", "c"], "a", r"only a target of two classes has a positive one, and the task is multiclass"),
    ],
)
def test_another_label_is_refused(labels: list[str], positive: object, words: str) -> None:
    with pytest.raises(ParamsError) as caught:
        run(labels, positive=positive)
    assert re.match(r"key ingest\.positive, column 'y': ", str(caught.value))
    assert re.search(words, str(caught.value)), str(caught.value)


def test_a_quantity_has_no_positive_class() -> None:
    with pytest.raises(ValidationError, match="only a target of two classes has a positive one"):
        ingest_params(positive="a", task="regression")


@pytest.mark.parametrize(
    ("labels", "label", "reason"),
    [
        (["paid", "paid", "paid", "defaulted"], "defaulted", "the rarer, 25.0 %"),
        (["good", "bad", "bad", "bad"], "good", "the rarer, 25.0 %"),
        (["Yes", "Yes", "Yes", "No"], "Yes", "the usual word, 75.0 %"),
        (["T", "F"], "T", "the usual word, 50.0 %"),
        (["1", "1", "0"], "1", "the usual word, 66.7 %"),
        (["1", "1", "2"], "2", "the rarer, 33.3 %"),
        (["a", "b"], "b", "the rarer, 50.0 %"),
    ],
)
def test_a_label_is_suggested_with_the_reason(labels: list[str], label: str, reason: str) -> None:
    first, second = sorted(set(labels))
    found = suggested(pl.Series(labels), (first, second))
    assert (found.label, found.reason) == (label, reason)


def test_the_report_names_both_errors() -> None:
    said = said_target(run(["paid", "defaulted"], positive="defaulted"))
    assert said == (
        "positive class: defaulted, of y; in error_usd a false_negative is defaulted taken for paid, "
        "and a false_positive paid taken for defaulted"
    )


def test_the_report_names_classes_that_cannot_be_judged() -> None:
    rows = [f"{i % 7},{'abc'[i % 3] if i < 40 else 'ab'[i % 2]},2024-01-{1 + i // 3:02d}" for i in range(60)]
    params = ingest_params(time="when", split={"by": "time", "validation": 0.2, "test": 0.1})
    result = ingest({"t": csv("\n".join(["a,y,when", *rows, ""]))}, params)
    assert said_target(result).splitlines() == [
        "target: y, 3 classes",
        "no row of validation is c: it says nothing about them",
        "no row of test is c: it says nothing about them",
    ]
