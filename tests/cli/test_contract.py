"""What a shell sees: exit codes, one paragraph per error, JSON shapes, no colour where none is wanted."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import polars as pl
import pytest

from workbench import __version__, artifacts
from workbench.model import Roles

if TYPE_CHECKING:
    from pathlib import Path

PARAMS = "ingest:\n  sources: {a: {path: a.csv}}\n  table: a\n  target: y\n"
COMMAND = [sys.executable, "-c", "from workbench.cli import main; main()"]
MOST_TIMES_TYPER = 4
"""A library that learns, plots or reads tables takes ten times what the command line's own one does."""


def workbench(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    known = {key: value for key, value in os.environ.items() if key not in {"NO_COLOR", "FORCE_COLOR"}}
    return subprocess.run(
        [*COMMAND, *arguments], cwd=folder, env=known | environment, capture_output=True, text=True, check=False
    )


def read_json(folder: Path, *arguments: str) -> object:
    done = workbench(folder, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "params.yaml").write_text(PARAMS, encoding="utf-8")
    return tmp_path


@pytest.fixture
def evaluated(project: Path) -> Path:
    """A project whose stages committed small artifacts."""
    roles = Roles("y", "binary", ("no", "yes"), ("x",), None, (), {})
    rows = 400
    labels = [float(i * 7919 % 5 < 2) for i in range(rows)]
    good = [0.8 if label else 0.2 for label in labels]
    poor = [0.5 + 0.001 * (i % 7) for i in range(rows)]
    predictions = pl.DataFrame(
        {"split": ["test"] * rows, "row": list(range(rows)), "label": labels, "b01": good, "b02": poor}
    )
    candidates = pl.DataFrame(
        {
            "id": ["b01", "b02"],
            "kind": ["single", "baseline"],
            "train_cpu_seconds": [1.5, 0.5],
            "size_bytes": [2000, 1000],
            "rows_per_second": [1e5, 2e5],
            "latency_p50_ms": [0.2, 0.1],
            "latency_p99_ms": [0.5, 0.4],
            "usd_per_million_rows": [0.01, float("nan")],
            "usd_per_month": [73.5, 90.25],
            "validation_average_precision": [0.9, 0.5],
            "validation_log_loss": [0.2, 0.7],
            "test_average_precision": [0.88, 0.49],
            "test_log_loss": [0.22, 0.71],
            "threshold": [0.3, 0.4],
            "within_limits": [True, False],
            "on_frontier": [True, False],
        }
    )
    artifacts.commit("ingest", {"data/processed/roles.json": roles.to_json()}, root=project)
    artifacts.commit("evaluate", {"data/evaluation/predictions.parquet": predictions}, root=project)
    decision = {"candidate": "b01", "threshold": 0.3, "usd_per_month": 73.5, "reason": "least total monthly cost"}
    artifacts.commit(
        "decide",
        {"data/decision/candidates.parquet": candidates, "decisions/current.json": decision},
        root=project,
    )
    return project


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["run"],
        ["compare", "a"],
        ["costs", "--colour"],
        ["init", "x"],
        ["init", "--data", "f", "--target", "y"],
    ],
)
def test_bad_arguments_exit_2(project: Path, arguments: list[str]) -> None:
    done = workbench(project, *arguments)
    assert done.returncode == 2
    assert "Usage: workbench" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_bad_parameters_exit_2_in_one_paragraph(project: Path) -> None:
    (project / "params.yaml").write_text(f"{PARAMS}train:\n  sed: 1\n", encoding="utf-8")
    done = workbench(project, "params")
    assert done.returncode == 2
    assert done.stderr.startswith("error: params.yaml:6, key train.sed: unknown key. Expected: one of ")
    assert done.stderr.endswith("Hint: did you mean seed?\n")
    assert done.stderr.count("\n") == 1


def test_failed_work_exits_1_in_one_paragraph(project: Path) -> None:
    for command in (["candidates"], ["decide"], ["compare", "a", "b"]):
        done = workbench(project, *command)
        assert done.returncode == 1, command
        assert done.stderr.startswith("error: ")
        assert "Hint: `dvc repro" in done.stderr
        assert done.stderr.count("\n") == 1


def test_the_traceback_is_there_on_request(project: Path) -> None:
    quiet, loud = workbench(project, "candidates"), workbench(project, "candidates", WORKBENCH_DEBUG="1")
    assert "Traceback" not in quiet.stderr
    assert "Traceback" in loud.stderr
    assert loud.returncode == 1


