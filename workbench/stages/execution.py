"""Executes a notebook's cells through papermill, on a kernel that is already on its way.

Imported only when a stage runs: papermill and nbclient take their time.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from queue import Empty
from typing import TYPE_CHECKING, Any, Self

import nbformat
import papermill
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_core.utils import run_sync
from nbclient.exceptions import CellExecutionError, DeadKernelError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, papermill_engines
from papermill.exceptions import PapermillExecutionError

from workbench.stages.outcome import CellFailure, Ending
from workbench.stages.outputs import CellOutput

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

    from workbench.stages.celluse import CellLog
    from workbench.stages.console import Console
    from workbench.stages.launch import Kernel

_ENGINE = "workbench"
_ALIVE_POLL_SECONDS = 0.1
_DRAIN_SECONDS = 0.3
_START_POLL_SECONDS = 0.005
_IOPUB_SECONDS = 60
_DISPLAYS = ("display_data", "execute_result", "update_display_data")
_NEVER_A_TAG = "\0"


class _Failed(Exception):  # noqa: N818 - it carries a result out of papermill's call
    """Ends papermill's loop; it carries what happened and never leaves this module."""

    def __init__(self, failure: CellFailure) -> None:
        super().__init__(failure.summary)
        self.failure = failure


class _KernelClient(AsyncKernelClient):
    """A client that asks the process itself whether it lives, instead of a heartbeat."""

    kernel: Kernel

    async def _async_is_alive(self) -> bool:
        return self.kernel.process.poll() is None

    is_alive = _async_is_alive


class _NotebookClient(PapermillNotebookClient):  # type: ignore[misc]  # papermill is untyped
    """Runs cell by cell, shows what they print as they print it, and stops at the first that fails."""

    def __init__(self, manager: Any, run: NotebookRun) -> None:  # noqa: ANN401 - papermill's manager
        super().__init__(
            manager,
            km=None,
            raise_on_iopub_timeout=False,
            iopub_timeout=_IOPUB_SECONDS,
            timeout=None,
            force_raise_errors=True,
            skip_cells_with_tag=_NEVER_A_TAG,
            record_timing=False,
            log=logging.getLogger("workbench.stages"),
        )
        self.run = run
        self.kept = CellOutput(run.max_output_bytes)

    def execute(self, **_: object) -> Any:  # noqa: ANN401 - a notebook node
        """Run all cells.

        Raises:
            _Failed: A cell failed, or the kernel died.
        """
        self.reset_execution_trackers()
        self.run.console.cells(sum(cell.cell_type == "code" for cell in self.nb.cells))
        self.kc, self.nb.metadata["language_info"] = run_sync(_connected)(self.run)
        self.run.client = self.kc
        self.run.cells.began()
        try:
            for index, cell in enumerate(self.nb.cells):
                if cell.cell_type == "code":
                    self._execute_code(index, cell)
        finally:
            self.set_widgets_metadata()
            self.kc.shutdown()
        return self.nb

    def process_message(self, msg: dict[str, Any], cell: Any, cell_index: int) -> Any:  # noqa: ANN401 - nbclient's types
        """Take a message of the kernel, within the limit of the cell."""
        kind, content = msg["msg_type"], msg["content"]
        plain = not self.clear_before_next_output and not self.output_hook_stack[msg["parent_header"].get("msg_id")]
        if kind == "stream" and plain:
            new = nbformat.v4.new_output("stream", name=content["name"])
            self.run.console.text(self.kept.add_text(cell.outputs, new, content["text"]), content["name"])
            return None
        if kind in _DISPLAYS:
            data = self.kept.bounded(content["data"])
            if data is None:
                return None
            content["data"] = data
        elif kind == "error":
            content["traceback"] = self.kept.bounded_traceback(content["traceback"])
        # The middle class would save the whole notebook every so often, for nobody.
        return super(PapermillNotebookClient, self).process_message(msg, cell, cell_index)

    def _execute_code(self, index: int, cell: Any) -> None:  # noqa: ANN401 - a notebook node
        self.run.cell += 1
        self.kept = CellOutput(self.run.max_output_bytes)
        self.run.console.cell_began(self.run.cell, cell.source)
        began = time.monotonic()
        try:
            self._go_on()
            self.execute_cell(cell, index)
        except CellExecutionError as error:
            raise _Failed(self._cell_failure(cell, error)) from error
        except DeadKernelError as error:
            raise _Failed(self._kernel_failure(cell)) from error
        finally:
            self.run.cells.ended(self.run.cell)
            self._close(cell)
        self.run.console.cell_ended(self.run.cell, time.monotonic() - began)

    def _go_on(self) -> None:
        """Stop before a cell when the run must end: an interrupt may have met the cell before at its last line."""
        if ending := self.run.ending():
            raise DeadKernelError(ending.reason)

    def _close(self, cell: Any) -> None:  # noqa: ANN401 - a notebook node
        self.kept.close(cell.get("outputs", []))
        if note := self.kept.note():
            cell.outputs.append(nbformat.v4.new_output("stream", name="stderr", text=note))
            self.run.console.text(note, "stderr")

    def _cell_failure(self, cell: Any, error: CellExecutionError) -> CellFailure:  # noqa: ANN401 - a notebook node
        if error.ename == "SystemExit":
            summary = "the cell ended the notebook with sys.exit; a stage ends only by artifacts.commit"
        else:
            summary = f"{error.ename}: {error.evalue}"
        lines = [line for output in cell.outputs if output.output_type == "error" for line in output.traceback]
        return CellFailure(self.run.cell, cell.source, summary, "\n".join(lines))

    def _kernel_failure(self, cell: Any) -> CellFailure:  # noqa: ANN401 - a notebook node
        summary = death(self.run.kernel.process.returncode)
        if self.run.ending() is None:
            name = "Kernel died"
            cell.setdefault("outputs", []).append(
                nbformat.v4.new_output("error", ename=name, evalue=summary, traceback=[f"{name}: {summary}"])
            )
        return CellFailure(self.run.cell, cell.source, summary, "")

    async def _async_poll_kernel_alive(self) -> None:
        while self.run.kernel.process.poll() is None:  # noqa: ASYNC110 - a process sets no event
            await asyncio.sleep(_ALIVE_POLL_SECONDS)
        await asyncio.sleep(_DRAIN_SECONDS)  # its last words are still in the sockets
        if self.task_poll_for_reply is not None:
            self.task_poll_for_reply.cancel()


