"""Where a project is; kept apart so that finding it needs neither pydantic nor YAML."""

from __future__ import annotations

from pathlib import Path

from workbench.errors import ParamsError

PARAMS_FILE = "params.yaml"


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