def test_a_bug_is_called_a_bug(project: Path) -> None:
    code = (
        "import workbench.cli.starting as s\n"
        "def doctor() -> None:\n    raise ZeroDivisionError('by zero')\n"
        "s.doctor = doctor\n"
        "from workbench.cli import main\nmain()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "doctor"], cwd=project, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: ZeroDivisionError: by zero. This is a bug of workbench")
    assert "WORKBENCH_DEBUG=1" in done.stderr
    assert done.stderr.count("\n") == 1


def test_candidates_have_their_shape(evaluated: Path) -> None:
    tree = read_json(evaluated, "candidates")
    first, second = tree["candidates"]
    assert tree["decision"] == {"candidate": "b01", "threshold": 0.3, "usd_per_month": 73.5}
    assert first["metrics"] == {
        "validation": {"average_precision": 0.9, "log_loss": 0.2},
        "test": {"average_precision": 0.88, "log_loss": 0.22},
    }
    assert {key: type(first[key]) for key in ("id", "on_frontier", "within_limits", "size_bytes")} == {
        "id": str,
        "on_frontier": bool,
        "within_limits": bool,
        "size_bytes": int,
    }
    for key in ("usd_per_month", "train_cpu_seconds", "latency_p50_ms", "latency_p99_ms", "rows_per_second"):
        assert isinstance(first[key], float)
    assert second["usd_per_million_rows"] is None


def test_candidates_before_a_decision(project: Path) -> None:
    trained = pl.DataFrame({"id": ["b01"], "metric": ["log_loss"], "validation": [0.3], "train_cpu_seconds": [1.0]})
    artifacts.commit("train", {"models/candidates.parquet": trained}, root=project)
    tree = read_json(project, "candidates")
    assert tree["decision"] is None
    assert tree["candidates"][0]["metrics"] == {"validation": {"log_loss": 0.3}, "test": {}}
    assert tree["candidates"][0]["on_frontier"] is None
    assert workbench(project, "candidates").returncode == 0


def test_compare_has_its_shape(evaluated: Path) -> None:
    tree = read_json(evaluated, "compare", "b01", "b02")
    assert tree["metric"] == "average_precision"
    assert tree["verdict"] == "better"
    assert tree["interval"][0] <= tree["difference"] <= tree["interval"][1]
    assert tree["rows_to_decide"] is None
    assert read_json(evaluated, "compare", "b02", "b01", "--metric", "log_loss")["verdict"] == "worse"
    assert read_json(evaluated, "compare", "b01", "b01")["verdict"] == "undecided"
    assert "b01 against b02: better on test" in workbench(evaluated, "compare", "b01", "b02").stdout


def test_compare_refuses_what_is_not_there(evaluated: Path) -> None:
    unknown = workbench(evaluated, "compare", "b01", "b03")
    assert unknown.returncode == 2
    assert "no candidate 'b03'. Hint: did you mean" in unknown.stderr
    assert workbench(evaluated, "compare", "b01", "b02", "--split", "train").returncode == 2
    assert workbench(evaluated, "compare", "b01", "b02", "--metric", "rmse").returncode == 2


def test_the_decision_is_shown(evaluated: Path) -> None:
    assert read_json(evaluated, "decide")["candidate"] == "b01"
    assert "least total monthly cost" in workbench(evaluated, "decide").stdout


def test_costs_have_their_shape(project: Path) -> None:
    from dataclasses import replace  # noqa: PLC0415 - only here

    empty = read_json(project, "costs")
    assert (empty["total_usd"], empty["entries"]) == (0.0, [])
    for stage, usd in (("ingest", 0.25), ("train", None)):
        record = artifacts.new_run(stage)
        artifacts.write_run(
            replace(record, status="DONE", usd=usd, wall_seconds=2.0, cpu_seconds=3.0, peak_rss_bytes=10**8), project
        )
    (project / "ledger" / "broken.json").write_text("{", encoding="utf-8")
    tree = read_json(project, "costs")
    assert tree["total_usd"] == 0.25
    assert {"run", "stage", "status", "started", "wall_seconds", "cpu_seconds", "peak_rss_bytes", "usd"} < set(
        tree["entries"][0]
    )
    done = workbench(project, "costs")
    assert "ledger/broken.json is no run record" in done.stderr
    assert "total $0.25 for 2 runs" in done.stdout


