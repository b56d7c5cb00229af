"""The report of a run whose runner was killed: the guard writes it, so that no older report stands for the newest run.

Cells that had run are lost with the runner, unless it was killed after it had written its report.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import nbformat

from workbench.errors import StageError
from workbench.stages.report.writing import FOLDER, HEADER_ID, Report
from workbench.stages.stripping import SOURCES, read_notebook, run_of, stripped

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.artifacts import RunRecord
    from workbench.stages.outcome import Outcome


def write_left(record: RunRecord, outcome: Outcome, root: Path) -> None:
    """Write the report of a run from what is left of it.

    Args:
        record: The run, ended.
        outcome: How it ended.
        root: The project.

    Raises:
        ArtifactError: It cannot be written.
    """
    report = Report(record.stage, root)
    report.render(_left(record, root), outcome)
    report.write(record)


def _left(record: RunRecord, root: Path) -> Any:  # noqa: ANN401 - a notebook node, or None
    """Give the notebook that the run itself had written, else that of the stage without outputs."""
    executed = root / FOLDER / f"{record.stage}.ipynb"
    if run_of(executed) == record.run:
        notebook = nbformat.read(executed, as_version=4)
        notebook.cells = [cell for cell in notebook.cells if cell.get("id") != HEADER_ID]
        return notebook
    source = f"{SOURCES}/{record.stage}.ipynb"
    try:
        return nbformat.reads(stripped(read_notebook(root / source, source)).decode(), as_version=4)
    except (StageError, ValueError):
        return None
