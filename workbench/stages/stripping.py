"""Copies notebooks without outputs, so that saving one in JupyterLab changes nothing a stage depends on."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from workbench import artifacts
from workbench.errors import Place, StageError
from workbench.params.root import find_root

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SOURCES = "notebooks"
STRIPPED = ".workbench/notebooks"
_KEPT_TAGS = "tags"


def strip(root: Path | None = None) -> list[Path]:
    """Copy every notebook of the project to .workbench/notebooks; equal code gives equal bytes.

    Args:
        root: The project.

    Returns:
        The copies whose bytes changed.

    Raises:
        StageError: A notebook is not one.
    """
    project = (root or find_root()).resolve()
    sources = sorted((project / SOURCES).glob("*.ipynb"))
    return [copy for source in sources for copy, changed in [strip_one(project, source)] if changed]


def strip_one(root: Path, source: Path) -> tuple[Path, bool]:
    """Copy one notebook; give the copy, and whether its bytes changed.

    Raises:
        StageError: It is not a notebook.
    """
    data = stripped(read_notebook(source, source.relative_to(root).as_posix()))
    copy = root / STRIPPED / source.name
    if copy.is_file() and copy.read_bytes() == data:
        return copy, False
    artifacts.write_bytes(f"{STRIPPED}/{source.name}", data, root)
    return copy, True


def read_notebook(path: Path, shown: str) -> dict[str, Any]:
    """Read a notebook of format 4 as plain JSON.

    Raises:
        StageError: It is not one.
    """
    try:
        notebook = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise StageError(f"cannot read the notebook: {error}", place=Place(shown)) from error
    if not isinstance(notebook, dict) or notebook.get("nbformat") != 4 or not isinstance(notebook.get("cells"), list):  # noqa: PLR2004 - the format's number
        raise StageError("not a notebook of format 4", place=Place(shown), hint="save it once in JupyterLab")
    return notebook


def run_of(path: Path) -> str | None:
    """Name the run that executed a notebook; None where it does not say, or there is none."""
    try:
        metadata = read_notebook(path, path.name).get("metadata")
        return str(metadata["workbench"]["run"])  # type: ignore[index]  # what has no such key is caught
    except (StageError, KeyError, TypeError):
        return None


def stripped(notebook: Mapping[str, Any]) -> bytes:
    """Render what a notebook does, and nothing of what it showed or of who edited it with what.

    Cell ids follow from the cells themselves, because editors give cells new ones.
    """
    cells = [_stripped_cell(index, cell) for index, cell in enumerate(notebook["cells"])]
    tree = {"cells": cells, "metadata": _kernel(notebook), "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(tree, sort_keys=True, indent=1, ensure_ascii=False).encode(errors="surrogatepass") + b"\n"


def _stripped_cell(index: int, cell: Mapping[str, Any]) -> dict[str, Any]:
    source = "".join(cell.get("source", ""))
    kind = str(cell.get("cell_type"))
    tags = cell.get("metadata", {}).get(_KEPT_TAGS) or []
    kept: dict[str, Any] = {
        "cell_type": kind,
        "id": hashlib.sha256(f"{index}:{kind}:{source}".encode(errors="surrogatepass")).hexdigest()[:12],
        "metadata": {_KEPT_TAGS: sorted(tags)} if tags else {},
        "source": source.splitlines(keepends=True),
    }
    if cell.get("attachments"):
        kept["attachments"] = cell["attachments"]
    return kept | {"execution_count": None, "outputs": []} if kind == "code" else kept


def _kernel(notebook: Mapping[str, Any]) -> dict[str, Any]:
    """Keep which language it is in; the version and the display name are the editor's."""
    spec = notebook.get("metadata", {}).get("kernelspec", {})
    language = spec.get("language") or notebook.get("metadata", {}).get("language_info", {}).get("name") or "python"
    return {"kernelspec": {"display_name": "Python 3", "language": language, "name": "python3"}}
