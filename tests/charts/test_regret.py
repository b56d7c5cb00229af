"""Pictures of scenarios: what is best, what is beyond a limit, what is left out; names stay text."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import polars as pl
import pytest

from tests.payloads import PAYLOADS
from workbench import charts
from workbench.charts.regret import MOST_CANDIDATES, MOST_SCENARIOS


def choices(usd: dict[str, list[float | None]], scenarios: list[str]) -> pl.DataFrame:
    """Regret of candidates; None is beyond the latency limit."""
    rows = [
        (scenario, name, 100.0 + (amounts[at] or 0.0), amounts[at], "" if amounts[at] is not None else "latency_p99_ms")
        for at, scenario in enumerate(scenarios)
        for name, amounts in usd.items()
    ]
    return pl.DataFrame(rows, ["scenario", "id", "usd_per_month", "regret_usd", "breaks"], orient="row")


def best(scenarios: list[str], candidate: str | None = "b01") -> pl.DataFrame:
    return pl.DataFrame(
        {
            "scenario": scenarios,
            "candidate": [candidate] * len(scenarios),
            "usd_per_month": [100.0 + at for at in range(len(scenarios))],
            "usd_serving_per_month": [40.0] * len(scenarios),
            "usd_training_per_month": [0.0] * len(scenarios),
            "usd_errors_per_month": [60.0 + at for at in range(len(scenarios))],
        },
        schema_overrides={"candidate": pl.String},
    )


def texts(svg: str) -> list[str]:
    return ["".join(node.itertext()) for node in ET.fromstring(svg).iter() if node.tag.endswith("}text")]  # noqa: S314 - our own drawing


def test_a_cell_says_what_it_costs_and_which_limit_it_breaks() -> None:
    frame = choices({"b01": [0.0, 12.5], "b02": [3.0, 0.0], "b03": [250.0, None]}, ["as stated", "launch"])
    figure = charts.regret(frame, ["b01", "b02", "b03"], "b01")
    shown = texts(figure.svg)
    assert shown.count("best") == 3, "two cells and the legend"
    assert {"$12.50", "$3.00", "$250.00", "latency", "as stated", "launch"} <= set(shown)
    assert figure.alt.startswith("b01 costs at most $12.50 more than the best")
    assert "b03 in as stated: $250.00" in figure.alt


def test_the_dearest_cell_is_the_fullest() -> None:
    frame = choices({"b01": [0.0, 1.0], "b02": [64.0, 400.0]}, ["as stated", "launch"])
    found = re.findall(r"strength: ([0-9.]+)", charts.regret(frame, ["b01", "b02"]).svg)
    strengths = sorted(float(value) for value in found)
    assert strengths[0] == 0.05
    assert strengths[-1] == 1
    assert len(strengths) == 4


def test_the_best_of_every_scenario_is_drawn_however_fragile() -> None:
    ids = [f"c{row:02}" for row in range(MOST_CANDIDATES + 5)]
    usd: dict[str, list[float | None]] = {name: [5.0, 5.0] for name in ids}
    usd |= {ids[0]: [1.0, 0.0], ids[-1]: [0.0, 90.0]}
    figure = charts.regret(choices(usd, ["as stated", "launch"]), ids)
    shown = texts(figure.svg)
    assert ids[-1] in shown
    assert sum(name in shown for name in ids) == MOST_CANDIDATES
    assert "5 more candidates are not shown." in figure.note


def test_scenarios_that_do_not_fit_or_say_nothing_are_counted() -> None:
    names = [f"s{at:02}" for at in range(MOST_SCENARIOS + 2)]
    amounts: list[float | None] = [0.0] * MOST_SCENARIOS + [0.0, None]
    figure = charts.regret(choices({"b01": amounts}, names), ["b01"])
    assert "2 scenarios are not shown." in figure.note
    assert names[-1] not in texts(figure.svg)


def test_no_regret_is_said_in_words() -> None:
    frame = choices({"b01": [None]}, ["as stated"])
    assert "no regret" in charts.regret(frame, ["b01"]).alt
    assert "No candidate keeps to the limits" in charts.scenario_costs(best(["as stated"], None), frame).alt


def test_costs_show_the_best_and_the_choice_for_all() -> None:
    names = ["as stated", "launch"]
    figure = charts.scenario_costs(best(names), choices({"b01": [0.0, 0.0], "b02": [3.0, 9.0]}, names), "b02")
    shown = texts(figure.svg)
    assert {"$100.00 b01", "$101.00 b01", "serving", "errors"} <= set(shown)
    assert "training" not in shown, "nothing is paid for it"
    assert figure.svg.count("tick: 1") == 2
    assert "Tick: b02 taken for all." in figure.note
    assert "launch: $101.00 a month" in figure.alt
    without = charts.scenario_costs(best(names), choices({"b01": [0.0, 0.0]}, names))
    assert "tick: 1" not in without.svg


@pytest.mark.parametrize("start", range(0, len(PAYLOADS), MOST_SCENARIOS))
def test_names_are_never_markup(start: int) -> None:
    names = list(PAYLOADS[start : start + MOST_SCENARIOS])
    frame = choices({name: [float(row + at) for at in range(len(names))] for row, name in enumerate(names)}, names)
    for figure in (
        charts.regret(frame, names, names[0]),
        charts.scenario_costs(best(names, names[0]), frame, names[1]),
    ):
        kinds = {node.tag.rpartition("}")[2] for node in ET.fromstring(figure.svg).iter()}  # noqa: S314 - our own drawing
        assert not kinds & {"script", "foreignObject", "a", "image", "iframe", "use", "style"}
        assert "<script" not in figure.html()


def test_names_wider_than_their_column_are_slanted() -> None:
    short, wide = ["as stated", "launch"], ["as stated", *(f"much dearer machines {at}" for at in range(5))]
    for names, slanted in ((short, False), (wide, True)):
        svg = charts.regret(choices({"b01": [float(at) for at in range(len(names))]}, names), ["b01"]).svg
        assert ("rotate(" in svg) is slanted
