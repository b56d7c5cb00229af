"""The explorer in a real JupyterLab, driven by a real browser."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import nbformat
import pytest
from ruamel.yaml import YAML

from tests.widgets.interactions import Hand
from tests.widgets.lab import Lab
from tests.widgets.test_accessibility import faults, keep
from tests.widgets.test_applying import PARAMS
from workbench.params.reading import read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SOURCE = """\
from tests.widgets import cases
from workbench import widgets
explorer = cases.explorer()
explorer.on_apply(widgets.apply)
explorer"""
TRIES = 10
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
PATIENCE_MS = 60_000
EXPLORER = ".jp-OutputArea-output .wb-explorer canvas"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    root = tmp_path_factory.mktemp("lab") / "project"
    root.mkdir()
    (root / "params.yaml").write_text(PARAMS, encoding="utf-8")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(SOURCE)], metadata={"kernelspec": KERNEL})
    nbformat.write(notebook, root / "explore.ipynb")
    running = Lab(root)
    try:
        running.wait()
        yield running
    finally:
        running.stop()


@pytest.fixture
def page(browser: Browser, lab: Lab) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1500, "height": 1300})
    context.route("**/*", lambda route: route.continue_() if "127.0.0.1" in route.request.url else route.abort())
    opened = context.new_page()
    opened.set_default_timeout(PATIENCE_MS)
    opened.goto(lab.url("lab/tree/explore.ipynb"))
    yield opened
    context.close()


def headline(page: Page) -> str:
    return page.locator(".wb-headline").inner_text()


def run_all(page: Page) -> None:
    page.wait_for_selector(".jp-Notebook .jp-CodeCell")
    page.get_by_text("| Idle").wait_for()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    page.wait_for_selector(EXPLORER)


def reloaded(page: Page) -> None:
    page.get_by_role("menuitem", name="File", exact=True).click()
    page.get_by_text("Save Notebook", exact=True).click()
    page.wait_for_timeout(1500)
    page.reload()
    page.wait_for_selector(EXPLORER)


def test_sixty_interactions_apply_undo_reload_and_restore(page: Page, lab: Lab) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    run_all(page)
    page.set_default_timeout(10_000)
    cells = page.locator(".jp-CodeCell").count()
    hand = Hand(page)
    steps = [*hand.steps(), *apply_steps(hand, lab)]
    assert len(steps) >= 60
    for words, step in steps:
        try:
            step()
        except Exception as error:
            raise AssertionError(f"{words}: {error}") from error
    assert page.locator(".jp-CodeCell").count() == cells, "keys on a control must not reach the notebook"
    keep(page, "live-light")
    assert faults(page) == []
    assert [error for error in errors if not_of_jupyterlab(error)] == []

    moved, chosen = hand.number("requests_per_day"), headline(page)
    page.set_default_timeout(PATIENCE_MS)
    lab.wear("JupyterLab Dark")
    reloaded(page)
    page.wait_for_function("document.body.dataset.jpThemeLight === 'false'")
    assert (hand.number("requests_per_day"), headline(page)) == (moved, chosen)
    page.wait_for_timeout(500)
    assert faults(page) == []
    keep(page, "live-dark")
    hand.field("requests_per_day").fill("7000")
    page.set_viewport_size({"width": 620, "height": 1200})
    page.wait_for_timeout(300)
    keep(page, "live-narrow-dark")
    lab.wear("JupyterLab Light")


def not_of_jupyterlab(error: str) -> bool:
    """Sort out what JupyterLab says of itself on a closed network: what it could not fetch."""
    return not any(words in error for words in ("ERR_FAILED", "Failed to load resource", "net::"))


def apply_steps(hand: Hand, lab: Lab) -> Iterator[tuple[str, object]]:
    page = hand.page
    panel = hand.find(".wb-apply")
    before = (lab.root / "params.yaml").read_text(encoding="utf-8")
    done = len(list((lab.root / "decisions").glob("*.yaml"))) if (lab.root / "decisions").exists() else 0

    def diff() -> None:
        panel.get_by_role("button", name="Apply").click()
        panel.get_by_role("button", name="Write it").wait_for()
        assert "+++ params.yaml, applied" in panel.locator("pre").inner_text()
        assert panel.locator(".wb-added").count() >= 2

    def cancelled() -> None:
        panel.get_by_role("button", name="Cancel").click()
        assert "Nothing was written" in panel.inner_text()
        assert (lab.root / "params.yaml").read_text(encoding="utf-8") == before

    def moved_on() -> None:
        panel.get_by_role("button", name="Apply").click()
        panel.get_by_role("button", name="Write it").wait_for()
        hand.slider("false_negative").press("ArrowRight")
        assert panel.get_by_role("button", name="Write it").is_hidden()

    def written() -> None:
        panel.locator("textarea[name=why]").fill("It pays.")
        panel.locator("input[name=who]").fill("Ada")
        panel.get_by_role("button", name="Apply").press("Enter")
        panel.get_by_role("button", name="Write it").press("Enter")
        panel.get_by_text("Wrote params.yaml").wait_for()
        assert read(lab.root).decide.candidate == headline(page).split()[0]
        files = sorted((lab.root / "decisions").glob("*.yaml"))
        assert len(files) == done + 1
        record = YAML(typ="safe").load(files[-1].read_text(encoding="utf-8"))
        assert (record["who"], record["because"].strip()) == ("Ada", "It pays.")

    def undone() -> None:
        value = hand.number("false_negative")
        hand.find("button[name=undo]").click()
        assert hand.number("false_negative") != value

    for step in (diff, cancelled, moved_on, written, undone):
        yield f"apply: {step.__name__}", step


def test_python_moves_the_view_and_the_mouse_moves_python(page: Page, lab: Lab) -> None:
    run_all(page)
    page.locator("input[name=requests_per_day][type=text]").fill("123456")
    seen = page.locator(".jp-OutputArea-output", has_text="python saw 123456")
    for _ in range(TRIES):  # what is typed reaches the kernel a moment later, and never while it runs a cell
        cell(page, "print('python saw', explorer.requests_per_day, explorer.candidate)")
        page.wait_for_timeout(500)
        if seen.count():
            break
    seen.first.wait_for()
    before = headline(page)
    cell(page, "explorer.latency_p99_ms = 0.6")
    page.wait_for_function("before => document.querySelector('.wb-headline').innerText !== before", arg=before)
    assert page.locator("input[name=latency_p99_ms][type=text]").input_value() == "0.6"
    cell(page, "explorer.undo()")
    page.wait_for_function("before => document.querySelector('.wb-headline').innerText === before", arg=before)


def cell(page: Page, source: str) -> None:
    """Write a cell above the explorer and run it."""
    page.locator(".jp-CodeCell").first.locator(".cm-content").click()
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    page.keyboard.insert_text(source)
    page.keyboard.press("Control+Enter")
    page.get_by_text("| Idle").wait_for()


def test_an_untrusted_notebook_shows_picture_and_table(page: Page, lab: Lab) -> None:
    """A notebook that someone else ran: JupyterLab sanitises it until it is trusted."""
    from tests.widgets import cases  # noqa: PLC0415 - as above
    from tests.widgets.test_page import output_of  # noqa: PLC0415 - builds an explorer, which only this test needs

    cell = nbformat.v4.new_code_cell(SOURCE, outputs=[output_of(cases.explorer())], execution_count=1)
    foreign = nbformat.v4.new_notebook(cells=[cell], metadata={"kernelspec": KERNEL})
    (lab.root / "foreign.ipynb").write_text(json.dumps(foreign), encoding="utf-8")
    page.goto(lab.url("lab/workspaces/foreign/tree/foreign.ipynb"))
    shown = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
    shown.locator(".jp-OutputArea-output table tbody tr").first.wait_for()
    assert shown.locator(".jp-OutputArea-output table tbody tr").count() == 8
    picture = shown.locator(".jp-OutputArea-output img").first
    assert picture.evaluate("image => image.naturalWidth") > 300
    assert shown.locator(".wb-explorer").count() == 0
