"""How sure the gap between the candidate chosen and the runner-up is; the page asks once the hand rests."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import polars as pl

from workbench.decide import error_draws, gap
from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from workbench.decide import Decision, Gap
    from workbench.model import Task
    from workbench.params.cost import CostParams

    Floats = NDArray[np.float64]
    Judged = tuple[Floats, Mapping[str, Floats]]


def gap_of(decision: Decision, judged: Judged, cost: CostParams, task: Task) -> Gap | None:
    """Draw the rows that two candidates were judged on again, and give the gap between them.

    Args:
        decision: Names the candidate and the runner-up.
        judged: Labels of the rows of validation, and each candidate's predictions for them.
        cost: Traffic and prices of errors.
        task: The task.

    Returns:
        None where there is no runner-up, or a candidate has no predictions.
    """
    labels, predictions = judged
    pair = [decision.candidate, decision.runner_up]
    if decision.runner_up is None or not all(name in predictions for name in pair):
        return None
    two = decision.table.filter(pl.col("id").is_in(pair))
    return gap(two, error_draws(two, labels, predictions, cost, task), decision.candidate, decision.runner_up)


def gap_json(found: Gap | None) -> dict[str, str | float] | None:
    """Give a gap as plain JSON."""
    return None if found is None else asdict(found)


def answer_gap(
    message: Mapping[str, object], find: Callable[[Mapping[str, object]], Gap | None]
) -> dict[str, object] | None:
    """Answer the question of the page how sure the gap is.

    Args:
        message: `kind` is `gap`; with `settings`, and `asked`, which comes back with the answer.
        find: Finds the gap under settings.

    Returns:
        The reply; its `gap` is None where none is known. None to a message that asks something else.
    """
    settings = message.get("settings")
    if message.get("kind") != "gap" or not isinstance(settings, dict):
        return None
    try:
        found = gap_json(find(settings))
    except WorkbenchError:
        found = None
    return {"kind": "gap", "asked": message.get("asked"), "gap": found}
