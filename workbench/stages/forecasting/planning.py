"""Forecasts the stages of a project: from the ledger where it knows them, from rehearsals where it does not."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from workbench import artifacts
from workbench.cost import forecast
from workbench.cost.forecast.machines import busy_threads
from workbench.cost.forecast.rehearsed import Rehearsal, Spending, from_rehearsals
from workbench.cost.metering.host import machine
from workbench.cost.pricing.prices import PriceBook
from workbench.errors import PriceError, UsageError, WorkbenchError, nearest
from workbench.params.reading import PARAMS_FILE, find_root, read_file
from workbench.stages.forecasting import keeping, rehearsal
from workbench.stages.forecasting.situation import newest_runs, situation, threads_here
from workbench.stages.pipeline import Pipeline
from workbench.stages.preflight import Plan
from workbench.stages.stripping import SOURCES, STRIPPED
from workbench.train.material import CELLS_PER_THREAD

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from workbench.cost.forecast import Calibration, Estimate, Host, MachineForecast, StageForecast
    from workbench.cost.pricing.quoting import Price
    from workbench.params.reading import ParamsFile
    from workbench.stages.forecasting.rehearsal import Rehearsed

FEWEST_RUNS = 2
NO_HISTORY = "it never ran here, and nothing was rehearsed"


@dataclass(frozen=True)
class Outlook:
    """What is to come.

    Attributes:
        stages: Each stage on this machine.
        emissions: Kilograms of CO2 equivalent by stage, as of the priced machine; None is unknown.
        host: This machine.
        instance: The machine it is priced as.
        price: What an hour of that costs; None when unknown.
        machines: Every machine of the price book, the cheapest first; empty when not asked for.
        calibration: How well forecasts on record came true.
        warnings: What to know before relying on it.
    """

    stages: tuple[StageForecast, ...]
    emissions: Mapping[str, Estimate | None]
    host: Host
    instance: str
    price: Price | None
    machines: tuple[MachineForecast, ...]
    calibration: tuple[Calibration, ...]
    warnings: tuple[str, ...]

    def usd(self, stage: StageForecast) -> Estimate | None:
        """Price a stage; None is unknown."""
        return stage.usd(self.price.usd_per_hour if self.price else None)


def look_ahead(
    stages: Sequence[str] = (),
    *,
    overrides: Sequence[str] = (),
    probe: bool = True,
    anew: bool = False,
    machines: bool = False,
    root: Path | None = None,
    told: Callable[[str], None] = lambda _: None,
) -> Outlook:
    """Forecast stages before they run.

    Args:
        stages: Their names; all of the pipeline when left out.
        overrides: `dotted.key=value` pairs that replace parameters, as for a run.
        probe: Whether stages without history are rehearsed on a few of the rows.
        anew: Whether they are rehearsed again where a rehearsal of the same is kept.
        machines: Whether every machine of the price book is looked at.
        root: The project.
        told: Told in words what is rehearsed.

    Raises:
        ParamsError: The parameters are wrong.
        UsageError: There is no such stage.
    """
    project = (root or find_root()).resolve()
    params = read_file(project / PARAMS_FILE, overrides)
    names = _names(stages, project)
    book, cost = PriceBook.load(project), params.params.cost
    price, per_cpu_second = _price(book, params)
    plans = {name: _plan(name, project, params) for name in names}
    known = {name: _from_ledger(plan, per_cpu_second) for name, plan in plans.items()}
    missing = [name for name in names if known[name] is None]
    script = rehearsal.Script(project, params, per_cpu_second)
    rehearsed = _rehearsed(script, missing, told, anew=anew) if probe and missing else {}
    found = tuple(known[name] or rehearsed.get(name) or _unknown(plans[name]) for name in names)
    host = forecast.Host(machine(), threads_here())
    there = [forecast.on_machine(found, host, book, name, cost.purchase) for name in book.instances if machines]
    return Outlook(
        found,
        {stage.stage: _emissions(stage, host, book, cost.instance) for stage in found},
        host,
        f"{cost.instance} {cost.purchase}",
        price,
        tuple(sorted((each for each in there if each is not None), key=_cheapest_first)),
        forecast.calibration(artifacts.read_runs(project).records),
        _warnings(price),
    )


def _names(stages: Sequence[str], root: Path) -> Sequence[str]:
    there = [name for name in rehearsal.ORDER if (root / SOURCES / f"{name}.ipynb").is_file()]
    for stage in stages:
        if stage not in there:
            raise UsageError(
                f"there is no stage {stage!r}", expected=f"one of {', '.join(there)}", hint=nearest(stage, there)
            )
    return [name for name in there if not stages or name in stages]


def _plan(stage: str, root: Path, params: ParamsFile) -> Plan:
    return Plan(stage, root, root / STRIPPED / f"{stage}.ipynb", params, Pipeline.read(root))


def _price(book: PriceBook, params: ParamsFile) -> tuple[Price | None, float | None]:
    cost = params.params.cost
    try:
        return book.usd_per_hour(cost.instance, cost.purchase), book.usd_per_cpu_second(cost.instance, cost.purchase)
    except PriceError:
        return None, None


def _from_ledger(plan: Plan, per_cpu_second: float | None) -> StageForecast | None:
    runs = newest_runs(plan)
    return forecast.from_history(runs, situation(plan, per_cpu_second)) if runs else None


def _unknown(plan: Plan) -> StageForecast:
    size = situation(plan, None).input_bytes
    read = f"; what it would read is {size:,} bytes" if size else "; what it would read is not there yet"
    return forecast.unknown(plan.stage, NO_HISTORY + read)


def _rehearsed(
    script: rehearsal.Script, stages: Sequence[str], told: Callable[[str], None], *, anew: bool
) -> dict[str, StageForecast]:
    digest = keeping.digest_of(script)
    if not anew and (earlier := keeping.kept(script.root, digest, stages)):
        made_at = f"{earlier.made_at:%Y-%m-%d %H:%M} UTC"
        told(f"rehearsed on {made_at} with the same parameters, code and data")
        return _forecasts(script, stages, earlier.rehearsed, f"; rehearsed on {made_at}")
    try:
        rehearsed = tuple(rehearsal.rehearse(script, stages, told))
    except WorkbenchError as error:
        return {stage: forecast.unknown(stage, rehearsal.problem_of(error)) for stage in stages}
    keeping.keep(script.root, digest, stages, rehearsed)
    return _forecasts(script, stages, rehearsed)


def _forecasts(
    script: rehearsal.Script, stages: Sequence[str], rehearsed: Sequence[Rehearsed], when: str = ""
) -> dict[str, StageForecast]:
    problems = [each.problem for each in rehearsed if each.problem]
    by_stage = {stage: [each for each in rehearsed if each.stage == stage] for stage in stages}
    found = {stage: _forecast(script, stage, runs, problems) for stage, runs in by_stage.items()}
    return {stage: replace(each, basis=f"{each.basis}{when}") for stage, each in found.items()}


def _forecast(
    script: rehearsal.Script, stage: str, runs: Sequence[Rehearsed], problems: Sequence[str]
) -> StageForecast:
    done = [each for each in runs if each.record is not None]
    if len(done) < FEWEST_RUNS:
        return forecast.unknown(stage, problems[0] if problems else NO_HISTORY)
    points = [_point(each) for each in done]
    most = max(done, key=lambda each: each.share)
    sizes = ", ".join(f"{each.share:.3g}" for each in sorted(done, key=lambda each: each.share))
    basis = f"rehearsed on shares {sizes} of {most.rows:,} rows; a law continued to all of them"
    spending = _spending(script, most) if stage == "train" else None
    whole = most.size(share=1.0)
    return from_rehearsals(stage, points, whole, basis, spending, [each.budget or 0.0 for each in done])


def _point(each: Rehearsed) -> Rehearsal:
    record = each.record
    if record is None:
        raise ValueError("a rehearsal that failed measures nothing")
    return Rehearsal(each.size(), each.share, record.wall_seconds, record.cpu_seconds, float(record.peak_rss_bytes))


def _spending(script: rehearsal.Script, most: Rehearsed) -> Spending:
    budget, per_cpu_second = script.params.params.train.budget, script.usd_per_cpu_second
    threads = min(threads_here(), max(1, int(most.cells // CELLS_PER_THREAD)))
    if budget.trials is not None:
        return Spending(trials_factor=budget.trials / (most.trials or 1), threads=threads)
    dollars = budget.usd / per_cpu_second if budget.usd and per_cpu_second else None
    return Spending(budget.cpu_seconds or dollars, budget.wall_seconds, threads=threads)


def _emissions(stage: StageForecast, host: Host, book: PriceBook, instance: str) -> Estimate | None:
    """Forecast what a stage emits on the machine it is priced as."""
    busy = stage.threads_busy
    if busy is None or stage.wall_seconds is None:
        return None
    try:
        vcpus = book.machine(instance).vcpus
        return forecast.emitted(
            stage.wall_seconds, book, instance, min(1.0, busy_threads(busy, host.threads, vcpus) / vcpus)
        )
    except PriceError:
        return None


def _cheapest_first(found: MachineForecast) -> tuple[bool, float]:
    usd = found.usd
    return usd is None, found.price.usd_per_hour if usd is None else usd.value


def _warnings(price: Price | None) -> tuple[str, ...]:
    if price is None:
        return ("the price of cost.instance by cost.purchase is unknown: dollars are left out",)
    stale = price.warning(dt.datetime.now(tz=dt.UTC).date())
    return (stale,) if stale else ()
