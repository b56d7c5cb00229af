"""Measures models in a process of its own, which holds one model at a time and nothing else.

Its memory is that of a server with this model, not that of a notebook full of tables. It ends by
itself when the process that started it does: the pipe between them closes. Models that were measured
on a busy machine are put off and measured once more at the end, when the neighbour may be gone.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from workbench.cost.profiling import MOST_BATCH_ROWS, SECONDS, Measurement, measure
from workbench.errors import ModelError, WorkbenchError
from workbench.model import Model

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import polars as pl

_CODE = "import sys; from workbench.cost.apart import serve; serve(int(sys.argv[1]))"
_PATIENCE_SECONDS = 10


def measure_all(
    models: Mapping[str, Model], frame: pl.DataFrame, *, seconds: float = SECONDS
) -> Iterator[tuple[str, Measurement]]:
    """Measure models one after another in a fresh process.

    Args:
        models: The models by id.
        frame: Rows to score.
        seconds: Time to spend on each; on a busy machine up to six times as long.

    Yields:
        Each id with its measurement, as it is done.

    Raises:
        ModelError: There are no rows, or the measuring process died.
    """
    sample, put_off = frame.head(MOST_BATCH_ROWS), dict[str, Measurement]()
    with _process() as connection:
        for name, model in models.items():
            found = _asked(connection, name, model, sample, seconds)
            if found.is_disturbed:
                put_off[name] = found
            else:
                yield name, found
        for name, first in put_off.items():
            again = _asked(connection, name, models[name], sample, seconds)
            yield name, min(first, again, key=lambda each: each.unrest)


def serve(descriptor: int) -> None:
    """Answer requests to measure a model until the other side is gone; the body of the process."""
    with Connection(descriptor) as connection:
        while True:
            try:
                files, frame, seconds = connection.recv()
            except EOFError:
                return
            try:
                answer: Measurement | WorkbenchError = measure(Model.loads(files), frame, seconds=seconds)
            except WorkbenchError as error:
                answer = error
            connection.send(answer)


def _asked(connection: Connection, name: str, model: Model, sample: pl.DataFrame, seconds: float) -> Measurement:
    """Have one model measured by the process at the other end."""
    try:
        connection.send((model.dumps(), sample, seconds))
        answer: Measurement | WorkbenchError = connection.recv()
    except (EOFError, ConnectionError) as error:
        raise ModelError(f"the process that measured candidate {name} died", hint="is memory short?") from error
    if isinstance(answer, WorkbenchError):
        raise answer
    return answer


@contextmanager
def _process() -> Iterator[Connection]:
    ours, theirs = Pipe()
    command = [sys.executable, "-c", _CODE, str(theirs.fileno())]
    with ours, subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL) as process:
        theirs.close()
        try:
            yield ours
        finally:
            ours.close()
            try:
                process.wait(_PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
