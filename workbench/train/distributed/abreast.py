"""The search where every worker of a cluster grows whole trials, several of them side by side.

A trial is what one process grows on all rows, so that the plan is repeated without any cluster.
"""

from __future__ import annotations

import tempfile
import time
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import WorkbenchError
from workbench.train.distributed.cluster import LIVES
from workbench.train.distributed.hand import Deserted, Ended, Halt, Lost, Muster, Mustered, Vitals
from workbench.train.distributed.job import Fault
from workbench.train.distributed.joining import open_cluster, patience_for
from workbench.train.distributed.parcel import pack
from workbench.train.hunt import Hunt
from workbench.train.proposals import proposals

if TYPE_CHECKING:
    from workbench.train.distributed.cluster import Cluster
    from workbench.train.grower import Begun
    from workbench.train.jury import Jury
    from workbench.train.portfolio import Setup

SOONEST, LATEST = 0.02, 1.0
"""Seconds between two looks at the clock while trials grow: half of what they could use up is left in between."""

LOST = (EOFError, OSError)
"""What tells that the process is gone that holds the cluster."""


@dataclass
class Abreast(Hunt):
    """A search in progress whose trials grow side by side.

    One trial more begins whenever a worker is free and the budget has room for it beside those that grow already; all
    end after their round when the budget is spent. Where no cluster can be had, or none any more, this process goes
    on by itself.

    Attributes:
        jury: Who judges.
        faults: What was survived.
        dropped: Trials given up because each of them cost several workers.
        note: What the user should know about where the trials grew.
    """

    jury: Jury
    faults: list[Fault] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    note: str = ""
    _cluster: Cluster | None = None
    _muster: Muster | None = None
    _workers: int = 1
    _threads: int = 1
    _deaths: int = 0
    _flying: dict[int, Begun] = field(default_factory=dict)
    _used: dict[int, float] = field(default_factory=dict)
    _halted: bool = False
    _look_at: float = 0.0

    def run(self) -> None:
        """Start the workers, search with them, and end them."""
        wanted = self.engine.workers
        self._threads = max(1, self.bins.material.threads // wanted)
        with (
            tempfile.TemporaryDirectory(prefix="workbench-") as folder,
            closing(open_cluster(wanted, self._threads, patience_for(self.clock))) as cluster,
        ):
            self.clock = replace(self.clock, elsewhere=lambda: cluster.cpu_seconds)
            self.note, self._workers = cluster.note, cluster.workers
            if cluster.workers > 1:
                parcel, files = pack(self.bins, self.jury, Path(folder))
                self._cluster, self._muster = cluster, Muster(parcel, files, wanted, self._threads)
                self._call()
            super().run()
        self.engine = replace(self.engine, workers=self._workers)

    def proof(self) -> str:
        """Say who grew the trials, and what was survived."""
        by = f"{self._workers} workers" if self._workers > 1 else "1 process"
        met = f": {', '.join(fault.kind for fault in self.faults)}" if self.faults else ""
        words = f"{by} grew {len(self.trials)} trials, each in one process on all rows; "
        words += f"{len(self.faults)} faults were survived{met}"
        if self.dropped:
            words += f"; trials given up: {', '.join(self.dropped)}"
        return f"{words}. Note: {self.note}" if self.note else words

    def _search(self) -> None:
        setups = proposals(self.bins, self.seed, self.trials)
        while True:
            self._await(self._workers - 1 if self.trials else 0)
            setup = next(setups)
            while (reason := self._reason_to_stop(setup)) and self._flying:
                self._await(len(self._flying) - 1)
            if reason:
                self.stopped = reason
                return
            self._send(self._begin(self._fitted(setup)))

    def _spent_out(self, setup: Setup) -> str:
        return "the budget is spent" if self._halted else super()._spent_out(setup)

    @property
    def _left(self) -> float:
        """What is left beside what the trials that grow are forecast to use still."""
        left = super()._left
        if self.clock.unit != "CPU-s" or not self.trials:
            return left
        forecasts = ((self._forecast(one.setup), self._used.get(number, 0.0)) for number, one in self._flying.items())
        return left - sum(max(0.0, forecast - used) for forecast, used in forecasts)

    def _send(self, begun: Begun) -> None:
        """Let a worker grow a trial; or grow it here, where there are none."""
        if self._cluster is None:
            self._try(begun)
            return
        self._flying[begun.number] = begun
        try:
            self._cluster.tell(begun)
        except LOST:
            self._survive(self._cluster)

    def _await(self, room: int) -> None:
        """Wait until no more than so many trials grow."""
        while self._cluster is not None and len(self._flying) > room:
            try:
                self._look(self._cluster)
                answer = self._cluster.heard(min(LATEST, max(SOONEST, self._look_at - time.monotonic())))
            except LOST:
                self._survive(self._cluster)
            else:
                self._take(answer)

    def _look(self, cluster: Cluster) -> None:
        """Look at the clock, more often towards the end, and let every trial end when the budget is spent."""
        now = time.monotonic()
        if self._halted or now < self._look_at:
            return
        left = super()._left
        at_once = self._workers * self._threads if self.clock.unit == "CPU-s" else 1
        self._look_at = now + min(LATEST, left / at_once / 2)
        if left <= 0:
            self._halted = True
            cluster.tell(Halt())

    def _take(self, answer: object) -> None:
        """Act on what the process says that holds the cluster."""
        if isinstance(answer, WorkbenchError):
            raise answer
        if isinstance(answer, Ended):
            self._land(answer)
        elif isinstance(answer, Lost):
            self.faults.append(answer.fault)
        elif isinstance(answer, Vitals):
            self._used = answer.trials
        elif isinstance(answer, Mustered):
            self._workers = answer.workers
        elif isinstance(answer, Deserted):
            self.faults.append(answer.fault)
            self._go_on_here(answer.fault.text)

    def _land(self, ended: Ended) -> None:
        """Write down a trial that has ended."""
        begun = self._flying.pop(ended.number)
        self.faults.extend(ended.faults)
        if ended.grown is not None:
            seconds = ended.seconds if self.clock.unit == "s" else ended.cpu_seconds
            self._record(begun, ended.grown, lambda: (seconds, ended.cpu_seconds))
        elif self.trials:
            if ended.faults or not self._halted:
                self.dropped.append(begun.setup.name)
        else:
            self._try(begun)  # nothing can be judged without the baseline

    def _call(self) -> None:
        """Call the workers, and give them the trials that had none to grow them."""
        if self._cluster is None:
            return
        try:
            for message in (self._muster, *self._flying.values()):
                self._cluster.tell(message)
        except LOST:
            self._survive(self._cluster)

    def _survive(self, cluster: Cluster) -> None:
        """Have the process started again that held the cluster, once; then go on without it."""
        self._deaths += 1
        self.faults.append(Fault("died", (), f"the process that holds the cluster died: {cluster.last_words}"))
        if self._halted or self._deaths >= LIVES or cluster.revive():
            self._go_on_here(self.faults[-1].text)
        else:
            self._call()

    def _go_on_here(self, why: str) -> None:
        """Grow in this process, first what nobody has grown to its end."""
        if self._cluster is not None:
            self._cluster.close()
        self._cluster, self._workers = None, 1
        self.note = f"{why}; from trial {len(self.trials)} on one process grew them in place of {self.engine.workers}"
        begun, self._flying = tuple(self._flying.values()), {}
        for one in begun:
            if self.trials and self._left <= 0:
                self.dropped.append(one.setup.name)
            else:
                self._try(one)
