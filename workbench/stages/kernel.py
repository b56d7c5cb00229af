"""The process that runs a stage's cells: an IPython kernel that leaves nothing behind.

Started by its path, not by `-m`, so that nothing of Workbench is imported before the notebook asks for it.
It dies with its runner, keeps no history, and its sockets are files that only its owner can open.
"""

from __future__ import annotations

import ctypes
import gc
import logging
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def die_with_runner(runner_pid: int) -> None:
    """Ask Linux to kill this process when the thread that started it ends."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != runner_pid:
        raise SystemExit("the runner ended before its kernel began")


def main(connection_file: str, runner_pid: str) -> None:
    """Serve one notebook.

    Args:
        connection_file: Where the sockets and the key are written down.
        runner_pid: The process to die with.
    """
    die_with_runner(int(runner_pid))
    gc.disable()  # until everything is loaded: nothing of it is garbage
    # A third of the start-up would go into a debugger that nobody attaches; notebooks may import it all the same.
    sys.modules["debugpy"] = None  # type: ignore[assignment]  # Python's own way to say "not importable"
    import zmq  # noqa: PLC0415 - with the kernel
    from ipykernel.kernelapp import IPKernelApp  # noqa: PLC0415 - after the debugger is out of the way

    class LosslessKernelApp(IPKernelApp):
        """A kernel that waits for a slow reader instead of dropping output, and with it the end of a cell."""

        def _bind_socket(self, socket: zmq.Socket[bytes], port: int) -> int:
            if socket.socket_type == zmq.XPUB:
                socket.setsockopt(zmq.XPUB_NODROP, 1)
            return int(super()._bind_socket(socket, port))  # type: ignore[no-untyped-call]  # ipykernel

    app = LosslessKernelApp.instance(log_level=logging.ERROR)
    app.initialize(["-f", connection_file, "--HistoryManager.enabled=False"])  # type: ignore[no-untyped-call]  # ipykernel
    del sys.modules["debugpy"]
    gc.enable()
    app.start()  # type: ignore[no-untyped-call]  # ipykernel


if __name__ == "__main__":
    main(*sys.argv[1:])
