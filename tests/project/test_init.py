"""`init` makes a working project from any table, or says in one paragraph why not and leaves nothing behind."""

from __future__ import annotations

import gzip
import io
import os
import random
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import polars as pl
import pytest

from workbench.errors import ArtifactError, FeatureError, SourceError, UsageError, WorkbenchError
from workbench.ingest.deriving import derive, keep
from workbench.params.reading import read_file
from workbench.project import init

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROWS = 200


def _table(rows: int = ROWS) -> pl.DataFrame:
    draw = random.Random(7)
    return pl.DataFrame(
        {
            "id": [f"u{number:05d}" for number in range(rows)],
            "age": [draw.randrange(18, 90) for _ in range(rows)],
            "city": [draw.choice(["Zürich", "Bern", "Basel"]) for _ in range(rows)],
            "fixed": ["x"] * rows,
            "bought": [draw.choice(["no", "yes"]) for _ in range(rows)],
        }
    )


def _csv(frame: pl.DataFrame) -> bytes:
    return frame.write_csv().encode()


def _tree(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def _git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    file = tmp_path / "clicks.csv"
    file.write_bytes(_csv(_table()))
    return file


def test_a_project_is_whole(tmp_path: Path, csv: Path) -> None:
    made = init(tmp_path / "new" / "project", csv, "bought")
    root = tmp_path / "new" / "project"
    assert made.fit.task == "binary"
    assert dict(made.fit.exclude).keys() == {"id", "fixed"}
    assert _git(root, "status", "--porcelain") == ""
    assert _git(root, "log", "--format=%s").strip() == "Start a workbench project on clicks"
    assert "data/raw/clicks.csv" not in _git(root, "ls-files").splitlines()
    assert (root / "data/raw/clicks.csv").read_bytes() == csv.read_bytes()
    assert {path.name for path in (root / "notebooks").iterdir()} >= {"ingest.ipynb", "explore.ipynb"}
    assert "prices.yaml" in _git(root, "ls-files").splitlines(), "the stage cost depends on it"
    assert "analytics = false" in (root / ".dvc/config").read_text(encoding="utf-8")
    text = (root / "params.yaml").read_text(encoding="utf-8")
    assert "- id  # a different value in nearly every row" in text
    assert read_file(root / "params.yaml").params.ingest.exclude == ("id", "fixed")
    assert _tree(tmp_path / "new")[0] == "project"


def test_the_command_that_comes_next_works_in_any_folder(tmp_path: Path, csv: Path) -> None:
    told = init(tmp_path / "my 'new' project", csv, "bought").summary()
    command = next(line.removeprefix("next: ") for line in told if line.startswith("next: "))
    assert command.endswith(" && dvc repro")
    arrived = subprocess.run(
        ["/bin/sh", "-c", command.replace("dvc repro", "pwd")], capture_output=True, text=True, check=True
    )
    assert arrived.stdout.strip() == str(tmp_path / "my 'new' project")


def test_dvc_knows_the_data_and_the_stages(tmp_path: Path, csv: Path) -> None:
    init(tmp_path / "p", csv, "bought")
    done = subprocess.run(
        [sys.executable, "-m", "dvc", "status", "data/raw/clicks.csv.dvc"],
        cwd=tmp_path / "p",
        capture_output=True,
        text=True,
        check=True,
    )
    assert "up to date" in done.stdout
    listed = subprocess.run(
        [sys.executable, "-m", "dvc", "stage", "list", "--name-only"],
        cwd=tmp_path / "p",
        capture_output=True,
        text=True,
        check=True,
    )
    assert listed.stdout.split() == ["strip", "ingest", "train", "evaluate", "cost", "decide"]


def test_without_an_identity_the_repository_gets_one(
    tmp_path: Path, csv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL", "EMAIL"):
        monkeypatch.delenv(name, raising=False)
    init(tmp_path / "p", csv, "bought")
    monkeypatch.delenv("GIT_DIR")
    assert _git(tmp_path / "p", "log", "--format=%an <%ae>").strip() == "workbench <workbench@localhost>"


def _parquet(frame: pl.DataFrame) -> bytes:
    out = io.BytesIO()
    frame.write_parquet(out)
    return out.getvalue()


def _zip(frame: pl.DataFrame) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("inner.csv", _csv(frame))
    return out.getvalue()


FORMATS: dict[str, Callable[[pl.DataFrame], bytes]] = {
    "t.parquet": _parquet,
    "t.jsonl": lambda frame: frame.write_ndjson().encode(),
    "t.csv.gz": lambda frame: gzip.compress(_csv(frame)),
    "t.csv.zip": _zip,
    "t.tsv": lambda frame: frame.write_csv(separator="\t").encode(),
    "utf16.csv": lambda frame: frame.write_csv().encode("utf-16"),
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_taken(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(FORMATS[name](_table()))
    made = init(tmp_path / "p", tmp_path / name, "bought")
    assert (made.fit.rows, made.fit.columns, made.fit.task) == (ROWS, 5, "binary")
    assert (tmp_path / "p" / made.fit.path).is_file()


@pytest.mark.parametrize(
    ("column", "values", "task"),
    [
        ("price", lambda i: i * 1.5 + (i * 7919 % 13), "regression"),
        ("grade", lambda i: "abc"[i % 3], "multiclass"),
        ("flag", lambda i: bool(i * 7919 % 5 > 2), "binary"),
    ],
)
def test_the_task_is_inferred(tmp_path: Path, column: str, values: Callable[[int], object], task: str) -> None:
    frame = _table().drop("bought").with_columns(pl.Series(column, [values(i) for i in range(ROWS)]))
    (tmp_path / "t.csv").write_bytes(_csv(frame))
    made = init(tmp_path / "p", tmp_path / "t.csv", column)
    assert made.fit.task == task
    assert read_file(tmp_path / "p" / "params.yaml").params.ingest.task == task


def test_odd_names_are_kept(tmp_path: Path) -> None:
    names = {"age": "Größe: {a}", "city": 'it\'s "x", #1', "bought": "yes", "fixed": "  "}
    file = tmp_path / "Kunden 'neu' (2024) ${x}.csv"
    file.write_bytes(_csv(_table().rename(names)))
    made = init(tmp_path / "mein Projekt ü", file, "yes")
    params = read_file(tmp_path / "mein Projekt ü" / "params.yaml").params.ingest
    assert params.target == "yes"
    assert params.exclude == ("id", "  ")
    assert made.fit.path == "data/raw/kunden_neu_2024_x.csv"


def test_time_splits_by_time_and_missing_markers_are_found(tmp_path: Path) -> None:
    start = pl.datetime(2024, 1, 1)
    frame = _table().with_columns(
        when=(start + pl.duration(hours=pl.int_range(ROWS))).dt.strftime("%Y-%m-%dT%H:%M:%S"),
        age=pl.when(pl.col("age") > 80).then(pl.lit("NA")).otherwise(pl.col("age").cast(pl.String)),
        ratio=pl.when(pl.col("age") < 25).then(pl.lit("inf")).otherwise(pl.lit("1.5")),
    )
    (tmp_path / "t.csv").write_bytes(_csv(frame))
    fit = init(tmp_path / "p", tmp_path / "t.csv", "bought").fit
    assert fit.time == "when"
    assert fit.null_values == ("NA", "inf")


def test_time_is_not_used_where_it_hides_a_class(tmp_path: Path) -> None:
    frame = (
        _table()
        .with_columns(
            when=(pl.date(2024, 1, 1) + pl.duration(days=pl.int_range(ROWS))).dt.strftime("%Y-%m-%d"),
            bought=pl.when(pl.int_range(ROWS) < 100).then(pl.lit("yes")).otherwise(pl.lit("no")),
        )
        .with_columns(bought=pl.when(pl.int_range(ROWS) < 5).then(pl.lit("no")).otherwise(pl.col("bought")))
    )
    (tmp_path / "t.csv").write_bytes(_csv(frame))
    fit = init(tmp_path / "p", tmp_path / "t.csv", "bought").fit
    assert fit.time is None
    assert "one class only" in fit.time_reason


def test_a_missing_label_is_no_class_and_hides_no_leak(tmp_path: Path) -> None:
    frame = _table().with_columns(
        leak=pl.col("bought").replace({"yes": "closed", "no": "open"}),
        bought=pl.when(pl.int_range(ROWS) % 20 == 0).then(pl.lit("NA")).otherwise(pl.col("bought")),
    )
    (tmp_path / "t.csv").write_bytes(_csv(frame))
    made = init(tmp_path / "p", tmp_path / "t.csv", "bought")
    assert (made.fit.task, made.fit.null_values, made.fit.unlabelled) == ("binary", ("NA",), 10)
    assert "leak" in made.fit.exclude
    assert "  10 rows without a target are dropped by rule" in made.summary()


def test_a_class_called_none_stays_one(tmp_path: Path) -> None:
    damage = pl.Series("damage", [("none", "minor", "major")[row * row % 7 % 3] for row in range(ROWS)])
    (tmp_path / "t.csv").write_bytes(_csv(_table().with_columns(damage)))
    fit = init(tmp_path / "p", tmp_path / "t.csv", "damage").fit
    assert (fit.null_values, fit.unlabelled) == ((), 0)


@pytest.mark.parametrize("labels", [("none", "mild", "severe"), ("none", "mild")])
def test_what_means_missing_elsewhere_stays_a_class_of_the_target(tmp_path: Path, labels: tuple[str, ...]) -> None:
    dose = pl.Series("dose", ["none" if row % 4 == 0 else str(row) for row in range(ROWS)])
    worse = pl.Series("worse", [labels[row * row % 7 % len(labels)] for row in range(ROWS)])
    (tmp_path / "t.csv").write_bytes(_csv(_table().with_columns(dose, worse)))
    fit = init(tmp_path / "p", tmp_path / "t.csv", "worse").fit
    assert (fit.null_values, fit.unlabelled, fit.task) == ((), 0, "binary" if len(labels) == 2 else "multiclass")


@pytest.mark.parametrize("name", ["True", "null", "yes"])
def test_a_file_may_be_named_as_a_value_is_written(tmp_path: Path, name: str) -> None:
    (tmp_path / f"{name}.csv").write_bytes(_csv(_table()))
    init(tmp_path / "p", tmp_path / f"{name}.csv", "bought")
    assert read_file(tmp_path / "p" / "params.yaml").params.ingest.table == name.lower()


def test_targets_that_are_no_number_are_dropped_by_rule(tmp_path: Path) -> None:
    draw = random.Random(3)
    paid = [
        float("nan") if row % 7 == 0 else float("inf") if row % 11 == 0 else draw.gauss(5, 1) for row in range(ROWS)
    ]
    _table().with_columns(paid=pl.Series(paid)).write_parquet(tmp_path / "t.parquet")
    made = init(tmp_path / "p", tmp_path / "t.parquet", "paid")
    lost = sum(row % 7 == 0 or row % 11 == 0 for row in range(ROWS))
    assert (made.fit.task, made.fit.unlabelled) == ("regression", lost)
    params = read_file(tmp_path / "p" / "params.yaml").params.ingest
    kept = keep(_table().with_columns(paid=pl.Series(paid)), str(params.keep), ["paid"])
    assert kept.height == ROWS - lost
    assert kept["paid"].is_finite().all()


def test_numbers_with_a_decimal_comma_are_derived(tmp_path: Path) -> None:
    comma = pl.col("age").cast(pl.Float64).mul(0.1).round(1).cast(pl.String).str.replace(".", ",", literal=True)
    frame = _table().with_columns(
        comma.alias('Größe "(m)"'),
        pl.when(pl.col("age") > 80).then(pl.lit("NA")).otherwise(comma).alias("gaps"),
        pl.lit("1,200").alias("thousands"),
        price=pl.format("1.{},5", pl.col("age") + 100),
    )
    (tmp_path / "t.csv").write_bytes(frame.write_csv(separator=";").encode())
    fit = init(tmp_path / "p", tmp_path / "t.csv", "bought").fit
    params = read_file(tmp_path / "p" / "params.yaml").params.ingest
    assert list(params.derive) == ['Größe "(m)"_number', "gaps_number", "price_number"]
    assert {'Größe "(m)"', "gaps", "price"} <= set(params.exclude)
    assert fit.null_values == ("NA",)
    derived = derive(frame.with_columns(gaps=comma), params.derive)
    assert derived["price_number"].to_list() == [1100.5 + age for age in frame["age"]]
    assert derived['Größe "(m)"_number'].dtype == pl.Float64


def test_a_target_with_a_decimal_comma_is_a_number(tmp_path: Path) -> None:
    frame = _table().with_columns(paid=pl.format("{},25", pl.col("age")))
    (tmp_path / "t.csv").write_bytes(_csv(frame))
    fit = init(tmp_path / "p", tmp_path / "t.csv", "paid").fit
    assert (fit.target, fit.task) == ("paid_number", "regression")
    assert "paid" in fit.exclude


def test_rows_that_cannot_be_used_are_handled(tmp_path: Path) -> None:
    lines = _csv(_table()).decode().splitlines()
    lines[5] = lines[5] + ",surplus"
    lines[6] = lines[6].rsplit(",", 1)[0]
    (tmp_path / "t.csv").write_text("\n".join(lines), encoding="utf-8")
    fit = init(tmp_path / "p", tmp_path / "t.csv", "bought").fit
    assert fit.rows == ROWS - 2


def test_thousands_of_columns_are_handled(tmp_path: Path) -> None:
    draw = random.Random(1)
    frame = pl.DataFrame({f"c{number}": [draw.random() for _ in range(60)] for number in range(5000)})
    (tmp_path / "t.csv").write_bytes(_csv(frame.with_columns(y=pl.int_range(60) % 2)))
    fit = init(tmp_path / "p", tmp_path / "t.csv", "y").fit
    assert fit.columns == 5001
    assert fit.task == "binary"


def _without(frame: pl.DataFrame, **columns: pl.Expr) -> bytes:
    return _csv(frame.with_columns(**columns))


BAD: dict[str, tuple[bytes, type[WorkbenchError], str]] = {
    "empty file": (b"", SourceError, "empty"),
    "blank file": (b"\n\n", SourceError, "row|empty|header"),
    "header only": (b"id,age,bought\n", SourceError, "row"),
    "few rows": (_csv(_table(5)), SourceError, "too few rows.*at least 30"),
    "one class": (_without(_table(), bought=pl.lit("yes")), FeatureError, "same in every row"),
    "no label": (_without(_table(), bought=pl.lit(None, pl.String)), FeatureError, "missing in every row"),
    "few labels": (
        _without(_table(), bought=pl.when(pl.int_range(ROWS) < 20).then(pl.col("bought"))),
        FeatureError,
        "too few rows have a target.*20 of 200",
    ),
    "rare class": (
        _without(_table(), bought=pl.when(pl.int_range(ROWS) == 3).then(pl.lit("yes")).otherwise(pl.lit("no"))),
        FeatureError,
        "one class only|one target value only",
    ),
    "identifier as target": (_without(_table(), bought=pl.col("id")), FeatureError, "too many classes"),
    "no features": (_csv(_table().select("fixed", "bought")), FeatureError, "no column is left"),
    "target missing": (_csv(_table().rename({"bought": "bougth"})), UsageError, "no column 'bought'.*mean bougth"),
    "duplicate headers": (b"a,a,bought\n" + b"1,2,yes\n3,4,no\n" * 50, SourceError, "a"),
    "latin-1": (_csv(_table()).decode().encode("latin-1"), SourceError, "UTF-8"),
    "binary": (bytes(range(256)) * 40, SourceError, "."),
    "an image": (b"\x89PNG\r\n\x1a\n" + b"\0" * 500, SourceError, "."),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_data_are_refused_and_nothing_is_left(tmp_path: Path, name: str) -> None:
    content, kind, pattern = BAD[name]
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(kind, match=pattern) as caught:
        init(tmp_path / "deep" / "project", tmp_path / "t.csv", "bought")
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == (2 if kind is UsageError else 1)
    assert _tree(tmp_path) == ["t.csv"]


def test_bad_places_are_refused(tmp_path: Path, csv: Path) -> None:
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match=r"not empty.*mine\.txt"):
        init(taken, csv, "bought")
    with pytest.raises(UsageError, match="a file is in the place"):
        init(csv, csv, "bought")
    with pytest.raises(SourceError, match=r"no such file.*did you mean clicks\.csv"):
        init(tmp_path / "p", tmp_path / "click.csv", "bought")
    with pytest.raises(SourceError, match="a folder"):
        init(tmp_path / "p", taken, "bought")
    with pytest.raises(UsageError, match="no column 'wenn'"):
        init(tmp_path / "p", csv, "bought", time="wenn")
    assert _tree(tmp_path) == ["clicks.csv", "taken", "taken/mine.txt"]


def test_an_empty_folder_is_taken(tmp_path: Path, csv: Path) -> None:
    (tmp_path / "p").mkdir()
    init(tmp_path / "p", csv, "bought")
    assert (tmp_path / "p" / "params.yaml").is_file()


def test_a_failure_half_way_leaves_nothing(tmp_path: Path, csv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    with pytest.raises(ArtifactError, match=r"git is not on PATH.*doctor"):
        init(tmp_path / "deep" / "p", csv, "bought")
    assert _tree(tmp_path) == ["clicks.csv"]


def test_what_would_mislead_is_said(tmp_path: Path) -> None:
    draw = random.Random(3)
    frame = _table().with_columns(
        price=pl.Series([f"{'$' if i % 20 == 0 else ''}{draw.randrange(9000) / 100}" for i in range(ROWS)]),
        state=pl.Series(["good" if draw.random() < 0.8 else "bad" for _ in range(ROWS)]),
    )
    lines = _csv(frame).decode().splitlines()
    lines[1::6] = [line + ",surplus" for line in lines[1::6]]
    (tmp_path / "t.csv").write_text("\n".join(lines), encoding="utf-8")
    made = init(tmp_path / "p", tmp_path / "t.csv", "state")
    said = "\n".join(made.summary())
    assert "  positive class: bad (the rarer, " in said
    assert "  34 further rows (17.0 %) do not fit and go to quarantine: more than ingest.max_quarantined" in said
    assert "  'price' looks like numbers but is read as text: '" in said
    assert read_file(tmp_path / "p" / "params.yaml").params.ingest.positive == "bad"
