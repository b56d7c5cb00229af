"""Adds up what a process tree has used, so that nothing is lost and nothing counts twice when processes end.

The system keeps what a process used itself and what its children used that have ended and that it waited for. The sum
over the living tree is therefore the whole of it as long as parents wait for their children. A process that is gone
without that, because its parent was killed or takes no note of its children, is noticed: what was seen of it has not
arrived at any ancestor. It is kept here then, as it was seen last.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from workbench.cost.metering.proctree import ProcessUse


@dataclass(frozen=True)
class Totals:
    """What a tree has used, from the start of its processes.

    Attributes:
        ticks: Processor time in clock ticks.
        read_bytes: Bytes given back by read calls.
        written_bytes: Bytes handed to write calls.
    """

    ticks: float = 0
    read_bytes: float = 0
    written_bytes: float = 0

    def plus(self, use: ProcessUse, share: float = 1.0) -> Totals:
        """Add a share of what a process used."""
        return Totals(
            self.ticks + use.ticks * share,
            self.read_bytes + use.read_bytes * share,
            self.written_bytes + use.written_bytes * share,
        )

    def at_least(self, other: Totals) -> Totals:
        """Give the larger of each."""
        return Totals(
            max(self.ticks, other.ticks),
            max(self.read_bytes, other.read_bytes),
            max(self.written_bytes, other.written_bytes),
        )


@dataclass(frozen=True)
class _Gone:
    """A process that is gone, and how much of its time has arrived nowhere yet."""

    use: ProcessUse
    unpaid: int


class Tally:
    """Takes one reading of the tree after the other; every reading lists parents before their children."""

    def __init__(self) -> None:
        self._living: Mapping[int, ProcessUse] = {}
        self._waiting: list[_Gone] = []
        self._lost = Totals()
        self._totals = Totals()

    @property
    def known(self) -> dict[int, int]:
        """When the processes of the last reading began, by number."""
        return {pid: use.started for pid, use in self._living.items()}

    def take(self, reading: Iterable[ProcessUse]) -> Totals:
        """Add a reading.

        Returns:
            What was used up to now, never less than at the reading before.
        """
        now = {use.pid: use for use in reading}
        gone = [_Gone(use, use.ticks) for pid, use in self._living.items() if not _same(now.get(pid), use)]
        owed = self._settled([*self._waiting, *gone], now)
        # What has arrived nowhere may do so at the next reading, when the parent was read before it took note.
        for one in owed[: len(self._waiting)]:
            self._lost = self._lost.plus(one.use, _share(one))
        self._waiting = [one for one in owed[len(self._waiting) :] if one.unpaid]
        self._living = now
        self._totals = self._sum().at_least(self._totals)
        return self._totals

    def _sum(self) -> Totals:
        total = self._lost
        for use in self._living.values():
            total = total.plus(use)
        for one in self._waiting:
            total = total.plus(one.use, _share(one))
        return total

    def _settled(self, gone: list[_Gone], now: Mapping[int, ProcessUse]) -> list[_Gone]:
        """Pay for those that are gone with what the times of ended children have grown by, the smallest first."""
        gained = {
            pid: use.children_ticks - self._living[pid].children_ticks
            for pid, use in now.items()
            if _same(self._living.get(pid), use)
        }
        known = (*(one.use for one in gone), *self._living.values(), *now.values())
        parents = {use.pid: use.parent for use in known}
        settled = list(gone)
        for place in sorted(range(len(gone)), key=lambda place: gone[place].unpaid):
            unpaid = gone[place].unpaid
            for payer in _payers(gone[place].use.parent, parents, gained):
                paid = min(unpaid, gained[payer])
                gained[payer] -= paid
                unpaid -= paid
            settled[place] = replace(gone[place], unpaid=unpaid)
        return settled


def _payers(parent: int, parents: Mapping[int, int], gained: Mapping[int, int]) -> list[int]:
    """Name who may have waited for a process: its parent, or when that is gone too, any ancestor that lives."""
    if parent in gained:
        return [parent]
    payers: list[int] = []
    for _ in parents:  # numbers are used again: the chain may close
        if parent in gained and parent not in payers:
            payers.append(parent)
        parent = parents.get(parent, 0)
    return payers


def _same(one: ProcessUse | None, other: ProcessUse) -> bool:
    return one is not None and one.started == other.started


def _share(one: _Gone) -> float:
    return one.unpaid / one.use.ticks if one.use.ticks else 0.0
