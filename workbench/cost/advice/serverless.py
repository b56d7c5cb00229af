"""Machines that never stop against paying by the request: where the two cost the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.cost.advice.finding import Advice, Gap, Settled
from workbench.cost.advice.serving import NEEDS_CANDIDATES, served
from workbench.cost.advice.wording import about
from workbench.cost.billing.breakeven import cheaper
from workbench.cost.billing.offers import Offer, most_requests
from workbench.money import usd

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.cost.advice.finding import Finding
    from workbench.cost.advice.serving import Served
    from workbench.cost.advice.situation import Situation
    from workbench.cost.month import Month

_FAITHFUL = np.zeros((1, 4))
"""Rates of error: the same model errs the same however it is served."""


def machines_win(load: Served, machine: Month, function: Month) -> tuple[tuple[float, float], ...]:
    """Find the traffic at which machines cost less than functions.

    There may be several stretches: where the traffic needs one machine more, functions may win again for a while.

    Returns:
        The stretches of requests a day, each from and to, as far as two hundred machines carry.
    """
    offers = tuple(Offer(load.candidate, load.cost, month, load.work, _FAITHFUL) for month in (machine, function))
    by_machine, by_function = (offer.by("requests_per_day") for offer in offers)
    found = cheaper(by_machine, by_function, 1.0, most_requests(offers))
    return tuple((stretch.low, stretch.high) for stretch in found)


def serverless(situation: Situation) -> Iterator[Finding]:
    """Compare functions with machines for the chosen candidate, whichever serve it now."""
    cost, load = situation.cost, served(situation)
    if load is None:
        yield Gap("serverless", NEEDS_CANDIDATES)
        return
    function = load.month(purchase="serverless")
    machine = load.month(purchase="on_demand" if cost.purchase == "serverless" else cost.purchase)
    if function is None or machine is None:
        yield Gap("serverless", f"prices of a function service and of a machine beside {cost.instance}")
        return
    yield _compared(situation, load, machine, function)


def _compared(situation: Situation, load: Served, machine: Month, function: Month) -> Finding:
    on_functions = situation.cost.purchase == "serverless"
    requests = np.array([load.requests_per_day])
    by_machine, by_function = (float(month.serving_usd(load.work, requests)[0]) for month in (machine, function))
    saved = (by_function - by_machine) if on_functions else (by_machine - by_function)
    evidence = (
        f"{load.requests_per_day:,.0f} requests a day of {load.service_ms():.3g} ms: {usd(by_function)} a month by the "
        f"request ({function.paid.basis}) against {usd(by_machine)} on machines ({machine.paid.basis}). "
        f"{_break_even(machines_win(load, machine, function))}"
    )
    if saved <= 0:
        kept = "serverless" if on_functions else "always-on machines"
        return Settled("serverless", f"{kept} cost less already ({evidence})")
    if on_functions:
        action = f"Serve from machines that never stop ({situation.cost.instance}) instead of functions."
        risk = "machines have to be looked after, and are paid at night too"
    else:
        action = "Serve by the request (serverless) instead of from machines that never stop."
        limit = situation.latency_p99_limit_ms
        beyond = f", far beyond decide.limits.latency_p99_ms: {limit:g}" if limit is not None else ""
        risk = f"a request that starts another function waits for a cold start of seconds{beyond}"
    return Advice(
        "serverless",
        action,
        saved,
        evidence,
        (
            f"the mean traffic stays near {load.requests_per_day:,.0f} requests a day",
            f"{load.candidate} takes as long per request there as measured here; free allowances are not deducted",
        ),
        risk,
        "serving",
    )


def _break_even(stretches: tuple[tuple[float, float], ...]) -> str:
    if not stretches:
        return "Functions are cheaper at any rate."
    first, last = stretches[0][0], stretches[-1][0]
    again = f", for good from {about(last)}" if last > first else ""
    return f"Machines win from {about(first)} requests a day{again}."
