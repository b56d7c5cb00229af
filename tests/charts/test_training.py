"""What the pictures of a search say."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import polars as pl
import pytest

from tests.charts.test_figures import LEARNING, curves, differences, importances, trials
from workbench import charts


def texts(figure: charts.Figure) -> list[str]:
    root = ET.fromstring(figure.svg)  # noqa: S314 - written by ourselves a line above
    return [element.text or "" for element in root.iter() if element.tag.endswith("}text")]


@pytest.mark.parametrize(("smaller", "best"), [(False, "0.3000"), (True, "0.1000")])
def test_the_best_so_far_follows_the_direction_of_the_metric(smaller: bool, best: str) -> None:
    tried = pl.DataFrame({"seconds": [1.0, 2, 3, 4], "validation": [0.2, 0.3, 0.1, float("nan")]})
    figure = charts.anytime_curve(tried, metric="log_loss", smaller_is_better=smaller, budget=10)
    assert figure.alt == f"3 trials for 6 of 10 CPU-s: best log loss {best}."
    assert "budget 10" in texts(figure)


def test_the_mean_of_the_best_is_shown_where_it_is_known() -> None:
    assert "mean of the best 0.3500" in charts.anytime_curve(trials(5).with_columns(leaders_validation=0.35)).alt
    assert "mean of the best" not in charts.anytime_curve(trials(5).drop("leaders_validation")).alt


def test_a_trial_far_off_does_not_squeeze_the_rest() -> None:
    usual = trials(10)
    wild = pl.concat([usual, usual.head(1).with_columns(validation=-900.0)])
    assert "Diamonds at the edge are trials beyond it: 1." in charts.anytime_curve(wild).note
    assert not [text for text in texts(charts.anytime_curve(wild)) if "900" in text or "800" in text]


def test_a_budget_of_trials_counts_them() -> None:
    assert "5 trials for 5 of 20 trials" in charts.anytime_curve(trials(5), unit="trials", budget=20).alt


def test_spend_stands_beside_the_plan() -> None:
    parts = pl.DataFrame({"part": ["search", "blend"], "spent": [90.0, 3.0], "planned": [100.0, None]})
    figure = charts.spending(parts)
    assert {"90 of 100", "3"} <= set(texts(figure))
    assert figure.alt == "93 CPU-seconds were spent of 100 planned."
    without = parts.with_columns(planned=pl.lit(None, pl.Float64))
    assert charts.spending(without).alt == "93 CPU-seconds were spent."
    assert charts.spending(without, budget=120.0).alt == "93 CPU-seconds were spent of 120 planned."


def test_a_learning_curve_without_a_forecast_ends_at_all_rows() -> None:
    assert "forecast" in texts(charts.learning_curve(LEARNING))
    measured = charts.learning_curve(LEARNING.filter("measured"))
    assert "forecast" not in texts(measured)
    assert "0.3600 at 400 rows" in measured.alt


def test_only_a_treatment_that_helps_and_does_not_hurt_helped() -> None:
    both = differences(["plain", "weights", "focal"]).with_columns(
        log_loss_difference_low=pl.Series([None, -0.01, 0.001]),
        average_precision_difference_low=pl.Series([None, 0.001, 0.001]),
    )
    assert charts.treatments(both).alt == "Helped: weights."
    assert charts.treatments(differences(["plain", "weights"])).alt == "None of them surely helped."
    assert charts.treatments(both, sentence="As told.").alt == "As told."


def test_luck_is_the_standard_deviation_over_seeds() -> None:
    frame = pl.DataFrame({"seed": [0, 1, 2], "value": [0.1, 0.2, 0.3]})
    assert charts.seed_spread(frame, metric="rmse").alt == "one configuration: rmse 0.2000 ± 0.100 over 3 seeds."


def test_the_strongest_feature_comes_first_and_weak_ones_are_counted() -> None:
    figure = charts.importance(importances([f"c{place}" for place in range(25)]))
    shown = [text for text in texts(figure) if re.fullmatch(r"c\d+", text)]
    assert shown == [f"c{place}" for place in range(20)]
    assert figure.note.endswith("5 weaker features are not shown.")
    assert figure.alt.startswith("The strongest is c0")


def test_the_panel_with_the_widest_curve_is_named() -> None:
    frame = curves(["flat", "steep"]).with_columns(
        mean=pl.when(pl.col("input") == "steep").then(pl.col("value").fill_null(0.0)).otherwise(0.1)
    )
    figure = charts.dependence(frame, quantity="probability")
    assert figure.alt == "Along steep, the mean probability spans 2."
    assert {"flat", "steep", "(missing)"} <= set(texts(figure))


def test_many_classes_are_cut_and_said() -> None:
    figure = charts.dependence(curves(["x", "y"], outputs=[f"class{place}" for place in range(8)]))
    assert "class4" in texts(figure)
    assert "class5" not in texts(figure)
    assert "3 more classes are not shown." in figure.note


def test_words_that_begin_and_end_alike_stay_apart() -> None:
    words = [f"a very long beginning {place} and a very long end" for place in range(3)]
    frame = curves(["x"]).head(1).drop("word").join(pl.DataFrame({"word": words}), how="cross")
    assert {"a very lon…g end", "a very lon…g end (2)"} <= set(texts(charts.dependence(frame)))
