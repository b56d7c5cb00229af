"""The campaign of benchmarks/compare.py: a sample that answers at once, and the whole of it."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from workbench.params.evaluate import EvaluateParams

if TYPE_CHECKING:
    from types import ModuleType

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "compare.py"


@pytest.fixture(scope="module")
def campaign() -> ModuleType:
    spec = importlib.util.spec_from_file_location("benchmarks_compare", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    sys.path.insert(0, str(SCRIPT.parent))
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("kind", ["same", "different"])
@pytest.mark.parametrize("share", [0.3, 0.05])
def test_equal_models_are_seldom_called_different(campaign: ModuleType, kind: str, share: float) -> None:
    for cell in campaign.independent_rows(400, share, kind, 200, 1):
        assert cell.holds, str(cell)
        assert cell.covers, str(cell)
        assert (cell.covered + cell.held) / (cell.nominal + cell.careful) > 0.89, str(cell)


def test_a_known_difference_is_covered_and_found_as_often_as_forecast(campaign: ModuleType) -> None:
    for cell in campaign.independent_rows(1000, 0.3, "unequal", 150, 2):
        assert (cell.covered + cell.held) / cell.runs > 0.89, str(cell)
        forecast = cell.promised / cell.forecasts
        assert abs(cell.verdicts / cell.runs - forecast) < 0.15, str(cell)


def test_the_campaign_sees_intervals_that_are_too_narrow(campaign: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(campaign, "PARAMS", EvaluateParams(confidence=0.6))
    cells = list(campaign.independent_rows(400, 0.3, "same", 100, 3))
    assert not any(cell.holds for cell in cells)
    assert "TOO MANY" in str(cells[0])


def test_tables_on_both_sides_of_few_rows_are_counted_by_what_they_claim(campaign: ModuleType) -> None:
    for cell in campaign.independent_rows(300, 0.17, "same", 60, 4):
        assert min(cell.nominal, cell.careful) > (10 if "usd" not in cell.name else -1)
        assert cell.nominal == 0 or "usd" not in cell.name, "dollars are always bounds"
        assert cell.nominal + cell.careful + cell.unjudged == cell.runs == 60
        assert cell.covered <= cell.nominal
        assert cell.held <= cell.careful


@pytest.mark.parametrize(
    ("counts", "covers"),
    [
        ({"nominal": 2000, "covered": 1900}, True),
        ({"nominal": 2000, "covered": 1990}, False),
        ({"nominal": 2000, "covered": 1800}, False),
        ({"careful": 2000, "held": 2000}, True),
        ({"careful": 2000, "held": 1885}, True),
        ({"careful": 2000, "held": 1840}, False),
        ({"nominal": 1000, "covered": 950, "careful": 1000, "held": 900}, False),
        ({"nominal": 1000, "covered": 850, "careful": 1000, "held": 1000}, False),
        ({}, True),
    ],
)
def test_each_claim_is_judged_by_itself(campaign: ModuleType, counts: dict[str, int], covers: bool) -> None:
    assert campaign.Cell("a cell", runs=2000, **counts).covers == covers


def test_claims_that_do_not_hold_give_an_exit_code(
    campaign: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A difference that is there makes no verdict false, so that only what intervals hold can tell."""
    monkeypatch.setattr(campaign, "PARAMS", EvaluateParams(confidence=0.6))
    for share in ("50%", "10%"):
        only = ("--only", f"200 rows, {share} positive, unequal", "--most-rows", "200")
        assert run(campaign, monkeypatch, "--simulations", "150", *only) == 1
        assert "NOT WHAT IT CLAIMS" in capsys.readouterr().out


def run(campaign: ModuleType, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", [str(SCRIPT), "--simulations", "40", *arguments])
    return int(campaign.main())


def test_what_was_stopped_goes_on_where_it_was(
    campaign: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results, part, whole = tmp_path / "cells.jsonl", "200 rows, 10% positive, same", "200 rows, 10% positive"
    assert run(campaign, monkeypatch, "--only", part, "--results", str(results)) == 0
    first = capsys.readouterr().out
    assert run(campaign, monkeypatch, "--only", whole, "--results", str(results)) == 0
    second = capsys.readouterr().out
    assert "0 of 1 runs done before" in first
    assert "1 of 4 runs done before" in second
    of_part = [line for line in first.splitlines() if line.startswith(f"    {part}")]
    assert len(of_part) == 3
    assert set(of_part) <= set(second.splitlines())
    assert run(campaign, monkeypatch, "--only", part, "--results", str(results), "--seed", "1") == 0
    assert "0 of 1 runs done before" in capsys.readouterr().out


def test_what_other_rules_gave_is_not_kept_for_theirs(
    campaign: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("--only", "200 rows, 1% positive, same", "--results", str(tmp_path / "cells.jsonl"))
    run(campaign, monkeypatch, *arguments)
    monkeypatch.setattr(campaign, "digest", lambda: "another")
    run(campaign, monkeypatch, *arguments)
    assert capsys.readouterr().out.count("0 of 1 runs done before") == 2


def test_too_many_false_verdicts_give_an_exit_code(campaign: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(campaign, "PARAMS", EvaluateParams(confidence=0.6))
    assert run(campaign, monkeypatch, "--only", "200 rows, 50% positive, same", "--fewest-rows", "200") == 1


def test_processes_find_what_one_finds(campaign: ModuleType) -> None:
    names = "rows, 10% positive"
    jobs = [(name, job) for name, job in campaign.campaign(20, (200, 1000), 0) if names in name]
    one, two = (dict(campaign.runs(jobs, processes)) for processes in (1, 2))
    assert {name: [cell.verdicts for cell in cells] for name, cells in one.items()} == {
        name: [cell.verdicts for cell in cells] for name, cells in two.items()
    }


@pytest.mark.soak
def test_the_whole_campaign_holds() -> None:
    done = subprocess.run([sys.executable, SCRIPT], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
