"""Keeps finished segments in a folder, each whole or not at all."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.errors import Place
from workbench.train.distributed.failing import ClusterError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True)
class Segment:
    """A finished segment.

    Attributes:
        text: Its trees; empty when no split was left.
        losses: Loss on all validation rows after each of its rounds.
        workers: Workers that grew it.
        asked: Rounds it was to have.
    """

    text: str
    losses: tuple[float, ...]
    workers: int
    asked: int


class Checkpoints:
    """The segments in a folder that belong to one training."""

    def __init__(self, folder: Path, fingerprint: str) -> None:
        self._folder, self._fingerprint = folder, fingerprint

    def read(self) -> list[Segment]:
        """Read the segments from the first to the last whole one; what comes after a broken one is of no use."""
        segments: list[Segment] = []
        while (segment := self._read(len(segments))) is not None:
            segments.append(segment)
        return segments

    def keep(self, number: int, segment: Segment) -> None:
        """Write a segment; after a power cut it is there whole, or not there."""
        head = {
            "fingerprint": self._fingerprint,
            "segment": number,
            "losses": [loss.hex() for loss in segment.losses],
            "workers": segment.workers,
            "asked": segment.asked,
            "sha256": hashlib.sha256(segment.text.encode()).hexdigest(),
        }
        self._replace(self._path(number), f"{_sealed(head)}\n{segment.text}".encode())

    def _replace(self, path: Path, data: bytes) -> None:
        new = path.with_name(f".{path.name}.{os.getpid()}.new")
        try:
            with new.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            new.replace(path)
        except OSError as error:
            new.unlink(missing_ok=True)
            raise ClusterError(
                "the checkpoint cannot be written", place=Place(file=str(path)), found=error.strerror
            ) from error
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _read(self, number: int) -> Segment | None:
        try:
            first, _, text = self._path(number).read_text(encoding="utf-8").partition("\n")
        except (FileNotFoundError, UnicodeDecodeError):
            return None
        head = _opened(first)
        mine = head is not None and (head["fingerprint"], head["segment"]) == (self._fingerprint, number)
        if head is None or not mine or hashlib.sha256(text.encode()).hexdigest() != head["sha256"]:
            return None
        losses = tuple(float.fromhex(loss) for loss in head["losses"])
        return Segment(text, losses, head["workers"], head["asked"])

    def _path(self, number: int) -> Path:
        return self._folder / f"segment-{number:05}.txt"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder for one training; the lock ends with the process, however that ends.

    Raises:
        ClusterError: Another training holds it, or it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise ClusterError(
            "the folder of checkpoints cannot be used", place=Place(file=str(folder)), found=error.strerror
        ) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise ClusterError(
            "another training keeps its checkpoints in this folder",
            place=Place(file=str(folder)),
            hint="wait for it, or give this one a folder of its own",
        ) from None
    try:
        yield
    finally:
        os.close(handle)


def _sealed(head: dict[str, object]) -> str:
    """Write the head with its own digest, so that one flipped bit in it shows."""
    text = json.dumps(head, sort_keys=True)
    return f"{hashlib.sha256(text.encode()).hexdigest()} {text}"


def _opened(line: str) -> dict[str, Any] | None:
    digest, _, text = line.partition(" ")
    if hashlib.sha256(text.encode()).hexdigest() != digest:
        return None
    found: dict[str, Any] = json.loads(text)
    return found
