"""A cluster as the process that wants it sees it: started or joined by a deadline, used, and gone afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field, replace
from multiprocessing import Pipe
from typing import IO, TYPE_CHECKING

from workbench.errors import WorkbenchError
from workbench.train.distributed import lifeline
from workbench.train.distributed.failing import ClusterError
from workbench.train.distributed.hand import Vitals
from workbench.train.distributed.hosting import Opening
from workbench.train.distributed.job import Fault, Progress, Trained
from workbench.train.distributed.lifeline import GONE, cpu_seconds, end, family

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

    from workbench.train.distributed.training import Order

_CODE = "import sys; from workbench.train.distributed.hosting import serve; serve(*map(int, sys.argv[1:]))"
POLL = 0.5
LIVES = 2
"""Processes that may hold a cluster, one after the other, while one model grows."""


@dataclass
class Cluster:
    """Processes that train one model after the other together.

    Attributes:
        workers: Processes that train together; 1 where no cluster could be had.
        threads: Threads of each.
        note: What the user should know about where they run.
        far: Whether the cluster is one that was running already, perhaps on other machines.
    """

    workers: int
    threads: int
    note: str = ""
    far: bool = False
    _process: subprocess.Popen[bytes] | None = None
    _connection: Connection | None = None
    _lifeline: int = -1
    _opening: Opening = field(default_factory=lambda: Opening("", 0))
    _seconds: float = 0.0
    _log: IO[bytes] = field(default_factory=tempfile.TemporaryFile)
    _ended_cpu_seconds: float = 0.0
    _far_cpu_seconds: float = 0.0
    _now_cpu_seconds: float = 0.0

    def train(
        self,
        order: Order,
        may_go_on: Callable[[], bool],
        on_progress: Callable[[Progress], None] = lambda _: None,
    ) -> Trained:
        """Train one model; the workers stay for the next one.

        Where the process that holds the cluster dies, another one goes on from the last segment that was kept.

        Args:
            order: What to do.
            may_go_on: Asked before every segment but the first.
            on_progress: Told how far the training is.

        Raises:
            ClusterError: The workers, or the process that holds them, cannot go on.
            WorkbenchError: What rows, columns or parameters lack.
        """
        lost: list[Fault] = []
        while True:
            try:
                trained = self._answer(order, may_go_on, on_progress)
                return replace(trained, faults=(*lost, *trained.faults))
            except (EOFError, ConnectionError) as error:
                lost.append(Fault("died", (), f"the process that holds the cluster died: {self.last_words}"))
                if len(lost) >= LIVES or self.revive():
                    self.close()
                    raise ClusterError(
                        "the process that holds the cluster died", found=lost[-1].text, hint="is memory short?"
                    ) from error

    def tell(self, message: object) -> None:
        """Say something to the process that holds the cluster.

        Raises:
            OSError: It is gone.
        """
        self._line.send(message)

    def heard(self, seconds: float) -> object:
        """Give what the process that holds the cluster says within some seconds; None where it says nothing.

        Args:
            seconds: How long to wait.

        Raises:
            EOFError: It is gone.
            OSError: It is gone.
        """
        answer: object = line.recv() if (line := self._line).poll(seconds) else None
        if isinstance(answer, Vitals):
            self._now_cpu_seconds = answer.cpu_seconds
        return answer

    def revive(self) -> str:
        """Start the process that holds the cluster once more; give what went wrong, if anything did."""
        self.close()
        return self.open(self._opening, time.monotonic() + self._seconds)

    @property
    def last_words(self) -> str:
        """The last line that the process wrote, which names the error it died of."""
        self._log.seek(0)
        lines = [line for line in self._log.read().decode(errors="replace").splitlines() if line.strip()]
        return lines[-1].strip()[:500] if lines else "it said nothing"

    @property
    def _line(self) -> Connection:
        """To the process that holds the cluster."""
        if self._connection is None:
            raise RuntimeError("the cluster is closed")
        return self._connection

    def _settle(self) -> None:
        """Add what the workers of a far cluster say that they spent to what is settled."""
        self._far_cpu_seconds, self._now_cpu_seconds = self._far_cpu_seconds + self._now_cpu_seconds, 0.0

    def _answer(self, order: Order, may_go_on: Callable[[], bool], on_progress: Callable[[Progress], None]) -> Trained:
        connection = self._line
        connection.send(order)
        while not isinstance(answer := connection.recv(), Trained | WorkbenchError):
            if isinstance(answer, Progress):
                self._now_cpu_seconds = answer.cpu_seconds
                on_progress(answer)
            else:
                connection.send(may_go_on())
        self._settle()
        if isinstance(answer, WorkbenchError):
            raise answer
        return answer

    @property
    def cpu_seconds(self) -> float:
        """CPU-seconds of the cluster, its start included, that this process has not waited for.

        Of a cluster that was running already, those of the workers, and of the process that speaks with them.
        """
        here = family(self._process.pid) if self._process else []
        away = self._far_cpu_seconds + self._now_cpu_seconds if self.far else 0.0
        return self._ended_cpu_seconds + cpu_seconds(here) + away

    def close(self) -> None:
        """End every process of it on this machine."""
        if self._process is None:
            return
        processes = family(self._process.pid)
        spent, before = cpu_seconds(processes), _waited_cpu_seconds()
        os.close(self._lifeline)
        try:
            self._process.wait(2 * GONE)
        except subprocess.TimeoutExpired:
            end(processes)
            self._process.wait()
        self._ended_cpu_seconds += spent - (_waited_cpu_seconds() - before)
        self._process = None
        self._settle()
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def open(self, opening: Opening, until: float) -> str:
        """Start the process that holds a cluster; give what went wrong, if anything did.

        Args:
            opening: What it is to hold.
            until: When it must be there, by the monotonic clock.
        """
        self._opening, self._seconds = opening, until - time.monotonic()
        connection = self._spawn()
        try:
            failure = self._asked(connection, opening, until)
        except BaseException:
            self.close()
            raise
        if failure:
            self.close()
        return failure

    def _asked(self, connection: Connection, opening: Opening, until: float) -> str:
        try:
            connection.send(opening)
            while time.monotonic() < until:
                if connection.poll(min(POLL, max(0.0, until - time.monotonic()))):
                    connection.recv()
                    return ""
        except (EOFError, ConnectionError):
            return self.last_words
        return "it did not start in time"

    def _spawn(self) -> Connection:
        ours, theirs = Pipe()
        reading, self._lifeline = os.pipe()
        self._log.seek(0)
        self._log.truncate()
        python = [sys.executable, "-P"]
        self._process = subprocess.Popen(
            [*python, lifeline.__file__, str(reading), str(theirs.fileno()), *python, "-c", _CODE],
            pass_fds=[reading, theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )
        theirs.close()
        os.close(reading)
        self._connection = ours
        return ours


def _waited_cpu_seconds() -> float:
    times = os.times()
    return times.children_user + times.children_system
