"""Runs the notebook of one stage, strictly: it ends DONE only when everything in it did."""

from __future__ import annotations

import gc
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, cast

from workbench import artifacts
from workbench.cost.metering.host import machine
from workbench.cost.metering.meter import Meter, Usage
from workbench.errors import (
    ArtifactError,
    Place,
    StageError,
    StageFailedError,
    StageKilledError,
    StageTimeoutError,
)
from workbench.params.reading import PARAMS_VARIABLE, read_file
from workbench.params.root import PARAMS_FILE, find_root
from workbench.stages import guard, inputs, launch, preflight, processes, record
from workbench.stages.budgeting import check_budget
from workbench.stages.celluse import CellLog
from workbench.stages.console import Console
from workbench.stages.elsewhere import Elsewhere
from workbench.stages.forecasting.beginning import forecast_at_start
from workbench.stages.outcome import Outcome, judge
from workbench.stages.provenance import RevisionQuery, digests
from workbench.stages.stripping import SOURCES
from workbench.stages.supervisor import Supervisor, callers
from workbench.stages.waiting import Waiting

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from types import ModuleType

    from workbench.artifacts import RunRecord
    from workbench.stages.guard import Guard, News
    from workbench.stages.launch import Kernel
    from workbench.stages.outcome import Status
    from workbench.stages.preflight import Plan
    from workbench.stages.report import Report

_ERRORS: dict[str, type[StageError]] = {"TIMEOUT": StageTimeoutError, "KILLED": StageKilledError}
_FORMAT_CHECKERS = ("rfc3987_syntax", "isoduration", "fqdn", "uri_template", "webcolors")


def run(stage: str, overrides: Sequence[str] = (), root: Path | None = None, *, leaving: bool = False) -> RunRecord:
    """Run a stage's notebook and write its report.

    Args:
        stage: Name of the stage: of its notebook and of its section of params.yaml.
        overrides: `dotted.key=value` pairs that replace parameters for this run.
        root: The project.
        leaving: Whether the process ends right after: a signal that comes once DONE is being written is then too late,
            so that record and exit code agree.

    Returns:
        The record of the run; it ended as DONE.

    Raises:
        ParamsError: The parameters are wrong; nothing was started.
        UsageError: There is no such stage; nothing was started.
        WorkbenchError: An input is missing; nothing was started.
        StageError: The stage ended in another way than DONE; the record, the report and the artifacts of the run
            before it are in place.
    """
    project = (root or find_root()).resolve()
    console = Console()
    plan = _plan(stage, overrides, project)
    for path in preflight.unseen_sources(plan) if stage == "ingest" and plan.pipeline.stages else ():
        console.line(
            f"warning: dvc.yaml does not list {path} under deps of ingest: a change in it reruns nothing", "yellow"
        )
    waiting, started_by = Waiting(console, stage), callers()  # before it waits: who dies meanwhile is not found later
    new = artifacts.new_run(stage)
    with artifacts.stage_lock(stage, waiting, new.run, project):
        if waiting.waited:  # the run before may have changed what this one reads
            plan = _plan(stage, overrides, project)
            new = replace(artifacts.new_run(stage), run=new.run)
        check_budget(plan.params, project, console)
        ended, outcome = _Run(plan, new, console, started_by, leaving=leaving).complete()
    console.ended(ended, outcome)
    if outcome.status != "DONE":
        raise _error(ended, outcome)
    return ended


def _plan(stage: str, overrides: Sequence[str], root: Path) -> Plan:
    return preflight.check(stage, root, read_file(root / PARAMS_FILE, overrides))


