"""Starts a stage's kernel and talks to it, without the layers that look for kernels elsewhere."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from workbench.stages import processes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

_KERNEL = Path(__file__).with_name("kernel.py")
_PATIENCE_SECONDS = 3.0
_POLL_SECONDS = 0.005
_PORTS = ("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port")


@dataclass(frozen=True)
class Kernel:
    """A kernel process, leader of a session and process group of its own.

    Attributes:
        run: Id of the run it works for.
        process: The process, a child of this one.
        folder: Private folder with the connection file and the sockets.
    """

    run: str
    process: subprocess.Popen[bytes]
    folder: Path

    @property
    def connection_file(self) -> Path:
        """Where sockets and key are written down."""
        return self.folder / "kernel.json"

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self.process.pid

    def listens(self) -> bool:
        """Tell whether the sockets that a client needs are there."""
        needed = ("shell_port", "control_port", "iopub_port")
        return all((self.folder / f"s-{_PORTS.index(name) + 1}").exists() for name in needed)

    def __enter__(self) -> Self:
        """Use the kernel."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process if it still runs, and remove its sockets."""
        if self.process.returncode is None:
            self.end(patience_seconds=0)
        shutil.rmtree(self.folder, ignore_errors=True)

    def end(self, patience_seconds: float = _PATIENCE_SECONDS) -> None:
        """Let the kernel end by itself for a while, then end it and everything it started."""
        self._wait(patience_seconds)
        processes.end_run(self.run, self.pid)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=_PATIENCE_SECONDS)

    def _wait(self, patience_seconds: float) -> None:
        """Wait with short pauses: the ones of `Popen.wait` grow to 50 ms."""
        end = time.monotonic() + patience_seconds
        while self.process.poll() is None:
            if time.monotonic() >= end:
                return
            time.sleep(_POLL_SECONDS)


def start(cwd: Path, environment: Mapping[str, str], run: str) -> Kernel:
    """Start the kernel process; it is not ready yet.

    Must be called in the main thread: the kernel dies with the thread that started it.

    Args:
        cwd: Working directory of the cells.
        environment: Variables added to those of this process.
        run: Id of the run.
    """
    # A socket's path may have 107 characters; folders of projects are often longer than that, /tmp is not.
    folder = Path(tempfile.mkdtemp(prefix="workbench-"))
    connection_file = folder / "kernel.json"
    connection = {
        "transport": "ipc",
        "ip": str(folder / "s"),
        "key": secrets.token_hex(32),
        "signature_scheme": "hmac-sha256",
        "kernel_name": "python3",
        **{name: number for number, name in enumerate(_PORTS, start=1)},
    }
    connection_file.write_text(json.dumps(connection), encoding="utf-8")
    pid = str(os.getpid())
    process = subprocess.Popen(
        [sys.executable, "-P", str(_KERNEL), str(connection_file), pid],
        cwd=cwd,
        env={**os.environ, "JPY_PARENT_PID": pid, **environment},
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    return Kernel(run, process, folder)
