"""Saved explorers: older ones restore, newer ones say why they do not; and how large a report is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from tests.widgets import cases
from tests.widgets.test_page import by_the_runner
from workbench.evaluate import error_rates
from workbench.widgets import Explorer
from workbench.widgets.page import script
from workbench.widgets.settings import QUANTITIES, VERSION, settings_of
from workbench.widgets.state import inert_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from playwright.sync_api import Page

    from tests.widgets.conftest import Watched

pytestmark = pytest.mark.browser
MOST_BYTES = 1_000_000
ROWS = 30_000


def mount(page: Page, state: Mapping[str, object]) -> None:
    page.set_content(
        '<!doctype html><body><div data-workbench-widget="explorer"><p>the picture</p>'
        f'<script type="application/json">{inert_json(state)}</script></div>'
        f'<script type="module">{script()}\nmountAll(document); window.lab = {{ QUANTITIES, NO_CHOICE, VERSION }};'
        "</script>"
    )
    page.wait_for_function("window.lab")


def steps(counts: np.ndarray) -> list[int]:
    return [int(counts[0]), *(-np.diff(counts)).tolist()]


def apart(explorer: Explorer, *, counted: bool) -> list[dict[str, object]]:
    """Give the candidates as the first two versions wrote them: each by itself, the second with counts in JSON."""
    table, rows = explorer.table, cases.ROWS
    rates = cases.rates(table["id"]).filter(split="validation")
    listed = []
    for place, name in enumerate(table["id"]):
        own = rates.filter(id=name)
        alarms, misses = (
            np.rint(own[f"false_{kind}_per_row"].to_numpy() * rows).astype(int) for kind in ("positives", "negatives")
        )
        counts = {"rows": rows, "positives": int(misses.max()), "alarms": steps(alarms)}
        plain = {kind: own[f"{kind}_per_row"].to_list() for kind in ("false_positives", "false_negatives")}
        listed.append(
            {"id": name, "kind": "single"}
            | {figure: values[place] for figure, values in table["figures"].items()}
            | {"metrics": {split: {m: v[place] for m, v in own.items()} for split, own in table["metrics"].items()}}
            | {
                "rates": {"threshold": own["threshold"].to_list()}
                | (
                    counts | {"found": steps(int(misses.max()) - misses)}
                    if counted
                    else plain | {"misclassified": own["misclassified_per_row"].to_list()}
                )
            }
        )
    return listed


def second_version(explorer: Explorer) -> dict[str, object]:
    """Give the state as the second version wrote it."""
    settings = {**explorer.settings, "version": 2}
    return {**explorer.state, "version": 2, "settings": settings, "candidates": apart(explorer, counted=True)}


def first_version(explorer: Explorer) -> dict[str, object]:
    """Give the state as the first version wrote it."""
    state = {**explorer.state, "candidates": apart(explorer, counted=False)}
    own = next(machine for machine in state["machines"] if machine["instance"] == "aws/us-east-1/m7i.large")
    later = {"version", "machines", "signs", "price_uncertainty"}
    settings = {name: state["settings"][name] for name in ("requests_per_day", "rows_per_request", "purchase")}
    errors = dict.fromkeys(("misclassified", "absolute_error"), 0.0)
    return {name: value for name, value in state.items() if name not in later} | {
        "instance": own["instance"],
        "vcpus": own["vcpus"],
        "purchases": own["purchases"],
        "basis": {option["name"]: option["basis"] for option in own["purchases"]},
        "settings": settings
        | errors
        | {"false_positive": 0.002, "false_negative": 0.01, "latency_p99_ms": 4.0, "retrains_per_month": 4},
        "limits": state["limits"] | {"peak_rss_bytes": None},
    }


def test_a_report_of_the_first_version_restores(watched: Watched) -> None:
    explorer = cases.explorer()
    mount(watched.page, first_version(explorer))
    assert watched.page.locator(".wb-headline").inner_text().split()[0] == explorer.candidate
    assert watched.page.locator("select[name=instance] option").count() == 1
    assert not watched.errors


def test_a_report_of_the_second_version_restores(watched: Watched) -> None:
    explorer = cases.explorer()
    explorer.pin("b03@400", "b01@120")
    mount(watched.page, explorer.saved())
    now = watched.page.locator(".wb-explorer").inner_text()
    mount(watched.page, second_version(explorer))
    assert watched.page.locator(".wb-explorer").inner_text() == now
    assert not watched.errors


def test_a_report_of_a_later_version_keeps_its_picture_and_says_why(watched: Watched) -> None:
    mount(watched.page, {**cases.explorer().saved(), "version": VERSION + 1})
    assert watched.page.get_by_text("the picture").is_visible()
    assert "newer version" in watched.page.get_by_role("alert").inner_text()
    assert watched.page.locator(".wb-explorer").count() == 0


def test_python_and_the_page_know_the_same_settings_and_quantities(watched: Watched) -> None:
    explorer = cases.explorer()
    mount(watched.page, explorer.saved())
    names, unset, version = watched.page.evaluate("[Object.keys(lab.QUANTITIES), lab.NO_CHOICE, lab.VERSION]")
    assert tuple(names) == QUANTITIES
    assert version == VERSION
    settings = settings_of(cases.cost(), cases.decide())
    assert {name: settings[name] for name in unset} == unset


def test_settings_that_were_saved_come_back_in_a_report(watched: Watched) -> None:
    explorer = cases.explorer()
    explorer.move(candidate="b01@120", across="size_bytes", pins=["baseline"])
    explorer.threshold = 0.4
    watched.page.set_content(explorer.html())
    assert watched.page.locator(".wb-headline").inner_text().startswith("b01@120")
    assert watched.page.locator("select[name=across]").input_value() == "size_bytes"
    assert watched.page.locator("input[name=threshold][type=text]").input_value() == "0.4"
    assert "baseline" in watched.page.locator(".wb-pinned").inner_text()


def many(count: int) -> Explorer:
    """Make an explorer with rates measured on as many rows as a project has."""
    ids, rng = cases.names(count), np.random.default_rng(1)
    labels = (rng.uniform(size=ROWS) < 0.2).astype(float)
    noise = rng.normal(size=ROWS)
    tables = [
        error_rates("binary", labels, 1 / (1 + np.exp(1.6 - noise - labels * rng.uniform(0.8, 2)))).select(
            pl.lit(name).alias("id"), pl.lit("validation").alias("split"), pl.all()
        )
        for name in ids
    ]
    return Explorer(cases.candidates(ids), pl.concat(tables), cases.roles(), cases.cost(), cases.decide())


def test_a_report_of_200_candidates_is_one_small_file(watched: Watched) -> None:
    explorer = many(200)
    report = by_the_runner(explorer)
    assert len(report.encode()) < MOST_BYTES
    watched.page.set_content(report)
    assert watched.page.locator(".wb-explorer canvas").count() == 1
    assert min(map(len, explorer.table["cuts"])) > 55, "candidates of the size that evaluate leaves"


def test_a_late_echo_does_not_undo_a_change_that_is_not_yet_told(watched: Watched) -> None:
    """The kernel repeats what it was told; by then the hand may have moved on."""
    watched.page.set_content(
        f'<script id="state" type="application/json">{inert_json(cases.explorer().saved())}</script><div></div>'
        f'<script type="module">{script()}\nwindow.lab = {{ Explorer }};</script>'
    )
    watched.page.wait_for_function("window.lab")
    seen = watched.page.evaluate(
        """async () => {
          const { table, counts, ...state } = JSON.parse(document.getElementById("state").textContent);
          const bytes = Uint8Array.from(`..${atob(counts)}`, (letter) => letter.charCodeAt(0));
          const values = { state, table, counts: new DataView(bytes.buffer, 2), settings: {} };
          const heard = {};
          const saved = [];
          const model = {
            get: (name) => values[name], on: (event, call) => { heard[event] = call; }, off() {}, send() {},
            set: (name, value) => { values[name] = value; heard["change:settings"]?.(); },
            save_changes: () => saved.push(values.settings.requests_per_day),
          };
          const explorer = new lab.Explorer(model, document.querySelector("div"));
          const wait = (ms) => new Promise((done) => setTimeout(done, ms));
          explorer.set({ requests_per_day: 10 });
          await wait(300);
          const told = { ...values.settings };
          explorer.set({ requests_per_day: 20 });
          model.set("settings", told);
          const kept = explorer.settings.requests_per_day;
          await wait(300);
          model.set("settings", { ...values.settings, requests_per_day: 30, step: 9 });
          values.state = { ...values.state, decided: { candidate: explorer.rows[2].id } };
          heard["change:state"]();
          const marked = explorer.table.body.textContent.includes("in params.yaml");
          return [kept, saved, explorer.settings.requests_per_day, explorer.rows.length, marked];
        }"""
    )
    assert seen == [20, [10, 20], 30, 40, True]
