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
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("kind", ["same", "different"])
@pytest.mark.parametrize("share", [0.3, 0.05])
def test_equal_models_are_seldom_called_different(campaign: ModuleType, kind: str, share: float) -> None:
    for cell in campaign.independent_rows(400, share, kind, 200, 1):
        assert cell.holds, str(cell)
        assert cell.covered / max(cell.runs - cell.unjudged, 1) > 0.89, str(cell)


def test_a_known_difference_is_covered_and_found_as_often_as_forecast(campaign: ModuleType) -> None:
    for cell in campaign.independent_rows(1000, 0.3, "unequal", 150, 2):
        assert cell.covered / cell.runs > 0.89, str(cell)
        forecast = sum(cell.expected) / len(cell.expected)
        assert abs(cell.verdicts / cell.runs - forecast) < 0.15, str(cell)


def test_the_campaign_sees_intervals_that_are_too_narrow(campaign: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(campaign, "PARAMS", EvaluateParams(confidence=0.6))
    cells = list(campaign.independent_rows(400, 0.3, "same", 100, 3))
    assert not any(cell.holds for cell in cells)
    assert "TOO MANY" in str(cells[0])


@pytest.mark.soak
def test_the_whole_campaign_holds() -> None:
    done = subprocess.run([sys.executable, SCRIPT], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
