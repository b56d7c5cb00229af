"""Lays the cells of a notebook out as HTML: text, code that folds away, outputs."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import mistune
from pygments import highlight
from pygments.formatters.html import HtmlFormatter
from pygments.lexers.python import PythonLexer

from workbench.stages.console import title
from workbench.stages.report.outputs import output_html, sanitised

if TYPE_CHECKING:
    from collections.abc import Callable

_PLUGINS = ("table", "strikethrough", "math", "footnotes", "task_lists", "url")


class CellsWriter:
    """Writes cells; making one takes longer than writing a notebook."""

    def __init__(self) -> None:
        self._lexer = PythonLexer()
        self._formatter = HtmlFormatter(cssclass="highlight")
        self._markdown: Callable[[str], object] = mistune.create_markdown(escape=False, plugins=_PLUGINS)

    def html(self, notebook: Any, failed_cell: int | None) -> str:  # noqa: ANN401 - a notebook node
        """Render a notebook.

        Args:
            notebook: The notebook.
            failed_cell: One-based code cell that is shown open, as the one at which the run ended.
        """
        sections, number = [], 0
        for cell in notebook.cells:
            if cell.cell_type == "code":
                number += 1
                sections.append(self._code(cell, number, failed=number == failed_cell))
            elif cell.cell_type == "markdown":
                sections.append(f'<section class="cell text">{self._text(cell.source)}</section>')
            else:
                sections.append(f'<section class="cell"><pre>{escape(cell.source)}</pre></section>')
        return "\n".join(sections)

    def _code(self, cell: Any, number: int, *, failed: bool) -> str:  # noqa: ANN401 - a notebook node
        source = ""
        if cell.source.strip():
            source = (
                f'<details class="source"{" open" if failed else ""}><summary><span class="number">{number}</span> '
                f"<code>{escape(title(cell.source))}</code></summary>"
                f"{highlight(cell.source, self._lexer, self._formatter)}</details>"
            )
        shown = "".join(map(output_html, cell.outputs))
        outputs = f'<div class="outputs">{shown}</div>' if shown else ""
        return f'<section class="cell code{" failed" if failed else ""}" id="cell-{number}">{source}{outputs}</section>'

    def _text(self, source: str) -> str:
        """Render Markdown; HTML in it is sanitised like any other."""
        return sanitised(str(self._markdown(source)))
