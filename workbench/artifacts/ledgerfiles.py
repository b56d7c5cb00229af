"""The files of the ledger: which there are, what state they are in, and what the new ones say."""

from __future__ import annotations

import os
import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
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
    names: list[str] = []
    sizes: list[int] = []
    changes: list[int] = []
    first = moment(since)
    for entry in entries(folder):
        name = entry.name
        if not name.endswith(".json"):
            _sweep(entry, settled_ns)
        elif name >= first or not name[:1].isdigit():
            size_bytes, changed_ns = state(entry)
            names.append(name)
            sizes.append(size_bytes)
            changes.append(changed_ns if changed_ns < settled_ns else -1)
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


def shown(name: str) -> str:
    """Give a file name that can be shown and kept, also where it is not UTF-8."""
    return os.fsencode(name).decode(errors="backslashreplace")


def _sweep(entry: os.DirEntry[str], settled_ns: int) -> None:
    if _LEFT_BEHIND.fullmatch(entry.name):
        _, changed_ns = state(entry)
        if 0 <= changed_ns < settled_ns - _LEFT_BEHIND_SECONDS * 10**9:
            with suppress(OSError):
                os.unlink(entry.path)  # noqa: PTH108 - an entry of scandir has its path as text


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
