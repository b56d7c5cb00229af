"""Tells a person whom a run waits for."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.artifacts import Owner
    from workbench.stages.console import Console

_REMIND_SECONDS = 30.0


class Waiting:
    """Tells it at once and then every half minute.

    Args:
        console: Where to.
        what: What another process runs.
        forecast: Gives what to say of how long it will take; asked only when something is said.
    """

    def __init__(self, console: Console, what: str, forecast: Callable[[Owner | None], str] = lambda _: "") -> None:
        self._console = console
        self._what = what
        self._forecast = forecast
        self._told_at: float | None = None

    @property
    def waited(self) -> bool:
        """Whether there was anybody to wait for."""
        return self._told_at is not None

    def __call__(self, owner: Owner | None) -> None:
        """Take note of the owner; None when it cannot be named."""
        now = time.monotonic()
        if self._told_at is not None and now - self._told_at < _REMIND_SECONDS:
            return
        self._told_at = now
        who = owner or "another process"
        self._console.line(f"waiting: {self._what} is being run by {who}{self._forecast(owner)}", "yellow")
