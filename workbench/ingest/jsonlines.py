"""JSON lines: one object per line, read as texts so that the contract types them like any other source."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from workbench.errors import Place, SourceError
from workbench.ingest.quarantine import Fault
from workbench.ingest.source import SourceFile, utf8
from workbench.ingest.texts import Texts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_KINDS = {bool: "boolean", int: "integer", float: "float", str: "string"}


@dataclass(frozen=True)
class JsonLines:
    """The objects of a source.

    Attributes:
        texts: Their values as texts; nested ones as JSON text.
        kinds: The JSON kinds seen in each column, missing values aside.
    """

    texts: Texts
    kinds: Mapping[str, frozenset[str]]


def read_json_lines(source: SourceFile, null_values: Sequence[str]) -> JsonLines:
    """Read line by line; a line that is no JSON object becomes a fault.

    Raises:
        SourceError: The source is no text, or not one line is an object.
    """
    rows: list[dict[str, object]] = []
    positions: list[int] = []
    raws: list[str] = []
    faults: list[Fault] = []
    lines = (line for line in utf8(source).decode().split("\n") if line.strip())
    for position, line in enumerate(lines, start=1):
        row = _object(line)
        if isinstance(row, str):
            faults.append(Fault(position, row, line))
            continue
        rows.append(row)
        positions.append(position)
        raws.append(line)
    columns = dict.fromkeys(name for row in rows for name in row)
    if not columns:
        found = f"{faults[0].reason}: {faults[0].raw[:80]!r}" if faults else None
        raise SourceError("no line is a JSON object with a value", place=Place(source.name), found=found)
    nulls = frozenset(null_values)
    frame = pl.DataFrame(
        {name: [_text(row.get(name), nulls) for row in rows] for name in columns},
        schema=dict.fromkeys(columns, pl.String),
    )
    kinds = {name: frozenset(_kind(row[name]) for row in rows if row.get(name) is not None) for name in columns}
    return JsonLines(Texts(frame, positions, raws.__getitem__, tuple(faults)), kinds)


def _object(line: str) -> dict[str, object] | str:
    """Read one line; a text says why it is no object."""
    try:
        row = json.loads(line, object_pairs_hook=_once, parse_constant=_no_constant, parse_float=_finite)
    except RecursionError:
        return "nested too deeply"
    except json.JSONDecodeError:
        return "not JSON"
    except ValueError as error:
        return str(error) if error.args[:1] and error.args[0] in _REASONS else "a number too large"
    if not isinstance(row, dict):
        return "not a JSON object"
    if "\\u" in line and not _is_text(json.dumps(row, ensure_ascii=False)):
        return "half a character"
    return "NUL character" if any("\0" in str(item) for item in row.values()) else row


_TWICE = "a key given twice"
_CONSTANT = "NaN and infinities are not JSON"
_TOO_LARGE = "a number too large"
_REASONS = frozenset({_TWICE, _CONSTANT, _TOO_LARGE})


def _is_text(text: str) -> bool:
    """Tell whether a text can be written: JSON can escape half of a surrogate pair, which is no character."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    row = dict(pairs)
    if len(row) != len(pairs):
        raise ValueError(_TWICE)
    return row


def _no_constant(_: str) -> float:
    raise ValueError(_CONSTANT)


def _finite(text: str) -> float:
    number = float(text)
    if number in {float("inf"), float("-inf")}:
        raise ValueError(_TOO_LARGE)
    return number


def _kind(value: object) -> str:
    return _KINDS.get(type(value), "nested")


def _text(value: object, nulls: frozenset[str]) -> str | None:
    if value is None or (isinstance(value, str) and value in nulls):
        return None
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
