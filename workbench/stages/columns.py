"""Checks, from the headers of the sources alone, that every column params.yaml names will be there.

What cannot be told from a header (a JSON-lines file, a damaged CSV, an expression that does not parse) is left to
the stage, which says more about it.
"""

from __future__ import annotations

import gzip
import zipfile
from typing import IO, TYPE_CHECKING

from workbench import artifacts
from workbench.errors import ParamsError, Place, SourceError, nearest
from workbench.params.root import PARAMS_FILE
from workbench.params.tree import line_of, parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from workbench.params.ingest import IngestParams, JoinParams, SourceParams
    from workbench.params.reading import ParamsFile

_HEAD_BYTES = 1 << 20
_PARQUET = (".parquet", ".pq")
_JSON_LINES = (".ndjson", ".jsonl")
Mention = tuple[tuple[str, ...], str]
"""Where in params.yaml a column is named, and the name."""


def check_columns(root: Path, given: ParamsFile) -> None:
    """Check the columns that `ingest:` names.

    Raises:
        ParamsError: With the line, the key and the nearest name that there is.
    """
    params = given.params.ingest
    headers = {name: _header(source, root) for name, source in params.sources.items()}
    known = {name: header for name, header in headers.items() if header is not None}
    if len(known) < len(headers):
        return
    for (path, name), columns in _unknown(params, known):
        raise ParamsError(
            f"no column {name!r}",
            place=_place(path, given),
            hint=nearest(name, columns) or f"there are {', '.join(columns[:20])}{' …' if len(columns) > 20 else ''}",  # noqa: PLR2004 - a line of names
        )


def _place(path: tuple[str, ...], given: ParamsFile) -> Place:
    key = ".".join(path)
    if any(origin == "--set" and f"{key}.".startswith(f"{leaf}.") for leaf, origin in given.origins.items()):
        return Place("--set", None, key)
    return Place(PARAMS_FILE, line_of(parse(given.text, PARAMS_FILE), path), key)


def _unknown(params: IngestParams, headers: Mapping[str, list[str]]) -> Iterator[tuple[Mention, list[str]]]:
    """Walk the columns that are named but not there, each with those that are."""
    columns = list(headers[params.table])
    for number, join in enumerate(params.joins):
        place = ("ingest", "joins", str(number))
        yield from _missing(_keys(place, join, "left_on"), columns)
        yield from _missing(_keys(place, join, "right_on"), headers[join.source])
        columns = _joined(columns, headers[join.source], join)
    for name, expression in params.derive.items():
        yield from _missing(_roots(("ingest", "derive", name), expression), columns)
        columns.append(name)
    yield from _missing(_mentions(params), columns)


def _mentions(params: IngestParams) -> Iterator[Mention]:
    if params.keep:
        yield from _roots(("ingest", "keep"), params.keep)
    single = {"target": params.target, "time": params.time, "split.group": params.split.group}
    for key, name in single.items():
        if name is not None:
            yield ("ingest", *key.split(".")), name
    several = {"key": params.key, "exclude": params.exclude, "pseudonymize": params.pseudonymize}
    for key, names in several.items():
        for number, name in enumerate(names):
            yield ("ingest", key, str(number)), name


def _missing(mentions: Iterable[Mention], columns: list[str]) -> Iterator[tuple[Mention, list[str]]]:
    return ((mention, columns) for mention in mentions if mention[1] not in columns)


def _keys(place: tuple[str, ...], join: JoinParams, side: str) -> Iterator[Mention]:
    names = join.on or getattr(join, side)
    key = "on" if join.on else side
    return (((*place, key, str(number)), name) for number, name in enumerate(names))


def _joined(columns: list[str], added: list[str], join: JoinParams) -> list[str]:
    """Give the columns after a join: those both sides have are suffixed, or are keys and stay once."""
    keys = set(join.on or join.right_on)
    new = [f"{name}{join.suffix}" if name in columns else name for name in added if name not in keys]
    return [*columns, *new, *(name for name in keys if name not in columns)]


def _roots(place: tuple[str, ...], expression: str) -> list[Mention]:
    """Name the columns an SQL expression reads; none when Polars cannot read the expression."""
    import polars as pl  # noqa: PLC0415 - only `ingest` has expressions

    from workbench.ingest.deriving import roots  # noqa: PLC0415 - see above

    try:
        return [(place, name) for name in sorted(roots(expression))]
    except pl.exceptions.PolarsError:
        return []


def _header(source: SourceParams, root: Path) -> list[str] | None:
    """Read the names of a source's columns; None when they cannot be told without reading it."""
    from workbench.ingest.delimited import open_delimited  # noqa: PLC0415 - only `ingest` has sources
    from workbench.ingest.source import SourceFile  # noqa: PLC0415 - see above

    path = artifacts.find_source(source.path, root)
    try:
        if path.suffix.lower() in _PARQUET:
            return _parquet_columns(path)
        name, head = _head(path)
        if name.endswith((*_PARQUET, *_JSON_LINES)) or b"\n" not in head:
            return None
        whole_lines = head[: head.rfind(b"\n") + 1]
        return list(open_delimited(SourceFile(path.name, whole_lines, "csv"), source.separator, ()).header)
    except (SourceError, OSError, EOFError, zipfile.BadZipFile, UnicodeError):
        return None


def _parquet_columns(path: Path) -> list[str] | None:
    import polars as pl  # noqa: PLC0415 - only `ingest` has sources

    try:
        return list(pl.read_parquet_schema(path))
    except pl.exceptions.PolarsError:
        return None


def _head(path: Path) -> tuple[str, bytes]:
    """Read the beginning of a source, decompressed, and the name that tells its format."""
    if path.suffix.lower() == ".zip":
        with zipfile.ZipFile(path) as archive:
            tables = [item for item in archive.infolist() if not item.is_dir()]
            with archive.open(tables[0]) as stream:
                return tables[0].filename.lower(), _first_bytes(stream)
    if path.suffix.lower() == ".gz":
        with gzip.open(path) as stream:
            return path.stem.lower(), _first_bytes(stream)
    with path.open("rb") as plain:
        return path.name.lower(), _first_bytes(plain)


def _first_bytes(stream: IO[bytes] | gzip.GzipFile) -> bytes:
    return stream.read(_HEAD_BYTES)
