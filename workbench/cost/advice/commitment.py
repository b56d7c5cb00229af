"""A commitment pays every hour of the month, used or not: it is worth it from so many hours on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.cost.advice.finding import Advice, Gap, Settled
from workbench.cost.advice.serving import served
from workbench.cost.advice.usage import stage_uses
from workbench.cost.advice.wording import count, rate
from workbench.cost.economics import HOURS_PER_MONTH
from workbench.money import usd

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from workbench.cost.advice.finding import Finding
    from workbench.cost.advice.serving import Served
    from workbench.cost.advice.situation import Situation
    from workbench.params.cost import Purchase

_TERMS: Mapping[Purchase, int] = {"commit_1y": 1, "commit_3y": 3}


def break_even_hours(on_demand_usd_per_hour: float, committed_usd_per_hour: float) -> float:
    """Give the hours of a month from which a commitment costs no more than paying by the hour.

    Example:
        >>> break_even_hours(0.10, 0.05)
        365.0
    """
    return HOURS_PER_MONTH * committed_usd_per_hour / on_demand_usd_per_hour


def commitment(situation: Situation) -> Iterator[Finding]:
    """Look at one and three years for the machines that serve, else for the one that runs the stages."""
    cost, book = situation.cost, situation.book
    if cost.purchase in _TERMS:
        yield Settled("commitment", "it is paid for by a commitment already")
        return
    terms = {
        term: book.usd_per_hour(cost.instance, term).usd_per_hour
        for term in _TERMS
        if term in book.purchases(cost.instance)
    }
    if not terms:
        yield Gap("commitment", f"a committed price of {cost.instance} in the price book")
        return
    hourly = book.usd_per_hour(cost.instance, "on_demand")
    hours = {term: break_even_hours(hourly.usd_per_hour, price) for term, price in terms.items()}
    ends = ", ".join(f"{_TERMS[term]} y from {found:.0f} hours a month" for term, found in hours.items())
    load = served(situation)
    if load is not None and cost.purchase != "serverless":
        yield _for_serving(situation, load, hours, f"It pays for {ends} on one machine ({hourly.basis})")
        return
    used = sum(use.hours_per_month for use in stage_uses(situation))
    yield Settled("commitment", f"{used:.2g} hours a month are used, and it pays for {ends}")


def _for_serving(situation: Situation, load: Served, hours: Mapping[Purchase, float], ends: str) -> Finding:
    instance, bill = situation.cost.instance, load.usd_per_month() or 0.0
    saved = {term: bill - spent for term in hours if (spent := load.usd_per_month(purchase=term)) is not None}
    shortest = min(saved, key=lambda term: _TERMS[term])
    longest = max(saved, key=lambda term: _TERMS[term])
    if saved[shortest] <= 0:
        return Settled("commitment", f"serving costs {usd(bill)} a month, less than a commitment. {ends}")
    years = _TERMS[shortest]
    price = situation.book.usd_per_hour(instance, shortest)
    longer = (
        "" if longest == shortest else f" {_TERMS[longest]} years would save {usd(saved[longest])}, and bind longer."
    )
    return Advice(
        "commitment",
        f"Commit to {count(load.machines(), 'machine')} {instance} for {count(years, 'year')}.",
        saved[shortest],
        f"Serving never stops: {HOURS_PER_MONTH:.0f} hours a month at {rate(price.usd_per_hour)} ({price.basis}). "
        f"{ends}.{longer}",
        (
            f"it serves for at least {12 * years * hours[shortest] / HOURS_PER_MONTH:.0f} of the {12 * years} months",
            "the traffic never needs fewer machines",
        ),
        "it binds: a smaller machine, another region or serverless later saves nothing any more, so do those first",
        "serving",
    )
