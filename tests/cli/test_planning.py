"""`workbench plan` as a shell sees it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.cli.test_contract import PARAMS, read_json, workbench
from workbench import artifacts
from workbench.cost.metering.host import machine

if TYPE_CHECKING:
    from pathlib import Path

FORECAST = {"wall_seconds": 11.0, "wall_seconds_low": 9.0, "wall_seconds_high": 12.0}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of two stages, of which one has run."""
    (tmp_path / "params.yaml").write_text(PARAMS, encoding="utf-8")
    (tmp_path / "a.csv").write_text("x,y\n1,2\n", encoding="utf-8")
    (tmp_path / "notebooks").mkdir()
    for stage in ("ingest", "evaluate"):
        (tmp_path / "notebooks" / f"{stage}.ipynb").write_text("{}", encoding="utf-8")
    used = {"wall_seconds": 10.0, "cpu_seconds": 12.0, "peak_rss_bytes": 10**9, "machine": machine()}
    for forecast in ({}, FORECAST):
        run = replace(artifacts.new_run("evaluate"), status="DONE", forecast=forecast, **used)
        artifacts.write_run(run, tmp_path)
    return tmp_path


def test_a_plan_has_its_shape(project: Path) -> None:
    tree = read_json(project, "plan", "--no-probe")
    assert isinstance(tree["machine"], str)
    ingest, evaluate = tree["stages"]
    assert [ingest["stage"], evaluate["stage"]] == ["ingest", "evaluate"]
    assert evaluate["wall_seconds"] == 10.0
    assert evaluate["peak_rss_bytes"] == 10**9
    assert evaluate["usd"] == pytest.approx(10 / 3600 * tree["usd_per_hour"])
    for name in ("wall_seconds", "peak_rss_bytes", "usd", "kg_co2e"):
        low, high = evaluate["interval"][name]
        assert 0 < low < evaluate[name] < high
    assert "2 runs" in evaluate["basis"]
    assert "machines" not in tree


def test_unknown_is_null_and_says_why(project: Path) -> None:
    ingest = read_json(project, "plan", "ingest", "--no-probe")["stages"][0]
    assert ingest["wall_seconds"] is None
    assert ingest["usd"] is None
    assert ingest["interval"] == dict.fromkeys(("wall_seconds", "cpu_seconds", "peak_rss_bytes", "usd", "kg_co2e"))
    assert "never ran" in ingest["basis"]
    assert "8 bytes" in ingest["basis"]
    assert "—" in workbench(project, "plan", "--no-probe").stdout


def test_every_machine_is_priced(project: Path) -> None:
    tree = read_json(project, "plan", "evaluate", "--machines", "--no-probe")
    usd = [found["usd"] for found in tree["machines"]]
    assert len(usd) > 10
    assert usd == sorted(usd)
    first = tree["machines"][0]
    assert first["usd"] == pytest.approx(first["wall_seconds"] / 3600 * first["usd_per_hour"])
    assert {found["memory"] for found in tree["machines"]} <= {"enough", "short", "unsure"}
    assert first["stages"][0]["stage"] == "evaluate"
    assert tree["speed_ratio"] == 1.0
    assert "none was measured" in tree["speed_basis"]
    shown = workbench(project, "plan", "evaluate", "--machines", "--no-probe").stdout
    assert "none was measured" in shown
    assert "price of" in shown


def test_people_see_units_bases_and_days(project: Path) -> None:
    shown = workbench(project, "plan", "--no-probe").stdout
    assert "  10 s  " in shown
    assert "1 GB" in shown
    assert "evaluate: 2 runs with the same parameters" in shown
    assert "priced as aws us-east-1 m7i.large on demand, 20" in shown


def test_forecasts_are_judged(project: Path) -> None:
    wall, memory = read_json(project, "plan", "--calibration")["calibration"]
    assert wall["quantity"] == "wall_seconds"
    assert (wall["runs"], wall["inside_share"]) == (1, 1.0)
    assert wall["median_error_percent"] == pytest.approx(10.0)
    assert (memory["runs"], memory["inside_share"]) == (0, None)
    assert (
        "of 1 runs with a forecast, 100 % fell into the interval" in workbench(project, "plan", "--calibration").stdout
    )


def test_bad_words_exit_2(project: Path) -> None:
    done = workbench(project, "plan", "evalute", "--no-probe")
    assert done.returncode == 2
    assert done.stderr == (
        "error: there is no stage 'evalute'. Expected: one of ingest, evaluate. Hint: did you mean evaluate?\n"
    )
    assert workbench(project, "plan", "--set", "train.sed=1", "--no-probe").returncode == 2


def test_a_rehearsal_that_fails_is_told(project: Path) -> None:
    done = workbench(project, "plan", "ingest")
    assert done.returncode == 0
    assert "rehearsing ingest" in done.stderr
    assert "the rehearsal of ingest ended with" in done.stdout
