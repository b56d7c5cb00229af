"""Tables written smaller: measured on a sample of this project's own, priced here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.cost.advice.finding import Advice, Gap, Settled
from workbench.cost.advice.tiers import object_classes, present_class
from workbench.cost.advice.usage import stage_usd_per_hour
from workbench.cost.advice.wording import share, size, usd
from workbench.cost.upkeep import BYTES_PER_GB

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.cost.advice.finding import Finding
    from workbench.cost.advice.situation import Rewrite, Situation


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
    scale = measured.table_bytes / measured.now.bytes
    machine = situation.book.machine(situation.cost.instance)
    usd_per_cpu_second = stage_usd_per_hour(situation) / machine.vcpus / 3600
    writes = situation.cost.retrains_per_month

    def monthly(way: Rewrite) -> float:
        cpu_seconds = way.write_cpu_seconds + way.read_cpu_seconds
        space = way.bytes * scale / BYTES_PER_GB * classes[present].usd_per_gb_month
        return space + writes * cpu_seconds * scale * usd_per_cpu_second

    best = min((measured.now, *measured.others), key=lambda way: (monthly(way), way is not measured.now))
    ways = ", ".join(
        f"{way.way} {share(way.bytes / measured.now.bytes)} ({way.write_cpu_seconds:.2g} s)" for way in measured.others
    )
    evidence = (
        f"{size(measured.table_bytes)} of processed tables; a sample of {size(measured.now.bytes)} in "
        f"{measured.now.way} ({measured.now.write_cpu_seconds:.2g} s of writing) takes, written otherwise: {ways}"
    )
    if best is measured.now:
        yield Settled("compression", f"no way of writing costs less than {measured.now.way} ({evidence})")
        return
    yield Advice(
        "compression",
        f"Write the processed tables with {best.way}.",
        monthly(measured.now) - monthly(best),
        f"{evidence}. {usd(monthly(best))} instead of {usd(monthly(measured.now))} a month.",
        (
            "the sample stands for all rows",
            f"tables are written and read {writes:g} times a month, and one version is kept in {present}",
        ),
        "writing takes longer at high levels; older readers may not know the codec",
        "storage",
    )
