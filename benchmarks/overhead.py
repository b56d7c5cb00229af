"""What running four trivial notebook stages costs: Workbench, DVC with plain papermill, DVC with plain scripts.

All three do the same work under `dvc repro --force`, in turns, so that a busy moment meets each of them.
Usage: `python benchmarks/overhead.py [--rounds 7] [--limit 0.6]`; exits with 1 above the limit.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

STAGES = ("first", "second", "third", "fourth")
SCRIPTS = Path(sys.executable).parent
PARAMS = "ingest: {sources: {t: {path: t.csv}}, table: t, target: y}\n"
PLAIN = "import json, pathlib\npathlib.Path('out/{stage}.json').write_text(json.dumps({{'x': 1}}))"
COMMIT = "from workbench import artifacts\nartifacts.commit('{stage}', {{'out/{stage}.json': {{'x': 1}}}})"
VARIANTS = {
    "workbench": ("workbench run {stage}", COMMIT),
    "papermill": ("papermill --no-progress-bar notebooks/{stage}.ipynb reports/{stage}.ipynb", PLAIN),
    "scripts": ("python {stage}.py", PLAIN),
}
ENVIRONMENT = os.environ | {"PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}", "NO_COLOR": "1"}


@dataclass
class Timing:
    """Wall and CPU seconds of several runs."""

    wall_seconds: list[float] = field(default_factory=list)
    cpu_seconds: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        walls = sorted(self.wall_seconds)
        wall, cpu = statistics.median(walls), statistics.median(self.cpu_seconds)
        return f"{wall:6.2f} s wall (from {walls[0]:.2f} to {walls[-1]:.2f}), {cpu:6.2f} CPU-s"


def main() -> int:
    """Measure and print; give the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--limit", type=float, default=0.6, help="largest ratio of wall time to DVC + papermill")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="overhead-") as folder:
        return compare(Path(folder), given.rounds, given.limit)


def compare(folder: Path, rounds: int, limit: float) -> int:
    """Run all variants in turns."""
    for name, (command, code) in VARIANTS.items():
        lay_down(folder / name, command, code)
    timings = {name: Timing() for name in VARIANTS}
    for name in VARIANTS:  # compiles bytecode, fills the page cache
        measured(folder / name, ["dvc", "repro", "-q", "-f"], Timing())
    for _ in range(rounds):
        for name, timing in timings.items():
            measured(folder / name, ["dvc", "repro", "-q", "-f"], timing)
            assert all(
                json.loads((folder / name / "out" / f"{stage}.json").read_text()) == {"x": 1} for stage in STAGES
            )
    for name, timing in timings.items():
        print(f"{name:10} {timing}")
    ours, theirs = timings["workbench"], timings["papermill"]
    wall = statistics.median(ours.wall_seconds) / statistics.median(theirs.wall_seconds)
    cpu = statistics.median(ours.cpu_seconds) / statistics.median(theirs.cpu_seconds)
    paired = statistics.median(a / b for a, b in zip(ours.wall_seconds, theirs.wall_seconds, strict=True))
    print(
        f"ratio to DVC + papermill: {wall:.2f} of the wall time (median of pairs {paired:.2f}), "
        f"{cpu:.2f} of the CPU time; the limit is {limit}"
    )
    explain(folder, rounds, timings)
    return 0 if wall <= limit else 1


def explain(folder: Path, rounds: int, timings: dict[str, Timing]) -> None:
    """Say where the time of Workbench goes."""
    parts = {
        "dvc, nothing to do": (["dvc", "repro", "-q"], "workbench"),
        "workbench run, one stage": (["workbench", "run", STAGES[0]], "workbench"),
        "papermill, one stage": (VARIANTS["papermill"][0].format(stage=STAGES[0]).split(), "papermill"),
        "importing what a stage's cells use": ([sys.executable, "-c", "import workbench.artifacts"], "workbench"),
        "an IPython kernel's imports": ([sys.executable, "-c", "import ipykernel.kernelapp"], "workbench"),
        "papermill's imports": ([sys.executable, "-c", "import papermill"], "papermill"),
    }
    print("where it goes:")
    for name, (command, variant) in parts.items():
        timing = Timing()
        for _ in range(rounds):
            measured(folder / variant, command, timing)
        print(f"  {name:36} {timing}")
    scripts = statistics.median(timings["scripts"].wall_seconds)
    ours = statistics.median(timings["workbench"].wall_seconds)
    print(
        f"  DVC with four scripts takes {scripts:.2f} s of the {ours:.2f} s; a stage adds {(ours - scripts) / 4:.2f} s"
    )


def measured(cwd: Path, command: list[str], timing: Timing) -> None:
    """Run a command and add what it took."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    took = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, f"{command} failed in {cwd}: {done.stdout[-2000:]} {done.stderr[-2000:]}"
    timing.wall_seconds.append(took)
    timing.cpu_seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def lay_down(root: Path, command: str, code: str) -> None:
    """Make a DVC project with four stages, each of which needs what the one before wrote."""
    for name in ("notebooks", "out", "reports"):
        (root / name).mkdir(parents=True)
    (root / "params.yaml").write_text(PARAMS)
    stages = {}
    for before, stage in zip((None, *STAGES), STAGES, strict=False):
        (root / "notebooks" / f"{stage}.ipynb").write_text(notebook(code.format(stage=stage)))
        (root / f"{stage}.py").write_text(code.format(stage=stage))
        deps = [f"notebooks/{stage}.ipynb", *([f"out/{before}.json"] if before else [])]
        stages[stage] = {"cmd": command.format(stage=stage), "deps": deps, "outs": [f"out/{stage}.json"]}
    (root / "dvc.yaml").write_text(json.dumps({"stages": stages}))
    for words in ("init -q --no-scm", "config core.analytics false", "config core.check_update false"):
        subprocess.run(["dvc", *words.split()], cwd=root, env=ENVIRONMENT, check=True)


def notebook(code: str) -> str:
    """Make a notebook of one cell."""
    cell = {"cell_type": "code", "execution_count": None, "id": "only", "metadata": {}, "outputs": [], "source": code}
    spec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return json.dumps({"cells": [cell], "metadata": {"kernelspec": spec}, "nbformat": 4, "nbformat_minor": 5})


if __name__ == "__main__":
    sys.exit(main())
