"""A smaller machine, from the 95th percentile of what runs needed.

Machines are taken from the same cloud, region and instruction set unless `advise.anywhere` is on. One fits
when its memory holds the 95th percentile of the peaks plus the headroom, and it has the threads that the
95th percentile of the runs kept busy, or as many as the present one where that is less: it is never slower.
Burstable machines are left out where the load keeps more of them busy than they may be for good.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from workbench.cost.advice.finding import Advice, Gap, Settled
from workbench.cost.advice.serving import NEEDS_CANDIDATES, served
from workbench.cost.advice.usage import FEWEST_RUNS, stage_purchase, stage_uses
from workbench.cost.advice.wording import count, share, size
from workbench.money import usd

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.cost.advice.finding import Finding
    from workbench.cost.advice.serving import Served
    from workbench.cost.advice.situation import Situation
    from workbench.cost.advice.usage import StageUse

_GIB = 2.0**30
_BASELINE = 0.2
"""Share of its threads that a burstable machine may keep busy for good: that of t3.medium; larger ones have more.
Beyond it the machine slows down or each thread is charged on top. Common knowledge, not in the price book."""
_BURSTABLE = ("t2.", "t3.", "t3a.", "t4g.", "e2-micro", "e2-small", "e2-medium", "Standard_B")


def right_size(situation: Situation) -> Iterator[Finding]:
    """Look for a cheaper machine for the stages, and for serving."""
    uses = stage_uses(situation)
    if uses:
        yield _for_stages(situation, uses)
    else:
        yield Gap("right_size", f"{FEWEST_RUNS} finished runs of a stage in the ledger")
    load = served(situation)
    if load is None:
        yield Gap("right_size", NEEDS_CANDIDATES)
    elif situation.cost.purchase != "serverless":
        yield _for_serving(situation, load)


def neighbours(situation: Situation, *, gpu: bool = False) -> tuple[str, ...]:
    """List the machines that may be advised: those beside the present one unless all are open.

    Args:
        situation: The situation.
        gpu: Whether the GPU of the present machine is needed; else machines with one are left out.
    """
    book, present = situation.book, situation.cost.instance
    place, machine = present.rsplit("/", 1)[0], book.machine(present)
    kept = []
    for name in book.instances:
        other = book.machine(name)
        same = name.rsplit("/", 1)[0] == place and other.arch == machine.arch
        right_gpu = other.accelerator == (machine.accelerator if gpu else None)
        if name != present and right_gpu and (same or situation.advise.anywhere):
            kept.append(name)
    return tuple(kept)


def _for_stages(situation: Situation, uses: tuple[StageUse, ...]) -> Finding:
    advice, book, purchase = situation.advise, situation.book, stage_purchase(situation)
    present = situation.cost.instance
    machine = book.machine(present)
    cores, evidence = max(use.cores for use in uses), _evidence(uses)
    memory_gib = max(use.peak_rss_bytes for use in uses) * (1 + advice.memory_headroom) / _GIB
    threads = min(machine.vcpus, math.ceil(cores))
    fitting = [
        name
        for name in (present, *neighbours(situation, gpu=any(use.on_gpu for use in uses)))
        if book.machine(name).memory_gib >= memory_gib
        and book.machine(name).vcpus >= threads
        and (name == present or _lasts(name, cores / book.machine(name).vcpus))
        and purchase in book.purchases(name)
    ]
    if not fitting:
        return Settled("right_size", f"no machine at hand has {memory_gib:.1f} GiB and {threads} threads ({evidence})")
    usd_of = {name: _stages_usd(situation, uses, name) for name in fitting}
    best = min(fitting, key=lambda name: (usd_of[name], name != present))
    now = _stages_usd(situation, uses, present)
    if best == present or present not in fitting:
        too_small = "" if present in fitting else f"; {present} is too small, {best} is the cheapest that fits"
        return Settled("right_size", f"nothing cheaper fits the stages than {best}{too_small} ({evidence})")
    return Advice(
        "right_size",
        f"Run the stages on {best} instead of {present}.",
        now - usd_of[best],
        f"{evidence}. {usd(usd_of[best])} instead of {usd(now)} a month.",
        (
            f"{share(advice.memory_headroom)} of headroom above the 95th percentile of memory is enough",
            "a thread of it is as fast as one of the machine measured",
        ),
        _risk(best, "a table that grows beyond the headroom ends a run for want of memory"),
        "stages",
    )


def _evidence(uses: tuple[StageUse, ...]) -> str:
    """Say what the stages needed, and which of them most."""
    largest = max(uses, key=lambda use: use.peak_rss_bytes)
    busiest = max(uses, key=lambda use: use.cores)
    return (
        f"95th percentiles: memory {size(largest.peak_rss_bytes)} (mean {size(largest.peak_rss_bytes_mean)}) in "
        f"{largest.stage}, {busiest.cores:.1f} cores (mean {busiest.cores_mean:.1f}) in {busiest.stage}; "
        f"{count(sum(use.runs for use in uses), 'run')}, {sum(use.hours_per_month for use in uses):.2g} hours a month"
    )


def _stages_usd(situation: Situation, uses: tuple[StageUse, ...], instance: str) -> float:
    """Price a month of the stages; one that kept more cores busy than there are takes longer."""
    usd_per_hour = situation.book.usd_per_hour(instance, stage_purchase(situation)).usd_per_hour
    vcpus = situation.book.machine(instance).vcpus
    return sum(use.hours_per_month * max(1.0, use.cores / vcpus) for use in uses) * usd_per_hour


def _for_serving(situation: Situation, load: Served) -> Finding:
    advice, present = situation.advise, situation.cost.instance
    memory_gib = load.peak_rss_bytes * (1 + advice.memory_headroom) / _GIB
    usd_of = {
        name: price
        for name in (present, *neighbours(situation))
        if situation.book.machine(name).memory_gib >= memory_gib
        and (price := load.usd_per_month(instance=name)) is not None
        and (name == present or _lasts(name, _busy_share(situation, load, name)))
    }
    if present not in usd_of:
        return Settled("right_size", f"{present} has too little memory to serve {load.candidate}")
    best = min(usd_of, key=lambda name: (usd_of[name], name != present))
    need = f"{load.candidate} needs {size(load.peak_rss_bytes)} and keeps {load.busy_threads():.2g} threads busy"
    if best == present:
        return Settled("right_size", f"nothing cheaper serves than {present} ({need})")
    return Advice(
        "right_size",
        f"Serve from {count(load.machines(instance=best), 'machine')} {best} instead of {load.machines()} {present}.",
        usd_of[present] - usd_of[best],
        f"{need}. {usd(usd_of[best])} instead of {usd(usd_of[present])} a month.",
        (
            f"one server process, its measured peak memory plus {share(advice.memory_headroom)}",
            f"the mean traffic of {load.requests_per_day:,.0f} requests a day keeps at most 60 % of the threads busy",
            "a thread of it is as fast as one of the machine measured",
        ),
        _risk(best, "less is left for peaks of traffic and for larger models"),
        "serving",
    )


def _busy_share(situation: Situation, load: Served, instance: str) -> float:
    machines = max(1, load.machines(instance=instance))
    return load.busy_threads() / machines / situation.book.machine(instance).vcpus


def _lasts(instance: str, busy_share: float) -> bool:
    """Tell whether a machine can be this busy all the time."""
    return busy_share <= _BASELINE or not _is_burstable(instance)


def _is_burstable(instance: str) -> bool:
    return instance.rsplit("/", 1)[-1].startswith(_BURSTABLE)


def _risk(instance: str, risk: str) -> str:
    return f"{risk}; it is burstable: full speed lasts as long as its credits" if _is_burstable(instance) else risk