class _Engine(Engine):  # type: ignore[misc]  # papermill is untyped
    """Papermill's way in: it hands the notebook over with everything the run needs."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **given: Any) -> Any:  # noqa: ANN401, ARG003 - papermill's signature
        given["run"].notebook = nb_man.nb
        return _NotebookClient(nb_man, given["run"]).execute()


class NotebookRun:
    """One execution of one notebook.

    Attributes:
        cell: One-based code cell that is running or ran last.
        cells: What each cell used.
        client: The connection to the kernel; None before it answered.
        notebook: The notebook with its outputs so far; None until it was read.
        failure: What went wrong; None when every cell ran to its end.
    """

    def __init__(
        self,
        kernel: Kernel,
        console: Console,
        max_output_bytes: int,
        ending: Callable[[], Ending | None],
        cells: CellLog,
    ) -> None:
        self.kernel = kernel
        self.console = console
        self.max_output_bytes = max_output_bytes
        self.ending = ending
        self.cells = cells
        self.cell = 0
        self.client: _KernelClient | None = None
        self.notebook: Any = None
        self.failure: CellFailure | None = None

    def __enter__(self) -> Self:
        """Use the kernel."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the kernel, which was asked to end and has had the time to hear it."""
        if self.client is not None:
            self.client.stop_channels()

    def execute(self, path: Path) -> None:
        """Run every cell; afterwards `notebook` and `failure` tell the rest."""
        papermill_engines.register(_ENGINE, _Engine)
        try:
            papermill.execute_notebook(
                path, None, engine_name=_ENGINE, kernel_name="python3", progress_bar=False, run=self
            )
        except _Failed as stop:
            self.failure = stop.failure
        except PapermillExecutionError as error:
            number = sum(cell.cell_type == "code" for cell in self.notebook.cells[: error.cell_index + 1])
            self.failure = CellFailure(number, error.source, f"{error.ename}: {error.evalue}", "")


async def _connected(run: NotebookRun) -> tuple[_KernelClient, dict[str, Any]]:
    """Wait until the kernel answers on both its channels; give the client and what the kernel says of itself."""
    kernel = run.kernel
    while not kernel.listens():  # connecting too early costs a retry of 0.1 s
        await _pause_while_alive(run)
    client = _KernelClient(connection_file=str(kernel.connection_file))
    client.kernel = kernel
    client.load_connection_file()
    client.start_channels(stdin=False, hb=False)
    client.allow_stdin = False
    while True:
        client.kernel_info()
        try:
            reply = await client.get_shell_msg(timeout=1)
            await client.get_iopub_msg(timeout=1)
        except Empty:
            await _pause_while_alive(run)
            continue
        return client, reply["content"].get("language_info", {})


async def _pause_while_alive(run: NotebookRun) -> None:
    ending = run.ending()
    if ending is not None or run.kernel.process.poll() is not None:
        why = ending.reason if ending else death(run.kernel.process.returncode)
        raise _Failed(CellFailure(0, "", f"before the first cell: {why}", ""))
    await asyncio.sleep(_START_POLL_SECONDS)


def death(returncode: int | None) -> str:
    """Say how a kernel died."""
    if returncode == -signal.SIGKILL:
        return "the kernel died (signal 9): likely out of memory"
    if returncode is not None and returncode < 0:
        return f"the kernel died (signal {-returncode})"
    return f"the kernel ended by itself (exit code {returncode})"
