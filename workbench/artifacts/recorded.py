"""Reads the text of a run record, and says what the table of the ledger keeps of it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import MISSING, fields
from types import NoneType
from typing import TYPE_CHECKING, Any, get_args

from workbench.artifacts.runs import CellUse, RunRecord, Status

if TYPE_CHECKING:
    from collections.abc import Mapping

_KINDS: Mapping[str, tuple[type, ...]] = {
    "str": (str,),
    "Status": (str,),
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "Mapping[str, str]": (dict,),
    "Mapping[str, float]": (dict,),
    "Mapping[str, object]": (dict,),
    "tuple[CellUse, ...]": (list, tuple),
}
_LEFT_OUT = ("dependencies", "params", "origins", "cells")
"""What the table leaves out: it is nine tenths of a record, and asked for one run at a time."""

_WORKERS = "train.workers"
_NO_WORK = ("run.", "advise.", "team.", "scenarios.")
_MOST = 2**63
_STATUSES = frozenset(get_args(Status))
_REQUIRED = tuple(
    item.name for item in fields(RunRecord) if item.default is MISSING and item.default_factory is MISSING
)
_CELL_FIELDS = tuple(item.name for item in fields(CellUse))


def _kinds(annotation: str) -> tuple[type, ...]:
    bare, optional, _ = annotation.partition(" | None")
    return (*_KINDS[bare], NoneType) if optional else _KINDS[bare]


_EXPECTED = {item.name: _kinds(str(item.type)) for item in fields(RunRecord)}
TOLD: Mapping[str, tuple[type, ...]] = {name: kinds for name, kinds in _EXPECTED.items() if name not in _LEFT_OUT}
"""The fields that the table keeps, with the kinds of their values; a mapping is kept as its JSON text."""

DERIVED: Mapping[str, tuple[type, ...]] = {
    "workers": (int, NoneType),
    "work": (int, NoneType),
    "work_but_workers": (int, NoneType),
}
"""What the table keeps of parameters and dependencies: `train.workers`; a number that is equal for two runs of a stage
with equal dependencies and parameters; the same with `train.workers` left aside. Both are null where the dependencies
are not on record."""
COLUMNS: Mapping[str, tuple[type, ...]] = {**TOLD, **DERIVED}

_DEFAULTS = {
    item.name: item.default
    for item in fields(RunRecord)
    if item.default is not MISSING  # the default of a mapping is an empty one, kept as no text
}


def decode(data: bytes) -> dict[str, Any]:
    """Read the known fields of a record; those of a later version are left aside.

    Raises:
        ValueError: It is no JSON, or no record.
        TypeError: A field is of another kind than a record has.
        RecursionError: It is nested too deeply.
    """
    tree = json.loads(data)
    if not isinstance(tree, dict):
        raise TypeError("not a run record")
    if not tree.keys() >= set(_REQUIRED):
        raise ValueError(f"not a run record: no {next(name for name in _REQUIRED if name not in tree)}")
    known = {name: tree[name] for name in _EXPECTED.keys() & tree.keys()}
    for name, value in known.items():
        _check(name, value)
    if known["status"] not in _STATUSES:
        raise ValueError("not a run record: no such status")
    return known


def record(tree: Mapping[str, Any]) -> RunRecord:
    """Give the record that was decoded."""
    cells = tuple(CellUse(**{name: use[name] for name in _CELL_FIELDS}) for use in tree.get("cells", ()))
    return RunRecord(**{**tree, "cells": cells})


def row(data: bytes) -> list[object]:
    """Read what the table keeps of a record, in the order of `COLUMNS`; raises as `decode` does."""
    tree = decode(data)
    told = [_cell(tree.get(name, _DEFAULTS.get(name))) for name in TOLD]
    return told + derived(tree["stage"], tree.get("dependencies", {}), tree.get("params", {}))


def derived(stage: str, dependencies: Mapping[str, str], params: Mapping[str, object]) -> list[object]:
    """Sum up what a run computed from, in the order of `DERIVED`.

    Parameters of its supervision and of advice, and who may sign, are no part of the work. A number has 63 bits: among
    100,000 different runs two are taken for one with a chance of one in two thousand million.
    """
    workers = params.get(_WORKERS)
    told = workers if isinstance(workers, int) and not isinstance(workers, bool) and abs(workers) < _MOST else None
    if not dependencies:
        return [told, None, None]
    values = {key: value for key, value in params.items() if key != _WORKERS and not key.startswith(_NO_WORK)}
    text = json.dumps([stage, dict(dependencies), values], sort_keys=True, default=str)
    but_workers = _number(text)
    return [told, _number(f"{but_workers} {workers!r}"), but_workers]


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode(errors="backslashreplace")).digest()[:8], "big") >> 1


def _cell(value: object) -> object:
    if isinstance(value, dict):
        return json.dumps(value, sort_keys=True, ensure_ascii=False) if value else None
    return value


def _check(name: str, value: object) -> None:
    kinds = _EXPECTED[name]
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        raise TypeError(f"not a run record: {name} is {type(value).__name__}")
    if isinstance(value, int | float) and not -_MOST < value < _MOST:  # no more than a table holds, and a number
        raise ValueError(f"not a run record: {name} is out of range")
    if isinstance(value, str) and not value.isascii():
        value.encode()  # half a surrogate pair is no text that a table can hold
    if name in {"tags", "forecast"}:
        _check_values(name, value)
    if name == "cells" and not all(isinstance(use, dict) and use.keys() >= set(_CELL_FIELDS) for use in value):  # type: ignore[attr-defined]  # a list, as just asked
        raise TypeError("not a run record: cells")


def _check_values(name: str, values: object) -> None:
    kind = str if name == "tags" else int | float
    if not isinstance(values, dict) or not all(isinstance(value, kind) for value in values.values()):
        raise TypeError(f"not a run record: {name}")
    json.dumps(values, ensure_ascii=False).encode()
