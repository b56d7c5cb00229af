"""Lays a notebook out as one page, through nbconvert and a template of our own."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from typing import TYPE_CHECKING, Any

from jinja2 import DictLoader
from nbconvert.exporters.templateexporter import TemplateExporter
from nbconvert.filters.highlight import Highlight2HTML
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from workbench.stages.console import title
from workbench.stages.report.outputs import asset, output_html, sanitised, widgets_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_HERE = ("stages", "report")
_TEMPLATE = "cells.html.j2"
_MOUNT = "\nmountAll(document);\n"


class CellsExporter(TemplateExporter):  # type: ignore[misc]  # nbconvert is untyped
    """Exports the cells of a notebook as HTML; the page around them is not its business."""

    output_mimetype = "text/html"
    file_extension = ".html"

    def default_filters(self) -> Iterable[tuple[str, Callable[..., str]]]:
        """Name the functions the template may call."""
        yield from super().default_filters()
        yield "highlighted", Highlight2HTML(pygments_lexer="ipython3")
        yield "markdown", markdown_html
        yield "output", output_html
        yield "title", title


def exporter() -> CellsExporter:
    """Give an exporter whose template is compiled, which takes longer than the export."""
    made = CellsExporter(extra_loaders=[DictLoader({_TEMPLATE: asset(*_HERE, _TEMPLATE)})], template_file=_TEMPLATE)
    made.environment.get_template(_TEMPLATE)
    return made


def markdown_html(source: str) -> str:
    """Render the text between cells; HTML in it is sanitised like any other."""
    renderer = IPythonRenderer(escape=False, exclude_anchor_links=True)
    return sanitised(str(MarkdownWithMath(renderer=renderer).render(source)))


def cells_html(made: CellsExporter, notebook: Any, failed_cell: int | None) -> str:  # noqa: ANN401 - a notebook node
    """Render the cells."""
    html, _ = made.from_notebook_node(notebook, resources={"failed_cell": failed_cell})
    return str(html)


def page_html(stage: str, status: str, header: str, cells: str, outputs: Iterable[Any]) -> str:
    """Put the page together: what it may run is named in it by digest, and it may load nothing.

    Args:
        stage: The stage.
        status: How the run ended.
        header: The card at the top.
        cells: The rendered cells.
        outputs: The outputs behind them, of which the widgets are brought to life.
    """
    widgets = widgets_in(outputs)
    scripts = [asset("widgets", f"{name}.js") + _MOUNT for name in widgets]
    styles = [asset(*_HERE, "page.css"), asset("charts", "charts.css")]
    styles += [asset("widgets", f"{name}.css") for name in widgets]
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy(scripts))}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">'
        f"<title>{escape(stage)}: {escape(status)}</title>"
        f"<style>{''.join(styles)}</style></head>\n<body><main>\n{header}\n{cells}\n</main>"
        + "".join(f'<script type="module">{script}</script>' for script in scripts)
        + "</body></html>\n"
    )


def policy(scripts: Iterable[str]) -> str:
    """Write the content security policy: no network at all, and only these scripts."""
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    allowed = " ".join(f"'sha256-{digest}'" for digest in hashes) or "'none'"
    return (
        f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src {allowed}; "
        "base-uri 'none'; form-action 'none'"
    )
