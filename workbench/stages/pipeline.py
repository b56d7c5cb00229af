"""Reads from dvc.yaml what each stage depends on and which stage makes what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from workbench.errors import Place, StageError

_FILE = "dvc.yaml"
_OUTPUTS = ("outs", "metrics", "plots")


@dataclass(frozen=True)
class Pipeline:
    """The stages of dvc.yaml.

    Attributes:
        stages: Their definitions as written.
    """

    stages: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    def read(cls, root: Path) -> Pipeline:
        """Read dvc.yaml; a project without one has a pipeline without stages.

        Raises:
            StageError: It is not valid YAML.
        """
        try:
            text = (root / _FILE).read_text(encoding="utf-8")
        except FileNotFoundError:
            return cls()
        return cls.of(text)

    @classmethod
    def of(cls, text: str) -> Pipeline:
        """Read the text of a dvc.yaml.

        Raises:
            StageError: It is not valid YAML.
        """
        try:
            tree = YAML(typ="safe").load(text)
        except YAMLError as error:
            raise StageError(f"not valid YAML: {error}", place=Place(_FILE)) from error
        stages = tree.get("stages") if isinstance(tree, Mapping) else None
        return cls({str(name): body for name, body in (stages or {}).items() if isinstance(body, Mapping)})

    def notebooks(self) -> list[str]:
        """List the stages that run a notebook of their name, and that no run of the pipeline leaves out."""
        return [
            name
            for name, body in self.stages.items()
            if str(body.get("cmd", "")).split() == ["workbench", "run", name] and not body.get("frozen")
        ]

    def dependencies(self, stage: str) -> list[str]:
        """List the files and folders a stage depends on, relative to the project."""
        body = self.stages.get(stage, {})
        return sorted(_located(body, _paths(body.get("deps"))))

    def outputs(self) -> list[str]:
        """List what the stages write, relative to the project."""
        return sorted(path for name in self.stages for path in self._outputs_of(name))

    def producer(self, path: str) -> str | None:
        """Name the stage that writes a path."""
        wanted = {path, *(folder.as_posix() for folder in PurePosixPath(path).parents)}
        return next((name for name in self.stages if wanted & set(self._outputs_of(name))), None)

    def _outputs_of(self, stage: str) -> Iterable[str]:
        body = self.stages[stage]
        return _located(body, (path for key in _OUTPUTS for path in _paths(body.get(key))))


def _paths(entries: object) -> Iterable[str]:
    """Walk paths written plainly or with options behind them; templates are DVC's to resolve."""
    for entry in entries if isinstance(entries, list) else ():
        for path in entry if isinstance(entry, Mapping) else (entry,):
            if "${" not in str(path) and "://" not in str(path):
                yield str(path)


def _located(body: Mapping[str, Any], paths: Iterable[str]) -> Iterable[str]:
    folder = PurePosixPath(body.get("wdir") or ".")
    return [(folder / path).as_posix() for path in paths]
