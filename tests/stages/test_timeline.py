"""The picture of a run in its report shows each cell at its time, as high as what it used."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench import artifacts
from workbench.artifacts import CellUse
from workbench.stages.report.spending import cells_table
from workbench.stages.report.timeline import timeline_svg

MIB = 2**20


def run(*cells: CellUse, wall_seconds: float = 0.0) -> artifacts.RunRecord:
    return replace(artifacts.new_run("train"), cells=cells, wall_seconds=wall_seconds)


def bars(svg: str, kind: str) -> list[dict[str, float]]:
    found = ET.fromstring(svg).findall(f".//rect[@class='{kind}']")  # noqa: S314 - written by ourselves
    return [{name: float(bar.attrib[name]) for name in ("x", "y", "width", "height")} for bar in found]


def test_bars_lie_at_their_time_and_are_as_high_as_what_was_used() -> None:
    svg = timeline_svg(run(CellUse(1, 0.0, 4.0, 2.0, 100 * MIB), CellUse(2, 4.0, 4.0, 8.0, 400 * MIB), wall_seconds=16))
    first, second = bars(svg, "busy")
    assert second["x"] - first["x"] == pytest.approx(first["width"], abs=0.02)
    assert first["width"] == second["width"] == pytest.approx((880 - 92 - 8) / 4, abs=0.02)
    assert second["height"] == pytest.approx(4 * first["height"], rel=0.01), "2 threads beside a half"
    small, large = bars(svg, "held")
    assert large["height"] == pytest.approx(4 * small["height"], rel=0.01)
    assert "to 2.0" in svg
    assert "to 400 MiB" in svg
    assert "16.0 s" in svg
    assert "cell 2 kept most threads busy, 2.0" in svg


def test_the_picture_stands_above_the_table_and_loads_nothing() -> None:
    html = cells_table(run(CellUse(1, 0.0, 1.0, 1.0, MIB)))
    assert html.index("<svg") < html.index("<table")
    assert "http" not in html
    assert "<script" not in html


def test_without_cells_or_time_there_is_none() -> None:
    assert timeline_svg(run(wall_seconds=5.0)) == ""
    assert timeline_svg(run(CellUse(1, 0.0, 0.0, 0.0, 0))) == ""


USES = st.lists(st.tuples(*[st.floats(0, 1e6)] * 3, st.integers(0, 2**50)), min_size=1, max_size=9)


@given(USES)
def test_law_every_bar_stays_inside_the_picture(uses: list[tuple[float, float, float, int]]) -> None:
    svg = timeline_svg(run(*(CellUse(number, *use) for number, use in enumerate(uses, start=1))))
    if not svg:
        return
    height = float(ET.fromstring(svg).attrib["viewBox"].split()[3])  # noqa: S314 - written by ourselves
    for bar in bars(svg, "busy") + bars(svg, "held"):
        assert bar["x"] >= 92 - 0.01
        assert bar["x"] + bar["width"] <= 880
        assert bar["y"] >= 0
        assert bar["y"] + bar["height"] <= height
