"""Names that try to run a script must stay names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.payloads import PAYLOADS
from tests.widgets import cases
from workbench.stages.report.outputs import sanitised
from workbench.widgets import Explorer
from workbench.widgets.page import script
from workbench.widgets.state import inert_json

if TYPE_CHECKING:
    from tests.widgets.conftest import Watched

pytestmark = pytest.mark.browser


def hostile_explorer() -> Explorer:
    ids = list(PAYLOADS)
    return Explorer(
        cases.candidates(ids),
        cases.rates(ids),
        cases.roles(target=PAYLOADS[0], classes=(PAYLOADS[1], PAYLOADS[2])),
        cases.cost(),
        cases.decide(None),
        baseline=PAYLOADS[5],
    )


def nothing_ran(watched: Watched) -> bool:
    watched.page.wait_for_timeout(300)
    return watched.page.evaluate("window.__xss") is None and not watched.dialogs and not watched.fetched


def test_there_are_200_different_payloads() -> None:
    assert len(set(PAYLOADS)) == 200


def test_the_first_payload_would_run_where_it_is_not_escaped(watched: Watched) -> None:
    watched.page.set_content(f"<p>{PAYLOADS[0]}</p>")
    assert not nothing_ran(watched)


def test_payloads_as_candidates_and_classes_run_nowhere(watched: Watched) -> None:
    explorer = hostile_explorer()
    watched.page.set_content(f"<!doctype html><body>{explorer.html()}")
    page = watched.page
    assert page.locator(".wb-explorer").count() == 1
    assert nothing_ran(watched)
    shown = page.locator(".wb-explorer tbody th").all_inner_texts()
    assert len(shown) >= 8
    for button in page.locator(".wb-explorer tbody button:not([disabled])").all()[:6]:
        button.click()
    canvas = page.locator("canvas")
    canvas.focus()
    for _ in range(200):
        canvas.press("ArrowRight")
    page.get_by_role("button", name="Copy text").click()
    assert page.locator(".wb-explorer script, .wb-explorer img, .wb-explorer iframe, .wb-explorer svg").count() == 0
    assert nothing_ran(watched)


def test_the_picture_and_table_run_nothing_sanitised_or_not(watched: Watched) -> None:
    plain = hostile_explorer()._plain()
    for html in (plain, sanitised(plain)):
        watched.page.set_content(f"<!doctype html><body>{html}")
        assert watched.page.locator("table tbody tr").count() == 8
        assert nothing_ran(watched)


def test_a_hostile_state_runs_nothing(watched: Watched) -> None:
    """Whoever forges the inert data can lie with it, but not run anything."""
    state = cases.explorer(cases.names(6)).saved()
    state["metric"], state["task"] = PAYLOADS[0], "binary"
    state["signs"] = {PAYLOADS[0]: 1, PAYLOADS[7]: -1}
    forged = {"label": PAYLOADS[3], "reason": PAYLOADS[4], "basis": PAYLOADS[1]}
    machines = [
        {**machine, "purchases": [option | forged for option in machine["purchases"]]} for machine in state["machines"]
    ]
    state["machines"] = [*machines, {**machines[0], "instance": PAYLOADS[2]}]
    state["settings"] = {**state["settings"], "candidate": PAYLOADS[6], "pins": [PAYLOADS[8], 3]}
    watched.page.set_content(
        '<!doctype html><body><div data-workbench-widget="explorer">'
        f'<script type="application/json">{inert_json(state)}</script></div>'
        f'<script type="module">{script()}\nmountAll(document);</script>'
    )
    assert watched.page.locator(".wb-basis").inner_text() == PAYLOADS[1]
    assert nothing_ran(watched)


def test_data_that_make_no_sense_leave_the_picture_and_the_other_widgets(watched: Watched) -> None:
    good = cases.explorer(cases.names(6)).html()
    bad = '<div data-workbench-widget="explorer"><p>picture</p><script type="application/json">{}</script></div>'
    watched.page.set_content(f"<!doctype html><body>{bad}{good}")
    assert watched.page.get_by_text("picture", exact=True).is_visible()
    assert watched.page.locator(".wb-explorer").count() == 1
    assert not watched.errors


@pytest.mark.parametrize("payload", PAYLOADS[::20])
def test_inert_json_never_ends_its_element(payload: str) -> None:
    text = inert_json({payload: payload})
    assert text.isascii()
    assert not set("<>&") & set(text)
