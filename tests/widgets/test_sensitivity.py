"""The tornado in the browser and `workbench.decide.sensitivity` must give the same sides, flips and order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.widgets import cases
from tests.widgets.test_arithmetic import random_settings
from workbench.decide.sensitivity import ground, sensitivity
from workbench.widgets.page import script
from workbench.widgets.state import inert_json

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.widgets.conftest import Watched
    from workbench.decide.sensitivity import Sensitivity
    from workbench.model import Task
    from workbench.widgets import Explorer

pytestmark = pytest.mark.browser
INSTANCE = "aws/us-east-1/m7i.large"


def in_browser(page: Page, explorer: Explorer, settings: list[dict[str, object]]) -> list[dict[str, object] | None]:
    page.set_content(
        f'<script id="state" type="application/json">{inert_json(explorer.saved())}</script>'
        f'<script type="module">{script()}\nwindow.lab = {{ sensitivity, restored, Month, breakEven }};</script>'
    )
    page.wait_for_function("window.lab")
    return page.evaluate(
        """(all) => {
          const state = lab.restored(JSON.parse(document.getElementById("state").textContent));
          return all.map((settings) => lab.sensitivity(state, settings));
        }""",
        settings,
    )


def in_python(explorer: Explorer, settings: dict[str, object]) -> Sensitivity | None:
    cost, decide = explorer._params(settings)
    on = ground(explorer._frame, explorer._rates, cost, decide, explorer._prices, explorer._task)
    return sensitivity(on)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
@pytest.mark.parametrize("off", [0.0, 0.3])
def test_browser_and_python_agree(watched: Watched, task: Task, off: float) -> None:
    explorer = cases.explorer(cases.names(20), task, 3, {"price_uncertainty": off})
    rng = np.random.default_rng(5)
    settings = [random_settings(rng, explorer) for _ in range(12)]
    flipped = 0
    for given, seen in zip(settings, in_browser(watched.page, explorer, settings), strict=True):
        expected = in_python(explorer, given)
        if expected is None:
            assert seen is None
            continue
        assert seen is not None
        assert seen["candidate"] == expected.candidate
        assert seen["usd"] == pytest.approx(expected.usd_per_month, rel=1e-12)
        assert [bar["name"] for bar in seen["bars"]] == [bar.assumption.key.split(".")[-1] for bar in expected.bars]
        for shown, bar in zip(seen["bars"], expected.bars, strict=True):
            assert (shown["low"] is None) == (bar.low is None), given
            assert tuple(shown["flips"]) == bar.flips_to, given
            assert shown["swing"] == pytest.approx(bar.swing_usd, rel=1e-9, abs=1e-9)
            flipped += bool(bar.flips_to)
            for side, twin in ((shown["low"], bar.low), (shown["high"], bar.high)):
                if twin is not None:
                    assert (side["value"], side["within"]) == (twin.value, twin.kept_within_limits), given
                    assert side["usd"] == pytest.approx(twin.kept_usd_per_month, rel=1e-12)
                    assert side["choice"] == twin.choice
    assert flipped >= 3, "some assumption must turn the choice for the comparison to mean something"


@pytest.mark.parametrize("name", ["requests_per_day", "false_positive", "false_negative", "retrains_per_month"])
def test_at_a_break_even_the_two_change_places(watched: Watched, name: str) -> None:
    explorer = cases.explorer(cases.names(20), seed=6)
    rng = np.random.default_rng(9)
    settings = [
        random_settings(rng, explorer)
        | {"false_positive": 2e-6, "false_negative": 1e-5, "misclassified": 0, "latency_p99_ms": None}
        | {"requests_per_day": float(10 ** rng.uniform(2, 6)), "rows_per_request": 1, "instance": INSTANCE}
        | {"purchase": "serverless", "retrains_per_month": float(10 ** rng.uniform(0, 3))}
        for _ in range(40)
    ]
    in_browser(watched.page, explorer, settings[:1])
    found = watched.page.evaluate(
        """([all, name]) => {
          const state = lab.restored(JSON.parse(document.getElementById("state").textContent));
          return all.map((settings, i) => {
            const rows = new lab.Month(state, settings).ranked();
            const [first, second] = [rows[0], rows[1 + (i % (rows.length - 1))]];
            return [first.id, second.id, lab.breakEven(state, settings, first, second, name)];
          });
        }""",
        [settings, name],
    )
    seen = 0
    for given, (first, second, value) in zip(settings, found, strict=True):
        if value is None:
            continue
        seen += 1
        gaps = []
        for factor in (1 - 1e-6, 1 + 1e-6):
            cost, decide = explorer._params({**given, name: value * factor})
            table = explorer._decided(cost, decide.model_copy(update={"candidate": first})).table
            usd = dict(zip(table["id"], table["usd_per_month"], strict=True))
            gaps.append(usd[first] - usd[second])
        assert (gaps[0] > 0) != (gaps[1] > 0) or min(map(abs, gaps)) < 1e-9 * usd[first], (given, name, value)
    assert seen >= 3, "some pairs must have a break-even for the check to mean something"
