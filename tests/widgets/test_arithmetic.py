"""The script in the browser and the rooms cost and decide must name the same candidate, threshold and dollars."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from tests.widgets import cases
from workbench.errors import DecisionError
from workbench.widgets.page import script
from workbench.widgets.state import inert_json

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.widgets.conftest import Watched
    from workbench.model import Task
    from workbench.widgets import Explorer

pytestmark = pytest.mark.browser
SETTINGS_PER_CASE = 40
SETTINGS_OF_THE_SOAK = 1000
COMPARED = (
    "usd_training_per_month",
    "usd_serving_per_month",
    "usd_errors_per_month",
    "usd_per_month",
    "usd_per_million_rows",
)


def random_settings(rng: np.random.Generator, explorer: Explorer) -> dict[str, object]:
    def spread(low: float, high: float) -> float:
        return float(np.exp(rng.uniform(np.log(low), np.log(high))))

    def price() -> float:
        return float(rng.choice([0.0, spread(1e-4, 100.0)], p=[0.15, 0.85]))

    machine = explorer.state["machines"][rng.integers(len(explorer.state["machines"]))]
    known = [option["name"] for option in machine["purchases"] if option["known"]]
    return {
        "instance": machine["instance"],
        "peak_rss_bytes": None if rng.uniform() < 0.5 else int(spread(1.9e8, 2.3e8)),
        "requests_per_day": float(rng.choice([0.0, round(spread(1, 1e9)), spread(1, 1e9)])),
        "rows_per_request": int(rng.choice([1, 1, 7, 100, 5000])),
        "false_positive": price(),
        "false_negative": price(),
        "misclassified": price(),
        "absolute_error": price(),
        "latency_p99_ms": None if rng.uniform() < 0.3 else spread(0.2, 200.0),
        "purchase": str(rng.choice(known)),
        "retrains_per_month": float(rng.choice([0.0, 4.0, spread(0.1, 1000)])),
    }


def in_browser(page: Page, explorer: Explorer, settings: list[dict[str, object]]) -> list[dict[str, object]]:
    page.set_content(
        f'<script id="state" type="application/json">{inert_json(explorer.saved())}</script>'
        f'<script type="module">{script()}\nwindow.lab = {{ Month, restored, atThreshold, sharesAt, bindingLimits }};'
        "</script>"
    )
    page.wait_for_function("window.lab")
    return page.evaluate(
        """(all) => {
          const state = lab.restored(JSON.parse(document.getElementById("state").textContent));
          return all.map((settings) => {
            const month = new lab.Month(state, settings);
            const rows = month.ranked();
            const best = month.best()?.id ?? null;
            if ((rows.find(({ within }) => within)?.id ?? null) !== best) throw new Error("two bests");
            return {
              best,
              rows: Object.fromEntries(rows.map((row) => [row.id, [
                row.training, row.serving, row.y, row.total, row.million, row.threshold, row.within, row.onFrontier,
                row.storage, row.egress]])),
            };
          });
        }""",
        settings,
    )


def in_python(explorer: Explorer, settings: dict[str, object]) -> tuple[str | None, pl.DataFrame]:
    cost, decide = explorer._params(settings)
    best = explorer._recommended(cost, decide)
    some = best or explorer.table["id"][0]
    return best, explorer._decided(cost, decide.model_copy(update={"candidate": some})).table


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_browser_and_python_agree(watched: Watched, task: Task) -> None:
    agree(watched, task, SETTINGS_PER_CASE)


@pytest.mark.soak
@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_browser_and_python_agree_on_a_thousand_settings(watched: Watched, task: Task) -> None:
    agree(watched, task, SETTINGS_OF_THE_SOAK)


def agree(watched: Watched, task: Task, count: int) -> None:
    explorer = cases.explorer(cases.names(30), task, seed=4)
    rng = np.random.default_rng(11)
    settings = [random_settings(rng, explorer) for _ in range(count)]
    assert len({given["instance"] for given in settings}) > 5
    assert len({given["purchase"] for given in settings}) >= 4
    bests = set()
    for given, seen in zip(settings, in_browser(watched.page, explorer, settings), strict=True):
        best, table = in_python(explorer, given)
        bests.add(best)
        rows = seen["rows"]
        ids = table["id"].to_list()
        for place, name in enumerate(COMPARED):
            assert [rows[i][place] for i in ids] == pytest.approx(table[name].to_list(), rel=1e-12, abs=1e-15), (
                name,
                given,
            )
        assert [rows[i][5] for i in ids] == table["threshold"].to_list(), given
        assert [rows[i][6] for i in ids] == table["within_limits"].to_list(), given
        assert [rows[i][7] for i in ids] == table["on_frontier"].to_list(), given
        assert seen["best"] == best, given
    assert len(bests) >= 3, "the settings must lead to different candidates for the comparison to mean something"
    assert not watched.errors


def test_a_limit_is_said_to_bind_where_another_would_be_chosen_without(watched: Watched) -> None:
    explorer = cases.explorer(cases.names(30), "binary", seed=4)
    rng = np.random.default_rng(12)
    settings = [random_settings(rng, explorer) | {"latency_p99_ms": float(rng.uniform(1, 40))} for _ in range(40)]
    in_browser(watched.page, explorer, settings)
    said = watched.page.evaluate(
        """(all) => {
          const state = lab.restored(JSON.parse(document.getElementById("state").textContent));
          return all.map((given) => {
            const month = new lab.Month(state, given);
            return lab.bindingLimits(month.ranked(), month.best(), given, state);
          });
        }""",
        settings,
    )
    seen = set()
    for given, words in zip(settings, said, strict=True):
        best = explorer._recommended(*explorer._params(given))
        free = explorer._recommended(*explorer._params(given | {"latency_p99_ms": None, "peak_rss_bytes": None}))
        seen.add(best == free)
        assert (words or "").startswith("No limit binds") == (best == free), given
        assert best == free or f"without it {free} would be chosen" in words, given
    assert seen == {True, False}


def test_a_choice_by_hand_is_drawn_where_nothing_keeps_to_the_limits(watched: Watched) -> None:
    explorer = cases.explorer(cases.names(12), "binary", seed=4)
    explorer.move(candidate=cases.names(12)[3], threshold=0.3, latency_p99_ms=1e-6)
    watched.page.set_content(f"<!doctype html><body>{explorer.html()}")
    headline = watched.page.locator(".wb-explorer")
    headline.wait_for()
    assert "Your choice" in headline.inner_text()
    assert not watched.errors


@pytest.mark.parametrize("seed", range(3))
def test_browser_and_python_agree_on_every_term_of_a_month(watched: Watched, seed: int) -> None:
    """Batches, machines for the latency limit, a floor of machines, storage and tiers of egress."""
    rng = np.random.default_rng(seed)
    terms = {
        "serving": {
            "min_machines": seed,
            "max_batch": [1, 8, 64][seed],
            "batch_wait_ms": [0.0, 0.5, 3.0][seed],
            "peak_factor": [1.0, 1.5, 4.0][seed],
            "bytes_per_response": [0.0, 300.0, 1e5][seed],
        },
        "storage": [{}, {"tier": "s3-standard"}, {"tier": "s3-glacier-instant", "data_gb": 700, "keep_months": 1}][
            seed
        ],
    }
    explorer = cases.explorer(cases.names(12), "binary", seed, terms)
    settings = [random_settings(rng, explorer) for _ in range(SETTINGS_PER_CASE)]
    vast = {"requests_per_day": 1e9, "rows_per_request": 5000, "latency_p99_ms": 1000.0, "purchase": "on_demand"}
    settings.append(settings[0] | vast)
    names = (*COMPARED[:4], "usd_storage_per_month", "usd_egress_per_month")
    parts = {name: [] for name in names}
    for given, seen in zip(settings, in_browser(watched.page, explorer, settings), strict=True):
        best, table = in_python(explorer, given)
        assert seen["best"] == best, given
        for place, name in zip((0, 1, 2, 3, 8, 9), names, strict=True):
            shown = [seen["rows"][i][place] for i in table["id"].to_list()]
            assert shown == pytest.approx(table[name].to_list(), rel=1e-12, abs=1e-15), (name, given)
            parts[name] += shown
        assert [seen["rows"][i][6] for i in table["id"].to_list()] == table["within_limits"].to_list(), given
    assert (max(parts["usd_storage_per_month"]) > 0) == (seed > 0)
    assert (max(parts["usd_egress_per_month"]) > 0) == (seed > 0)


def test_no_candidate_within_limits_is_no_recommendation(watched: Watched) -> None:
    explorer = cases.explorer(cases.names(8))
    settings = {**explorer.settings, "latency_p99_ms": 1e-6}
    assert in_browser(watched.page, explorer, [settings])[0]["best"] is None
    with pytest.raises(DecisionError):
        explorer._decided(*explorer._params(settings))


def test_the_own_threshold_and_its_confusion_matrix_agree(watched: Watched) -> None:
    explorer = cases.explorer(cases.names(6), seed=2)
    rng = np.random.default_rng(3)
    settings = random_settings(rng, explorer) | {"false_positive": 0.3, "false_negative": 2.0, "latency_p99_ms": None}
    in_browser(watched.page, explorer, [settings])
    cuts = [0.0, 1.0, *explorer.table["cuts"][1][10:12], *rng.uniform(size=40).tolist()]
    cost, decide = explorer._params(settings)
    name = explorer.table["id"][1]
    seen = watched.page.evaluate(
        """([settings, name, cuts]) => {
          const state = lab.restored(JSON.parse(document.getElementById("state").textContent));
          const row = new lab.Month(state, settings).ranked().find(({ id }) => id === name);
          return cuts.map((cut) => {
            const own = lab.atThreshold(row, cut);
            return [own.y, own.total, lab.sharesAt(own)];
          });
        }""",
        [settings, name, cuts],
    )
    rates = cases.rates(cases.names(6), 2).filter(id=name, split="validation")
    positive = 1 - rates["false_positives_per_row"][0]
    for cut, (errors, total, shares) in zip(cuts, seen, strict=True):
        decided = explorer._decided(cost, decide.model_copy(update={"candidate": name, "threshold": cut}))
        row = decided.table.row(by_predicate=pl.col("id") == name, named=True)
        assert errors == pytest.approx(row["usd_errors_per_month"], rel=1e-12)
        assert total == pytest.approx(row["usd_per_month"], rel=1e-12)
        assert shares["alarms"] == pytest.approx(
            np.interp(cut, rates["threshold"], rates["false_positives_per_row"]), rel=1e-12, abs=1e-15
        )
        assert shares["hits"] + shares["misses"] == pytest.approx(positive)
        assert sum(shares.values()) == pytest.approx(1)
