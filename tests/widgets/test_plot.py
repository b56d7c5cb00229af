"""What the canvas shows: each candidate where it belongs, in its colour, whatever the density of the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.widgets import cases
from workbench.widgets.page import script, style
from workbench.widgets.state import inert_json

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
SEEN = """() => {
  const { plot, view } = explorer;
  const ratio = devicePixelRatio;
  const c = plot.canvas.getContext("2d");
  const [pale, faint, blue] = ["pale", "faint", "blue"].map((name) => {
    c.fillStyle = plot.colours[name];
    return c.fillStyle;
  });
  const at = (x, y) => [...c.getImageData(Math.floor(x * ratio), Math.floor(y * ratio), 1, 1).data];
  const hex = (pixel) => `#${pixel.slice(0, 3).map((part) => part.toString(16).padStart(2, "0")).join("")}`;
  const apart = (i, k) => Math.hypot(plot.xs[k] - plot.xs[i], plot.ys[k] - plot.ys[i]) > 30;
  const alone = (i) => view.visible.every((_, k) => k === i || apart(i, k));
  const seen = { pale: [], ring: [], edge: [] };
  view.visible.forEach((row, i) => {
    if (!alone(i) || row === view.chosen || row === view.knee) return;
    const [x, y] = [plot.xs[i], plot.ys[i]];
    if (!row.within) seen.ring.push([at(x, y)[3], at(x + 4, y)[3], at(x + 9, y)[3], faint]);
    else if (view.edge.has(row)) seen.edge.push([hex(at(x, y)), blue]);
    else seen.pale.push([hex(at(x, y)), pale]);
  });
  return seen;
}"""


@pytest.mark.parametrize("density", [1, 2])
def test_every_candidate_is_drawn_in_its_place(browser: Browser, density: int) -> None:
    context = browser.new_context(viewport={"width": 1240, "height": 1000}, device_scale_factor=density)
    page = context.new_page()
    page.set_content(
        f"<!doctype html><style>{style()}</style><div></div>"
        f'<script id="state" type="application/json">{inert_json(cases.explorer().saved())}</script>'
        f'<script type="module">{script()}\n'
        'const state = JSON.parse(document.getElementById("state").textContent);'
        "const model = { get: (name) => ({ state, settings: {} })[name], set() {}, save_changes() {} };"
        'window.explorer = new Explorer(model, document.querySelector("div"));</script>'
    )
    page.wait_for_function("window.explorer?.plot.xs")
    seen = page.evaluate(SEEN)
    assert len(seen["pale"]) >= 3
    assert len(seen["edge"]) >= 2
    assert len(seen["ring"]) >= 3
    assert all(found == colour for found, colour in [*seen["pale"], *seen["edge"]])
    assert all(line > 100 > max(middle, beside) for middle, line, beside, _ in seen["ring"])
    context.close()
