"""Spot machines: cheaper, and taken away now and then. The mathematics is in `interruptions`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from workbench.cost.advice.finding import Advice, Gap, Settled
from workbench.cost.advice.interruptions import Handling, best_interval_hours, expect, hourly_hazard
from workbench.cost.advice.serving import served
from workbench.cost.advice.usage import FEWEST_RUNS, stage_purchase, stage_uses
from workbench.cost.advice.wording import count, duration, rate, share
from workbench.cost.economics import HOURS_PER_MONTH
from workbench.money import usd

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from workbench.cost.advice.finding import Finding
    from workbench.cost.advice.interruptions import Expectation
    from workbench.cost.advice.serving import Served
    from workbench.cost.advice.situation import Situation
    from workbench.cost.advice.usage import StageUse
    from workbench.cost.pricing.quoting import Interruption
    from workbench.params.advise import AdviseParams

_SECOND = 1 / 3600
_HARDLY_ANY = 0.001


def spot(situation: Situation) -> Iterator[Finding]:
    """Look at spot for the stages, and for serving."""
    instance, book = situation.cost.instance, situation.book
    band = book.interruption(instance)
    if "spot" not in book.purchases(instance):
        yield Gap("spot", f"a spot price of {instance} in the price book")
        return
    if band is None:
        yield Gap("spot", f"how often {instance} is reclaimed: its cloud publishes no interruption band")
        return
    uses = stage_uses(situation)
    if uses:
        yield _for_stages(situation, uses, band)
    else:
        yield Gap("spot", f"{FEWEST_RUNS} finished runs of a stage in the ledger")
    load = served(situation)
    if load is not None and situation.cost.purchase not in {"spot", "serverless"}:
        yield _for_serving(situation, load, band)


def handling(params: AdviseParams) -> Handling:
    """Give what the parameters say of an interruption."""
    return Handling(params.restart_seconds / 3600, params.wait_seconds / 3600, params.checkpoint_seconds / 3600)


def month_on_spot(
    uses: Sequence[StageUse], hazard: float, params: AdviseParams
) -> tuple[tuple[StageUse, Expectation], ...]:
    """Give what one run of each stage is expected to take on spot; a stage that ended is kept, as DVC keeps it."""
    interval = math.inf if params.checkpoint_minutes is None else params.checkpoint_minutes / 60
    return tuple((use, expect(use.wall_hours, hazard, interval, handling(params))) for use in uses)


def paid_hours(month: Sequence[tuple[StageUse, Expectation]]) -> float:
    """Sum up the machine time of a month."""
    return sum(use.runs_per_month * run.paid_hours for use, run in month)


def _for_stages(situation: Situation, uses: Sequence[StageUse], band: Interruption) -> Finding:
    instance, params, book = situation.cost.instance, situation.advise, situation.book
    price = book.usd_per_hour(instance, "spot")
    now = situation.book.usd_per_hour(instance, stage_purchase(situation)).usd_per_hour
    shares = {"mean": band.mean, "low": band.low, "high": band.high}
    months = {name: month_on_spot(uses, hourly_hazard(value), params) for name, value in shares.items()}
    bill = sum(use.hours_per_month for use in uses) * now
    saved = {name: bill - paid_hours(month) * price.usd_per_hour for name, month in months.items()}
    longest, run = max(months["mean"], key=lambda pair: pair[0].wall_hours)
    evidence = (
        f"{rate(price.usd_per_hour)} instead of {rate(now)} an hour ({price.basis}). {band.basis}: "
        f"{share(band.mean)} of the machines in a month, one interruption in "
        f"{duration(1 / hourly_hazard(band.mean))}. The longest stage, {longest.stage}, takes "
        f"{duration(longest.wall_hours)}; on spot it is expected to finish after {duration(run.finish_hours)}, "
        f"with {_lost(run)}. "
        f"{_interval(longest, hourly_hazard(band.mean), params)}"
    )
    wait, restart = duration(params.wait_seconds / 3600), duration(params.restart_seconds / 3600)
    if saved["mean"] <= 0:
        return Settled("spot", f"spot saves nothing for the stages now ({evidence})")
    return Advice(
        "spot",
        f"Run the stages on spot machines ({instance}).",
        saved["mean"],
        evidence,
        (
            "interruptions come at a constant rate, each machine on its own, and the band of the last month holds",
            f"another machine is there after {wait}, and works after a further {restart}, which are paid",
            _kept(params),
        ),
        "spot prices and interruptions change within days; no machine may be had for hours",
        "stages",
        saved["high"],
        saved["low"],
    )


def _lost(run: Expectation) -> str:
    if run.interruptions < _HARDLY_ANY:
        return "hardly ever an interruption"
    return f"{run.interruptions:.2g} interruptions and {duration(run.lost_hours)} of work lost"


def _kept(params: AdviseParams) -> str:
    if params.checkpoint_minutes is None:
        return "a stage cut off starts again from its beginning; the warning before it is not used"
    written = f"written in {duration(params.checkpoint_seconds / 3600)}"
    return f"a stage keeps a checkpoint every {duration(params.checkpoint_minutes / 60)}, {written}"


def _interval(use: StageUse, hazard: float, params: AdviseParams) -> str:
    """Say how often to keep a checkpoint."""
    best = best_interval_hours(use.wall_hours, hazard, handling(params))
    if math.isinf(best):
        return f"Checkpoints within {use.stage} would cost more than they save."
    gained = expect(use.wall_hours, hazard, math.inf, handling(params)).paid_hours
    gained -= expect(use.wall_hours, hazard, best, handling(params)).paid_hours
    return f"A checkpoint every {duration(best)} is best (Young 1974, Daly 2006): {duration(gained)} less than without."


def _for_serving(situation: Situation, load: Served, band: Interruption) -> Finding:
    """One machine more than the load needs, so that losing one stops nothing."""
    instance, params = situation.cost.instance, situation.advise
    price = situation.book.usd_per_hour(instance, "spot")
    needed, bill = load.machines(), load.usd_per_month() or 0.0
    usd_spot = (needed + 1) * price.usd_per_hour * HOURS_PER_MONTH
    saved = bill - usd_spot
    hazard = hourly_hazard(band.mean)
    short = short_of_machines(needed, hazard * (params.wait_seconds + params.restart_seconds) / 3600)
    evidence = (
        f"{count(needed + 1, 'machine')} at {rate(price.usd_per_hour)} an hour for {usd(usd_spot)} a month "
        f"instead of {needed} for {usd(bill)} ({price.basis}). {band.basis}: "
        f"{(needed + 1) * hazard * HOURS_PER_MONTH:.2g} interruptions a month, and two or more machines gone at once "
        f"for {_short(short * HOURS_PER_MONTH)} a month"
    )
    if saved <= 0:
        return Settled("spot", f"spot with one machine more costs no less for serving ({evidence})")
    return Advice(
        "spot",
        f"Serve from {count(needed + 1, 'spot machine')}, one more than the load needs ({instance}).",
        saved,
        f"{evidence}.",
        (
            "machines are taken away one by one, independently, at a constant rate",
            f"each is replaced within {duration((params.wait_seconds + params.restart_seconds) / 3600)}",
            "a load balancer notices at once; its price is not counted",
        ),
        "machines of one type and zone tend to be reclaimed together; keep them in different zones, or one on demand",
        "serving",
    )


def _short(hours: float) -> str:
    """Write a time that is no better known than to the second."""
    return duration(hours) if hours >= _SECOND else "less than a second"


def short_of_machines(needed: int, odds: float) -> float:
    """Give the share of time with fewer machines than needed, of one more than that.

    Args:
        needed: Machines needed.
        odds: Rate of interruptions times the time until a machine is replaced.

    Example:
        >>> round(short_of_machines(1, 0.25), 12)
        0.04
    """
    down = odds / (1 + odds)
    machines = needed + 1
    return 1 - (1 - down) ** machines - machines * down * (1 - down) ** needed
