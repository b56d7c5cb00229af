from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import nbformat
import pytest
from nbformat.sign import NotebookNotary

from tests.stages.conftest import Project, cell, commit
from tests.stages.payloads import PAYLOADS
from workbench.artifacts import new_run
from workbench.errors import StageFailedError
from workbench.stages.outcome import Outcome
from workbench.stages.report.header import header_html
from workbench.stages.report.outputs import output_html, sanitised
from workbench.stages.report.spending import energy, expected

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

SHOW = """\
from IPython.display import HTML, Latex, Markdown, display
payloads = {payloads}
for payload in payloads:
    picture = '<svg xmlns="http://www.w3.org/2000/svg">' + payload + '</svg>'
    stranger = {{'widget': payload, 'state': payload}}
    widget = {{'widget': 'explorer', 'state': {{'x': payload}}}}
    display(HTML('<table><tr><td title="' + payload + '">' + payload + '</td></tr></table>'))
    display(Markdown('# ' + payload))
    display({{'image/svg+xml': picture, 'text/plain': payload}}, raw=True)
    display({{'application/javascript': 'window.ran = 1', 'text/plain': payload}}, raw=True)
    display({{'application/vnd.workbench.widget+json': stranger, 'text/html': payload}}, raw=True)
    display({{'application/vnd.workbench.widget+json': widget, 'text/html': payload}}, raw=True)
    display({{'image/png': payload, 'text/plain': payload}}, raw=True)
    display(Latex(payload))
    print(payload)
"""


