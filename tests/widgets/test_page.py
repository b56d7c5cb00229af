"""The explorer in a report: no kernel, no network, a strict policy, and everything alive."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import nbformat
import polars as pl
import pytest
from jinja2 import DictLoader
from nbconvert import HTMLExporter

from tests.widgets import cases
from workbench.stages.report.outputs import output_html
from workbench.stages.report.page import page_html
from workbench.widgets import MIME, Explorer
from workbench.widgets.page import MOST_DOTS, _pictured, picture_and_table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from tests.widgets.conftest import Watched

pytestmark = pytest.mark.browser
SLIM = """{%- extends 'lab/index.html.j2' -%}
{%- block html_head_js_requirejs -%}{%- endblock -%}
{%- block html_head_js_mathjax -%}{%- endblock -%}
{%- block html_head_js_mermaidjs -%}{%- endblock -%}
{% block jupyter_widgets %}{% endblock %}
"""


def output_of(explorer: Explorer) -> nbformat.NotebookNode:
    data, metadata = explorer._repr_mimebundle_()
    return nbformat.v4.new_output("execute_result", data, metadata=metadata, execution_count=1)


def by_nbconvert(explorer: Explorer) -> str:
    cell = nbformat.v4.new_code_cell("explorer", outputs=[output_of(explorer)])
    exporter = HTMLExporter(extra_loaders=[DictLoader({"slim.html.j2": SLIM})], template_file="slim.html.j2")
    return exporter.from_notebook_node(nbformat.v4.new_notebook(cells=[cell]))[0]


def by_the_runner(explorer: Explorer) -> str:
    output = output_of(explorer)
    return page_html("explore", "DONE", "<h1>explore</h1>", output_html(output), [output])


@pytest.fixture(params=[by_nbconvert, by_the_runner], ids=["nbconvert", "runner"])
def exported(request: pytest.FixtureRequest, watched: Watched, tmp_path: Path) -> Iterator[Watched]:
    file = tmp_path / "report.html"
    file.write_text(request.param(cases.explorer()), encoding="utf-8")
    watched.page.goto(file.as_uri())
    watched.page.wait_for_selector(".wb-explorer")
    yield watched
    assert watched.fetched == []
    assert watched.errors == []


def headline(page: Page) -> str:
    return page.locator(".wb-headline").inner_text()


def test_controls_move_the_recommendation_without_a_request(exported: Watched) -> None:
    page = exported.page
    before = headline(page)
    page.locator("input[name=latency_p99_ms][type=text]").fill("0.6")
    assert headline(page) != before
    assert "0.6 ms" in page.locator(".wb-reasons").inner_text()
    page.locator("input[name=no_latency_p99_ms]").check()
    relaxed = headline(page)
    assert relaxed == before
    slider = page.locator("input[name=requests_per_day][type=range]")
    slider.focus()
    slider.press("End")
    assert headline(page) != relaxed
    assert page.locator("input[name=requests_per_day][type=text]").input_value() == "1,000,000,000"


def test_applying_shows_text_that_is_valid_parameters(exported: Watched) -> None:
    page = exported.page
    page.locator("input[name=false_negative][type=text]").fill("0.02")
    page.get_by_role("button", name="Show text").click()
    text = page.locator(".wb-apply pre").inner_text()
    assert f"candidate: {headline(page).split()[0]}" in text or headline(page).split()[0] in text
    assert "false_negative: 0.02" in text
    assert "latency_p99_ms: 4" in text


def test_the_plot_is_read_by_keyboard_and_chosen_from(exported: Watched) -> None:
    page = exported.page
    canvas = page.locator("canvas")
    canvas.focus()
    canvas.press("ArrowRight")
    first = page.locator(".wb-readout b").inner_text()
    canvas.press("ArrowRight")
    assert page.locator(".wb-readout b").inner_text() != first
    canvas.press("Enter")
    assert page.locator(".wb-eyebrow").inner_text() == "Your choice"
    assert page.locator("tr.wb-own").count() == 1


def test_an_option_without_a_price_is_disabled_and_says_why(watched: Watched) -> None:
    explorer = Explorer(
        cases.candidates(cases.names(4)),
        cases.rates(cases.names(4)),
        cases.roles(),
        cases.cost(instance="azure/eastus/Standard_D2s_v5"),
        cases.decide(),
    )
    watched.page.set_content(explorer.html())
    disabled = watched.page.locator("select[name=purchase] option[disabled]")
    assert disabled.count() >= 1
    assert "unknown" in disabled.first.inner_text() or "no " in disabled.first.inner_text()


def test_without_scripts_picture_table_and_reason_remain(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(by_the_runner(cases.explorer()), encoding="utf-8")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(file.as_uri())
    assert page.locator(".workbench-widget img").bounding_box()["width"] > 300
    assert page.locator(".workbench-widget tbody tr").count() == 8
    assert "costs least" in page.locator(".workbench-widget").inner_text()
    context.close()


def test_a_picture_of_very_many_candidates_shows_the_choice_and_the_frontier() -> None:
    explorer = cases.explorer(cases.names(12))
    decision = explorer.decision()
    beaten = [decision.table.with_columns(id=pl.col("id") + f"/{i}", on_frontier=False) for i in range(600)]
    many = pl.concat([*beaten, decision.table])
    picture = _pictured(replace(decision, table=many))
    assert picture.height == MOST_DOTS
    assert set(decision.table.filter("on_frontier")["id"]) | {decision.candidate} <= set(picture["id"])
    assert picture_and_table(replace(decision, table=many), "").startswith("<p")


def test_the_bundle_carries_inert_data_and_plain_text() -> None:
    data, _ = cases.explorer()._repr_mimebundle_()
    assert data[MIME]["widget"] == "explorer"
    assert data["text/plain"].startswith("Explorer of 40 candidates; recommended: ")
    assert "application/vnd.jupyter.widget-view+json" in data


def test_every_native_control_keeps_jupyterlab_shortcuts_away(watched: Watched) -> None:
    watched.page.set_content(cases.explorer().html())
    controls = watched.page.locator(".wb-explorer :is(input, select, button, textarea, canvas)")
    assert controls.count() > 20
    marked = watched.page.locator(".wb-explorer [data-lm-suppress-shortcuts=true]")
    assert marked.count() == controls.count()
