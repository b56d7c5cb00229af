"""Keeps processes in the tree whose parent was killed, and takes note of their end.

Linux hands an orphan to the nearest ancestor that asks for that (prctl(2), PR_SET_CHILD_SUBREAPER); elsewhere it goes
to the first process of the system and is followed by its number only.
"""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from workbench.cost.metering.proctree import ProcessUse

PR_SET_CHILD_SUBREAPER = 36
PR_GET_CHILD_SUBREAPER = 37
_lock = threading.Lock()
_adopting = {"meters": 0, "before": 0}


def adopt() -> None:
    """Let this process take over the orphans among its descendants, until as many calls of `release` as of this."""
    with _lock:
        if _adopting["meters"] == 0:
            _adopting["before"] = _subreaper()
            _set_subreaper(1)
        _adopting["meters"] += 1


def release() -> None:
    """Leave orphans to whom they went before; those that were adopted stay."""
    with _lock:
        _adopting["meters"] -= 1
        if _adopting["meters"] == 0:
            _set_subreaper(_adopting["before"])


class Adopted:
    """Tells adopted processes from children that this process has started, which somebody here waits for.

    One was certainly adopted when it had another parent before, or when its session is neither ours nor its own: it
    was born to somebody in that session. The others are left alone.
    """

    def __init__(self) -> None:
        self._pid = os.getpid()
        self._strangers: set[tuple[int, int]] = set()

    def bury(self, reading: Iterable[ProcessUse]) -> None:
        """Wait for adopted processes that have ended, so that their time counts as that of this process's children.

        Args:
            reading: The tree, as it is now.
        """
        session = os.getsid(0)
        born_elsewhere = set()
        for use in reading:
            key = (use.pid, use.started)
            if use.parent != self._pid or key in self._strangers:
                born_elsewhere.add(key)
            adopted = key in born_elsewhere or use.session not in {session, use.pid}
            if adopted and use.ended and use.parent == self._pid:
                with suppress(ChildProcessError):
                    os.waitpid(use.pid, os.WNOHANG)
        self._strangers = born_elsewhere


def _subreaper() -> int:
    held = ctypes.c_int(0)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_GET_CHILD_SUBREAPER, ctypes.byref(held), 0, 0, 0)
    return held.value


def _set_subreaper(value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, value, 0, 0, 0)
