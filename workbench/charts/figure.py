"""A drawn chart: one SVG with a title and a description in words."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from workbench.charts import theme

if TYPE_CHECKING:
    from collections.abc import Collection

    import altair as alt


@dataclass(frozen=True)
class Figure:
    """A picture that shows in JupyterLab, in untrusted notebooks and in exported HTML.

    The HTML holds the SVG as an image: a picture cannot run a script, and JupyterLab shows it before the notebook
    is trusted, which it does not do for a bare SVG.

    Attributes:
        svg: The drawing.
        title: One line; what is shown.
        alt: What the picture says, for those who do not see it.
        note: Small print below: units, basis, what was left out.
    """

    svg: str
    title: str
    alt: str
    note: str = ""

    def html(self) -> str:
        """Give the figure as an HTML fragment without style or script."""
        data = base64.b64encode(self.svg.encode()).decode()
        width = re.search(r'\bwidth="(\d+)', self.svg)
        size = f' width="{width.group(1)}"' if width else ""
        note = f'<p class="workbench-note">{escape(self.note)}</p>' if self.note else ""
        return (
            f'<figure class="workbench-figure"><figcaption><strong>{escape(self.title)}</strong></figcaption>'
            f'<img alt="{escape(self.alt)}"{size} src="data:image/svg+xml;base64,{data}">{note}</figure>'
        )

    def _repr_mimebundle_(
        self,
        include: Collection[str] | None = None,  # noqa: ARG002 - part of IPython's protocol
        exclude: Collection[str] | None = None,  # noqa: ARG002 - part of IPython's protocol
    ) -> dict[str, str]:
        return {"text/html": self.html(), "image/svg+xml": self.svg, "text/plain": f"{self.title}: {self.alt}"}


def draw(
    chart: alt.Chart | alt.LayerChart | alt.FacetChart | alt.HConcatChart, title: str, alt_text: str, note: str = ""
) -> Figure:
    """Render an Altair chart; no browser and no network takes part.

    Args:
        chart: What to draw.
        title: One line above it.
        alt_text: The message of the picture in words.
        note: Small print below it.
    """
    import vl_convert  # noqa: PLC0415 - starts a JavaScript engine; only charts should pay

    svg = vl_convert.vegalite_to_svg(json.dumps(theme.with_room(theme.themed(chart))))
    return Figure(_described(theme.without_room(svg), title), title, alt_text, note)


def empty(title: str, message: str) -> Figure:
    """Give a figure that says in words why there is nothing to draw."""
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{theme.WIDTH}" height="48" role="img">'
        f'<text x="4" y="30" font-family="{escape(theme.FONT)}" font-size="13" fill="{theme.INK}">'
        f"{escape(message)}</text></svg>"
    )
    return Figure(_described(svg, title), title, message)


def _described(svg: str, title: str) -> str:
    end_of_tag = svg.index(">") + 1
    return f"{svg[:end_of_tag]}<title>{escape(title)}</title>{svg[end_of_tag:]}"