def test_prices_name_their_basis(project: Path) -> None:
    rows = read_json(project, "prices", "m7i.large")["prices"]
    assert {"aws/us-east-1/m7i.large"} <= {row["instance"] for row in rows}
    assert all(row["source"] and row["confidence"] for row in rows)
    table = workbench(project, "prices").stdout
    assert "m7i.large" in table
    assert not re.search(r"\d\.\d{7}", table)


def test_parameters_are_shown_with_their_origin(project: Path) -> None:
    tree = read_json(project, "params", "--set", "train.seed=3")
    assert tree["params"]["train"]["seed"] == 3
    assert tree["origins"]["train.seed"] == "--set"
    assert "params.yaml:4" in workbench(project, "params").stdout
    schema = json.loads(workbench(project, "params", "--schema").stdout)
    assert {"ingest", "train", "evaluate", "cost", "decide"} <= set(schema["properties"])


def test_doctor_answers_in_json(project: Path) -> None:
    tree = read_json(project, "doctor")
    assert tree["ok"] is True
    assert {"python", "memory", "disk", "gpu", "dvc remote"} <= {check["name"] for check in tree["checks"]}


def test_init_makes_a_project(tmp_path: Path) -> None:
    rows = "\n".join(f"{i},{i * 7919 % 13},{'yes' if i * 7919 % 5 < 2 else 'no'}" for i in range(100))
    (tmp_path / "t.csv").write_text(f"id,x,y\n{rows}\n", encoding="utf-8")
    done = workbench(tmp_path, "init", "p", "--data", "t.csv", "--target", "y")
    assert done.returncode == 0, done.stderr
    assert "set aside 'id'" in done.stdout
    assert "next: cd p && dvc repro" in done.stdout
    again = workbench(tmp_path, "init", "p", "--data", "t.csv", "--target", "y")
    assert again.returncode == 2
    assert "not empty" in again.stderr


def test_colour_only_where_it_is_wanted(evaluated: Path) -> None:
    assert "\x1b[" not in workbench(evaluated, "candidates").stdout
    assert "\x1b[" in workbench(evaluated, "candidates", FORCE_COLOR="1", TERM="xterm").stdout
    assert "\x1b[3" not in workbench(evaluated, "candidates", FORCE_COLOR="1", TERM="xterm", NO_COLOR="1").stdout


def test_a_closed_pipe_is_quiet(project: Path) -> None:
    for command in (["prices"], ["prices", "--json"], ["--help"]):
        running = subprocess.Popen(
            [*COMMAND, *command], cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        running.stdout.close()
        assert running.stderr.read() == "", command
        running.stderr.close()
        running.wait()


def test_an_interrupt_exits_130(project: Path) -> None:
    code = (
        "import os, signal, workbench.cli.starting as s\n"
        "def doctor() -> None:\n    os.kill(os.getpid(), signal.SIGINT)\n    __import__('time').sleep(5)\n"
        "s.doctor = doctor\nfrom workbench.cli import main\nmain()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "doctor"], cwd=project, capture_output=True, text=True, check=False
    )
    assert done.returncode in {130, -signal.SIGINT}
    assert "Traceback" not in done.stderr


def _cpu_seconds(folder: Path, *arguments: str, **environment: str) -> float:
    before = time.process_time(), os.times()
    done = workbench(folder, *arguments, **environment)
    assert done.returncode == 0, done.stderr
    after = os.times()
    return after.children_user + after.children_system - before[1].children_user - before[1].children_system


def _typer_cpu_seconds() -> float:
    before = os.times()
    subprocess.run([sys.executable, "-c", "import typer"], check=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def test_the_version_is_told(tmp_path: Path) -> None:
    done = workbench(tmp_path, "--version")
    assert (done.returncode, done.stdout) == (0, f"workbench {__version__}\n")


def test_help_and_completion_answer_at_once(project: Path) -> None:
    most = MOST_TIMES_TYPER * min(_typer_cpu_seconds() for _ in range(3))
    assert min(_cpu_seconds(project, "--help") for _ in range(3)) < most
    complete = {"_WORKBENCH_COMPLETE": "complete_bash", "COMP_WORDS": "workbench run tr", "COMP_CWORD": "2"}
    assert workbench(project, **complete).stdout.split() == ["train"]
    assert min(_cpu_seconds(project, **complete) for _ in range(3)) < most
