"""Rehearses stages that never ran: their real notebooks, on a few of the rows, in a project of their own.

The rehearsal is metered as any run is. Nothing of it reaches the project: its ledger, data and models go with its
folder. The budget of the training is cut as the rows are, so that about as many configurations are tried.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from workbench import artifacts
from workbench.artifacts import REPRO_VARIABLE, RUN_VARIABLE
from workbench.cost.pricing.pricefile import PRICES_FILE
from workbench.errors import SourceError, WorkbenchError
from workbench.ingest.source import SourceFile
from workbench.params.reading import PARAMS_FILE, PARAMS_VARIABLE, updated_text
from workbench.stages.forecasting.sampling import sample_source
from workbench.stages.stripping import SOURCES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from workbench.artifacts import RunRecord
    from workbench.params.reading import ParamsFile

ORDER = ("ingest", "train", "evaluate", "cost", "decide")
SHARE = 0.05
"""Largest share of the rows that a rehearsal takes."""

ENOUGH_ROWS = 6_000
"""Rows that the largest rehearsal has, where there are so many: fewer leave splits too small to train and judge."""

STEPS = (0.25, 0.5, 1.0)
"""Sizes, as shares of the largest."""

LARGER, LARGEST_SHARE = 10, 0.5
"""How many times more rows `ingest` is rehearsed on once more where the start of the stage was most of its time, and
the largest share then: nothing is trained, and it costs little."""

MOSTLY_START = 1.5
LEAST_BUDGET_SECONDS = 2.0
MOST_TRIALS = 4
_MAIN = "from workbench.cli import main; main()"
_OF_A_RUN = {RUN_VARIABLE, REPRO_VARIABLE, PARAMS_VARIABLE, "WORKBENCH_DEBUG"}
_MOST_WORDS = 300


@dataclass(frozen=True)
class Rehearsed:
    """One stage, rehearsed once.

    Attributes:
        stage: The stage.
        share: Share of the rows.
        rows: Rows of the table before it was sampled.
        cells: Numbers among the training rows of the whole table, about; 0 before it is known.
        candidates: Models that the training offered; 0 before it ran.
        budget: CPU-seconds that the training had; None where it counted trials.
        trials: Configurations that it was to try; None where it counted seconds.
        record: What it took; None when it failed.
        problem: Why it failed.
    """

    stage: str
    share: float
    rows: int
    cells: float
    candidates: int
    budget: float | None
    trials: int | None
    record: RunRecord | None
    problem: str = ""

    def size(self, share: float | None = None, candidates: int | None = None) -> float:
        """Give what the stage grows with: rows, candidates, or both; of the rehearsal, or of what it stands for."""
        rows = self.share if share is None else share
        models = self.candidates if candidates is None else candidates
        return {"cost": float(models), "evaluate": rows * models, "decide": rows * models}.get(self.stage, rows)


@dataclass(frozen=True)
class Script:
    """What a rehearsal needs to know of the project.

    Attributes:
        root: The project.
        params: Its parameters.
        usd_per_cpu_second: Price, for a budget in dollars; None when unknown.
    """

    root: Path
    params: ParamsFile
    usd_per_cpu_second: float | None = None

    def main_source(self) -> SourceFile:
        """Read the table whose rows are the examples.

        Raises:
            SourceError: It cannot be read.
        """
        ingest = self.params.params.ingest
        source = ingest.sources[ingest.table]
        return SourceFile(ingest.table, *artifacts.open_source(source.path, source.max_bytes, self.root))

    def budget(self, share: float) -> tuple[dict[str, float], float | None, int | None]:
        """Cut the budget of the training; give it as parameters, in CPU-seconds and in trials."""
        asked = self.params.params.train.budget
        if asked.trials is not None:
            trials = min(asked.trials, MOST_TRIALS)
            return {"trials": trials}, None, trials
        dollars = asked.usd / self.usd_per_cpu_second if asked.usd and self.usd_per_cpu_second else None
        seconds = asked.cpu_seconds or asked.wall_seconds or dollars or LEAST_BUDGET_SECONDS
        cut = round(min(seconds, max(LEAST_BUDGET_SECONDS, seconds * share)), 3)
        return {"cpu_seconds": cut}, cut, None


def rehearse(script: Script, stages: Sequence[str], told: Callable[[str], None]) -> Iterator[Rehearsed]:
    """Run the stages up to the last one asked for, at each size, the smallest first.

    Args:
        script: The project.
        stages: Stages to know about; those they need are run too.
        told: Told in words what is next.

    Raises:
        SourceError: The table cannot be read.
    """
    source = script.main_source()
    _, rows = sample_source(source, 1.0)
    wanted = ORDER[: 1 + max(ORDER.index(stage) for stage in stages)]
    most = min(1.0, max(SHARE, ENOUGH_ROWS / max(1, rows)))
    spent: list[float] = []
    for step in STEPS:
        for each in _act(script, source, most * step, rows, wanted, told):
            if each.stage == "ingest" and each.record:
                spent.append(each.record.cpu_seconds)
            if each.stage in stages or each.problem:
                yield each
    more = min(LARGEST_SHARE, most * LARGER)
    if "ingest" in stages and more > most and spent and max(spent) < MOSTLY_START * min(spent):
        yield from _act(script, source, more, rows, ("ingest",), told)


def _act(
    script: Script, source: SourceFile, share: float, rows: int, stages: Sequence[str], told: Callable[[str], None]
) -> Iterator[Rehearsed]:
    """Run stages at one size, up to the first that fails."""
    with tempfile.TemporaryDirectory(prefix="workbench-rehearsal-") as name:
        scene = Path(name)
        data, _ = sample_source(source, share)
        budget, seconds, trials = script.budget(share)
        _lay_down(script, scene, source, data, budget)
        for stage in stages:
            told(f"rehearsing {stage} on {round(rows * share):,} of {rows:,} rows")
            record, problem = _run(scene, stage)
            cells, candidates = _cells(scene) / share, _candidates(scene)
            yield Rehearsed(stage, share, rows, cells, candidates, seconds, trials, record, problem)
            if problem:
                return


def _lay_down(script: Script, scene: Path, source: SourceFile, data: bytes, budget: Mapping[str, float]) -> None:
    """Make a project around the sample."""
    shutil.copytree(script.root / SOURCES, scene / SOURCES, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    if (script.root / PRICES_FILE).is_file():
        shutil.copyfile(script.root / PRICES_FILE, scene / PRICES_FILE)
    sample = scene / f"{source.name}.{source.format}"
    sample.write_bytes(data)
    ingest = script.params.params.ingest
    changes: dict[str, object] = {
        f"ingest.sources.{name}.path": str(sample) if name == ingest.table else _absolute(script.root, entry.path)
        for name, entry in ingest.sources.items()
    }
    changes |= {"train.budget": dict(budget), "run.budget": {}}
    (scene / PARAMS_FILE).write_text(updated_text(script.params.text, changes), encoding="utf-8")


def _cells(scene: Path) -> float:
    """Count the numbers among the training rows, a few more where columns are no features."""
    path = scene / "data" / "processed" / "train.parquet"
    if not path.is_file():
        return 0.0
    frame = pl.scan_parquet(path)
    return float(frame.select(pl.len()).collect().item() * len(frame.collect_schema()))


def _candidates(scene: Path) -> int:
    return sum(path.is_dir() for path in (scene / "models").glob("*"))


def _absolute(root: Path, path: str) -> str:
    return path if "://" in path else str((root / path).resolve())


def _run(scene: Path, stage: str) -> tuple[RunRecord | None, str]:
    """Run a stage as a person would; give its record, or why there is none."""
    environment = {name: value for name, value in os.environ.items() if name not in _OF_A_RUN}
    command = [sys.executable, "-P", "-c", _MAIN, "run", stage]
    done = subprocess.run(command, cwd=scene, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        words = " ".join(done.stderr.split()).removeprefix("error: ")
        return None, f"the rehearsal of {stage} ended with: {words[-_MOST_WORDS:] or done.returncode}"
    runs = [run for run in artifacts.read_runs(scene).records if run.stage == stage and run.status == "DONE"]
    return (runs[-1], "") if runs else (None, f"the rehearsal of {stage} left no record")


def problem_of(error: WorkbenchError) -> str:
    """Say why nothing could be rehearsed."""
    kind = "the table cannot be read" if isinstance(error, SourceError) else "nothing could be rehearsed"
    return f"{kind}: {error}"
