"""How the result of a search is laid out."""

from __future__ import annotations

import pytest

from tests.train.tables import BINARY, table
from workbench.params.train import Budget, TrainParams, Validation
from workbench.train import SearchResult, search


@pytest.fixture(scope="module")
def found() -> SearchResult:
    params = TrainParams(budget=Budget(trials=16), validation=Validation(by="holdout"), diagnose="off")
    return search(table(3000, 0), table(1000, 1), BINARY, params)


@pytest.mark.slow
def test_trials_are_laid_out_by_their_loss(found: SearchResult) -> None:
    laid_out = found.tried()
    assert laid_out.height == found.trials.height == 16
    assert laid_out["loss"].is_sorted()
    assert laid_out.filter(configuration="baseline").select("learning_rate", "leaves").row(0) == (0.1, 31)


@pytest.mark.slow
def test_spending_adds_up(found: SearchResult) -> None:
    spending = dict(found.spending().select("part", "spent").iter_rows())
    assert set(spending) == {"baseline", "ratios and products tried", "portfolio", "variants of the best", "refit"}
    assert sum(spending.values()) - spending["refit"] == pytest.approx(found.plan_cpu_seconds())
