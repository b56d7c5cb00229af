"""`dvc repro` works at once in a project that `init` made, and has nothing to do the second time."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.params.reading import PARAMS_FILE, updated_text
from workbench.project import init

ROWS = 400


def _run(root: Path, *command: str) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        command, cwd=root, env=os.environ | {"PATH": path}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def _write_table(file: Path) -> None:
    draw = random.Random(5)
    lines = ["bottle,strength,acid,kind,price"]
    for number in range(ROWS):
        kind = draw.choice("abc")
        strength = draw.gauss({"a": 10, "b": 12, "c": 13}[kind], 1)
        acid = "NA" if draw.random() < 0.05 else f"{draw.gauss(3, 1):.2f}"
        lines.append(f"b{number:04d},{strength:.2f},{acid},{kind},{strength * 5 + draw.gauss(0, 4):.2f}")
    file.write_text("\n".join(lines), encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize(("target", "task"), [("kind", "multiclass"), ("price", "regression")])
def test_a_new_project_runs_to_a_decision(tmp_path: Path, target: str, task: str) -> None:
    _write_table(tmp_path / "wine.csv")
    root = tmp_path / "my project"
    assert init(root, tmp_path / "wine.csv", target).fit.task == task
    params = root / PARAMS_FILE
    quick = {"train.budget": {"trials": 2}, "evaluate.bootstrap": 100}
    params.write_text(updated_text(params.read_text(encoding="utf-8"), quick), encoding="utf-8")
    dvc = [sys.executable, "-m", "dvc"]
    _run(root, *dvc, "repro")
    assert "up to date" in _run(root, *dvc, "status")
    workbench = [sys.executable, "-c", "from workbench.cli import main; main()"]
    tree = json.loads(_run(root, *workbench, "candidates", "--json"))
    assert tree["decision"]["candidate"] in {row["id"] for row in tree["candidates"]}
    assert all(row["metrics"]["test"] for row in tree["candidates"])
    assert {path.stem for path in (root / "reports").glob("*.html")} == {
        "ingest",
        "train",
        "evaluate",
        "cost",
        "decide",
    }
    left = {line[3:] for line in _run(root, "git", "status", "--porcelain").splitlines()}
    assert not [path for path in left if path.startswith((".gitignore", "data/", "models", "reports", "ledger"))]
