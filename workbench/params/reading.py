"""Reads params.yaml into typed sections, and rewrites its text without losing a comment."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from workbench.errors import ParamsError, Place, nearest
from workbench.params.base import Section
from workbench.params.cost import CostParams
from workbench.params.decide import DecideParams
from workbench.params.evaluate import EvaluateParams
from workbench.params.ingest import IngestParams
from workbench.params.run import RunParams
from workbench.params.train import TrainParams

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pydantic_core import ErrorDetails

PARAMS_FILE = "params.yaml"
PARAMS_VARIABLE = "WORKBENCH_PARAMS"
"""Environment variable naming the parameters of the run in progress, taken before it began."""

SectionT = TypeVar("SectionT", bound=Section)


class Params(Section):
    """The whole of params.yaml, one field per stage."""

    ingest: IngestParams
    train: TrainParams = TrainParams()
    evaluate: EvaluateParams = EvaluateParams()
    cost: CostParams = CostParams()
    decide: DecideParams = DecideParams()
    run: RunParams = RunParams()


@dataclass(frozen=True)
class ParamsFile:
    """params.yaml as it was read.

    Attributes:
        params: The typed values.
        text: The YAML behind them, `--set` values applied, comments kept.
        origins: Where each leaf value came from: `params.yaml:12`, `--set` or `default`.
    """

    params: Params
    text: str
    origins: Mapping[str, str]


def find_root(start: Path | None = None) -> Path:
    """Find the project: the nearest folder upwards that holds params.yaml.

    Raises:
        ParamsError: No folder up to the root of the file system holds one.
    """
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / PARAMS_FILE).is_file():
            return folder
    raise ParamsError(
        f"no {PARAMS_FILE} in {here} or above it",
        hint="run this inside a project, or make one with `workbench init DIR --data FILE --target COLUMN`",
    )


def read_file(path: Path, overrides: Sequence[str] = ()) -> ParamsFile:
    """Read and validate params.yaml.

    Args:
        path: The file.
        overrides: `dotted.key=value` pairs; the value is read as YAML 1.2.

    Raises:
        ParamsError: With line, key, found, expected and the nearest known name.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ParamsError(f"cannot read the parameters: {error}", place=Place(path.name)) from error
    written = _parse(text, path.name)
    changes = dict(_split_override(pair) for pair in overrides)
    if changes:
        text = updated_text(text, changes, path.name)
    tree = _parse(text, path.name)
    params = _validated(Params, tree, path.name, frozenset(changes))
    return ParamsFile(params, text, dict(_origins(params, written, changes, path.name)))


def read(root: Path | None = None) -> Params:
    """Read the parameters in force: those of the run in progress, or of the project's params.yaml.

    Raises:
        ParamsError: See `read_file`.
    """
    snapshot = os.environ.get(PARAMS_VARIABLE)
    return read_file(Path(snapshot) if snapshot else find_root(root) / PARAMS_FILE).params


def overridden(section: SectionT, **values: object) -> SectionT:
    """Replace fields of a section by the values a notebook was given; `...` keeps the field.

    This is what makes `papermill notebooks/train.ipynb out.ipynb -p seed 3` take effect.

    Raises:
        ParamsError: A value does not fit the field.

    Example:
        >>> overridden(TrainParams(), seed=3, metric=...).seed
        3
    """
    given = {key: value for key, value in values.items() if value is not ...}
    tree = section.model_dump(by_alias=True, mode="python") | given
    return _validated(type(section), tree, "notebook parameters", frozenset(given))


def updated_text(text: str, changes: Mapping[str, object], file: str = PARAMS_FILE) -> str:
    """Set dotted keys in YAML text; every comment and the order of keys stay.

    Raises:
        ParamsError: The text is no YAML mapping, or a key leads through a value that is none.
    """
    tree = _parse(text, file)
    for dotted, value in changes.items():
        *parents, last = dotted.split(".")
        node = tree
        for name in parents:
            if node.get(name) is None:
                node[name] = CommentedMap()
            node = node[name]
            if not isinstance(node, CommentedMap):
                raise ParamsError("the key leads through a value that is no mapping", place=Place(file, key=dotted))
        node[last] = value
    out = io.StringIO()
    _yaml().dump(tree, out)
    return out.getvalue()


def json_schema() -> dict[str, Any]:
    """Give the JSON Schema of params.yaml, for editors."""
    return Params.model_json_schema(by_alias=True)


def _yaml() -> YAML:
    yaml = YAML(typ="rt")
    yaml.version = None
    yaml.preserve_quotes = True
    yaml.width = 120
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _parse(text: str, file: str) -> CommentedMap:
    try:
        tree = _yaml().load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise ParamsError(f"not valid YAML: {error.problem}", place=Place(file, line)) from error
    except YAMLError as error:
        raise ParamsError(f"not valid YAML: {error}", place=Place(file)) from error
    if not isinstance(tree, CommentedMap):
        raise ParamsError("the parameters are not a mapping", place=Place(file), expected="one section per stage")
    return tree


