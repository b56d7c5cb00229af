from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import time
from typing import TYPE_CHECKING

import nbformat
import polars as pl
import pytest
from nbformat.v4 import new_output
from psutil import pid_exists

from workbench import artifacts
from workbench.params.reading import read
from workbench.stages.processes import of_run
from workbench.widgets import Explorer, apply

from .conftest import DEPENDENCY, STAGES, Project

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("pipeline")]


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def stages_run(output: str) -> list[str]:
    return re.findall(r"Running stage '(\w+)'", output)


def test_from_nothing_to_a_decision(finished: Project) -> None:
    for stage in STAGES:
        assert json.loads((finished.root / "metrics" / f"{stage}.json").read_text())
        assert "DONE" in (finished.root / "reports" / f"{stage}.html").read_text()
        assert nbformat.read(finished.root / "reports" / f"{stage}.ipynb", as_version=4).cells
    decision = json.loads((finished.root / "decisions" / "current.json").read_text())
    table = pl.read_parquet(finished.root / "data/decision/candidates.parquet")
    assert decision["candidate"] in table["id"]
    assert table["on_frontier"].any()
    records = artifacts.read_runs(finished.root).records
    assert {record.stage for record in records if record.status == "DONE"} >= set(STAGES)


def test_a_second_run_does_nothing(finished: Project) -> None:
    assert stages_run(finished.type("dvc", "repro").stdout) == []
    assert "up to date" in finished.type("dvc", "status").stdout


def test_two_forced_runs_give_the_same_bytes(project: Project) -> None:
    before = digests(project.root / "data/processed") | digests(project.root / "models")
    project.type("dvc", "repro", "--force", "train")
    assert digests(project.root / "data/processed") | digests(project.root / "models") == before


def test_a_saved_notebook_reruns_only_the_strip_stage(project: Project) -> None:
    for path in (project.root / "notebooks").glob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        notebook.metadata["widgets"] = {"state": {}}
        notebook.metadata["language_info"] = {"name": "python", "version": "3.11.0"}
        for number, cell in enumerate(cell for cell in notebook.cells if cell.cell_type == "code"):
            cell.outputs = [new_output("stream", text=f"output {number}\n")]
            cell.execution_count = number + 1
            cell.metadata["execution"] = {"iopub.status.busy": "2026-01-01T00:00:00Z"}
        nbformat.write(notebook, path)
    assert stages_run(project.type("dvc", "repro").stdout) == ["strip"]


def test_a_change_in_evaluate_never_retrains(project: Project) -> None:
    with (project.root / "workbench/evaluate/__init__.py").open("a") as code:
        code.write("# a changed line\n")
    assert stages_run(project.type("dvc", "repro", "--dry").stdout) == ["evaluate", "decide"]


def test_experiments_metrics_and_plots(project: Project) -> None:
    project.type("dvc", "exp", "run", "-S", "train.seed=1", "-S", "train.budget.cpu_seconds=6")
    shown = json.loads(project.type("dvc", "exp", "show", "--json").stdout)
    assert len(json.dumps(shown)) > 100
    difference = json.loads(project.type("dvc", "metrics", "diff", "--json").stdout)
    assert any("train.json" in path or "evaluate.json" in path for path in difference)
    assert "decide" in project.type("dvc", "dag").stdout
    project.type("dvc", "plots", "show", "--json")


def test_plain_papermill_parameters_take_effect(project: Project) -> None:
    def seeds() -> list[int]:
        return pl.read_parquet(project.root / "models/trials.parquet")["seed"].head(3).to_list()

    former = seeds()
    project.type("papermill", "notebooks/train.ipynb", "out.ipynb", "-p", "seed", "3")
    assert seeds() != former
    project.type("papermill", "notebooks/train.ipynb", "out.ipynb", "-p", "seed", "0")
    assert seeds() == former


def test_run_all_from_the_notebook_folder(project: Project) -> None:
    notebooks = [f"notebooks/{stage}.ipynb" for stage in (*STAGES, "explore", "whatif")]
    done = project.type("pytest", "-q", "-p", "no:cacheprovider", "--nbval-lax", *notebooks)
    assert re.search(r"\d+ passed", done.stdout)


def test_a_failed_stage_keeps_the_former_artifacts(project: Project) -> None:
    before = digests(project.root / "data") | digests(project.root / "models")
    project.replace("evaluate.evaluate(", "evaluate.evaluat(", "notebooks/evaluate.ipynb")
    done = project.type("dvc", "repro", check=False)
    assert done.returncode != 0
    assert "AttributeError" in done.stdout + done.stderr
    assert digests(project.root / "data") | digests(project.root / "models") == before
    assert "FAILED" in (project.root / "reports/evaluate.html").read_text()
    project.replace("evaluate.evaluat(", "evaluate.evaluate(", "notebooks/evaluate.ipynb")
    project.type("dvc", "repro")
    assert "DONE" in (project.root / "reports/evaluate.html").read_text()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  seed: 0\n", "  sed: 0\n", "did you mean seed?"),
        ("budget: {cpu_seconds: 12}", "budget: {cpu_seconds: soon}", "train.budget.cpu_seconds"),
        ("raw/flights.csv", "raw/fligths.csv", "did you mean"),
        ("  target: late", "  target: lates", "did you mean"),
    ],
)
def test_a_mistake_in_params_is_one_paragraph(project: Project, old: str, new: str, said: str) -> None:
    project.replace(old, new)
    done = project.type("workbench", "run", "ingest", check=False)
    assert done.returncode in {1, 2}
    assert said in done.stdout + done.stderr


