"""Memory of a process tree over time: its peak, its mean, and the mean with shared pages divided."""

from __future__ import annotations

import os
import resource
import sys
from typing import TYPE_CHECKING

from workbench.cost.metering.proctree import read_pss_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from workbench.cost.metering.proctree import ProcessUse

_MAXRSS_UNIT_BYTES = 1 if sys.platform == "darwin" else 1024


class Peak:
    """The largest memory of a tree since some moment.

    It is what was seen at one moment, and at least the largest that any single process has reached meanwhile: the
    system keeps that too, for the living and for the children that have ended.

    Args:
        reading: The tree at that moment.
        root: Number of the process at its root.
    """

    def __init__(self, reading: Sequence[ProcessUse], root: int) -> None:
        self._root = root
        self._reached = {use.pid: use.largest_rss_bytes for use in reading}
        self._ended = _largest_of_ended(root)
        self.bytes = sum(use.rss_bytes for use in reading)

    def see(self, reading: Sequence[ProcessUse]) -> None:
        """Take another reading of the tree."""
        reached = (use.largest_rss_bytes for use in reading if use.largest_rss_bytes > self._reached.get(use.pid, 0))
        ended = _largest_of_ended(self._root)
        alone = max(reached, default=0), ended if ended > self._ended else 0
        self.bytes = max(self.bytes, sum(use.rss_bytes for use in reading), *alone)


class Mean:
    """Memory averaged over time, between readings along a straight line.

    What share of it remains when shared pages are divided changes slowly and takes long to read: it is read rarely,
    and multiplied with the memory, which is read often.

    Args:
        at: The moment it begins, by the monotonic clock.
        reading: The tree at that moment.
    """

    def __init__(self, at: float, reading: Iterable[ProcessUse]) -> None:
        self._began = self._at = at
        self._bytes = self._pss = float(sum(use.rss_bytes for use in reading))
        self._area = self._pss_area = 0.0
        self._share: float | None = None

    def see(self, at: float, reading: Iterable[ProcessUse]) -> None:
        """Take another reading of the tree, at a moment of the monotonic clock."""
        now = float(sum(use.rss_bytes for use in reading))
        pss = now * (1.0 if self._share is None else self._share)
        self._area += (self._bytes + now) / 2 * (at - self._at)
        self._pss_area += (self._pss + pss) / 2 * (at - self._at)
        self._at, self._bytes, self._pss = at, now, pss

    def see_pages(self, reading: Iterable[ProcessUse]) -> None:
        """Let the kernel count which pages are shared; slow."""
        read = [(use.rss_bytes, read_pss_bytes(use.pid)) for use in reading if use.rss_bytes]
        if all(pss is None for _, pss in read):
            return
        share = min(1.0, sum(rss if pss is None else pss for rss, pss in read) / sum(rss for rss, _ in read))
        if self._share is None:  # as good a guess as any for the time before
            self._pss_area, self._pss = self._area * share, self._bytes * share
        self._share = share

    @property
    def rss_bytes(self) -> int:
        """The mean; pages shared by two processes count twice."""
        return round(self._over(self._area, self._bytes))

    @property
    def pss_bytes(self) -> int | None:
        """The mean with shared pages divided; None as long as nothing is known of them."""
        return None if self._share is None else round(self._over(self._pss_area, self._pss))

    def _over(self, area: float, last: float) -> float:
        lasted = self._at - self._began
        return area / lasted if lasted > 0 else last


def _largest_of_ended(root: int) -> int:
    """Give the peak of the largest descendant that has ended, as far as this process has waited for it.

    A child begins with the peak of the process that starts it, so one that is not larger says nothing of the child.
    """
    if root != os.getpid():
        return 0
    ended, own = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_CHILDREN, resource.RUSAGE_SELF))
    return ended * _MAXRSS_UNIT_BYTES if ended > own else 0
