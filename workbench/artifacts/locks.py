"""Locks that die with their process and say who holds them.

The lock is the kernel's (`flock`), so no SIGKILL leaves one behind and no reused process number
keeps one; the file's text only tells waiters whom they wait for.
"""

from __future__ import annotations

import datetime as dt
import errno
import fcntl
import json
import os
import time
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from workbench.artifacts import process
from workbench.artifacts.disk import clear_errors, make_folder
from workbench.artifacts.layout import STATE, checked_name, project_root
from workbench.errors import ArtifactError, Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_FIRST_POLL_SECONDS = 0.001
_STAGE_POLL_SECONDS = 0.1
_COMMIT_POLL_SECONDS = 0.005
_COMMIT_DEADLINE_SECONDS = 600.0


@dataclass(frozen=True)
class Owner:
    """Who holds a lock.

    Attributes:
        pid: Number of the process.
        process_started: When that process started, as `process.started` tells it.
        run: Id of its run; empty when it has none.
        since: When it took the lock, ISO 8601 UTC; empty when that is not known.
    """

    pid: int
    process_started: str
    run: str
    since: str

    def __str__(self) -> str:
        """Render for a waiting person."""
        run = f", run {self.run}" if self.run else ""
        since = f", since {self.since}" if self.since else ""
        return f"process {self.pid}{run}{since}"


@contextmanager
def stage_lock(
    stage: str, wait: Callable[[Owner | None], None] | None = None, run: str = "", root: Path | None = None
) -> Iterator[None]:
    """Hold the right to run a stage; for the whole length of a run.

    Commits inside the run need no right of this kind: they have a short lock of their own.

    Args:
        stage: The stage.
        wait: Called about ten times a second while another process holds it, with that owner.
        run: Id of the run, shown to others that wait.
        root: The project.

    Raises:
        ArtifactError: The lock file cannot be made.
    """
    with _exclusive(
        project_root(root), f"{checked_name(stage, 'stage')}.run", run, _for_ever(wait), _STAGE_POLL_SECONDS
    ):
        yield


def keep_pipeline_lock(wait: Callable[[Owner | None], None] | None = None, root: Path | None = None) -> int:
    """Take the right to run the pipeline and keep it as long as this process lives, whatever program it becomes.

    Args:
        wait: Called about ten times a second while another process holds it, with that owner.
        root: The project.

    Returns:
        The descriptor that holds it; it survives `exec`, and closing it lets go.

    Raises:
        ArtifactError: The lock file cannot be made.
    """
    descriptor, path, shown = _opened(project_root(root), "pipeline")
    with clear_errors("take the lock", path, shown):
        _acquire(descriptor, path, _for_ever(wait), _STAGE_POLL_SECONDS)
    _sign(descriptor, "")
    os.set_inheritable(descriptor, True)
    return descriptor


@contextmanager
def commit_lock(root: Path, stage: str, moot: Callable[[], bool] = lambda: False) -> Iterator[bool]:
    """Hold the right to change a stage's files; for the length of one commit.

    Args:
        root: The project, resolved.
        stage: The stage.
        moot: Asked while another process holds it; once it says so, the wait ends without the lock.

    Yields:
        Whether the lock is held.

    Raises:
        ArtifactError: The lock file cannot be made, or its owner did not let go for ten minutes.
    """

    def go_on(owner: Owner | None, waited_seconds: float) -> bool:
        return not moot() and _patient(stage, owner, waited_seconds)

    with _exclusive(root, f"{stage}.commit", "", go_on, _COMMIT_POLL_SECONDS) as held:
        yield held


@contextmanager
def plain_lock(root: Path) -> Iterator[None]:
    """Hold the right to replace a single file outside the manifests."""

    def go_on(owner: Owner | None, waited_seconds: float) -> bool:
        return _patient("single files", owner, waited_seconds)

    with _exclusive(root, "files", "", go_on, _COMMIT_POLL_SECONDS):
        yield


@contextmanager
def decision_lock(root: Path | None = None) -> Iterator[Path]:
    """Hold the right to take a number for a decision, to sign one, and to change params.yaml by it.

    Yields:
        The project, resolved.

    Raises:
        ArtifactError: The lock file cannot be made, or its owner did not let go for ten minutes.
    """
    project = project_root(root)

    def go_on(owner: Owner | None, waited_seconds: float) -> bool:
        return _patient("decisions", owner, waited_seconds)

    with _exclusive(project, "decisions", "", go_on, _COMMIT_POLL_SECONDS):
        yield project


def _for_ever(wait: Callable[[Owner | None], None] | None) -> Callable[[Owner | None, float], bool]:
    """Make what lets a lock be waited for without end, and tells whom for."""

    def go_on(owner: Owner | None, _: float) -> bool:
        if wait is not None:
            wait(owner)
        return True

    return go_on


def _patient(what: str, owner: Owner | None, waited_seconds: float) -> bool:
    if waited_seconds < _COMMIT_DEADLINE_SECONDS:
        return True
    raise ArtifactError(
        "another process has been writing for too long",
        place=Place(what),
        found=owner or "a process that cannot be named",
        hint="end it if it is stuck",
    )


@contextmanager
def _exclusive(
    root: Path, name: str, run: str, go_on: Callable[[Owner | None, float], bool], poll_seconds: float
) -> Iterator[bool]:
    descriptor, path, shown = _opened(root, name)
    try:
        with clear_errors("take the lock", path, shown):
            held = _acquire(descriptor, path, go_on, poll_seconds)
        if held:
            _sign(descriptor, run)
        yield held
    finally:
        with suppress(OSError):  # the kernel lets go at the latest when the process ends
            fcntl.flock(descriptor, fcntl.LOCK_UN)
        with suppress(OSError):
            os.close(descriptor)


def _opened(root: Path, name: str) -> tuple[int, Path, str]:
    """Open a lock file; give its descriptor, its path, and its path as a person knows it."""
    path, shown = root / STATE / "locks" / f"{name}.lock", f"{STATE}/locks/{name}.lock"
    with clear_errors("take the lock", path, shown):
        make_folder(path.parent)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666), path, shown


def _acquire(descriptor: int, path: Path, go_on: Callable[[Owner | None, float], bool], poll_seconds: float) -> bool:
    began = time.monotonic()
    pause_seconds = _FIRST_POLL_SECONDS
    while not _try(descriptor):
        if not go_on(_owner(path), time.monotonic() - began):
            return False
        time.sleep(pause_seconds)
        pause_seconds = min(2 * pause_seconds, poll_seconds)
    return True


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in {errno.EWOULDBLOCK, errno.EACCES}:
            return False
        raise
    return True


def _sign(descriptor: int, run: str) -> None:
    """Write down the owner for those who wait; a full disk must not stop the lock itself."""
    pid, process_started = process.own()
    owner = Owner(pid, process_started, run, dt.datetime.now(dt.UTC).isoformat(timespec="seconds"))
    with suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(asdict(owner)).encode(), 0)


def _owner(path: Path) -> Owner | None:
    """Read who holds the lock; None while that is not written yet, or is of a process that is gone."""
    try:
        owner = Owner(**json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None
    return owner if process.alive(owner.pid, owner.process_started) else None
