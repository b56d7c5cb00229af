"""Values keep their type: through the file, through `--set`, and through rewriting."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import ParamsError
from workbench.params.reading import ParamsFile, find_root, overridden, read, read_file, updated_text
from workbench.params.train import TrainParams

if TYPE_CHECKING:
    from pathlib import Path

MINIMAL = "ingest:\n  sources: {a: {path: a.csv}}\n  table: a\n  target: y\n"

TYPED = [
    ("false", False),
    ("true", True),
    ("1e-3", 0.001),
    ("no", "no"),
    ("yes", "yes"),
    ("off", "off"),
    ("0123", 123),
    ("'0123'", "0123"),
    ("null", None),
    ("~", None),
    ("'2013-09-01'", "2013-09-01"),
    ("2013-09-01", dt.date(2013, 9, 1)),
    ("a=b", "a=b"),
    ("Zürich 北京", "Zürich 北京"),
    ("'it''s'", "it's"),
    ('"say \\"x\\""', 'say "x"'),
    ("12:30:45", "12:30:45"),
    ("[1, '2', null, [false]]", [1, "2", None, [False]]),
    ("{a: {b: 1.0}}", {"a": {"b": 1.0}}),
    (".inf", math.inf),
    ("1_000", 1000),
    ("1.0", 1.0),
    ("''", ""),
]


def _read(folder: Path, text: str, *overrides: str) -> ParamsFile:
    path = folder / "params.yaml"
    path.write_text(text, encoding="utf-8")
    return read_file(path, overrides)


@pytest.mark.parametrize(("written", "expected"), TYPED)
def test_a_value_of_the_file_keeps_its_type(tmp_path: Path, written: str, expected: object) -> None:
    found = _read(tmp_path, f"{MINIMAL}  notebook: {{value: {written}}}\n").params.ingest.notebook["value"]
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(("written", "expected"), TYPED)
def test_a_value_of_set_keeps_its_type(tmp_path: Path, written: str, expected: object) -> None:
    file = _read(tmp_path, MINIMAL, f"train.notebook.value={written}")
    found = file.params.train.notebook["value"]
    assert found == expected
    assert type(found) is type(expected)
    assert "--set" in {origin for key, origin in file.origins.items() if key.startswith("train.notebook.value")}


@pytest.mark.parametrize(("written", "expected"), TYPED)
def test_the_text_behind_a_run_reads_back_the_same(tmp_path: Path, written: str, expected: object) -> None:
    first = _read(tmp_path, MINIMAL, f"train.notebook.value={written}")
    again = _read(tmp_path, first.text)
    assert again.params == first.params


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]))
    | st.dates(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abcxyz", min_size=1), inner, max_size=4),
    max_leaves=10,
)


@given(value=VALUES)
def test_any_value_survives_rewriting(tmp_path_factory: pytest.TempPathFactory, value: object) -> None:
    text = updated_text(MINIMAL, {"train.notebook.value": value})
    file = _read(tmp_path_factory.mktemp("params"), text)
    found = file.params.train.notebook["value"]
    assert found == value
    assert type(found) is type(value)


def test_rewriting_keeps_comments_order_and_quotes() -> None:
    text = (
        "# the head\n\ntrain:  # how\n  seed: 0  # of everything\n\n# of ingest\ningest:\n  target: 'late'  # quoted\n"
        "  sources:\n    flights: {path: a.csv, null_values: [NA]}  # flow\n  table: flights\n# the end\n"
    )
    changed = updated_text(text, {"train.seed": 7})
    assert changed == text.replace("seed: 0 ", "seed: 7 ")


def test_a_section_that_is_absent_is_added(tmp_path: Path) -> None:
    file = _read(tmp_path, updated_text(MINIMAL, {"decide.candidate": "b03", "decide.limits.latency_p99_ms": 5.0}))
    assert file.params.decide.candidate == "b03"
    assert file.params.decide.limits.latency_p99_ms == 5.0


def test_origins_name_the_line_the_flag_or_the_default(tmp_path: Path) -> None:
    origins = _read(tmp_path, f"{MINIMAL}train:\n  metric: log_loss\n", "train.seed=3").origins
    assert origins["ingest.target"] == "params.yaml:4"
    assert origins["train.metric"] == "params.yaml:6"
    assert origins["train.seed"] == "--set"
    assert origins["train.device"] == "default"


def test_notebook_values_replace_fields_and_ellipsis_keeps_them() -> None:
    assert overridden(TrainParams(), seed=3, metric=...).seed == 3
    assert overridden(TrainParams(metric="log_loss"), seed=3, metric=...).metric == "log_loss"
    with pytest.raises(ParamsError, match=r"notebook parameters, key seed: Input should be a number\. Found: 'x'"):
        overridden(TrainParams(), seed="x")


def test_the_parameters_of_the_run_in_progress_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "params.yaml").write_text(MINIMAL, encoding="utf-8")
    snapshot = tmp_path / "snapshot.yaml"
    snapshot.write_text(f"{MINIMAL}train: {{seed: 9}}\n", encoding="utf-8")
    inner = tmp_path / "deep" / "er"
    inner.mkdir(parents=True)
    monkeypatch.delenv("WORKBENCH_PARAMS", raising=False)
    assert read(inner).train.seed == 0
    assert find_root(inner) == tmp_path.resolve()
    monkeypatch.setenv("WORKBENCH_PARAMS", str(snapshot))
    assert read(inner).train.seed == 9


def test_merged_keys_and_anchors_work(tmp_path: Path) -> None:
    text = (
        "ingest:\n  sources:\n    a: &common {path: a.csv, null_values: [NA]}\n    b: {<<: *common, path: b.csv}\n"
        "  table: a\n  target: y\n"
    )
    file = _read(tmp_path, text)
    assert file.params.ingest.sources["b"].null_values == ("NA",)
    assert file.params.ingest.sources["b"].path == "b.csv"
