"""Asks, before a stage starts, whether the month may still cost something."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from workbench import artifacts
from workbench.errors import Place, StageError

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.params.reading import ParamsFile
    from workbench.stages.console import Console

_KEY = "run.budget.usd_per_month"


def check_budget(params: ParamsFile, root: Path, console: Console) -> None:
    """Warn when most of the month's budget is spent, and refuse to start when it is and `stop` is set.

    Without a budget the ledger is not looked at.

    Raises:
        StageError: The budget is spent; nothing was started.
    """
    budget = params.params.run.budget
    if budget.usd_per_month is None:
        return
    from workbench.cost.ledger.budgeting import spending  # noqa: PLC0415 - only where there is a budget
    from workbench.cost.ledger.period import this_month  # noqa: PLC0415 - only where there is a budget

    since = this_month(dt.datetime.now(dt.UTC)).start
    spent = spending(artifacts.read_costs(since, root).values(), budget.usd_per_month)
    told = f"${spent.spent_usd:,.2f} of ${spent.limit_usd:,.2f} are spent since {since[:10]}"
    if spent.is_exhausted and budget.stop:
        file, _, line = params.origins.get(_KEY, "").rpartition(":")
        raise StageError(
            "the month's budget is spent, so that no stage starts",
            place=Place(file or None, int(line) if line.isdecimal() else None, _KEY),
            found=told,
            hint="raise the limit, set run.budget.stop to false, or wait for the next month; "
            "`workbench costs --by stage --since " + since[:7] + "` shows what it went to",
        )
    if spent.share >= budget.warn_at:
        more = f"; {spent.unpriced:,} runs without a price are not in it" if spent.unpriced else ""
        console.line(f"warning: {told}, {spent.share:.0%} of {_KEY}{more}", "yellow")