def test_everything_runs_with_the_network_cut(project: Project) -> None:
    script = "ip link set lo up && dvc repro --force"
    done = project.type("unshare", "--net", "--map-root-user", "bash", "-c", script)
    assert stages_run(done.stdout) == ["strip", *STAGES]


def test_what_the_explorer_applies_is_where_the_pipeline_ends(project: Project) -> None:
    root, params = project.root, read(project.root)
    table = artifacts.read_frame("data/decision/candidates.parquet", root)
    rates = artifacts.read_frame("data/evaluation/error_rates.parquet", root)
    explorer = Explorer(table, rates, artifacts.read_roles(root), params.cost, params.decide)
    explorer.settings = {**explorer.settings, "false_negative": 0.002, "requests_per_day": 50_000_000}
    other = next(name for name in table["id"] if name != explorer.decision().candidate)
    choice = explorer.choice(other, "the cheaper one will do")
    measured = digests(root / "data/cost")["profiles.parquet"]
    apply(choice, root)
    assert "# a needless warning, a delay nobody was warned of" in (root / "params.yaml").read_text()
    assert set(stages_run(project.type("dvc", "repro").stdout)) == {"cost", "decide"}
    decided = json.loads((root / "decisions/current.json").read_text())
    assert (decided["candidate"], decided["threshold"]) == (choice.candidate, choice.threshold)
    assert decided["usd_per_month"] == pytest.approx(choice.evidence["usd_per_month"], rel=1e-12)
    assert digests(root / "data/cost")["profiles.parquet"] == measured
    assert "the cheaper one will do" in "".join(path.read_text() for path in (root / "decisions").glob("*.yaml"))


def test_a_model_is_measured_once_however_often_cost_runs(project: Project) -> None:
    before = digests(project.root / "data/cost")
    said = project.type("dvc", "repro", "--force", "--single-item", "cost").stdout
    assert "measured now" not in said
    assert digests(project.root / "data/cost") == before
    said = project.type("workbench", "run", "cost", "--set", "cost.profiles=anew").stdout
    assert "measured now (asked for)" in said
    after = digests(project.root / "data/cost")
    assert set(after) == set(before)
    assert all(after[name] != before[name] for name in after)
    assert set(stages_run(project.type("dvc", "repro").stdout)) == {"cost", "decide"}
    assert digests(project.root / "data/cost") == after
    shutil.rmtree(project.root / "data/cost")
    project.type("dvc", "checkout", "data/cost")
    assert digests(project.root / "data/cost") == after


def test_a_changed_source_reruns_ingest_and_an_unwatched_one_is_named(project: Project) -> None:
    path = project.root / "raw/flights.csv"
    path.write_text("\n".join(path.read_text().splitlines()[:-1]) + "\n")
    assert stages_run(project.type("dvc", "repro", "--dry").stdout)[0] == "ingest"
    assert "warning" not in project.type("workbench", "run", "ingest").stdout
    project.replace(DEPENDENCY, "", "dvc.yaml")
    assert "does not list raw/flights.csv under deps" in project.type("workbench", "run", "ingest").stdout


def test_after_dvc_was_killed_nothing_is_left_and_the_next_repro_recovers(project: Project) -> None:
    before = digests(project.root / "data") | digests(project.root / "models")
    known = {record.run for record in artifacts.read_runs(project.root).records}
    command = ["dvc", "repro", "--force", "--single-item", "train"]
    with subprocess.Popen(command, cwd=project.root, env=project.environment, stdout=subprocess.PIPE) as dvc:
        assert dvc.stdout is not None
        while b"[3/" not in dvc.stdout.readline():
            assert dvc.poll() is None
        dvc.kill()
    (killed,) = [record for record in artifacts.read_runs(project.root).records if record.run not in known]
    end = time.monotonic() + 5
    while (of_run(killed.run) or pid_exists(killed.pid)) and time.monotonic() < end:
        time.sleep(0.1)
    assert of_run(killed.run) == []
    assert not pid_exists(killed.pid)
    assert digests(project.root / "data") | digests(project.root / "models") == before
    assert next(r.status for r in artifacts.read_runs(project.root).records if r.run == killed.run) == "KILLED"
    project.type("dvc", "repro")
    assert "up to date" in project.type("dvc", "status").stdout
    assert "DONE" in (project.root / "reports/train.html").read_text()
