"""The index of a folder of records: what they say, in one file that can be made anew at any time.

It is never what a figure rests on: a row counts only while its file has the name, the size and the time of change
it had when it was read, and an index whose bytes are not those that were written is no index.
"""

from __future__ import annotations

import hashlib
import io
import uuid
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.artifacts.layout import STATE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import polars as pl

KEY = ("name", "size_bytes", "changed_ns")
PROBLEM = "problem"
_DIGEST_BYTES = 32


@dataclass(frozen=True)
class Kind:
    """A kind of record that has a folder and an index.

    Attributes:
        folder: Where the records lie, relative to the project.
        columns: What the index keeps of a record, with the kinds of the values.
        row: Reads the text of a record as the values of these columns; raises where it is none.
    """

    folder: str
    columns: Mapping[str, tuple[type, ...]]
    row: Callable[[bytes], Sequence[object]]

    @property
    def index(self) -> str:
        """Path of the index, relative to the project."""
        return f"{STATE}/{self.folder.replace('/', '-')}.index"

    def told(self) -> dict[str, pl.DataType]:
        """Give the columns of what the records say; a mapping is kept as its JSON text."""
        import polars as pl  # noqa: PLC0415 - keeps the start of a run quick

        kinds = {float: pl.Float64(), int: pl.Int64(), bool: pl.Boolean()}
        return {
            name: next((dtype for kind, dtype in kinds.items() if kind in expected), pl.String())
            for name, expected in self.columns.items()
        }

    def schema(self) -> dict[str, pl.DataType]:
        """Give the columns of the index: the key of a file, why it is no record, what the record says."""
        import polars as pl  # noqa: PLC0415 - keeps the start of a run quick

        key = {"name": pl.String(), "size_bytes": pl.Int64(), "changed_ns": pl.Int64(), PROBLEM: pl.String()}
        return {**key, **self.told()}


def load(root: Path, kind: Kind) -> pl.DataFrame:
    """Read the index; an empty one where there is none, or one that this version did not write whole."""
    import polars as pl  # noqa: PLC0415 - keeps the start of a run quick

    try:
        data = (root / kind.index).read_bytes()
    except OSError:
        return pl.DataFrame(schema=kind.schema())
    digest, payload = data[:_DIGEST_BYTES], data[_DIGEST_BYTES:]
    if digest != _digest(payload, kind):
        return pl.DataFrame(schema=kind.schema())
    return pl.read_parquet(io.BytesIO(payload))


def store(root: Path, kind: Kind, frame: pl.DataFrame) -> None:
    """Replace the index in one step; where that cannot be done, the next reader makes it anew."""
    stream = io.BytesIO()
    frame.write_parquet(stream, compression="lz4", statistics=False)
    payload = stream.getvalue()
    path = root / kind.index
    fresh = path.with_name(f"{path.name}-{uuid.uuid4().hex}")
    with suppress(OSError):
        path.parent.mkdir(exist_ok=True)
        try:
            fresh.write_bytes(_digest(payload, kind) + payload)
            fresh.replace(path)
        finally:
            fresh.unlink(missing_ok=True)


def _digest(payload: bytes, kind: Kind) -> bytes:
    """Digest the bytes together with the columns, so that an index of another version is none."""
    columns = repr([(name, str(dtype)) for name, dtype in kind.schema().items()]).encode()
    return hashlib.sha256(columns + payload).digest()
