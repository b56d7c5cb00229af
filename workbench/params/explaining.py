"""Turns what pydantic found wrong into one paragraph with line, key, found, expected and the nearest name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.errors import ParamsError, Place, nearest
from workbench.params.tree import line_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from pydantic import BaseModel, ValidationError
    from pydantic_core import ErrorDetails

_MAPPING_EXPECTED = frozenset({"model_type", "dict_type", "model_attributes_type"})


def explain(
    error: ValidationError, model: type[BaseModel], tree: object, file: str, by_set: Collection[str]
) -> ParamsError:
    """Explain the first mistake.

    Args:
        error: What pydantic raised.
        model: The model that was validated against.
        tree: The YAML tree, with lines where it comes from a file.
        file: Name of the file, or of what else the values came from.
        by_set: Dotted keys that `--set` changed.
    """
    details = error.errors()
    detail = details[0]
    path = _path_in_tree(detail, tree)
    place = _place(path, tree, file, by_set)
    if detail["type"] == "extra_forbidden":
        known = _known_keys(model, path[:-1])
        expected = f"one of {', '.join(sorted(known))}" if known else None
        return ParamsError("unknown key", place=place, expected=expected, hint=nearest(path[-1], known))
    if detail["type"] == "missing":
        return ParamsError("a required key is missing", place=place)
    found = None if isinstance(detail["input"], dict) else repr(detail["input"])
    branches = [other for other in details if _path_in_tree(other, tree) == path]
    first, *others = dict.fromkeys(map(_message, branches))
    problem = " or ".join([first, *(other.removeprefix("Input should be ") for other in others)])
    return ParamsError(problem, place=place, found=found, hint=_hint(detail))


def _message(detail: ErrorDetails) -> str:
    if detail["type"] in _MAPPING_EXPECTED:
        return "the value should be a mapping of keys to values"
    return detail["msg"].removeprefix("Value error, ")


def _hint(detail: ErrorDetails) -> str | None:
    if detail["type"] == "string_type" and isinstance(detail["input"], int | float):
        return "write a text that looks like a number in quotes"
    return "delete the key to keep its default" if detail["input"] is None else None


def _place(path: Sequence[str], tree: object, file: str, by_set: Collection[str]) -> Place:
    key = ".".join(path)
    if any(key == name or key.startswith(f"{name}.") for name in by_set):
        return Place("--set", key=key)
    return Place(file, line_of(tree, path), key)


def _path_in_tree(detail: ErrorDetails, tree: object) -> list[str]:
    """Give the path of an error without the names of union branches, which are no keys of the file."""
    path = [str(part) for part in detail["loc"]]
    return path[: _depth_in_tree(tree, path) + 1] or path


def _depth_in_tree(tree: object, path: Sequence[str]) -> int:
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
