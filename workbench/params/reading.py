"""Reads params.yaml into typed sections, and rewrites its text without losing a comment."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError
from ruamel.yaml.comments import CommentedMap

from workbench.errors import ParamsError, Place, WorkbenchError
from workbench.params.advise import AdviseParams
from workbench.params.base import Section
from workbench.params.cost import CostParams
from workbench.params.decide import DecideParams
from workbench.params.dotted import undotted
from workbench.params.evaluate import EvaluateParams
from workbench.params.explaining import explain
from workbench.params.ingest import IngestParams
from workbench.params.root import PARAMS_FILE, find_root
from workbench.params.run import RunParams
from workbench.params.scenarios import ScenariosParams
from workbench.params.team import TeamParams
from workbench.params.train import TrainParams
from workbench.params.tree import dump, holds, leaves, line_of, load, parse, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = [
    "PARAMS_FILE",
    "PARAMS_VARIABLE",
    "Params",
    "ParamsFile",
    "find_root",
    "json_schema",
    "located",
    "overridden",
    "read",
    "read_file",
    "read_team",
    "updated_text",
]

PARAMS_VARIABLE = "WORKBENCH_PARAMS"
"""Environment variable naming the parameters of the run in progress, taken before it began."""

SectionT = TypeVar("SectionT", bound=Section)


class Params(Section):
    """The whole of params.yaml: a field per stage, and `scenarios`, `advise`, `team`, `run`, for no stage."""

    ingest: IngestParams
    train: TrainParams = TrainParams()
    evaluate: EvaluateParams = EvaluateParams()
    cost: CostParams = CostParams()
    decide: DecideParams = DecideParams()
    scenarios: ScenariosParams = ScenariosParams()
    advise: AdviseParams = AdviseParams()
    team: TeamParams = TeamParams()
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


def read_file(path: Path, overrides: Sequence[str] = ()) -> ParamsFile:
    """Read and validate params.yaml.

    Args:
        path: The file.
        overrides: `dotted.key=value` pairs; the value is read as YAML 1.2.

    Raises:
        ParamsError: With line, key, found, expected and the nearest known name.
    """
    text = _text(path)
    written = undotted(parse(text, path.name), path.name)
    changes = dict(_split_override(pair) for pair in overrides)
    if changes:
        text = updated_text(text, changes, "--set")
    tree = undotted(parse(text, path.name), path.name)
    params = _validated(Params, tree, path.name, frozenset(changes))
    return ParamsFile(params, text, dict(_origins(params, written, changes, path.name)))


def read(root: Path | None = None) -> Params:
    """Read the parameters in force: those of the run in progress, or of the project's params.yaml.

    Raises:
        ParamsError: See `read_file`.
    """
    return read_file(_in_force(root)).params


@contextmanager
def located(root: Path | None = None) -> Iterator[None]:
    """Let an error of the block that names a key of params.yaml name its file and line too.

    The rooms that find such a mistake in the data know the key, and only whoever read the file knows its line.
    """
    try:
        yield
    except WorkbenchError as error:
        if error.place.key and not error.place.file:
            path = _in_force(root)
            line = line_of(parse(_text(path), path.name), error.place.key.split("."))
            error.place = replace(error.place, file=path.name, line=line)
        raise


def read_team(root: Path | None = None) -> TeamParams:
    """Read who reviews and approves, as it stands in params.yaml now: what is signed after a run is not part of it.

    Raises:
        ParamsError: See `read_file`.
    """
    return read_file(find_root(root) / PARAMS_FILE).params.team


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
    return _validated(type(section), tree, "notebook parameters", frozenset())


def updated_text(text: str, changes: Mapping[str, object], file: str = PARAMS_FILE) -> str:
    """Set dotted keys in YAML text; every comment and the order of keys stay.

    Raises:
        ParamsError: The text is no YAML mapping, or a key leads through a value that is none.
    """
    tree = parse(text, file)
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
    return dump(tree)


def json_schema() -> dict[str, Any]:
    """Give the JSON Schema of params.yaml, for editors."""
    return Params.model_json_schema(by_alias=True)


def _in_force(root: Path | None) -> Path:
    snapshot = os.environ.get(PARAMS_VARIABLE)
    return Path(snapshot) if snapshot else find_root(root) / PARAMS_FILE


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ParamsError(f"cannot read the parameters: {error.strerror}", place=Place(path.name)) from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        found = f"byte 0x{data[error.start]:02x}"
        raise ParamsError(
            "not UTF-8 text", place=Place(path.name, line), found=found, hint="save it as UTF-8"
        ) from error


def _split_override(pair: str) -> tuple[str, object]:
    key, equals, value = pair.partition("=")
    if not equals or not all(key.split(".")):
        raise ParamsError("a --set is key=value", found=pair, hint="for example --set train.seed=1")
    return key, load(value, Place("--set", key=key))


def _validated(
    model: type[SectionT],
    tree: Mapping[str, object],
    file: str,
    overridden_keys: frozenset[str],
) -> SectionT:
    try:
        return model.model_validate(plain(tree))
    except ValidationError as error:
        raise explain(error, model, tree, file, overridden_keys) from error


def _origins(
    params: Params, written: CommentedMap, changes: Mapping[str, object], file: str
) -> Iterator[tuple[str, str]]:
    for path, _ in leaves(params.model_dump(by_alias=True, mode="json")):
        key = ".".join(path)
        if any(key == name or key.startswith(f"{name}.") for name in changes):
            yield key, "--set"
        elif holds(written, path):
            yield key, f"{file}:{line_of(written, path)}"
        else:
            yield key, "default"