class _Run:
    """One run, from the fork of its guard to the last word of its record."""

    def __init__(
        self, plan: Plan, new: RunRecord, console: Console, started_by: Sequence[tuple[int, str]], *, leaving: bool
    ) -> None:
        self._leaving = leaving
        self._plan = plan
        self._record = new
        self._console = console
        self._usd_per_hour: float | None = None
        self._elsewhere = Elsewhere(plan)
        self._elsewhere_cpu_seconds = 0.0
        self._callers = started_by

    def complete(self) -> tuple[RunRecord, Outcome]:
        """Run to the end, whatever that is."""
        root = self._plan.root
        record.reserve(root)
        params_file = record.snapshot(self._record, self._plan)
        environment = {processes.RUN_VARIABLE: self._record.run, PARAMS_VARIABLE: str(params_file)}
        with guard.post(lambda news: _bury(news, root)) as watchman:
            watchman.tell({"record": record.to_news(self._record)})
            revision = RevisionQuery(root, self._plan.pipeline.outputs())
            with (
                Meter(on_sample=lambda usage: watchman.tell({"usage": asdict(usage)})) as meter,
                launch.start(root / SOURCES, environment, self._record.run) as kernel,
            ):
                watchman.tell({"kernel": kernel.pid})
                self._begin(revision)
                watchman.tell({"record": record.to_news(self._record)})
                outcome = self._execute(kernel, meter, watchman)
        return self._record, outcome

    def _begin(self, revision: RevisionQuery) -> None:
        """Put the run on record with what it starts from."""
        plan = self._plan
        before = digests(plan.root, plan.pipeline.dependencies(plan.stage))
        self._record = record.begun(self._record, plan, revision.answer(), before)
        self._record = replace(self._record, input_bytes=inputs.input_bytes(plan), machine=machine())
        self._record = replace(self._record, forecast=forecast_at_start(plan, self._record))
        artifacts.start_run(self._record, plan.root)

    def _execute(self, kernel: Kernel, meter: Meter, watchman: Guard) -> Outcome:
        with _quick_imports():
            from workbench.stages.execution import NotebookRun  # noqa: PLC0415 - imported while the kernel starts

        plan, limits = self._plan, self._plan.params.params.run
        log = CellLog(meter, lambda cells: watchman.tell({"cells": [asdict(use) for use in cells]}))
        supervisor = Supervisor(
            self._record.run,
            kernel.pid,
            limits.deadline_seconds,
            lambda ending: watchman.tell({"status": ending.status, "error": ending.reason}),
            self._callers,
        )
        notebook = NotebookRun(kernel, self._console, limits.max_output_bytes, supervisor.ending, log)
        with supervisor, ThreadPoolExecutor(1) as pool, notebook:
            preparing = pool.submit(self._prepare, watchman)
            notebook.execute(plan.notebook)
            outcome = judge(plan.stage, supervisor.ending(), notebook.failure, self._committed())
            report = preparing.result()
            report.render(notebook.notebook, outcome)
        self._record = replace(self._record, cells=log.cells)
        self._elsewhere_cpu_seconds = self._elsewhere.cpu_seconds(log.cells) if outcome.committed else 0.0
        self._add_end(meter, outcome)
        try:
            report.write(self._record)  # the kernel, asked to end, takes its time for that meanwhile
        except ArtifactError as error:
            outcome = _without_report(outcome, error)
        kernel.end()
        self._add_end(meter, outcome)
        if self._leaving and outcome.status == "DONE":
            processes.ignore_signals()
        record.finish(self._record, plan.root)
        return outcome

    def _prepare(self, watchman: Guard) -> Report:
        """Make ready what the end of the run needs, while its cells run."""
        from workbench.stages.report import Report  # noqa: PLC0415 - imported while the cells run

        self._usd_per_hour = record.usd_per_hour(self._plan.params.params.cost, self._plan.root)
        watchman.tell({"usd_per_hour": self._usd_per_hour})
        return Report(self._plan.stage, self._plan.root)

    def _add_end(self, meter: Meter, outcome: Outcome) -> None:
        cost, root = self._plan.params.params.cost, self._plan.root
        used = record.metered(self._record, meter.usage(), self._usd_per_hour)
        used = record.with_elsewhere(used, self._elsewhere_cpu_seconds, cost, root)
        self._record = record.ended(used, outcome)

    def _committed(self) -> bool:
        return artifacts.committed_by(self._plan.stage, self._plan.root) == self._record.run


@contextmanager
def _quick_imports() -> Iterator[None]:
    """Load modules without garbage collection, and jsonschema without what checks formats no notebook uses.

    A grammar of IRIs alone would take 0.8 s.
    """
    absent = [name for name in _FORMAT_CHECKERS if sys.modules.setdefault(name, cast("ModuleType", None)) is None]
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
        for name in absent:
            del sys.modules[name]


def _without_report(outcome: Outcome, error: ArtifactError) -> Outcome:
    """Let a stage whose report cannot be written fail, unless it had failed before."""
    if outcome.status != "DONE":
        return outcome
    problem = f"the artifacts were committed, but the report could not be written: {error}"
    return Outcome("FAILED", problem, committed=True)


def _bury(news: News, root: Path) -> None:
    """End what a killed runner left behind and write down its end; in the guard."""
    if "record" not in news:
        return  # it was killed before it had begun
    left: RunRecord = record.from_news(cast("dict[str, object]", news["record"]), news.get("cells"))
    kernel_pid = cast("int", news.get("kernel", 0))
    processes.end_run(left.run, kernel_pid)
    if crash := news.get("crash"):
        outcome = Outcome("FAILED", f"the runner failed: {crash}")
    else:
        outcome = Outcome("KILLED", "the runner was killed")
    if status := news.get("status"):
        outcome = Outcome(cast("Status", status), str(news.get("error")))
    usage = Usage(**cast("dict[str, Any]", news.get("usage", {})))
    left = record.metered(left, usage, cast("float | None", news.get("usd_per_hour")))
    left = record.ended(left, outcome)
    record.finish(left, root)
    from workbench.stages.report.left import write_left  # noqa: PLC0415 - the record does not wait for it

    committed = artifacts.committed_by(left.stage, root) == left.run
    write_left(left, replace(outcome, committed=committed), root)


def _error(ended: RunRecord, outcome: Outcome) -> StageError:
    """Give the paragraph for a person; the cell and its traceback are on the terminal already."""
    kind = _ERRORS.get(outcome.status, StageFailedError)
    return kind(
        f"{outcome.status}: {outcome.problem}",
        place=Place(f"{SOURCES}/{ended.stage}.ipynb", cell=outcome.cell),
        hint=f"the notebook as far as it got is reports/{ended.stage}.ipynb; "
        f"`workbench debug {ended.stage}` opens it with the same parameters",
    )
