"""The files every project is made of: the notebooks and dvc.yaml, kept in one place only.

A wheel carries them inside this room; in a checkout they are the ones at its root.
"""

from __future__ import annotations

import io
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from workbench.errors import ArtifactError, Place

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

CODE = "workbench/"
"""Dependencies on this package's own code are for its own repository; elsewhere the package is installed."""


def notebooks() -> dict[str, bytes]:
    """Give the shipped notebooks, name to content.

    Raises:
        ArtifactError: The installation lacks them.
    """
    found = {item.name: item.read_bytes() for item in _shipped("notebooks").iterdir() if item.name.endswith(".ipynb")}
    if not found:
        raise ArtifactError("the installed package carries no notebooks", hint="install workbench again")
    return found


def pipeline(data: str) -> str:
    """Give the text of dvc.yaml for a project whose data is the file `data`.

    It is this repository's own dvc.yaml without dependencies on the package's code, and with the
    data as a dependency of `ingest`.
    """
    return as_project_pipeline(_shipped("dvc.yaml").read_text(encoding="utf-8"), data)


def as_project_pipeline(text: str, data: str) -> str:
    """Turn the text of this repository's dvc.yaml into that of a project of a user's own.

    Raises:
        ArtifactError: The text has no stage `ingest`.
    """
    yaml = YAML(typ="rt")
    yaml.width = 120
    yaml.indent(mapping=2, sequence=4, offset=2)
    tree = yaml.load(text)
    if not isinstance(tree, CommentedMap) or "ingest" not in tree.get("stages", {}):
        raise ArtifactError("the shipped pipeline has no stage ingest", place=Place("dvc.yaml"))
    for stage in tree["stages"].values():
        needed = stage.get("deps", [])
        for path in [path for path in needed if path.startswith(CODE)]:
            needed.remove(path)
    tree["stages"]["ingest"].setdefault("deps", CommentedSeq()).append(data)
    out = io.StringIO()
    yaml.dump(tree, out)
    return out.getvalue()


def _shipped(name: str) -> Traversable:
    installed = files("workbench.project") / name
    if installed.is_file() or installed.is_dir():
        return installed
    checkout = Path(__file__).resolve().parents[2] / name
    if checkout.exists():
        return checkout
    raise ArtifactError(f"the installed package carries no {name}", hint="install workbench again")
