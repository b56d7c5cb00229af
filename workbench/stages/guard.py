"""A small process that outlives the runner, whatever happens to it.

It is forked before any thread exists, moves to a session of its own and waits at the end of a pipe. When the
runner ends properly it says so; when the pipe closes without a word the runner was killed, and the guard ends
the kernel and all it started, then writes down how the run ended and what had been spent.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

_IGNORED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGPIPE)
News = dict[str, object]


class Guard:
    """The runner's end of the pipe; leaving its block without an error dismisses the guard."""

    def __init__(self, pid: int, pipe: int) -> None:
        self._pid = pid
        self._pipe = pipe
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        """Rely on the guard."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Say that the run has ended and was written down, or leave that to the guard."""
        if error is None:
            self.tell({"ended": True})
        elif isinstance(error, Exception):
            self.tell({"crash": f"{type(error).__name__}: {error}"})
        with suppress(OSError):
            os.close(self._pipe)
        with suppress(OSError):
            os.waitpid(self._pid, 0)

    def tell(self, news: Mapping[str, object]) -> None:
        """Hand on facts; later ones replace earlier ones of the same name."""
        rest = memoryview(json.dumps(news, default=str).encode() + b"\n")
        with self._lock, suppress(OSError):
            while rest:
                rest = rest[os.write(self._pipe, rest) :]


def post(on_death: Callable[[News], None]) -> Guard:
    """Fork the guard.

    Args:
        on_death: Called in the guard with all news when the runner has died without a word.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid:
        os.close(read_end)
        return Guard(pid, write_end)
    status = 1
    try:
        os.close(write_end)
        _detach()
        news = _listen(read_end)
        if not news.get("ended"):
            on_death(news)
        status = 0
    finally:
        os._exit(status)


def _detach() -> None:
    """Leave the runner's session and terminal; hold none of its pipes open."""
    os.setsid()
    for number in _IGNORED:
        signal.signal(number, signal.SIG_IGN)
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)


def _listen(pipe: int) -> News:
    news: News = {}
    with os.fdopen(pipe, "rb") as lines:
        for line in lines:
            with suppress(ValueError):  # the last line may be torn
                news.update(json.loads(line))
    return news
