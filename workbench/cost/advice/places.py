"""Other regions: cheaper, cleaner or both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.cost.advice.finding import Advice, Gap, Settled
from workbench.cost.advice.serving import served
from workbench.cost.advice.usage import stage_purchase, stage_uses
from workbench.cost.economics import HOURS_PER_MONTH
from workbench.money import usd

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.cost.advice.finding import Finding
    from workbench.cost.advice.situation import Situation

_BUSY = 0.5
"""Load of a machine that runs stages."""


@dataclass(frozen=True)
class Month:
    """A month of serving and stages on one machine.

    Attributes:
        instance: The machine.
        usd: What it costs.
        kg_co2e: What it emits; None where the grid or the power is unknown.
    """

    instance: str
    usd: float
    kg_co2e: float | None


def region(situation: Situation) -> Iterator[Finding]:
    """Compare the same machine in other regions, and like machines of other clouds where these are open."""
    now = month_at(situation, situation.cost.instance)
    if now is None:
        yield Gap("region", "finished runs or a profiled candidate, and a price for them")
        return
    others = [month for name in elsewhere(situation) if (month := month_at(situation, name)) is not None]
    if not others:
        name = situation.cost.instance.rsplit("/", 1)[-1]
        needs = f"prices of {name} in another region: `workbench prices update --from FILE --region 'us-*'` takes them"
        yield Gap("region", f"{needs} from a catalogue")
        return
    best = min(others, key=lambda month: month.usd)
    cleanest = min((month for month in others if month.kg_co2e is not None), key=_emitted, default=None)
    evidence = f"{_told(now)} against {_told(best)}"
    if cleanest is not None and cleanest is not best:
        evidence += f"; the cleanest is {_told(cleanest)}"
    evidence += _carbon_source(situation, (now, best, *([cleanest] if cleanest else [])))
    if best.usd >= now.usd:
        yield Settled("region", f"no other place in the price book is cheaper ({evidence})")
        return
    known = now.kg_co2e is not None and best.kg_co2e is not None
    yield Advice(
        "region",
        f"Move from {now.instance} to {best.instance}.",
        now.usd - best.usd,
        f"{evidence}.",
        (
            "its threads are as fast, and data and users may be there; moving the data once is not counted",
            f"a machine that runs stages is {_BUSY:.0%} busy; one that serves as busy as its traffic makes it",
        ),
        "laws on where data may lie, time to the users, and egress between the regions",
        "serving" if served(situation) is not None else "stages",
        kg_co2e_per_month=_emitted(now) - _emitted(best) if known else None,
    )


def elsewhere(situation: Situation) -> tuple[str, ...]:
    """List the same type in other regions, and with `advise.anywhere` every machine at least as large."""
    book, present = situation.book, situation.cost.instance
    cloud, place, kind = present.split("/", 2)
    machine = book.machine(present)
    kept = []
    for name in book.instances:
        other_cloud, other_place, other_kind = name.split("/", 2)
        other = book.machine(name)
        same = other_cloud == cloud and other_kind == kind
        large = other.vcpus >= machine.vcpus and other.memory_gib >= machine.memory_gib
        like = situation.advise.anywhere and large and other.accelerator == machine.accelerator
        if (other_cloud, other_place) != (cloud, place) and (same or like):
            kept.append(name)
    return tuple(kept)


def month_at(situation: Situation, instance: str) -> Month | None:
    """Price and weigh a month on a machine; None when a price is missing or there is nothing to run."""
    purchase, book = stage_purchase(situation), situation.book
    hours = sum(use.hours_per_month for use in stage_uses(situation))
    load = served(situation)
    if purchase not in book.purchases(instance) or (load is None and not hours):
        return None
    usd_total = hours * book.usd_per_hour(instance, purchase).usd_per_hour
    kg = _kg_co2e(situation, instance, hours, _BUSY)
    if load is None:
        return Month(instance, usd_total, kg)
    serving = load.usd_per_month(instance=instance)
    if machines := load.machines(instance=instance):
        busy = min(1.0, load.busy_threads() / machines / book.machine(instance).vcpus)
        kg = _sum(kg, _kg_co2e(situation, instance, machines * HOURS_PER_MONTH, busy))
    return None if serving is None else Month(instance, usd_total + serving, kg)


def _kg_co2e(situation: Situation, instance: str, hours: float, utilisation: float) -> float | None:
    carbon, power = situation.book.carbon(instance), situation.book.watts(instance, utilisation)
    if carbon is None or power is None:
        return None
    return carbon.kg_co2e(hours * power.watts / 1000)


def _sum(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one + other


def _emitted(month: Month) -> float:
    return 0.0 if month.kg_co2e is None else month.kg_co2e


def _told(month: Month) -> str:
    carbon = "emissions unknown" if month.kg_co2e is None else f"{month.kg_co2e:.2g} kg CO2e"
    return f"{month.instance} at {usd(month.usd)} and {carbon} a month"


def _carbon_source(situation: Situation, months: tuple[Month, ...]) -> str:
    found = {month.instance: situation.book.carbon(month.instance) for month in months}
    told = [f"{name} {grid.grams_co2e_per_kwh:.0f} g/kWh, {grid.source}" for name, grid in found.items() if grid]
    return f" ({'; '.join(told)})" if told else ""
