"""Turns what a notebook hands over into bytes that are equal whenever the content is."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

from workbench.errors import ArtifactError, Place

if TYPE_CHECKING:
    import polars as pl

_ROW_GROUP_ROWS = 250_000


@runtime_checkable
class Folder(Protocol):
    """A value that is saved as a folder of files, such as a model."""

    def dumps(self) -> Mapping[str, bytes]:
        """Give the files by name."""
        ...


Content: TypeAlias = "pl.DataFrame | Folder | Mapping[str, object] | Sequence[object] | str | bytes"
"""What can be committed: a table, a model, JSON, text or bytes."""


@dataclass(frozen=True)
class Encoded:
    """The bytes of one file.

    Attributes:
        data: The bytes.
        rows: Rows, where it is a table.
        schema: Digest of names and types of the columns, where it is a table.
    """

    data: bytes
    rows: int | None = None
    schema: str | None = None


def encode(path: str, content: Content) -> Encoded:
    """Turn content into the bytes of the file named `path`.

    Raises:
        ArtifactError: The content has no such form, or no deterministic one.
    """
    if isinstance(content, bytes):
        return Encoded(content)
    if isinstance(content, str):
        return Encoded(_text(path, content))
    if isinstance(content, Mapping | list | tuple):
        return Encoded(_json(path, content))
    return _table(path, content)


def schema_hash(frame: pl.DataFrame) -> str:
    """Digest the names and types of the columns, in order.

    Example:
        >>> import polars as pl
        >>> schema_hash(pl.DataFrame({"a": [1]})) == schema_hash(pl.DataFrame({"a": [2, 3]}))
        True
    """
    columns = [[name, str(kind)] for name, kind in frame.schema.items()]
    return hashlib.sha256(json.dumps(columns).encode()).hexdigest()


def _text(path: str, text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise ArtifactError(f"the text is not valid Unicode: {error.reason}", place=Place(path)) from error


def _json(path: str, tree: Mapping[str, object] | Sequence[object]) -> bytes:
    try:
        text = json.dumps(_plain(tree), sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        hint = "write numbers as int or float, missing ones as None, moments as text"
        raise ArtifactError(f"the value is not JSON: {error}", place=Place(path), hint=hint) from error
    return _text(path, text + "\n")


def _plain(value: object) -> object:
    """Turn any mapping or tuple into the forms JSON knows, refusing keys that would silently become text."""
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise TypeError(f"key {key!r} is not text")
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _table(path: str, content: object) -> Encoded:
    import polars as pl  # noqa: PLC0415 - costs half a second that readers of JSON need not pay

    if not isinstance(content, pl.DataFrame):
        raise ArtifactError("this kind of value cannot be committed", place=Place(path), found=type(content).__name__)
    buffer = io.BytesIO()
    try:
        if path.endswith(".parquet"):
            content.rechunk().write_parquet(buffer, compression="zstd", statistics=True, row_group_size=_ROW_GROUP_ROWS)
        elif path.endswith(".csv"):
            content.write_csv(buffer)
        else:
            raise ArtifactError("a table is committed as .parquet or .csv", place=Place(path))
    except pl.exceptions.PolarsError as error:
        raise ArtifactError(f"the table cannot be written: {error}", place=Place(path)) from error
    return Encoded(buffer.getvalue(), content.height, schema_hash(content))
