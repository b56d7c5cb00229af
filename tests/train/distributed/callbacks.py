"""What happens in a worker after a round: each function gives a callback that travels to the workers."""

from __future__ import annotations

import gc
import os
import socket
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from lightgbm.callback import EarlyStopException

from workbench.train.distributed.rank import Rank

if TYPE_CHECKING:
    from workbench.train.distributed.job import OnRound

HOARD_BYTES = 800_000_000
"""What a worker takes with each round, and never gives back."""


def slow(seconds: float) -> OnRound:
    """Let every round take a little, so that a fault can meet it."""

    def wait(rank: int, round_: int) -> None:
        time.sleep(seconds)

    return wait


def fail(how: str, on: int, at: int, mark: str) -> OnRound:
    """Let one rank raise, stop, leave or sleep at a round, and leave a mark the first time."""

    def strike(rank: int, round_: int) -> None:
        if (rank, round_) != (on, at):
            return
        if not Path(mark).exists():
            Path(mark).touch()
        if how == "sleep":
            time.sleep(600)
        if how == "error":
            raise ValueError("a bug of mine")
        if how == "stop":
            raise EarlyStopException(round_, [])
        if how == "exit":
            raise SystemExit("a rank leaves")
        os._exit(3)

    return strike


def hoard(on: int, at: int, mark: str, again: bool) -> OnRound:
    """Let one rank take ever more memory.

    Args:
        on: The rank.
        at: First round.
        mark: File that tells since when.
        again: Whether a worker that is started in its place does the same.
    """
    held: list[bytearray] = []

    def take(rank: int, round_: int) -> None:
        time.sleep(0.05)
        if rank != on or round_ < at or (Path(mark).exists() and not held and not again):
            return
        if not Path(mark).exists():
            Path(mark).touch()
        held.append(bytearray(b"\1") * HOARD_BYTES)

    return take


class Intruder:
    """Takes the port of one rank just before LightGBM does, once."""

    def __init__(self, on: int, mark: str) -> None:
        self.on, self.mark = on, mark

    def __call__(self, rank: int, round_: int) -> None:
        """Do nothing after a round."""

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)
        if not Path(self.mark).exists():
            threading.Thread(target=self._lurk, daemon=True).start()

    def _lurk(self) -> None:
        while not (found := [one for one in gc.get_objects() if isinstance(one, Rank) and hasattr(one, "_thread")]):
            time.sleep(0.05)
        rank = found[0]
        if rank._task.rank != self.on:
            return
        while rank._held is None:
            time.sleep(0.0005)
        port = rank._held.getsockname()[1]
        rank._held.close()
        with socket.socket() as mine:
            mine.bind(("", port))
            mine.listen()
            Path(self.mark).touch()
            time.sleep(600)


def intrude(on: int, mark: str) -> OnRound:
    """Take the port of a rank before LightGBM does, once."""
    return Intruder(on, mark)
