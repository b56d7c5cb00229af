"""Keeps the workers from one training to the next, so that rows are read and binned once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.train.distributed.crew import Crew
    from workbench.train.distributed.rank import Task


@dataclass
class Standing:
    """Workers that have ended one training well and wait for the next.

    Attributes:
        crew: The workers; None when there are none.
        tasks: What each was given.
        rows: Which rows they hold, and how these are binned.
    """

    crew: Crew | None = None
    tasks: Sequence[Task] = ()
    rows: str = ""

    def take(self, rows: str) -> tuple[Crew, Sequence[Task]] | None:
        """Give the workers away if they hold these rows; end them if they hold others."""
        crew, self.crew = self.crew, None
        if crew is None:
            return None
        if self.rows == rows:
            return crew, self.tasks
        crew.close()
        return None

    def put(self, crew: Crew, tasks: Sequence[Task], rows: str) -> None:
        """Keep workers for the next training."""
        self.crew, self.tasks, self.rows = crew, tasks, rows
