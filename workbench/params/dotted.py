"""Dotted keys of the section `scenarios:` as the nested mappings they stand for, each with its line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ruamel.yaml.comments import CommentedMap

from workbench.errors import ParamsError, Place
from workbench.params.tree import line_of

if TYPE_CHECKING:
    from collections.abc import Sequence

SECTION = "scenarios"


def undotted(tree: CommentedMap, file: str) -> CommentedMap:
    r"""Nest what scenarios state with dots; the rest of the tree stays as it is.

    Args:
        tree: The whole of params.yaml; its scenarios are replaced in it.
        file: Name of the file.

    Raises:
        ParamsError: A value is given twice, once with dots.

    Example:
        >>> from workbench.params.tree import parse
        >>> tree = parse("scenarios:\n  launch:\n    cost.traffic.rows_per_request: 2\n", "params.yaml")
        >>> undotted(tree, "params.yaml")["scenarios"]["launch"]["cost"]["traffic"]["rows_per_request"]
        2
    """
    scenarios = tree.get(SECTION)
    if isinstance(scenarios, CommentedMap):
        for name, scenario in list(scenarios.items()):
            if isinstance(scenario, CommentedMap):
                scenarios[name] = _nested(scenario, file, (SECTION, str(name)))
    return tree


def _nested(node: CommentedMap, file: str, path: tuple[str, ...]) -> CommentedMap:
    nested = CommentedMap()
    for key, value in node.items():
        parts = key.split(".") if isinstance(key, str) and all(key.split(".")) else [key]
        below = _nested(value, file, (*path, *map(str, parts))) if isinstance(value, CommentedMap) else value
        _put(nested, parts, below, (node.lc.data or {}).get(key), Place(file, line_of(node, [key]), _dotted(path)))
    return nested


def _put(nested: CommentedMap, parts: Sequence[str], value: object, place_in_text: list[int] | None, at: Place) -> None:
    """Set a value below nested keys, all of which stand where the dotted key stands."""
    first, *rest = parts
    if place_in_text and first not in nested:
        nested.lc.add_kv_line_col(first, place_in_text)
    here = Place(at.file, at.line, _dotted((at.key or "", str(first))))
    if rest:
        below = nested.setdefault(first, CommentedMap())
        if not isinstance(below, CommentedMap):
            raise _given_twice(here)
        _put(below, rest, value, place_in_text, here)
    elif first not in nested:
        nested[first] = value
    elif isinstance(nested[first], CommentedMap) and isinstance(value, CommentedMap):
        for name, inner in value.items():
            _put(nested[first], [name], inner, (value.lc.data or {}).get(name), here)
    else:
        raise _given_twice(here)


def _given_twice(place: Place) -> ParamsError:
    return ParamsError("the value is given twice", place=place, hint="keep one of the two, dotted or nested")


def _dotted(path: Sequence[str]) -> str:
    return ".".join(path)
