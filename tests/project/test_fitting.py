"""The fitted params.yaml reads back as what was fitted, whatever columns and files are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from workbench.ingest import Suggestion
from workbench.params.reading import read_file
from workbench.project.creating import source_name
from workbench.project.fitting import Fit, params_text, quoted
from workbench.project.shipped import as_project_pipeline, notebooks, pipeline

if TYPE_CHECKING:
    from pathlib import Path

FIT = Fit("clicks", "data/raw/clicks.csv", "bought", "binary", "two values", rows=1000, columns=5)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
ODD = [
    "yes",
    "null",
    "a: b",
    "# x",
    "it's",
    'say "x"',
    "1",
    "1e3",
    " lead",
    "tab\there",
    "北京",
    "é",
    "\x7f\x85",
    "😀",
    "-",
]


@pytest.mark.parametrize("name", ODD)
def test_an_odd_name_is_quoted(name: str) -> None:
    assert YAML(typ="safe", pure=True).load(f"{{k: {quoted(name)}}}") == {"k": name}


@given(target=NAMES, excluded=st.dictionaries(NAMES, NAMES, max_size=5), time=st.none() | NAMES, null=st.lists(NAMES))
def test_any_names_survive(
    tmp_path_factory: pytest.TempPathFactory, target: str, excluded: dict[str, str], time: str | None, null: list[str]
) -> None:
    fit = Fit("clicks", "data/raw/clicks.csv", target, "binary", target, 10, 3, excluded, time, target, tuple(null), 1)
    path = tmp_path_factory.mktemp("fit") / "params.yaml"
    path.write_text(params_text(fit), encoding="utf-8")
    found = read_file(path).params.ingest
    assert found.target == target
    assert found.exclude == tuple(excluded)
    assert found.time == time
    assert found.sources["clicks"].null_values == tuple(null)
    assert found.split.by == ("time" if time else "random")


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_every_task_has_valid_parameters(tmp_path: Path, task: str) -> None:
    fit = Fit("t", "data/raw/t.csv", "y", task, "why", rows=10, columns=2)  # type: ignore[arg-type]  # one of the tasks
    path = tmp_path / "params.yaml"
    path.write_text(params_text(fit), encoding="utf-8")
    params = read_file(path).params
    assert params.ingest.task == task
    assert sum(params.cost.error_usd.model_dump().values()) > 0


def test_reasons_stand_behind_the_columns() -> None:
    fit = Fit("t", "t.csv", "y", "binary", "r", 10, 3, exclude={"id": "unique in\nevery row", "a#b": "constant"})
    lines = params_text(fit).splitlines()
    assert "    - id  # unique in every row" in lines
    assert '    - "a#b"  # constant' in lines


@pytest.mark.parametrize("label", ["defaulted", *ODD])
def test_the_positive_class_is_written_with_the_reason(tmp_path: Path, label: str) -> None:
    fit = Fit("t", "t.csv", "y", "binary", "r", 10, 3, positive=Suggestion(label, "the rarer, 12.3 %"))
    text = params_text(fit)
    path = tmp_path / "params.yaml"
    path.write_text(text, encoding="utf-8")
    assert read_file(path).params.ingest.positive == label
    assert "  # the rarer, 12.3 %; false_negative in error_usd is one of them missed\n" in text


def test_the_budget_follows_the_size_of_the_table() -> None:
    small, large = (Fit("t", "t", "y", "binary", "", rows, 30).budget_cpu_seconds for rows in (500, 10_000_000))
    assert (small, large) == (10, 120)


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("a.csv", "a"),
        ("Kunden 2024 (neu).csv.gz", "kunden_2024_neu"),
        ("2024.csv", "table_2024"),
        ("ß'\".csv", "table"),
        ("x.parquet", "x"),
    ],
)
def test_a_source_gets_a_plain_name(tmp_path: Path, file: str, name: str) -> None:
    assert source_name(tmp_path / file) == name


def test_the_pipeline_of_a_project_depends_on_no_code_but_on_the_data() -> None:
    tree = YAML(typ="safe", pure=True).load(pipeline("data/raw/clicks.csv"))
    deps = {stage: body.get("deps", []) for stage, body in tree["stages"].items()}
    assert deps["ingest"][-1] == "data/raw/clicks.csv"
    assert not [path for paths in deps.values() for path in paths if path.startswith("workbench/")]
    assert [path for plot in tree["plots"] for path in plot] == ["plots/calibration.csv"]
    assert list(deps) == ["strip", "ingest", "train", "evaluate", "cost", "decide"]


def test_comments_of_the_pipeline_stay() -> None:
    text = "# head\nstages:\n  ingest:  # first\n    cmd: x\n    deps: [a, workbench/ingest]\n  b:\n    cmd: y\n"
    found = as_project_pipeline(text, "data/x.csv")
    assert found == "# head\nstages:\n  ingest:  # first\n    cmd: x\n    deps: [a, data/x.csv]\n  b:\n    cmd: y\n"


def test_the_notebooks_are_shipped() -> None:
    assert {"ingest.ipynb", "train.ipynb", "evaluate.ipynb", "cost.ipynb", "decide.ipynb"} <= set(notebooks())
