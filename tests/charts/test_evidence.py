from __future__ import annotations

import pytest

from workbench import charts, evaluate
from workbench.evaluate import Comparison


def comparison(low: float, high: float, worthwhile: float = 0.0, metric: str = "log_loss") -> Comparison:
    verdict = "better" if high < 0 else "worse" if low > 0 else "undecided"
    middle, error = (low + high) / 2, (high - low) / 4
    return Comparison(
        metric, middle, low, high, verdict, None, rows=500, standard_error=error, critical=2.0, worthwhile=worthwhile
    )


@pytest.mark.parametrize("worthwhile", [0.0, 0.02])
def test_differences_are_drawn_with_what_is_not_worthwhile(worthwhile: float) -> None:
    named = [("b", comparison(-0.05, -0.03, worthwhile)), ("c <x>", comparison(-0.01, 0.015, worthwhile))]
    figure = charts.differences(named, "a less the other")
    assert "Against b: -0.04" in figure.alt
    assert "less is better" in figure.note
    assert ("worthwhile" in figure.note) == bool(worthwhile)
    assert "<x>" not in figure.svg


def test_differences_without_an_interval_are_left_out() -> None:
    nothing = charts.differences([("b", comparison(float("nan"), float("nan")))], "a less the other")
    assert nothing.alt == "No interval can be given."


def test_the_power_curve_names_what_can_be_found() -> None:
    found = comparison(-0.01, 0.03, 0.01)
    curve = evaluate.power_curve(found.standard_error, found.critical, found.rows)
    least = evaluate.detectable(found.standard_error, found.critical)
    figure = charts.power(curve, found, least)
    assert "With 500 rows a true difference of 0.0284" in figure.alt
    assert "2,000 rows" in figure.svg
    assert "no power" in charts.power(curve.clear(), found, least).alt
