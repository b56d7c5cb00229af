"""Tables written smaller: measured on a sample of this project's own, priced here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.cost.advice.finding import Advice, Gap, Settled
from workbench.cost.advice.tiers import object_classes, present_class
from workbench.cost.advice.usage import stage_usd_per_hour
from workbench.cost.advice.wording import share, size
from workbench.cost.upkeep import BYTES_PER_GB
from workbench.money import usd

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.cost.advice.finding import Finding
    from workbench.cost.advice.situation import Rewrite, Rewrites, Situation

_SECONDS_PER_HOUR = 3600


def compression(situation: Situation) -> Iterator[Finding]:
    """Choose the way of writing that costs least in a month: space, and the time of writing at every retraining."""
    measured = situation.rewrites
    if measured is None or not measured.now.bytes:
        yield Gap("compression", "processed tables: run the stage ingest")
        return
    classes = object_classes(situation)
    present = present_class(situation, classes)
    if present is None:
        yield Gap("compression", f"prices of object storage beside {situation.cost.instance}")
        return
    usd_of = {
        way.way: _usd_per_month(situation, measured, way, classes[present].usd_per_gb_month) for way in measured.all
    }
    best = min(measured.all, key=lambda way: (usd_of[way.way], way is not measured.now))
    if best is measured.now:
        reason = f"no way of writing costs less than {measured.now.way} ({_evidence(measured)})"
        yield Settled("compression", reason)
        return
    now, then = usd_of[measured.now.way], usd_of[best.way]
    writes = situation.cost.retrains_per_month
    yield Advice(
        "compression",
        f"Write the processed tables with {best.way}.",
        now - then,
        f"{_evidence(measured)}. {usd(then)} instead of {usd(now)} a month.",
        (
            "the sample stands for all rows",
            f"tables are written and read {writes:g} times a month, and one version is kept in {present}",
        ),
        "writing takes longer at high levels; older readers may not know the codec",
        "storage",
    )


def _usd_per_month(situation: Situation, measured: Rewrites, way: Rewrite, usd_per_gb_month: float) -> float:
    """Price the space of the tables, and the processor time of writing and reading them at every retraining."""
    scale = measured.table_bytes / measured.now.bytes
    vcpus = situation.book.machine(situation.cost.instance).vcpus
    usd_per_cpu_second = stage_usd_per_hour(situation) / vcpus / _SECONDS_PER_HOUR
    cpu_seconds = (way.write_cpu_seconds + way.read_cpu_seconds) * scale
    space = way.bytes * scale / BYTES_PER_GB * usd_per_gb_month
    return space + situation.cost.retrains_per_month * cpu_seconds * usd_per_cpu_second


def _evidence(measured: Rewrites) -> str:
    now = measured.now
    ways = ", ".join(
        f"{way.way} {share(way.bytes / now.bytes)} ({way.write_cpu_seconds:.2g} s)" for way in measured.others
    )
    return (
        f"{size(measured.table_bytes)} of processed tables; a sample of {size(now.bytes)} in {now.way} "
        f"({now.write_cpu_seconds:.2g} s of writing) takes, written otherwise: {ways}"
    )
