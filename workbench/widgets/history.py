"""Undo and redo: the settings by their step, the same rule in the kernel and in the page.

A change takes the step after the one it started from and drops what lay beyond. Both sides number alike, so that a
change made with the mouse can be undone from Python and the other way round.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    Settings = Mapping[str, object]

MOST_STEPS = 200


class History:
    """The settings that were, and those that were taken back.

    Example:
        >>> history = History()
        >>> for step, requests in enumerate((10, 20, 30)):
        ...     history.keep({"step": step, "requests_per_day": requests})
        >>> history.before(2)
        {'step': 1, 'requests_per_day': 20}
        >>> history.keep({"step": 2, "requests_per_day": 40})
        >>> history.after(2) is None
        True
    """

    def __init__(self) -> None:
        self._kept: dict[int, Settings] = {}

    def keep(self, settings: Settings) -> None:
        """Keep settings at their step; other settings at a known step drop what lay beyond it."""
        step = _step(settings)
        if self._kept.get(step) == settings:
            return
        self._kept = {at: kept for at, kept in self._kept.items() if step - MOST_STEPS < at < step}
        self._kept[step] = dict(settings)

    def before(self, step: int) -> Settings | None:
        """Give the settings before a step; None at the beginning."""
        return self._kept.get(max((at for at in self._kept if at < step), default=-1))

    def after(self, step: int) -> Settings | None:
        """Give the settings taken back after a step; None where nothing was."""
        return self._kept.get(min((at for at in self._kept if at > step), default=-1))


def _step(settings: Settings) -> int:
    step = settings.get("step", 0)
    return int(step) if isinstance(step, int | float) else 0
