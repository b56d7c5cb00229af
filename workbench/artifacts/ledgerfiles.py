"""The files of the ledger: which there are, what state they are in, and what the new ones say."""

from __future__ import annotations

import os
import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from workbench.artifacts.ledgerindex import KEY, PROBLEM
from workbench.artifacts.runs import moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import polars as pl

    from workbench.artifacts.ledgerindex import Kind

NO_RECORD = (ValueError, TypeError, RecursionError)

SETTLED_NS = 2_000_000_000
"""A file changed so shortly before it was read may change again within the same time of change: it is read anew."""

_LEFT_BEHIND_SECONDS = 3600
_LEFT_BEHIND = re.compile(r"\..+\.tmp-[0-9a-f]{32}")
_SHOW_PROGRESS = 5_000
_PER_TASK = 500
_READERS = 4


def listed(folder: Path, since: str = "") -> pl.DataFrame:
    """List name, size and time of change of each file; the last is -1 where it tells nothing.

    Sweeps what writers that were killed left behind.

    Args:
        folder: The ledger.
        since: Leave out files whose name, as `runs.write_run` gives it, says that the run began earlier.
    """
    import polars as pl  # noqa: PLC0415 - keeps the start of a run quick

    settled_ns = time.time_ns() - SETTLED_NS
    first = moment(since)
    with _opened(folder) as opened:
        every = os.listdir(opened) if opened >= 0 else []  # noqa: PTH208 - of a folder that is open
        names = [name for name in every if name.endswith(".json") and (name >= first or not name[:1].isdigit())]
        sizes, changes = _states(opened, names, settled_ns)
    for name in every:
        if not name.endswith(".json"):
            _sweep(folder / name, settled_ns)
    texts = names if "".join(names).isascii() else [shown(name) for name in names]
    return pl.DataFrame([texts, sizes, changes], schema=dict(zip(KEY, (pl.String, pl.Int64, pl.Int64), strict=True)))


def parsed(folder: Path, kind: Kind, files: pl.DataFrame) -> pl.DataFrame:
    """Read files as rows of the index, with a progress bar where that takes its time."""
    import polars as pl  # noqa: PLC0415 - keeps the start of a run quick

    names = files["name"].to_list()
    tasks = [names[first : first + _PER_TASK] for first in range(0, len(names), _PER_TASK)]
    schema = {PROBLEM: pl.String(), **kind.told()}
    parts = [pl.DataFrame(schema=schema)]
    with ThreadPoolExecutor(_READERS) as pool:
        read = pool.map(lambda task: [_bytes(folder / name) for name in task], tasks)
        for contents in _watched(read, len(tasks)) if len(names) >= _SHOW_PROGRESS else read:
            rows = [_row(content, kind) for content in contents]
            parts.append(pl.DataFrame(rows, schema=schema, orient="row"))
    return pl.concat([files, pl.concat(parts)], how="horizontal")


def entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    """Walk a folder; one that is not there is empty."""
    with suppress(FileNotFoundError), os.scandir(folder) as found:
        yield from found


def state(entry: os.DirEntry[str]) -> tuple[int, int]:
    """Give size and time of change of a file; -1 where it has none."""
    try:
        told = entry.stat()
    except OSError:
        return -1, -1
    return told.st_size, told.st_mtime_ns


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    """Open a folder for reading; -1 where there is none."""
    try:
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        yield -1
        return
    try:
        yield opened
    finally:
        os.close(opened)


def _states(opened: int, names: Sequence[str], settled_ns: int) -> tuple[list[int], list[int]]:
    """Give size and time of change of files of an opened folder; the time is -1 where it tells nothing.

    Asking by name within the folder is a quarter quicker than walking its entries, and a third of the time of a look
    at a large ledger.
    """
    sizes, changes = [], []
    for name in names:
        try:
            told = os.stat(name, dir_fd=opened)
        except OSError:
            sizes.append(-1)
            changes.append(-1)
        else:
            sizes.append(told.st_size)
            changes.append(told.st_mtime_ns if told.st_mtime_ns < settled_ns else -1)
    return sizes, changes


def shown(name: str) -> str:
    """Give a file name that can be shown and kept, also where it is not UTF-8."""
    return os.fsencode(name).decode(errors="backslashreplace")


def _sweep(path: Path, settled_ns: int) -> None:
    if _LEFT_BEHIND.fullmatch(path.name):
        with suppress(OSError):
            if path.stat().st_mtime_ns < settled_ns - _LEFT_BEHIND_SECONDS * 10**9:
                path.unlink()


def _bytes(path: Path) -> bytes | OSError:
    try:
        return path.read_bytes()
    except OSError as error:
        return error


def _row(content: bytes | OSError, kind: Kind) -> Sequence[object]:
    """Give why a file is no record, and what it says."""
    try:
        if isinstance(content, OSError):
            raise content
        return [None, *kind.row(content)]
    except (OSError, *NO_RECORD) as error:
        return [str(error), *[None] * len(kind.columns)]


def _watched(read: Iterator[list[bytes | OSError]], total: int) -> Iterator[list[bytes | OSError]]:
    from tqdm.auto import tqdm  # noqa: PLC0415 - only where there is much to read

    yield from tqdm(read, "reading the ledger", total, unit=f" x {_PER_TASK} runs", disable=None, delay=2, leave=False)