class Tags(HTMLParser):
    """Collects tags with their attributes, as a browser would see them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def hostile(project: Project) -> str:
    """Run a stage that shows every payload in every way a notebook can show text, and give its page."""
    project.params(output=20_000_000, extra="train:\n  notebook: {x: " + json.dumps(PAYLOADS[:20]) + "}\n")
    project.write(
        "train",
        *(cell(payload, kind="markdown") for payload in PAYLOADS[:40]),
        SHOW.format(payloads=json.dumps(PAYLOADS)),
        commit("train"),
        "raise ValueError(payloads[0] + payloads[1])",
    )
    with pytest.raises(StageFailedError):
        project.run("train")
    return project.report("train")


def test_nothing_that_a_notebook_shows_can_run_or_load(project: Project) -> None:
    page = hostile(project)
    for tag, attributes in Tags(page).tags:
        assert tag not in {
            "iframe",
            "object",
            "embed",
            "link",
            "base",
            "form",
            "math",
            "frame",
            "audio",
            "video",
        }
        assert not [name for name in attributes if name.startswith("on") or name in {"srcdoc", "srcset", "formaction"}]
        assert tag != "script" or attributes.get("type") in {"application/json", "module"}
        assert tag != "img" or (attributes.get("src") or "data:image/").startswith("data:image/")
        assert not re.match(r"\s*(javascript|vbscript|data):", (attributes.get("href") or "#").lower())
        assert "url(" not in (attributes.get("style") or "")
        assert "position" not in (attributes.get("style") or "")
    assert [told.get("class") for tag, told in Tags(page).tags if tag == "svg"] == ["timeline"], "the page's own alone"
    assert page.count('<script type="module">') == page.count("mountAll(document);\n</script>") <= 1


@pytest.fixture
def browser_page() -> Iterator[Page]:
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser.new_page(offline=True)
        browser.close()


@pytest.mark.browser
def test_two_hundred_hostile_texts_run_nothing_in_a_browser(project: Project, browser_page: Page) -> None:
    assert len(set(PAYLOADS)) >= 200
    hostile(project)
    requests: list[str] = []
    dialogs: list[str] = []
    browser_page.on("request", lambda request: requests.append(request.url))
    browser_page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    file = project.root / "reports" / "train.html"
    browser_page.goto(file.as_uri())
    browser_page.wait_for_timeout(500)
    for link in browser_page.query_selector_all("details > summary"):
        link.click()
    assert browser_page.evaluate("window.ran === undefined && window.xss === undefined")
    assert browser_page.title() == "train: FAILED"
    assert dialogs == []
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []


@pytest.mark.browser
def test_the_end_of_a_run_is_on_the_first_screen(project: Project, browser_page: Page, tmp_path: Path) -> None:
    project.write("a", "table = {'x': [1, 2]}\ntable", "def f(x):\n    return 1 / x\nf(0)", commit("a"))
    with pytest.raises(StageFailedError):
        project.run("a")
    browser_page.set_viewport_size({"width": 1200, "height": 800})
    browser_page.goto((project.root / "reports" / "a.html").as_uri())
    for text in ("FAILED", "Cell 2", "ZeroDivisionError: division by zero"):
        box = browser_page.get_by_text(text).first.bounding_box()
        assert box is not None, text
        assert box["y"] + box["height"] <= 800, text
    assert browser_page.evaluate("getComputedStyle(document.querySelector('.status')).color") == "rgb(198, 40, 40)"
    browser_page.emulate_media(color_scheme="dark")
    assert browser_page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 28)"
    assert not browser_page.locator("#cell-1 .highlight").is_visible()
    browser_page.locator("#cell-1 summary").click()
    assert browser_page.locator("#cell-1 .highlight").is_visible()


def test_the_page_names_what_the_run_started_from_and_used(project: Project) -> None:
    (project.root / "dvc.yaml").write_text("stages:\n  train: {cmd: x, deps: [in.txt]}\n")
    (project.root / "in.txt").write_text("x")
    project.write("train", commit("train"))
    record = project.run("train", "train.seed=7")
    page = project.report("train")
    for text in (record.run, record.dependencies["in.txt"], "not in git", "CPU-s", "MiB", "USD", "m7i.large", ">DONE<"):
        assert text in page, text
    rows = re.findall(r"<tr><td><code>(.*?)</code></td><td><code>(.*?)</code></td><td>(.*?)</td></tr>", page)
    assert ("train.seed", "7", "--set") in rows
    assert ("run.deadline_seconds", "60.0", "params.yaml:5") in rows
    assert ("train.workers", "1", "default") in rows


def test_the_page_shows_what_each_cell_used_and_when_it_ran(project: Project) -> None:
    project.write("a", "import time\nx = bytearray(b'1') * 150_000_000\ntime.sleep(0.4)", "del x", commit("a"))
    record = project.run("a")
    assert [use.cell for use in record.cells] == [1, 2, 3]
    first, second, _ = record.cells
    assert first.wall_seconds >= 0.4 > second.wall_seconds
    assert first.peak_rss_bytes >= 150_000_000
    assert second.started_seconds >= first.started_seconds + first.wall_seconds - 0.01
    assert sum(use.cpu_seconds for use in record.cells) < record.cpu_seconds
    page = project.report("a")
    for number in (1, 2, 3):
        assert f'<tr><td><a href="#cell-{number}">{number}</a></td>' in page
        assert f'id="cell-{number}"' in page
    bars = re.findall(r'class="when"><span style="margin-left:([\d.]+)%;width:([\d.]+)%">', page)
    assert len(bars) == 3
    assert all(float(left) + float(width) <= 100.01 for left, width in bars)
    for words in ("Cells: 3, the longest is cell 1", "Mean memory", "Energy", record.energy_basis or "?", "thread"):
        assert words in page, words


def test_a_forecast_stands_beside_what_became_of_it() -> None:
    record = replace(new_run("train"), wall_seconds=58.2, peak_rss_bytes=700 * 2**20, usd=0.002)
    forecast = {"wall_seconds": 62.0, "wall_seconds_low": 51.0, "wall_seconds_high": 75.0, "usd": 0.0021}
    facts = dict(expected(replace(record, forecast=forecast | {"peak_rss_bytes": 650.0 * 2**20})))
    assert facts == {
        "Forecast of time": "forecast 62 s (51 to 75), took 58 s",
        "Forecast of memory": "forecast 650 MiB, peaked at 700 MiB",
        "Forecast of cost": "forecast 0.002100 USD, cost 0.002000 USD",
    }
    assert dict(expected(record)) == {}
    unpriced = dict(expected(replace(record, forecast=forecast, usd=None)))
    assert unpriced["Forecast of cost"].endswith("its price is not known")


def test_energy_is_shown_with_its_basis_and_nothing_is_said_where_nothing_is_known() -> None:
    record = replace(new_run("train"), energy_joules=7200.0, energy_basis="<i>guess</i>")
    assert list(energy(record)) == [("Energy", "2.00 Wh (<i>guess</i>)")]
    assert "&lt;i&gt;guess" in header_html(record, Outcome("DONE"))
    assert "<i>guess" not in header_html(record, Outcome("DONE"))
    assert list(energy(replace(record, energy_joules=None))) == []


def test_a_price_that_nobody_knows_is_not_zero(project: Project) -> None:
    project.params(extra="cost: {instance: no/such/machine}\n")
    project.write("a", commit("a"))
    assert project.run("a").usd is None
    assert "no known price of no/such/machine" in project.report("a")


def test_the_executed_notebook_is_valid_trusted_and_begins_with_the_head(project: Project) -> None:
    project.write("a", cell("# Title", kind="markdown"), "1 + 1", commit("a"))
    project.run("a")
    executed = nbformat.read(project.root / "reports" / "a.ipynb", as_version=4)
    nbformat.validate(executed)
    assert executed.cells[0].source.startswith("**a: DONE**")
    assert executed.cells[2].outputs[0].data["text/plain"] == "2"
    assert NotebookNotary().check_signature(executed)


def test_values_of_the_environment_are_never_written(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_PSEUDONYM_KEY", "a-secret-of-the-shell")
    project.write("a", commit("a"))
    project.run("a")
    written = [path for path in project.root.rglob("*") if path.is_file()]
    assert not [path for path in written if b"a-secret-of-the-shell" in path.read_bytes()]


def test_a_widget_of_the_package_is_mounted_from_inert_data() -> None:
    state = {"widget": "explorer", "version": 1, "state": {"id": "</script><script>alert(1)</script>"}}
    html = output_html(
        {
            "output_type": "display_data",
            "data": {"application/vnd.workbench.widget+json": state, "text/html": "<b>x</b><script>alert(2)</script>"},
        }
    )
    assert html.startswith('<div class="workbench-widget" data-workbench-widget="explorer"><b>x</b><script type="app')
    assert html.count("<script") == html.count("</script>") == 1
    assert json.loads(html.split('json">')[1].split("</script>")[0]) == state["state"]


def test_tables_keep_their_shape_when_sanitised() -> None:
    table = (
        '<div><style>.x{position:fixed}</style><table border="1" class="dataframe"><thead><tr><th scope="col">a</th>'
        '</tr></thead><tbody><tr><td style="color:red;position:fixed">1</td></tr></tbody></table></div>'
    )
    assert sanitised(table) == (
        '<div><table class="dataframe"><thead><tr><th scope="col">a</th></tr></thead>'
        '<tbody><tr><td style="color:red">1</td></tr></tbody></table></div>'
    )
