"""One look for every chart: colours that tell apart for everyone, ink that reads on white and on black.

The ground is transparent and the ink a middle grey (contrast 4.4 : 1 on white, 4.3 : 1 on JupyterLab's dark
ground), so that one picture serves both themes.
"""

from __future__ import annotations

import re
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import altair as alt

INK: Final = "#747b86"
QUIET: Final = "#9aa1ab"
GRID: Final = "#8b929c"
BLUE: Final = "#2b7bba"
ORANGE: Final = "#d9660f"
GREEN: Final = "#159a72"
PURPLE: Final = "#a06bc0"
GOLD: Final = "#c69214"
SKY: Final = "#45a5d8"
SERIES: Final = (BLUE, ORANGE, GREEN, PURPLE, GOLD, SKY)
FONT: Final = "'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', sans-serif"
WIDTH: Final = 640
WIDER_FONT: Final = 1.2
"""Room for words beside what Helvetica takes: DejaVu Sans, where none of these fonts is installed, is so much wider."""
SPLITS: Final = {"train": BLUE, "validation": ORANGE, "test": GREEN}


def altair() -> ModuleType:
    """Import altair when a chart is first drawn.

    Its import pulls in jsonschema, whose optional check of international addresses builds a grammar for 0.8 s
    of CPU; charts hold no such address, so the check is left out unless something else loaded it before.
    """
    name = "rfc3987_syntax"
    blocked = name not in sys.modules and "jsonschema" not in sys.modules
    if blocked:
        sys.modules[name] = ModuleType(name)
    try:
        import altair as alt  # noqa: PLC0415 - a quarter of a second that only charts should pay
    finally:
        if blocked:
            del sys.modules[name]
    return alt


def themed(chart: alt.Chart | alt.LayerChart | alt.FacetChart | alt.HConcatChart) -> dict[str, object]:
    """Give the Vega-Lite specification of a chart in the common look."""
    look = {
        "background": None,
        "font": FONT,
        "padding": {"left": 4, "right": 18, "top": 4, "bottom": 4},
        "autosize": {"type": "pad"},
        "view": {"stroke": None},
        "axis": {
            "domain": False,
            "ticks": False,
            "labelColor": INK,
            "labelFontSize": 11,
            "labelPadding": 6,
            "labelLimit": 320,
            "titleColor": INK,
            "titleFontSize": 11.5,
            "titleFontWeight": "normal",
            "titlePadding": 10,
            "gridColor": GRID,
            "gridOpacity": 0.22,
            "gridWidth": 1,
        },
        "axisBand": {"grid": False, "labelFontSize": 12},
        "axisX": {"labelFlush": False},
        "legend": {
            "labelColor": INK,
            "titleColor": INK,
            "labelFontSize": 11,
            "orient": "top",
            "title": None,
        },
        "header": {"labelColor": INK, "titleColor": INK, "labelFontSize": 12, "labelFontWeight": "bold"},
        "text": {"color": INK, "font": FONT, "fontSize": 11.5},
        "bar": {"cornerRadiusEnd": 2},
        "range": {"category": list(SERIES)},
    }
    specification: dict[str, object] = chart.to_dict()
    specification["config"] = look
    return specification


def with_room(specification: object) -> object:
    """Give a specification whose words are laid out as if they were larger, for fonts that are wider."""
    if isinstance(specification, dict):
        return {
            key: value * WIDER_FONT if key.lower().endswith("fontsize") else with_room(value)
            for key, value in specification.items()
        }
    return [with_room(one) for one in specification] if isinstance(specification, list) else specification


def without_room(svg: str) -> str:
    """Give words that were laid out `with_room` their own size back."""
    return re.sub(r'font-size="([\d.]+)px"', lambda found: f'font-size="{float(found[1]) / WIDER_FONT:.4g}px"', svg)
