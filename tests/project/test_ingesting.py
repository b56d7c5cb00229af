"""The stage ingest of a new project: what must not pass as done does not, and a person can read why."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from workbench.project import init

ROWS = 200


def _type(root: Path, *command: str) -> subprocess.CompletedProcess[str]:
    own = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "NO_COLOR": "1"}
    return subprocess.run(command, cwd=root, env=os.environ | own, capture_output=True, text=True, check=False)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    rows = [f"{i % 53},2024-02-{1 + i % 28:02d},{'defaulted' if i % 9 == 0 else 'paid'}" for i in range(ROWS)]
    (tmp_path / "loans.csv").write_text("\n".join(["age,when,status", *rows, ""]), encoding="utf-8")
    made = init(tmp_path / "p", tmp_path / "loans.csv", "status")
    assert "  positive class: defaulted (the rarer, 11.5 %); false_negative in error_usd is one of them missed" in (
        made.summary()
    )
    return tmp_path / "p"


def test_the_positive_class_stands_in_params_and_in_the_report(project: Path) -> None:
    done = _type(project, "workbench", "run", "ingest")
    assert done.returncode == 0, done.stderr
    assert (
        "positive class: defaulted, of status; in error_usd a false_negative is defaulted taken for paid" in done.stdout
    )
    assert "in quarantine: no row" in done.stdout
    assert json.loads((project / "data/processed/roles.json").read_text(encoding="utf-8"))["classes"] == [
        "paid",
        "defaulted",
    ]
    refused = _type(project, "workbench", "run", "ingest", "--set", "ingest.positive=defaultd")
    text = (project / "params.yaml").read_text(encoding="utf-8")
    line = next(number for number, each in enumerate(text.splitlines(), 1) if each.startswith("  positive: "))
    assert refused.returncode == 1
    assert (
        f"params.yaml:{line}, key ingest.positive, column 'status': the target has no such label. Found: 'defaultd'. "
        "Expected: 'defaulted' or 'paid'. Hint: did you mean defaulted?" in refused.stderr
    )


def test_a_row_that_comes_after_the_reading_is_not_lost(project: Path) -> None:
    path = project / "notebooks/ingest.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cell = next(cell for cell in notebook["cells"] if cell["id"] == "read")
    late = (
        "with artifacts.find_source('data/raw/loans.csv').open('a') as file:\n    file.write('30,2024-02-01,paid\\n')"
    )
    cell["source"] = ["".join(cell["source"]) + "\n" + late]
    whole = path.read_text(encoding="utf-8")
    path.write_text(json.dumps(notebook), encoding="utf-8")
    failed = _type(project, "dvc", "repro", "ingest")
    assert failed.returncode != 0
    assert "data/raw/loans.csv: the source changed after it was read, and nothing was committed" in failed.stderr
    assert not (project / "data/processed").exists()
    path.write_text(whole, encoding="utf-8")
    assert _type(project, "dvc", "repro", "ingest").returncode == 0
    accounting = pl.read_parquet(project / "data/ingest/accounting.parquet")
    assert accounting["rows_in"][0] == ROWS + 1


def test_half_the_rows_in_quarantine_is_no_success(project: Path) -> None:
    assert _type(project, "workbench", "run", "ingest").returncode == 0
    manifest = (project / "manifests/ingest.json").read_bytes()
    source = project / "data/raw/loans.csv"
    source.write_text(source.read_text(encoding="utf-8").replace("2024-02-1", "1.2.2024/1"), encoding="utf-8")
    failed = _type(project, "workbench", "run", "ingest")
    assert failed.returncode == 1
    assert "column 'when': too many rows cannot be used: 70 of 200 rows (35.0 %)" in failed.stderr
    assert "raise ingest.max_quarantined" in failed.stderr
    assert (project / "manifests/ingest.json").read_bytes() == manifest
    kept = pl.read_csv(project / ".workbench/quarantine/loans.csv", infer_schema=False)
    assert kept.height == 70
    assert kept["raw"][0] == "9,1.2.2024/10,defaulted"
    passed = _type(project, "workbench", "run", "ingest", "--set", "ingest.max_quarantined=0.5")
    assert passed.returncode == 0, passed.stderr
    assert "in quarantine: 70 of 200 rows (35.0 %) of loans" in passed.stdout
