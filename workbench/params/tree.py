"""The YAML text of params.yaml as a tree with lines, and as plain values of bounded size."""

from __future__ import annotations

import datetime as dt
import io
from typing import TYPE_CHECKING

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq, TaggedScalar
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from workbench.errors import ParamsError, Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MOST_CHARACTERS = 1_000_000
MOST_VALUES = 100_000
"""Aliases of aliases can make a small file huge; parameters never need that many values."""


def parse(text: str, file: str) -> CommentedMap:
    """Read YAML 1.2 text whose top level is a mapping.

    Raises:
        ParamsError: With the line, where the text is no YAML, too large, or carries tags.
    """
    if len(text) > MOST_CHARACTERS:
        raise ParamsError(
            "the parameters are too large",
            place=Place(file),
            found=f"{len(text):,} characters",
            expected=f"at most {MOST_CHARACTERS:,}",
        )
    tree = load(text, Place(file))
    if not isinstance(tree, CommentedMap):
        raise ParamsError("the parameters are not a mapping", place=Place(file), expected="one section per stage")
    return tree


def load(text: str, place: Place) -> object:
    """Read one YAML 1.2 value, round-trip scalars and comments kept.

    Raises:
        ParamsError: The text is no YAML, nested too deeply, or carries tags.
    """
    try:
        value: object = _yaml().load(text)
        _refuse_tags_and_bombs(value, place, {}, frozenset())
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark and place.file else None
        raise ParamsError(f"not valid YAML: {error.problem}", place=Place(place.file, line, place.key)) from error
    except YAMLError as error:
        raise ParamsError(f"not valid YAML: {' '.join(str(error).split())}", place=place) from error
    except RecursionError as error:
        raise ParamsError("the values are nested too deeply", place=place) from error
    return value


def dump(tree: CommentedMap) -> str:
    """Write a tree back, its comments and the order of its keys kept."""
    out = io.StringIO()
    _yaml().dump(tree, out)
    return out.getvalue()


def plain(value: object) -> object:
    """Turn ruamel's scalars and containers into plain ones, so that notebooks see `str`, `float`, `dict`."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, dt.datetime):
        return dt.datetime.combine(value.date(), value.timetz())
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return kind(value)
    return value


def line_of(tree: object, path: Sequence[str]) -> int | None:
    """Find the line of the deepest part of the path that the file holds."""
    line, node = None, tree
    for part in path:
        if isinstance(node, CommentedMap) and part in node:
            line = _line_of_key(node, part) or line
            node = node[part]
        elif isinstance(node, CommentedSeq) and part.isdigit() and int(part) < len(node):
            line = node.lc.item(int(part))[0] + 1
            node = node[int(part)]
        else:
            break
    return line


def holds(tree: object, path: Sequence[str]) -> bool:
    """Tell whether the mappings of the tree lead all along the path."""
    for part in path:
        if not isinstance(tree, dict) or part not in tree:
            return False
        tree = tree[part]
    return True


def leaves(tree: object, prefix: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    """Walk the leaves of nested mappings; lists are leaves."""
    if isinstance(tree, dict) and tree:
        for key, value in tree.items():
            yield from leaves(value, (*prefix, str(key)))
    else:
        yield prefix, tree


def _yaml() -> YAML:
    yaml = YAML(typ="rt")
    yaml.version = None
    yaml.preserve_quotes = True
    yaml.width = 120
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _line_of_key(node: CommentedMap, key: str) -> int | None:
    """Give the line of a key, or None for one that `<<` merged in from elsewhere."""
    return node.lc.key(key)[0] + 1 if key in (node.lc.data or {}) else None


def _refuse_tags_and_bombs(value: object, place: Place, sizes: dict[int, int], above: frozenset[int]) -> int:
    """Count the values a tree expands to, each shared part once, and stop at a tag, a cycle or too many."""
    tag = value.tag.value if isinstance(value, TaggedScalar | CommentedMap | CommentedSeq) else None
    if tag:
        raise ParamsError("YAML tags are not supported", place=place, found=tag, hint="write the value without a tag")
    if not isinstance(value, dict | list):
        return 1
    if id(value) in above:
        raise ParamsError("a value contains itself", place=place, hint="take the alias out")
    if id(value) not in sizes:
        inner = above | {id(value)}
        sizes[id(value)] = 1 + sum(_refuse_tags_and_bombs(item, place, sizes, inner) for item in _items(value))
    if sizes[id(value)] > MOST_VALUES:
        raise ParamsError("aliases expand to too many values", place=place, expected=f"at most {MOST_VALUES:,}")
    return sizes[id(value)]


def _items(value: Mapping[object, object] | Sequence[object]) -> list[object]:
    return list(value.values()) if isinstance(value, dict) else list(value)
