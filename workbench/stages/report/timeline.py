"""Draws what processors and memory did while the cells of a run ran: one picture in the page itself.

It is plain SVG without script, so that the page still loads nothing and runs nothing for it.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from workbench.artifacts import CellUse, RunRecord

_WIDTH, _LEFT, _RIGHT = 880, 92, 8
_LANE, _GAP, _FOOT = 44, 16, 18
_LEAST_WIDTH = 0.75
_FIVE_CHARACTERS = 34
_MIB = 2**20
_TOLD_SECONDS = 0.001


def timeline_svg(record: RunRecord) -> str:
    """Draw the busy threads and the peak memory of each cell over the time of the run; empty without cells.

    Args:
        record: The run.
    """
    cells = record.cells
    whole = max([record.wall_seconds, *(use.started_seconds + use.wall_seconds for use in cells)])
    if not cells or whole <= 0:
        return ""
    lanes: tuple[tuple[str, str, Callable[[CellUse], float], str], ...] = (
        ("busy threads", "busy", busy_threads, "{:,.1f}"),
        ("peak memory", "held", lambda use: use.peak_rss_bytes / _MIB, "{:,.0f} MiB"),
    )
    height = len(lanes) * (_LANE + _GAP) + _FOOT
    drawn = "".join(
        part
        for number, (name, kind, value, form) in enumerate(lanes)
        for part in _lane(cells, whole, (name, kind, value, form), _GAP + number * (_LANE + _GAP))
    )
    return (
        f'<svg class="timeline" viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(_said(cells))}">'
        f"{drawn}{''.join(_numbers(cells, whole))}{''.join(_axis(whole, height))}</svg>"
    )


def busy_threads(use: CellUse) -> float:
    """Give how many threads a cell kept busy on average; one that took less than a millisecond tells nothing.

    Example:
        >>> from workbench.artifacts import CellUse
        >>> busy_threads(CellUse(1, 0.0, 2.0, 3.0, 0)), busy_threads(CellUse(2, 2.0, 0.0, 0.0, 0))
        (1.5, 0.0)
    """
    return use.cpu_seconds / use.wall_seconds if use.wall_seconds >= _TOLD_SECONDS else 0.0


def _lane(
    cells: Sequence[CellUse], whole: float, of: tuple[str, str, Callable[[CellUse], float], str], top: float
) -> Iterator[str]:
    name, kind, value, form = of
    most = max(value(use) for use in cells) or 1.0
    foot = top + _LANE
    yield f'<text class="what" x="0" y="{top + 12}">{name}</text>'
    yield f'<text x="0" y="{top + 28}">to {escape(form.format(most))}</text>'
    yield f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{foot}" y2="{foot}"/>'
    for use in cells:
        left, width = _span(use, whole)
        tall = _LANE * value(use) / most
        told = f"cell {use.cell}: {form.format(value(use))} for {use.wall_seconds:,.1f} s"
        yield (
            f'<rect class="{kind}" x="{left:.2f}" y="{foot - tall:.2f}" width="{width:.2f}" height="{tall:.2f}">'
            f"<title>{escape(told)}</title></rect>"
        )


def _numbers(cells: Sequence[CellUse], whole: float) -> Iterator[str]:
    """Write the number of each cell that is wide enough above its bars."""
    for use in cells:
        left, width = _span(use, whole)
        if width >= _FIVE_CHARACTERS:
            yield f'<a href="#cell-{use.cell}"><text x="{left:.2f}" y="11">cell {use.cell}</text></a>'


def _axis(whole: float, height: int) -> Iterator[str]:
    middle = _LEFT + (_WIDTH - _LEFT - _RIGHT) / 2
    for x, anchor, seconds in ((_LEFT, "start", 0.0), (middle, "middle", whole / 2), (_WIDTH - _RIGHT, "end", whole)):
        yield f'<text x="{x:g}" y="{height - 4}" text-anchor="{anchor}">{seconds:,.1f} s</text>'


def _span(use: CellUse, whole: float) -> tuple[float, float]:
    room = _WIDTH - _LEFT - _RIGHT
    left = _LEFT + room * min(1.0, use.started_seconds / whole)
    return left, max(_LEAST_WIDTH, min(_WIDTH - _RIGHT - left, room * use.wall_seconds / whole))


def _said(cells: Sequence[CellUse]) -> str:
    """Say what the picture shows, for those who cannot see it."""
    busiest, largest = max(cells, key=busy_threads), max(cells, key=lambda use: use.peak_rss_bytes)
    return (
        f"Busy threads and peak memory over time: cell {busiest.cell} kept most threads busy, "
        f"{busy_threads(busiest):,.1f}; cell {largest.cell} held most memory, {largest.peak_rss_bytes / _MIB:,.0f} MiB"
    )
