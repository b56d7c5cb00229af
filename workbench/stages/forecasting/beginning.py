"""The forecast that a run takes down before it begins: from the ledger alone, in milliseconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.cost.forecast.history import from_history
from workbench.errors import WorkbenchError
from workbench.stages.forecasting.situation import newest_runs, situation_of

if TYPE_CHECKING:
    from workbench.artifacts import RunRecord
    from workbench.stages.preflight import Plan

_MUST_NOT_END_A_RUN = (WorkbenchError, ArithmeticError, LookupError, TypeError, ValueError)
"""What a record of another version, edited by hand, may lead to."""


def forecast_at_start(plan: Plan, record: RunRecord) -> dict[str, float]:
    """Forecast a run that is on the point of beginning; empty where no run before it tells anything.

    Args:
        plan: What will run.
        record: What it starts from, as far as it is taken down.
    """
    try:
        now = situation_of(plan, record.dependencies, record.params, record.input_bytes or 0, usd_per_cpu_second=None)
        found = from_history(newest_runs(plan), now)
    except _MUST_NOT_END_A_RUN:
        return {}
    return {} if found is None else found.on_record(None)
