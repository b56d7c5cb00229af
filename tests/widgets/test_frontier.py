"""The frontier on the screen as a whole: its share and its knee are those of workbench.decide, and stand in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.widgets import cases
from tests.widgets.test_arithmetic import random_settings
from workbench.decide.fronts import front
from workbench.widgets.page import script
from workbench.widgets.state import inert_json

if TYPE_CHECKING:
    from tests.widgets.conftest import Watched

pytestmark = pytest.mark.browser
QUANTITY = {
    "errors": "usd_errors_per_month",
    "serving": "usd_serving_per_month",
    "training": "usd_training_per_month",
    "memory": "peak_rss_bytes",
    "bytes": "size_bytes",
    "quality": "average_precision",
}


@pytest.mark.parametrize("count", [4, 40, 400])
def test_share_and_knee_are_those_of_python(watched: Watched, count: int) -> None:
    explorer = cases.explorer(cases.names(count), seed=count)
    rng = np.random.default_rng(count)
    pairs = [rng.choice(list(QUANTITY), 2, replace=False).tolist() for _ in range(40)]
    settings = [random_settings(rng, explorer) for _ in pairs]
    watched.page.set_content(
        f'<script id="state" type="application/json">{inert_json(explorer.saved())}</script>'
        f'<script type="module">{script()}\nwindow.lab = {{ Month, restored, quantitiesOf, frontierOf }};</script>'
    )
    watched.page.wait_for_function("window.lab")
    seen = watched.page.evaluate(
        """(all) => {
          const state = lab.restored(JSON.parse(document.getElementById("state").textContent));
          const quantities = lab.quantitiesOf(state);
          return all.map(([settings, names]) => {
            const rows = new lab.Month(state, settings).ranked();
            const { edge, knee, share } = lab.frontierOf(rows, ...names.map((name) => quantities[name]));
            return [[...edge].map(({ id }) => id).sort(), knee?.id ?? null, share];
          });
        }""",
        [[chosen, [QUANTITY[name] for name in pair]] for chosen, pair in zip(settings, pairs, strict=True)],
    )
    knees = set()
    for chosen, pair, (edge, knee, share) in zip(settings, pairs, seen, strict=True):
        cost, decide = explorer._params(chosen)
        some = explorer._recommended(cost, decide) or explorer.table["id"][0]
        table = explorer._decided(cost, decide.model_copy(update={"candidate": some})).table
        expected = front(table, "average_precision", pair)
        names = np.array(expected.ids)
        assert edge == sorted(names[expected.on_front].tolist()), (pair, chosen)
        assert knee == expected.knee_id, (pair, chosen)
        assert share == pytest.approx(expected.volume.share, rel=1e-9, abs=1e-12), (pair, chosen)
        knees.add(knee)
    assert len(knees) > 2 or count == 4, "some frontiers must have knees"


def test_the_frontier_is_said_in_words_for_whoever_does_not_see_it(watched: Watched) -> None:
    watched.page.set_content(cases.explorer().html())
    page = watched.page
    words = page.locator(".wb-front")
    before = words.inner_text()
    assert "on the frontier of" in before
    assert "% of the box" in before
    knee = before.rpartition(" is ")[2].removesuffix(".")
    page.locator("canvas").focus()
    for _ in range(40):
        page.locator("canvas").press("ArrowRight")
        if page.locator(".wb-readout b").inner_text() == knee:
            break
    assert "the knee of the frontier plotted" in page.locator(".wb-readout").inner_text()
    page.locator("select[name=up]").select_option("size_bytes")
    assert "and size of the model" in words.inner_text()
    page.locator("input[name=latency_p99_ms][type=text]").fill("0.0001")
    assert words.inner_text() == ""
