"""Puts a page together that needs nothing but itself, and that may run nothing but what it names."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from typing import TYPE_CHECKING, Any

from workbench.stages.report.outputs import asset, widget_script, widget_style, widgets_in

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOUNT = "\nmountAll(document);\n"


def page_html(stage: str, status: str, header: str, cells: str, outputs: Iterable[Any]) -> str:
    """Put the page together.

    Args:
        stage: The stage.
        status: How the run ended.
        header: The card at the top.
        cells: The rendered cells.
        outputs: The outputs behind them, of which the widgets are brought to life.
    """
    widgets = widgets_in(outputs)
    scripts = [widget_script(name) + _MOUNT for name in widgets]
    styles = [asset("stages", "report", "page.css"), asset("charts", "charts.css")]
    styles += [widget_style(name) for name in widgets]
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
    """Write the content security policy: no network at all, and only these scripts, known by their digests."""
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    allowed = " ".join(f"'sha256-{digest}'" for digest in hashes) or "'none'"
    return (
        f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src {allowed}; "
        "base-uri 'none'; form-action 'none'"
    )
