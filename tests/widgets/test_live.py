"""The explorer in a real JupyterLab, driven by a real browser."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest
from ruamel.yaml import YAML

from tests.widgets.test_applying import PARAMS
from workbench.params.reading import read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]
REPOSITORY = Path(__file__).parents[2]
SOURCE = """\
from tests.widgets import cases
from workbench import widgets
explorer = cases.explorer()
explorer.on_apply(widgets.apply)
explorer"""
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
PATIENCE_MS = 60_000


class Lab:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.token = secrets.token_hex(16)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        home = root.parent / "home"
        home.mkdir()
        environment = os.environ | {
            "HOME": str(home),
            "PYTHONPATH": str(REPOSITORY),
            "JUPYTER_CONFIG_DIR": str(home / "config"),
            "JUPYTER_DATA_DIR": str(home / "data"),
            "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
            "IPYTHONDIR": str(home / "ipython"),
        }
        options = {
            "ServerApp.ip": "127.0.0.1",
            "ServerApp.port": self.port,
            "ServerApp.port_retries": 0,
            "ServerApp.open_browser": False,
            "ServerApp.allow_root": True,
            "ServerApp.root_dir": str(root),
            "IdentityProvider.token": self.token,
            "LabApp.news_url": "",
        }
        command = [sys.executable, "-m", "jupyterlab", *(f"--{name}={value}" for name, value in options.items())]
        log = (root.parent / "lab.log").open("w", encoding="utf-8")
        self.process = subprocess.Popen(
            command, cwd=root, env=environment, stdout=log, stderr=log, start_new_session=True
        )

    def url(self, path: str = "") -> str:
        return f"http://127.0.0.1:{self.port}/{path}?token={self.token}"

    def wait(self) -> None:
        end = time.monotonic() + 90
        while time.monotonic() < end:
            try:
                with urllib.request.urlopen(self.url("api/status"), timeout=5):  # noqa: S310 - our own server
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.3)
        pytest.fail((self.root.parent / "lab.log").read_text(encoding="utf-8"))

    def stop(self) -> None:
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)


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


def test_run_all_move_a_control_apply(page: Page, lab: Lab) -> None:
    page.wait_for_selector(".jp-Notebook .jp-CodeCell")
    page.get_by_text("| Idle").wait_for()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    page.wait_for_selector(".jp-OutputArea-output .wb-explorer canvas")
    before = headline(page)

    page.locator("input[name=latency_p99_ms][type=text]").fill("0.6")
    page.wait_for_function("before => document.querySelector('.wb-headline').innerText !== before", arg=before)
    moved = headline(page).split()[0]

    slider = page.locator("input[name=false_negative][type=range]")
    slider.focus()
    cells = page.locator(".jp-CodeCell").count()
    for key in ("ArrowRight", "ArrowRight", "b", "a", "d", "d"):
        slider.press(key)
    assert page.locator(".jp-CodeCell").count() == cells, "keys on a control must not reach the notebook"

    page.locator("textarea[name=why]").fill("The shop needs half a millisecond.")
    if shots := os.environ.get("WORKBENCH_SCREENSHOTS"):
        page.screenshot(path=f"{shots}/explorer-live.png")
    page.get_by_role("button", name="Apply").click()
    page.wait_for_function("document.querySelector('.wb-actions').innerText.includes('Wrote params.yaml')")

    text = (lab.root / "params.yaml").read_text(encoding="utf-8")
    assert "# promised to the shop" in text
    params = read(lab.root)
    assert params.decide.candidate == headline(page).split()[0] == moved
    assert params.decide.limits.latency_p99_ms == 0.6
    assert params.decide.threshold != "auto"
    (file,) = (lab.root / "decisions").iterdir()
    record = YAML(typ="safe").load(file.read_text(encoding="utf-8"))
    assert record["why"] == "The shop needs half a millisecond.\n"
    assert record["candidate"] == moved


def test_an_untrusted_notebook_shows_picture_and_table(page: Page, lab: Lab) -> None:
    """A notebook that someone else ran: JupyterLab sanitises it until it is trusted."""
    from tests.widgets import cases  # noqa: PLC0415 - as above
    from tests.widgets.test_page import output_of  # noqa: PLC0415 - builds an explorer, which only this test needs

    cell = nbformat.v4.new_code_cell(SOURCE, outputs=[output_of(cases.explorer())], execution_count=1)
    foreign = nbformat.v4.new_notebook(cells=[cell], metadata={"kernelspec": KERNEL})
    (lab.root / "foreign.ipynb").write_text(json.dumps(foreign), encoding="utf-8")
    page.goto(lab.url("lab/tree/foreign.ipynb"))
    page.wait_for_selector(".jp-OutputArea-output table tbody tr")
    assert page.locator(".jp-OutputArea-output table tbody tr").count() == 8
    picture = page.locator(".jp-OutputArea-output img").first
    assert picture.evaluate("image => image.naturalWidth") > 300
    assert page.locator(".wb-explorer").count() == 0
