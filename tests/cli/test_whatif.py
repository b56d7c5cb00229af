"""The command `whatif` and the notebook beside it: the same scenarios, the same choice."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from tests.decide.test_scenarios import METRICS, RATES, profiled
from workbench import artifacts
from workbench.cli.entry import application
from workbench.model import Roles

NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "whatif.ipynb"
PARAMS = """ingest:
  sources: {a: {path: a.csv}}
  table: a
  target: y
cost:
  traffic: {requests_per_day: 100_000}
  error_usd: {false_positive: 0.0001, false_negative: 0.0005}
decide:
  limits: {latency_p99_ms: 200}
"""
SCENARIOS = """scenarios:
  busy:
    probability: 0.4
    cost.traffic.requests_per_day: 30_000_000
    cost.error_usd.false_negative: 0.00001
  strict: {probability: 0.1, decide.limits.latency_p99_ms: 5}
  dear: {probability: 0.2, prices: {machine: 1.5}}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project that was evaluated, priced and decided."""
    (tmp_path / "params.yaml").write_text(PARAMS + SCENARIOS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    roles = Roles("y", "binary", ("no", "yes"), ("x",), None, (), {})
    costs = profiled().with_columns(metric=pl.lit("average_precision"))
    decision = {"candidate": "large", "threshold": 0.3, "usd_per_month": 99.0}
    for stage, files in {
        "ingest": {"data/processed/roles.json": roles.to_json()},
        "evaluate": {"data/evaluation/metrics.parquet": METRICS, "data/evaluation/error_rates.parquet": RATES},
        "cost": {"data/cost/candidates.parquet": costs},
        "decide": {"decisions/current.json": decision},
    }.items():
        artifacts.commit(stage, files, root=tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(application(), ["whatif", *arguments])


def read_json() -> dict[str, Any]:
    done = run("--json")
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_every_scenario_has_its_best_and_there_is_one_for_all(project: Path) -> None:
    found = read_json()
    by_name = {row["scenario"]: row for row in found["scenarios"]}
    assert list(by_name) == ["as stated", "busy", "strict", "dear"]
    assert by_name["as stated"]["probability"] == 0.3
    assert by_name["strict"]["candidate"] == "small"
    assert by_name["busy"]["changes"].startswith("cost.traffic.requests_per_day 30,000,000")
    assert found["robust"] == "small" == found["one_for_all"][0]["id"]
    assert found["least_expected"] == "small"
    assert found["kept"]["candidate"] == "large"
    assert set(found["kept"]["usd_per_month"]) == set(by_name)
    cells = {(row["scenario"], row["id"]): row for row in found["choices"]}
    assert cells["strict", "large"]["regret_usd"] is None
    assert cells["strict", "large"]["breaks"] == "latency_p99_ms"
    for row in cells.values():
        if row["regret_usd"] is not None:
            best = by_name[row["scenario"]]["usd_per_month"]
            assert row["regret_usd"] == pytest.approx(row["usd_per_month"] - best)


def test_people_get_tables_and_a_paragraph(project: Path) -> None:
    done = run()
    assert done.exit_code == 0, done.output
    for words in ("regret of one candidate for all", "busy", "latency_p99_ms", "expected", "prices.machine 1.5"):
        assert words in done.stdout
    said = " ".join(done.stdout.split())
    assert read_json()["advice"] in said
    assert "states no scenarios" not in done.stdout


def test_without_scenarios_the_terms_as_stated_are_played_and_an_example_is_given(project: Path) -> None:
    (project / "params.yaml").write_text(PARAMS, encoding="utf-8")
    found = read_json()
    assert [row["scenario"] for row in found["scenarios"]] == ["as stated"]
    assert found["least_expected"] is None
    said = run().stdout
    assert "params.yaml states no scenarios" in said
    example = "scenarios:\n  double traffic: {cost.traffic.requests_per_day: 2_000_000}"
    (project / "params.yaml").write_text(f"{PARAMS}{example}\n", encoding="utf-8")
    assert [row["scenario"] for row in read_json()["scenarios"]] == ["as stated", "double traffic"]


def test_without_a_decision_nothing_is_kept(project: Path) -> None:
    (project / "decisions" / "current.json").unlink()
    shutil.rmtree(project / "manifests")
    for stage, files in {
        "cost": {"data/cost/candidates.parquet": profiled().with_columns(metric=pl.lit("average_precision"))},
        "evaluate": {"data/evaluation/metrics.parquet": METRICS, "data/evaluation/error_rates.parquet": RATES},
        "ingest": {"data/processed/roles.json": Roles("y", "binary", ("no", "yes"), ("x",), None, (), {}).to_json()},
    }.items():
        artifacts.commit(stage, files, root=project)
    assert read_json()["kept"] is None


def test_a_mistake_in_a_scenario_is_one_paragraph(project: Path) -> None:
    (project / "params.yaml").write_text(f"{PARAMS}scenarios:\n  a: {{cost.trafic: 1}}\n", encoding="utf-8")
    code = "from workbench.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "whatif"], cwd=project, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "params.yaml:11, key scenarios.a.cost.trafic: unknown key" in done.stderr
    assert "did you mean traffic?" in done.stderr
    assert done.stdout == ""


def test_a_machine_that_nobody_sells_is_named(project: Path) -> None:
    (project / "params.yaml").write_text(f"{PARAMS}scenarios:\n  a: {{cost.instance: aws/x/y}}\n", encoding="utf-8")
    done = run()
    assert done.exit_code == 1
    assert "aws/x/y" in str(done.exception)


def cells_run() -> tuple[dict[str, Any], str]:
    """Run the notebook's code as a kernel would, last expressions and all."""
    known: dict[str, Any] = {}
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        for cell in json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                exec("".join(cell["source"]), known)  # noqa: S102 - the notebook is ours
    return known, printed.getvalue()


def test_the_notebook_comes_to_the_same_choice_as_the_command(project: Path) -> None:
    known, printed = cells_run()
    found = read_json()
    assert known["choice"] == found["robust"]
    assert found["advice"] in printed
    assert f"workbench decide --candidate {found['robust']}" in printed


def test_the_notebook_writes_nothing(project: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in project.rglob("*") if path.is_file()}
    cells_run()
    assert {path: path.stat().st_mtime_ns for path in project.rglob("*") if path.is_file()} == before


def test_the_notebook_has_five_beats() -> None:
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    text = "".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    places = [text.index(heading) for heading in ("# What if", "## Read", "## Compute", "## Look", "## Write")]
    assert places == sorted(places)


def test_a_new_project_gets_the_notebook() -> None:
    from workbench.project import shipped  # noqa: PLC0415 - only here

    assert shipped.notebooks()[NOTEBOOK.name] == NOTEBOOK.read_bytes()


@pytest.mark.slow
def test_plain_papermill_runs_it(project: Path) -> None:
    command = [sys.executable, "-m", "papermill", str(NOTEBOOK), "out.ipynb"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    outputs = [
        output
        for cell in json.loads((project / "out.ipynb").read_text(encoding="utf-8"))["cells"]
        for output in cell.get("outputs", [])
    ]
    shown = "".join(str(output.get("data", {}).get("text/html", "")) for output in outputs)
    assert shown.count("<figure") == 2
    assert shown.count("<table") == 2
