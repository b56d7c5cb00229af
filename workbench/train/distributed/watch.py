"""Notices that a group of workers stands still."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from workbench.train.distributed.job import Fault

if TYPE_CHECKING:
    from collections.abc import Collection

    from workbench.train.distributed.job import Limits
    from workbench.train.distributed.rank import Beat

SILENT = 3.0
"""A worker that has not answered for so many seconds is to blame before one that waits for it."""

LONGEST = 10
"""Times the longest round so far, after which a round counts as hung."""

WORK = 0.05
"""CPU-seconds between two signs of life that count as work."""


@dataclass
class Watch:
    """What was seen of each rank during one step.

    Ranks grow in step, so that only a round counts while they do: a worker whose peer has closed its sockets burns
    its CPU for ever. In the other steps each rank is on its own, and work counts.

    Attributes:
        step: Name of the step.
        size: Number of ranks.
        limits: How long anything may stand still.
        allowance: Seconds that a first round may take, by the time that the rows took to be binned.
    """

    step: str
    size: int
    limits: Limits
    allowance: float = 0.0
    began: float = field(default_factory=time.monotonic)
    _beats: dict[int, Beat] = field(default_factory=dict)
    _heard: dict[int, float] = field(default_factory=dict)
    _moved: dict[int, float] = field(default_factory=dict)
    _longest: float = 0.0

    def note(self, rank: int, beat: Beat) -> None:
        """Take a sign of life."""
        now = time.monotonic()
        before = self._beats.get(rank)
        self._heard[rank] = now
        if before is not None and not self._advanced(before, beat):
            return
        if before is not None and beat.count > before.count:
            self._longest = max(self._longest, now - self._moved[rank])
        self._beats[rank], self._moved[rank] = beat, now

    def fault(self, waiting: Collection[int]) -> Fault | None:
        """Tell what stands still, if anything does.

        Args:
            waiting: Ranks whose answer to the step is still due.
        """
        now = time.monotonic()
        if self.step == "meet":
            if now - self.began < self.limits.join:
                return None
            return Fault("absent", tuple(sorted(waiting)), f"did not join within {self.limits.join:.0f} s")
        if self._silent(waiting, self.limits.stall):
            return self._hung(waiting, self.limits.stall)
        if self.step == "link":
            late = now - self.began >= self.limits.link
            return self._hung(waiting, self.limits.link) if late else None
        if self.step == "grow":
            limit = max(self.limits.stall, LONGEST * self._longest, self.allowance)
            last = max(self._moved.values(), default=self.began)
            return self._hung(waiting, limit) if now - last >= limit else None
        limit = self.limits.stall
        still = [rank for rank in waiting if now - self._moved.get(rank, self.began) >= limit]
        return self._hung(still, limit) if still else None

    def _advanced(self, before: Beat, beat: Beat) -> bool:
        if beat.count > before.count:
            return True
        return self.step != "grow" and beat.cpu_seconds - before.cpu_seconds > WORK

    def _silent(self, waiting: Collection[int], seconds: float) -> list[int]:
        """List the ranks that have not answered for so long: even the longest round leaves time to answer."""
        now = time.monotonic()
        return [rank for rank in waiting if now - self._heard.get(rank, self.began) >= seconds]

    def _hung(self, waiting: Collection[int], limit: float) -> Fault:
        silent = self._silent(waiting, min(SILENT, limit))
        seen = "gave no sign of life" if silent else "made no progress"
        return Fault("hung", tuple(sorted(silent or waiting)), f"{seen} for {limit:.0f} s in the step {self.step!r}")
