"""Takes down what each code cell of a run uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.artifacts import CellUse

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.cost.metering.meter import Lap, Meter


class CellLog:
    """The cells of one run, in the order they ran.

    Args:
        meter: The meter of the run.
        on_cell: Told all cells so far whenever one has ended.
    """

    def __init__(self, meter: Meter, on_cell: Callable[[tuple[CellUse, ...]], None] = lambda _: None) -> None:
        self._meter = meter
        self._on_cell = on_cell
        self.cells: tuple[CellUse, ...] = ()

    def began(self) -> None:
        """Take note that the first cell begins now: what came before belongs to no cell."""
        self._meter.lap()

    def ended(self, cell: int) -> None:
        """Take note that a cell has ended, however it did; the next one is counted from here.

        Args:
            cell: One-based code cell.
        """
        self.cells = (*self.cells, _use(cell, self._meter.lap()))
        self._on_cell(self.cells)


def _use(cell: int, lap: Lap) -> CellUse:
    return CellUse(
        cell,
        started_seconds=round(lap.started_seconds, 3),
        wall_seconds=round(lap.wall_seconds, 3),
        cpu_seconds=round(lap.cpu_seconds, 3),
        peak_rss_bytes=lap.peak_rss_bytes,
    )
