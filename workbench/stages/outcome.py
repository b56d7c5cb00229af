"""How a stage may end, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["RUNNING", "DONE", "FAILED", "KILLED", "TIMEOUT"]


@dataclass(frozen=True)
class Ending:
    """Why the runner ends a stage before its notebook does.

    Attributes:
        status: What the run record will say.
        reason: One sentence, without a full stop.
        patience_seconds: How long the cell may take to react to an interrupt before it is killed.
    """

    status: Literal["KILLED", "TIMEOUT"]
    reason: str
    patience_seconds: float = 0.0


@dataclass(frozen=True)
class CellFailure:
    """What went wrong in a cell.

    Attributes:
        cell: One-based code cell; 0 when no cell had begun.
        source: Its code.
        summary: One line.
        traceback: As the kernel sent it, with colours; empty when the kernel could not send one.
    """

    cell: int
    source: str
    summary: str
    traceback: str


@dataclass(frozen=True)
class Outcome:
    """How a stage ended.

    Attributes:
        status: What the run record says.
        problem: One sentence, without a full stop; empty when all is well.
        cell: One-based code cell at which it ended early; None when it reached the end.
        source: That cell's code.
        traceback: That cell's traceback.
        committed: Whether the run had committed its artifacts, however it ended.
    """

    status: Status
    problem: str = ""
    cell: int | None = None
    source: str = ""
    traceback: str = ""
    committed: bool = False


def judge(stage: str, ending: Ending | None, failure: CellFailure | None, committed: bool) -> Outcome:
    """Decide how a stage ended: DONE only when every cell ran and its artifacts were committed.

    Args:
        stage: The stage.
        ending: Why the runner ended it, if it did.
        failure: What went wrong in a cell, if anything did.
        committed: Whether this very run committed the stage's artifacts.
    """
    cell = (failure.cell or None) if failure else None
    source, traceback = (failure.source, failure.traceback) if failure else ("", "")
    if ending is not None:
        return Outcome(ending.status, ending.reason, cell, source, traceback, committed)
    if failure is not None:
        return Outcome("FAILED", failure.summary, cell, source, traceback, committed)
    if not committed:
        return Outcome("FAILED", f"every cell ran, but none called artifacts.commit({stage!r}, …)")
    return Outcome("DONE", committed=True)
