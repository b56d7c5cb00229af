"""Writes the two files of a report."""

from __future__ import annotations

import copy
import sqlite3
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import nbformat
from nbformat.sign import NotebookNotary
from traitlets import TraitError

from workbench import artifacts
from workbench.stages.report.cells import CellsWriter
from workbench.stages.report.header import header_html, header_markdown
from workbench.stages.report.page import page_html

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.artifacts import RunRecord
    from workbench.stages.outcome import Outcome

FOLDER = "reports"
_OF_PAPERMILL = "papermill-error-cell-tag"
HEADER_ID = "workbench-run"


class Report:
    """The report of one run: rendered while the kernel ends, written when it is known what the run used.

    Args:
        stage: The stage.
        root: The project.
    """

    def __init__(self, stage: str, root: Path) -> None:
        self._stage = stage
        self._root = root
        self._writer = CellsWriter()
        self._notebook: Any = nbformat.v4.new_notebook()
        self._outcome: Outcome | None = None
        self._cells = ""

    def render(self, notebook: Any, outcome: Outcome) -> None:  # noqa: ANN401 - a notebook node, or None
        """Render the cells as far as they got.

        Args:
            notebook: The executed notebook; None when not even that could be read.
            outcome: How it ended.
        """
        self._outcome = outcome
        if notebook is not None:
            self._notebook = cleaned(notebook)
        self._cells = self._writer.html(self._notebook, outcome.cell)

    def write(self, record: RunRecord) -> None:
        """Write both files, each in one step.

        Raises:
            ArtifactError: One cannot be written; the one on disk is whole.
        """
        if self._outcome is None:
            return
        outputs = [output for cell in self._notebook.cells for output in cell.get("outputs", [])]
        header = header_html(record, self._outcome)
        html = page_html(self._stage, record.status, header, self._cells, outputs)
        _write(f"{FOLDER}/{self._stage}.html", html, self._root)
        executed = with_header(self._notebook, record, self._outcome)
        _write(f"{FOLDER}/{self._stage}.ipynb", nbformat.writes(executed) + "\n", self._root)
        trust(executed)


def cleaned(notebook: Any) -> Any:  # noqa: ANN401 - a notebook node
    """Copy a notebook without what papermill noted: it calls cells completed that never ran."""
    kept = copy.deepcopy(notebook)
    kept.cells = [cell for cell in kept.cells if _OF_PAPERMILL not in cell.metadata.get("tags", [])]
    kept.metadata.pop("papermill", None)
    for cell in kept.cells:
        cell.metadata.pop("papermill", None)
        if not cell.metadata.get("tags"):
            cell.metadata.pop("tags", None)
    return kept


def with_header(notebook: Any, record: RunRecord, outcome: Outcome) -> Any:  # noqa: ANN401 - a notebook node
    """Add the head of the report as first cell, and the run as metadata."""
    executed = copy.copy(notebook)
    header = nbformat.v4.new_markdown_cell(header_markdown(record, outcome), id=HEADER_ID)
    executed.cells = [header, *notebook.cells]
    facts = {key: value for key, value in asdict(record).items() if key not in {"pid", "process_started"}}
    executed.metadata = nbformat.from_dict({**notebook.metadata, "workbench": facts})
    return executed


def trust(notebook: Any) -> None:  # noqa: ANN401 - a notebook node
    """Let JupyterLab show the notebook live: this process has just seen its cells run.

    The signatures are JupyterLab's, in the user's home; where they cannot be kept, the notebook stays untrusted.
    """
    with suppress(OSError, sqlite3.Error, TraitError):
        notary = NotebookNotary()
        notary.sign(notebook)
        notary.store.close()


def _write(path: str, text: str, root: Path) -> None:
    artifacts.write_bytes(path, text.encode(errors="replace"), root)
