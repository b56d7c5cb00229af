from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from workbench.evaluate import Comparison, Coverage, bounds_in_words, compare, power_in_words
from workbench.evaluate.wording import FEW_FOR_POWER
from workbench.params.evaluate import EvaluateParams

FOUND = Comparison("average_precision", 0.1, -0.1, 0.3, "undecided", 400, rows=100)


def test_careful_bounds_say_why_they_are_no_interval() -> None:
    assert bounds_in_words(FOUND) == ""
    assert bounds_in_words(replace(FOUND, coverage=Coverage.of(0.95, 60))) == ""
    said = bounds_in_words(replace(FOUND, coverage=Coverage.of(0.9, 30)))
    assert said.startswith("with 30 rows of the rarer class no interval holds exactly 90% of truths: these are careful")


@pytest.mark.parametrize(("rare", "said"), [(0, False), (12, True), (FEW_FOR_POWER - 1, True), (FEW_FOR_POWER, False)])
def test_the_power_of_average_precision_is_too_hopeful_with_few_rows(rare: int, said: bool) -> None:
    assert bool(power_in_words(replace(FOUND, rare=rare))) == said
    assert bool(power_in_words(replace(FOUND, rare=rare, metric="usd_per_month"))) == said
    assert not power_in_words(replace(FOUND, rare=rare, metric="log_loss"))


def test_the_rarer_class_is_counted_whichever_it_is() -> None:
    rng = np.random.default_rng(0)
    labels = (np.arange(200) < 30).astype(float)
    scores = [rng.random(200) for _ in range(2)]
    params = EvaluateParams(bootstrap=100)
    assert compare("binary", labels, *scores, "log_loss", params).rare == 30
    assert compare("binary", 1 - labels, *scores, "log_loss", params).rare == 30
    assert compare("regression", labels, *scores, "mae", params).rare == 0
    assert "with 30 rows of the rarer class" in bounds_in_words(compare("binary", labels, *scores, "log_loss", params))
