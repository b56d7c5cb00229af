"""Asks, before a stage starts, whether the month may still cost something."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from workbench import artifacts
from workbench.errors import ParamsError, Place, PriceError, StageError
from workbench.money import usd

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.params.reading import ParamsFile
    from workbench.stages.console import Console

_KEY = "run.budget.usd_per_month"


def check_budget(params: ParamsFile, root: Path, console: Console) -> None:
    """Warn when most of the month's budget is spent, and refuse to start when all is and `stop` is set.

    A run that no price book can price would spend nothing of a budget: it, too, is refused or warned of. Without a
    budget neither ledger nor prices are looked at.

    Raises:
        StageError: The budget is spent, or cannot be kept; nothing was started.
    """
    budget = params.params.run.budget
    if budget.usd_per_month is None:
        return
    from workbench.cost.ledger.budgeting import spending  # noqa: PLC0415 - only where there is a budget
    from workbench.cost.ledger.period import this_month  # noqa: PLC0415 - only where there is a budget

    _check_price(params, root, console)
    since = this_month(dt.datetime.now(dt.UTC)).start
    spent = spending(artifacts.read_costs(since, root).values(), budget.usd_per_month)
    told = f"{usd(spent.spent_usd)} of {usd(spent.limit_usd)} are spent since {since[:10]}"
    if spent.is_exhausted and budget.stop:
        raise StageError(
            "the month's budget is spent, so that no stage starts",
            place=_place(params),
            found=told,
            hint="raise the limit, set run.budget.stop to false, or wait for the next month; "
            "`workbench costs --by stage --since " + since[:7] + "` shows what it went to",
        )
    if spent.unpriced or spent.share >= budget.warn_at:
        more = f"; {spent.unpriced:,} runs without a price are not in it" if spent.unpriced else ""
        console.line(f"warning: {told}, {spent.share:.0%} of {_KEY}{more}", "yellow")


def _check_price(params: ParamsFile, root: Path, console: Console) -> None:
    """Refuse a run that nothing prices where the budget stops, and warn of it elsewhere."""
    from workbench.cost.pricing.prices import PriceBook  # noqa: PLC0415 - only where there is a budget

    cost = params.params.cost
    try:
        PriceBook.load(root).usd_per_hour(cost.instance, cost.purchase)
    except (ParamsError, PriceError) as error:
        if params.params.run.budget.stop:
            raise StageError(
                "no price is known for this run, so that the month's budget cannot stop it",
                place=_place(params),
                found=str(error),
                hint="mend the price, or set run.budget.stop to false",
            ) from error
        console.line(f"warning: no price is known for this run, which counts nothing of {_KEY}: {error}", "yellow")


def _place(params: ParamsFile) -> Place:
    file, _, line = params.origins.get(_KEY, "").rpartition(":")
    return Place(file or None, int(line) if line.isdecimal() else None, _KEY)
