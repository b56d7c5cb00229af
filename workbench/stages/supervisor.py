"""Watches a run from a thread of its own: the deadline, signals, and whether `dvc` still lives.

It ends the kernel with ordinary system calls, so that a cell that holds the interpreter, or a client that waits
for a message that never comes, cannot stop it.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from workbench.artifacts import process
from workbench.stages import processes
from workbench.stages.outcome import Ending

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType, TracebackType

_POLL_SECONDS = 0.1
_CALLERS_EVERY_SECONDS = 0.5
_DEADLINE_PATIENCE_SECONDS = 5.0
_SIGNAL_PATIENCE_SECONDS = 1.5
_HOPELESS_SECONDS = 20.0
"""How long the runner may take to write down the end once the kernel is dead; the guard does it then."""


class Supervisor:
    """Decides whether a run must end early, and ends it.

    Args:
        run: Id of the run.
        kernel_pid: The kernel to end.
        deadline_seconds: Wall time from now after which it ends as TIMEOUT.
        on_ending: Told why, before anything is killed; in the supervisor's thread.
        callers: Processes whose end is the run's end, as `callers` lists them; asked for when the run begins, since one
            that has died by now is no longer found.
    """

    def __init__(
        self,
        run: str,
        kernel_pid: int,
        deadline_seconds: float,
        on_ending: Callable[[Ending], None],
        callers: Sequence[tuple[int, str]],
    ) -> None:
        self._run = run
        self._kernel_pid = kernel_pid
        self._deadline_seconds = deadline_seconds
        self._deadline = time.monotonic() + deadline_seconds
        self._on_ending = on_ending
        self._callers = callers
        self._signal: int | None = None
        self._ending: Ending | None = None
        self._over = threading.Event()
        self._handlers: list[tuple[int, object]] = []
        self._thread = threading.Thread(target=self._watch, name="workbench-supervisor", daemon=True)

    def __enter__(self) -> Self:
        """Take over the signals and begin to watch."""
        if threading.current_thread() is threading.main_thread():
            self._handlers = [(number, signal.signal(number, self._on_signal)) for number in processes.ENDING_SIGNALS]
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop watching and give the signals back."""
        self._over.set()
        self._thread.join()
        for number, handler in self._handlers:
            signal.signal(number, handler)  # type: ignore[arg-type]  # what signal.signal gave it takes back

    def ending(self) -> Ending | None:
        """Give why the run must end; None while it may go on."""
        return self._ending

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self._signal = self._signal or number

    def _watch(self) -> None:
        callers_at = 0.0
        while not self._over.wait(_POLL_SECONDS):
            now = time.monotonic()
            look_at_callers = now - callers_at >= _CALLERS_EVERY_SECONDS
            callers_at = now if look_at_callers else callers_at
            ending = self._reason(now, look_at_callers)
            if ending is not None:
                self._ending = ending
                self._on_ending(ending)
                self._end_kernel(ending)
                return

    def _reason(self, now: float, look_at_callers: bool) -> Ending | None:
        if self._signal is not None:
            name = signal.Signals(self._signal).name
            return Ending("KILLED", f"the runner was ended by {name}", _SIGNAL_PATIENCE_SECONDS)
        if look_at_callers and not all(process.alive(*caller) for caller in self._callers):
            return Ending("KILLED", "dvc, which had started the stage, was killed")
        if now >= self._deadline:
            reason = f"the stage took longer than run.deadline_seconds, {self._deadline_seconds:g} s"
            return Ending("TIMEOUT", reason, _DEADLINE_PATIENCE_SECONDS)
        return None

    def _end_kernel(self, ending: Ending) -> None:
        """Interrupt the cell, then kill; the runner itself too when it cannot write down the end."""
        if ending.patience_seconds:
            with suppress(OSError):
                os.kill(self._kernel_pid, signal.SIGINT)
            if self._over.wait(ending.patience_seconds):
                return
        processes.end_run(self._run, self._kernel_pid)
        if not self._over.wait(_HOPELESS_SECONDS):
            os._exit(1)


def callers() -> Sequence[tuple[int, str]]:
    """List the processes up to `dvc` whose end is the stage's end; none when no `dvc` started it."""
    found = ((pid, process.started(pid)) for pid in processes.above("dvc"))
    return [(pid, began) for pid, began in found if began is not None]