def _split_override(pair: str) -> tuple[str, object]:
    key, equals, value = pair.partition("=")
    if not equals or not key:
        raise ParamsError("a --set is key=value", found=pair, hint="for example --set train.seed=1")
    try:
        return key, YAML(typ="rt").load(value)
    except YAMLError as error:
        raise ParamsError("the value of --set is not valid YAML", place=Place(key=key), found=value) from error


def _validated(
    model: type[SectionT],
    tree: Mapping[str, object],
    file: str,
    overridden_keys: frozenset[str],
) -> SectionT:
    try:
        return model.model_validate(_plain(tree))
    except ValidationError as error:
        raise _as_params_error(error.errors()[0], model, tree, file, overridden_keys) from error


def _plain(value: object) -> object:
    """Turn ruamel's scalars and containers into plain ones, so that notebooks see `str`, `float`, `dict`."""
    if isinstance(value, CommentedMap | dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, CommentedSeq | list | tuple):
        return [_plain(item) for item in value]
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return kind(value)
    return value


def _as_params_error(
    detail: ErrorDetails, model: type[BaseModel], tree: object, file: str, overridden_keys: frozenset[str]
) -> ParamsError:
    path = [str(part) for part in detail["loc"]]
    path = path[: _depth_in_tree(tree, path) + 1] or path
    key = ".".join(path)
    by_set = any(key == name or key.startswith(f"{name}.") for name in overridden_keys)
    place = Place("--set" if by_set and file == PARAMS_FILE else file, None if by_set else _line(tree, path), key)
    if detail["type"] == "extra_forbidden":
        known = _known_keys(model, path[:-1])
        return ParamsError(
            "unknown key",
            place=place,
            expected=f"one of {', '.join(sorted(known))}" if known else None,
            hint=nearest(path[-1], known),
        )
    if detail["type"] == "missing":
        return ParamsError("a required key is missing", place=place)
    found = None if isinstance(detail["input"], dict) else repr(detail["input"])
    return ParamsError(detail["msg"].removeprefix("Value error, "), place=place, found=found)


def _depth_in_tree(tree: object, path: Sequence[str]) -> int:
    """Count how many parts of an error's path name keys of the file rather than branches of a union."""
    depth, node = 0, tree
    for part in path:
        if isinstance(node, dict) and part in node:
            node = node[part]
        elif isinstance(node, list | tuple) and part.isdigit() and int(part) < len(node):
            node = node[int(part)]
        elif isinstance(node, dict):
            return depth
        else:
            return depth - 1
        depth += 1
    return depth


def _line(tree: object, path: Sequence[str]) -> int | None:
    """Find the line of the deepest part of the path that the file holds."""
    line, node = None, tree
    for part in path:
        if isinstance(node, CommentedMap) and part in node:
            line = node.lc.key(part)[0] + 1
            node = node[part]
        elif isinstance(node, CommentedSeq) and part.isdigit() and int(part) < len(node):
            line = node.lc.item(int(part))[0] + 1
            node = node[int(part)]
        else:
            break
    return line


def _known_keys(model: type[BaseModel], parents: Sequence[str]) -> list[str]:
    """List the keys that the section reached through `parents` knows."""
    schema = model.model_json_schema(by_alias=True)
    node: dict[str, Any] = schema
    for part in parents:
        node = _resolve(schema, node)
        node = node.get("properties", {}).get(part) or node.get("additionalProperties") or node.get("items") or {}
    return list(_resolve(schema, node).get("properties", {}))


def _resolve(schema: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    reference = node.get("$ref") or next((b["$ref"] for b in node.get("anyOf", []) if "$ref" in b), None)
    if not reference:
        return node
    resolved: dict[str, Any] = schema["$defs"][reference.rsplit("/", 1)[-1]]
    return resolved


def _origins(
    params: Params, written: CommentedMap, changes: Mapping[str, object], file: str
) -> Iterator[tuple[str, str]]:
    for path, _ in leaves(params.model_dump(by_alias=True, mode="json")):
        key = ".".join(path)
        if any(key == name or key.startswith(f"{name}.") for name in changes):
            yield key, "--set"
        elif _holds(written, path):
            yield key, f"{file}:{_line(written, path)}"
        else:
            yield key, "default"


def leaves(tree: object, prefix: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    """Walk the leaves of nested mappings; lists are leaves."""
    if isinstance(tree, dict) and tree:
        for key, value in tree.items():
            yield from leaves(value, (*prefix, str(key)))
    else:
        yield prefix, tree


def _holds(tree: object, path: Sequence[str]) -> bool:
    for part in path:
        if not isinstance(tree, dict) or part not in tree:
            return False
        tree = tree[part]
    return True
