"""Processor time of Ray workers outside the process tree of a run, from what the search left behind.

Workers of a cluster that a run starts itself are its descendants, and metered. Those of a cluster that was running
already, the one at RAY_ADDRESS, are not: neither on other machines nor on this one. What they used stands in the
trials of the search: alone where workers grow whole trials, summed with the searching process where they share rows.
Of that sum the processor time of the longest cell is taken off, the one that searched: what is left is at least what
was used elsewhere, and nothing is counted twice.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

from workbench import artifacts
from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.artifacts import CellUse
    from workbench.stages.preflight import Plan

STAGE = "train"
METRICS = "metrics/train.json"
_SPENT = "search_cpu_seconds"
_ADDRESS = "RAY_ADDRESS"
_HERE = frozenset({"", "local"})
"""Addresses with which workers start on this machine, as children of the run."""
_OF_WORKERS = re.compile(r"^engine: ray$.*^workers: (?!1$)\d+$", re.MULTILINE | re.DOTALL)


class Elsewhere:
    """What a run of `train` uses outside its process tree.

    Args:
        plan: The run, before it begins.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._is_far = plan.stage == STAGE and os.environ.get(_ADDRESS, "") not in _HERE
        self._before = self._search_plan()

    def cpu_seconds(self, cells: Sequence[CellUse]) -> float:
        """Give the CPU-seconds used elsewhere; 0 unless this run searched anew, with workers it had not started.

        A search plan that was replayed tells what it took when it was made, not now: nothing is counted then.

        Args:
            cells: What the cells of the run used.
        """
        now = self._search_plan()
        if not now or now == self._before or not _OF_WORKERS.search(now):
            return 0.0
        with suppress(WorkbenchError, KeyError, TypeError, ValueError):
            told = cast("dict[str, Any]", artifacts.read_json(METRICS, self._plan.root))
            return max(0.0, float(told[_SPENT]) - self._counted(cells))
        return 0.0

    def _counted(self, cells: Sequence[CellUse]) -> float:
        if self._plan.params.params.train.spread == "trials" or not cells:
            return 0.0
        return max(cells, key=lambda use: use.wall_seconds).cpu_seconds

    def _search_plan(self) -> str:
        if not self._is_far:
            return ""
        with suppress(OSError, UnicodeDecodeError):
            return (self._plan.root / self._plan.params.params.train.plan).read_text(encoding="utf-8")
        return ""
