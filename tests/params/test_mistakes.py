"""Every mistake in params.yaml becomes one paragraph with line, found, expected and the nearest name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import ParamsError, Place
from workbench.params.reading import find_root, located, read_file

if TYPE_CHECKING:
    from pathlib import Path

MINIMAL = "ingest:\n  sources: {a: {path: a.csv}}\n  table: a\n  target: y\n"

MISTAKES = {
    "unknown key": (
        f"{MINIMAL}  tabel: a\n",
        r"params\.yaml:5, key ingest\.tabel: unknown key\. Expected: one of .*table.*\. Hint: did you mean table\?",
    ),
    "unknown section": (f"{MINIMAL}trian: {{}}\n", r"params\.yaml:5, key trian: unknown key.*did you mean train\?"),
    "unknown key below": (
        f"{MINIMAL}  split:\n    validate: 0.1\n",
        r"params\.yaml:6, key ingest\.split\.validate: unknown key\. Expected: one of by, .*did you mean validation\?",
    ),
    "unknown key in a flow": (
        f"{MINIMAL}cost: {{traffic: {{request_per_day: 1}}}}\n",
        r"params\.yaml:5, key cost\.traffic\.request_per_day: .*did you mean requests_per_day\?",
    ),
    "unknown key of a source": (
        MINIMAL.replace("path: a.csv", "path: a.csv, null_value: [NA]"),
        r"params\.yaml:2, key ingest\.sources\.a\.null_value: .*did you mean null_values\?",
    ),
    "text for a number": (
        f"{MINIMAL}train: {{seed: abc}}\n",
        r"params\.yaml:5, key train\.seed: .*number.*Found: 'abc'",
    ),
    "quoted number": (f"{MINIMAL}train: {{seed: '1'}}\n", r"key train\.seed: Input should be a number\. Found: '1'"),
    "boolean for a number": (f"{MINIMAL}train: {{seed: true}}\n", r"key train\.seed: .*a number\. Found: True"),
    "fraction for an integer": (f"{MINIMAL}train: {{seed: 1.5}}\n", r"key train\.seed: .*integer.*Found: 1\.5"),
    "out of range": (f"{MINIMAL}train: {{seed: -1}}\n", r"key train\.seed: .*greater than or equal to 0\. Found: -1"),
    "seed that no generator takes": (
        f"{MINIMAL}evaluate: {{seed: -1}}\n",
        r"key evaluate\.seed: .*equal to 0\. Found: -1",
    ),
    "a positive class of many": (
        f"{MINIMAL}  task: multiclass\n  positive: a\n",
        r"params\.yaml:6, key ingest\.positive: only a target of two classes has .* multiclass\. Found: 'a'",
    ),
    "several positive classes": (f"{MINIMAL}  positive: [a]\n", r":5, key ingest\.positive: .*string\. Found: \['a'\]"),
    "more than all rows": (f"{MINIMAL}  max_quarantined: 10\n", r":5, key ingest\.max_quarantined: .*equal to 1\."),
    "number for a name": (
        MINIMAL.replace("y\n", "5\n"),
        r":4, key ingest\.target: .*string\. Found: 5\. Hint: .*quotes",
    ),
    "not among the choices": (
        f"{MINIMAL}  joins:\n    - {{source: a, on: [x], validate: 'm:2'}}\n",
        r"params\.yaml:6, key ingest\.joins\.0\.validate: .*'1:1'.*'m:m'\. Found: 'm:2'",
    ),
    "no branch of a union": (
        f"{MINIMAL}decide: {{threshold: 2}}\n",
        r"key decide\.threshold: Input should be 'auto' or less than or equal to 1\. Found: 2",
    ),
    "boolean for a union": (f"{MINIMAL}decide: {{threshold: true}}\n", r"key decide\.threshold: .*Found: True"),
    "two budgets": (
        f"{MINIMAL}train:\n  budget: {{usd: 1, trials: 2}}\n",
        r"params\.yaml:6, key train\.budget: give exactly one of cpu_seconds, usd, wall_seconds, trials",
    ),
    "workers of one process": (
        f"{MINIMAL}train: {{engine: local, workers: 2}}\n",
        r"params\.yaml:5, key train: engine: local is one process, but workers is 2",
    ),
    "trials of one process": (
        f"{MINIMAL}train: {{workers: 2, spread: trials}}\n",
        r"key train: spread: trials is what several workers do, but engine is auto; give engine: ray",
    ),
    "no workers": (f"{MINIMAL}train: {{workers: 0}}\n", r"key train\.workers: .*greater than or equal to 1"),
    "folds on a cluster": (
        f"{MINIMAL}train: {{engine: ray, workers: 2, validation: {{by: kfold}}}}\n",
        r"key train: engine: ray does not go with validation: \{by: kfold\}",
    ),
    "sets of columns on a cluster": (
        f"{MINIMAL}train: {{engine: ray, workers: 2, interactions: [[a], [b]]}}\n",
        "engine: ray does not go with interactions",
    ),
    "a GPU on a cluster": (
        f"{MINIMAL}train: {{engine: ray, workers: 2, device: gpu}}\n",
        "engine: ray does not go with device: gpu",
    ),
    "unknown source": (MINIMAL.replace("table: a", "table: b"), r"key ingest: 'b' is not one of the sources \['a'\]"),
    "time split without time": (f"{MINIMAL}  split: {{by: time}}\n", "split by: time needs the key time"),
    "section missing": ("train: {}\n", r"params\.yaml, key ingest: a required key is missing"),
    "key missing": (MINIMAL.replace("  target: y\n", ""), r"params\.yaml:1, key ingest\.target: a required key"),
    "empty section": (f"{MINIMAL}train:\n", r"params\.yaml:5, key train: .*a mapping.*Found: None\. Hint: delete"),
    "list for a section": (f"{MINIMAL}train: [1]\n", r"params\.yaml:5, key train: .*a mapping.*Found: \[1\]"),
    "duplicate key": (f"{MINIMAL}  target: z\n", r'params\.yaml:5: not valid YAML: found duplicate key "target"'),
    "tab": ("ingest:\n\ttarget: y\n", r"params\.yaml:2: not valid YAML: .*'\\t'"),
    "unclosed": (f"{MINIMAL}train: {{seed: 1\n", r"params\.yaml:6: not valid YAML"),
    "empty file": ("", "params.yaml: the parameters are not a mapping. Expected: one section per stage"),
    "scalar": ("5\n", "not a mapping"),
    "list": ("- a\n", "not a mapping"),
    "two documents": (f"{MINIMAL}---\n{MINIMAL}", r"params\.yaml:5: not valid YAML"),
    "python tag": (f"{MINIMAL}train: !!python/object:os.system {{}}\n", "YAML tags are not supported"),
    "own tag": (f"{MINIMAL}train: {{seed: !mine 3}}\n", "YAML tags are not supported. Found: !mine"),
    "nul": (f"{MINIMAL}train: {{seed: \0}}\n", "not valid YAML"),
    "deep": (f"{MINIMAL}x: {'[' * 2000}{']' * 2000}\n", "nested too deeply"),
    "large": (MINIMAL + "# padding\n" * 120_000, "too large"),
}


def _mistake(folder: Path, text: str, *overrides: str) -> ParamsError:
    path = folder / "params.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ParamsError) as caught:
        read_file(path, overrides)
    return caught.value


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_explained(tmp_path: Path, name: str) -> None:
    text, pattern = MISTAKES[name]
    error = _mistake(tmp_path, text)
    assert error.exit_code == 2
    assert "\n" not in str(error)
    error_text = str(error)
    assert re.search(pattern, error_text), error_text


def test_aliases_of_aliases_are_stopped(tmp_path: Path) -> None:
    levels = [f"    a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12)]
    text = f"{MINIMAL}  notebook:\n    a0: &a0 [1, 2, 3]\n{''.join(levels)}"
    assert "aliases expand to too many values" in str(_mistake(tmp_path, text))


def test_a_mistake_that_only_the_data_show_gets_its_line(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text(f"{MINIMAL}  positive: a\n", encoding="utf-8")
    with pytest.raises(ParamsError) as caught, located(tmp_path):
        raise ParamsError("no such label", place=Place(key="ingest.positive", column="y"))
    assert str(caught.value) == "params.yaml:5, key ingest.positive, column 'y': no such label"
    with pytest.raises(ParamsError, match=r"^t\.csv, key ingest\.target: elsewhere$"), located(tmp_path):
        raise ParamsError("elsewhere", place=Place("t.csv", key="ingest.target"))


def test_bytes_that_are_no_text_are_placed(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_bytes(MINIMAL.encode() + b"# \xff\n")
    with pytest.raises(
        ParamsError, match=r"params\.yaml:5: not UTF-8 text\. Found: byte 0xff\. Hint: save it as UTF-8"
    ):
        read_file(path)
    path.write_bytes(MINIMAL.encode("utf-16"))
    with pytest.raises(ParamsError, match="not UTF-8 text"):
        read_file(path)
    path.write_bytes(b"\xef\xbb\xbf" + MINIMAL.encode())
    assert read_file(path).params.ingest.target == "y"


@pytest.mark.parametrize(
    ("override", "pattern"),
    [
        ("train.sed=1", r"--set, key train\.sed: unknown key.*did you mean seed\?"),
        ("train.seed=abc", r"--set, key train\.seed: Input should be a number\. Found: 'abc'"),
        ("train.seed=", r"--set, key train\.seed: .*integer.*Found: None"),
        ("cost.traffic.requests_per_day=.inf", r"--set, key cost\.traffic\.requests_per_day: .*finite.*Found: inf"),
        ("train.budget.cpu_seconds=.inf", r"--set, key train\.budget\.cpu_seconds: .*finite.*Found: inf"),
        ("train.seed.x=1", r"--set, key train\.seed\.x: the key leads through a value that is no mapping"),
        ("train.seed", r"a --set is key=value\. Found: train\.seed"),
        ("=1", "a --set is key=value"),
        ("a..b=1", "a --set is key=value"),
        ("train.notebook.x=[1, a", "not valid YAML"),
        ("train.notebook.x=&a [*a]", "a value contains itself"),
        ("train.notebook.x=!!python/name:os.system", "YAML tags are not supported"),
    ],
)
def test_a_mistake_of_set_is_explained(tmp_path: Path, override: str, pattern: str) -> None:
    error = _mistake(tmp_path, f"{MINIMAL}train: {{seed: 0}}\n", override)
    assert re.search(pattern, str(error)), str(error)


def test_no_project_and_no_file(tmp_path: Path) -> None:
    with pytest.raises(ParamsError, match=r"no params\.yaml in .* Hint: .*workbench init"):
        find_root(tmp_path)
    with pytest.raises(ParamsError, match="cannot read the parameters: No such file"):
        read_file(tmp_path / "params.yaml")


@given(text=st.text(st.sampled_from("ingest:target{}[]&*!|>-# \n\t'\"\\%@`1e.,?~=é"), max_size=80))
def test_no_text_does_worse_than_a_params_error(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("params") / "params.yaml"
    path.write_text(MINIMAL + text, encoding="utf-8")
    try:
        read_file(path)
    except ParamsError:
        return
