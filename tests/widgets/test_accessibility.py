"""What axe-core finds, light, dark, narrow and printed; the pictures are kept to be looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.widgets import cases
from tests.widgets.lab import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
SHOTS = REPOSITORY / ".workbench" / "screenshots"
SERIOUS = {"serious", "critical"}


def faults(page: Page, within: str = ".wb-explorer") -> list[str]:
    """Name what axe-core calls serious or critical."""
    found = Axe().run(page, context=within).response["violations"]
    return [
        f"{fault['id']}: {node['html'][:160]} {node['failureSummary'][:300]}"
        for fault in found
        if fault["impact"] in SERIOUS
        for node in fault["nodes"]
    ]


def keep(page: Page, name: str) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png", full_page=True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1240, 380], ids=["wide", "narrow"])
def test_no_serious_fault(browser: Browser, tmp_path: Path, scheme: str, width: int) -> None:
    explorer = cases.explorer()
    explorer.pin("b03@400", "b01@120")
    explorer.threshold = 0.3
    explorer.move(colour="latency_p99_ms", size="size_bytes")
    file = tmp_path / "report.html"
    file.write_text(
        '<!doctype html><html lang="en"><meta charset=utf-8><title>x</title>'
        '<meta name="color-scheme" content="light dark"><body>'
        f"<main>{explorer.html()}</main>",
        encoding="utf-8",
    )
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    page.goto(file.as_uri())
    page.wait_for_selector(".wb-explorer canvas")
    page.locator("button.wb-primary").first.click()
    page.locator(".wb-rectangle summary").click()
    keep(page, f"report-{scheme}-{width}")
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if width == 1240:
        page.emulate_media(media="print")
        page.set_viewport_size({"width": 720, "height": 1000})
        page.wait_for_timeout(100)
        keep(page, f"report-printed-from-{scheme}")
        assert page.locator(".wb-explorer form").is_hidden()
        assert page.locator(".wb-explorer table").first.is_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 720
        page.pdf(path=SHOTS / f"report-printed-from-{scheme}.pdf")
    context.close()


def test_axe_sees_a_fault_where_there_is_one(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content('<main class="wb-explorer"><input type="text"></main>')
    assert any("label" in fault for fault in faults(page))
    page.close()
