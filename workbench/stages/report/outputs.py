"""Turns the outputs of cells into HTML in which nothing runs.

A widget of Workbench leaves inert JSON in the notebook (`WIDGET_MIME`). The page puts that JSON beside the picture and
table the widget left, and brings it to life with the script that comes with the installed package: the content
security policy admits that script by its digest and no other. Everything else is text, a picture, or HTML
that went through a sanitiser.
"""

from __future__ import annotations

import base64
import json
import re
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

import nh3

from workbench.stages.report.ansi import ansi_html

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

WIDGET_MIME = "application/vnd.workbench.widget+json"
_LIVE_VIEW = "application/vnd.jupyter.widget-view+json"
_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_WIDGET_NAME = re.compile(r"[a-z][a-z_]{0,40}")
_STYLES = {
    "background-color",
    "border",
    "border-collapse",
    "border-bottom",
    "border-top",
    "color",
    "font-family",
    "font-size",
    "font-style",
    "font-variant",
    "font-weight",
    "max-width",
    "min-width",
    "padding",
    "text-align",
    "vertical-align",
    "white-space",
    "width",
}
_EVERYWHERE = {"class", "title", "lang", "dir", "role", "scope", "style", "aria-label", "aria-hidden"}
_MORE_TAGS = {"figure", "figcaption", "details", "summary", "section", "header", "footer", "meter", "progress"}
_NO_MARKUP = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})


def output_html(output: Mapping[str, object]) -> str:
    """Render one output of a cell."""
    kind = output["output_type"]
    if kind == "stream":
        return f'<pre class="stream {escape(str(output["name"]))}">{ansi_html(str(output["text"]))}</pre>'
    if kind == "error":
        return f'<pre class="error">{traceback_html(output)}</pre>'
    data = output.get("data")
    return _display(data) if isinstance(data, dict) else ""


def traceback_html(output: Mapping[str, object]) -> str:
    """Render a traceback with its colours."""
    lines = output.get("traceback") or [f"{output.get('ename')}: {output.get('evalue')}"]
    return ansi_html("\n".join(map(str, lines))) if isinstance(lines, list) else ""


def sanitised(html: str) -> str:
    """Remove from HTML whatever could run, load, or cover the page."""
    return nh3.clean(
        html,
        tags=nh3.ALLOWED_TAGS | _MORE_TAGS,
        attributes=_attributes(),
        attribute_filter=_attribute,
        clean_content_tags={"script", "style", "template", "noscript"},
        filter_style_properties=_STYLES,
        url_schemes={"http", "https", "mailto", "data"},
        link_rel="noopener noreferrer nofollow",
    )


def widgets_in(outputs: Iterable[Mapping[str, object]]) -> list[str]:
    """List the names of Workbench's widgets among outputs, each once."""
    states = (_widget_state(output.get("data")) for output in outputs)
    return sorted({state["widget"] for state in states if state})


def widget_script(name: str) -> str:
    """Give the one module that draws a widget, put together from its parts in the order of their names."""
    return "\n".join(_parts(name, ".js"))


def widget_style(name: str) -> str:
    """Give the style of a widget."""
    return "\n".join(_parts(name, ".css"))


def asset(*path: str) -> str:
    """Read a script or style of the installed package; empty when there is none."""
    file = files("workbench").joinpath(*path)
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def _parts(name: str, suffix: str) -> list[str]:
    folder = files("workbench").joinpath("widgets", "scripts", name)
    parts = [part for part in folder.iterdir() if part.name.endswith(suffix)] if folder.is_dir() else []
    return [part.read_text(encoding="utf-8") for part in sorted(parts, key=lambda part: part.name)]


def _display(data: Mapping[str, object]) -> str:
    """Pick the richest format that can be shown."""
    html = str(data.get("text/html", ""))
    if state := _widget_state(data):
        inert = json.dumps(state["state"]).translate(_NO_MARKUP)
        return (
            f'<div class="workbench-widget" data-workbench-widget="{state["widget"]}">{sanitised(html)}'
            f'<script type="application/json">{inert}</script></div>'
        )
    if html:
        return f'<div class="html">{sanitised(html)}</div>'
    if _LIVE_VIEW in data:
        return ""  # a progress bar and its like: nothing without a kernel, and stale as text
    if "image/svg+xml" in data:
        picture = base64.b64encode(str(data["image/svg+xml"]).encode()).decode()
        return _picture("image/svg+xml", picture, data)
    for kind in _PICTURES:
        if kind in data:
            return _picture(kind, str(data[kind]), data)
    return _text(data)


def _text(data: Mapping[str, object]) -> str:
    for kind in ("text/markdown", "text/plain", "text/latex"):
        if kind in data:
            return f'<pre class="plain">{ansi_html(str(data[kind]))}</pre>'
    if "application/json" in data:
        return f'<pre class="plain">{escape(json.dumps(data["application/json"], indent=1))}</pre>'
    return f'<p class="unshown">Not shown: {escape(", ".join(sorted(data)))}</p>' if data else ""


def _picture(kind: str, base64_text: str, data: Mapping[str, object]) -> str:
    described = str(data.get("text/plain", "Picture"))
    return f'<img alt="{escape(described)}" src="data:{kind};base64,{escape("".join(base64_text.split()))}">'


def _widget_state(data: object) -> dict[str, str] | None:
    """Give a widget's inert data if the installed package has that widget."""
    state = data.get(WIDGET_MIME) if isinstance(data, dict) else None
    name = state.get("widget") if isinstance(state, dict) else None
    if not isinstance(name, str) or not _WIDGET_NAME.fullmatch(name) or not widget_script(name):
        return None
    return state if isinstance(state, dict) and isinstance(state.get("state"), dict) else None


def _attributes() -> dict[str, set[str]]:
    return {
        **{tag: set(names) for tag, names in nh3.ALLOWED_ATTRIBUTES.items()},
        "*": _EVERYWHERE,
        "img": {"src", "alt", "width", "height"},
        "meter": {"min", "max", "low", "high", "optimum", "value"},
        "progress": {"max", "value"},
        "details": {"open"},
    }


def _attribute(tag: str, name: str, value: str) -> str | None:
    """Let pictures come from the page itself only, and links lead out of it only."""
    inline = value.strip().lower().startswith("data:")
    if name == "src":
        return value if inline and value.strip().lower().startswith("data:image/") else None
    return None if inline and tag == "a" else value
