from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from tests.decide import fields
from workbench.cost import rows_per_month
from workbench.decide import Drawing, decide, error_draws, gap
from workbench.evaluate import error_rates
from workbench.params.cost import CostParams
from workbench.params.decide import DecideParams

ROWS = 4000


def scored(task: str = "binary", seed: int = 0) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Give labels and what four candidates predict: two alike, one a little worse, one much worse."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, {"binary": 2, "multiclass": 3, "regression": 9}[task], ROWS).astype(float)
    predictions = {}
    noise = rng.normal(size=(ROWS, 3))
    for name, share in (("b00", 1.0), ("b01", 1.0), ("b02", 1.05), ("b03", 2.0)):
        own = share * noise + 0.05 * (name == "b02") * rng.normal(size=(ROWS, 3))
        if task == "multiclass":
            predictions[name] = np.eye(3)[labels.astype(int)] + own
        else:
            value = labels + own[:, 0]
            predictions[name] = value if task == "regression" else 1 / (1 + np.exp(1 - 2 * value))
    return labels, predictions


def decided(task: str = "binary", seed: int = 0) -> tuple[pl.DataFrame, np.ndarray, dict[str, np.ndarray], CostParams]:
    labels, predictions = scored(task, seed)
    prices = {
        "binary": {"false_positive": 0.01, "false_negative": 0.03},
        "multiclass": {"misclassified": 0.02},
        "regression": {"absolute_error": 0.005},
    }[task]
    cost = CostParams(error_usd=prices)
    candidates = fields.priced(4, cost).with_columns(validation_log_loss=pl.lit(0.5), validation_rmse=pl.lit(0.5))
    table = pl.concat(
        [
            error_rates(task, labels, scores).with_columns(id=pl.lit(name), split=pl.lit("validation"))
            for name, scores in predictions.items()
        ]
    )
    return decide(candidates, table, cost, DecideParams(), task).table, labels, predictions, cost


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_draws_lie_around_what_was_measured_and_spread_as_means_of_rows_do(task: str) -> None:
    table, labels, predictions, cost = decided(task)
    drawn = error_draws(table, labels, predictions, cost, task)
    assert drawn.draws.mean(axis=1) == pytest.approx(table["usd_errors_per_month"].to_numpy(), rel=0.01)
    cuts = dict(table.select("id", "threshold").iter_rows())
    usd = np.stack([usd_of_rows(task, labels, predictions[name], cost, cut) for name, cut in cuts.items()])
    usd *= rows_per_month(cost.traffic)
    for one, other in ((0, None), (3, None), (2, 0), (3, 0), (3, 2)):
        difference = usd[one] - (0 if other is None else usd[other])
        seen = drawn.draws[one] - (0 if other is None else drawn.draws[other])
        assert seen.std() == pytest.approx(difference.std() / np.sqrt(ROWS), rel=0.08)


def usd_of_rows(task: str, labels: np.ndarray, scores: np.ndarray, cost: CostParams, cut: float | None) -> np.ndarray:
    price = cost.error_usd
    if task == "regression":
        return price.absolute_error * np.abs(scores - labels)
    if task == "multiclass":
        return price.misclassified * (scores.argmax(axis=1) != labels)
    called = scores >= cut
    return np.where(labels > 0, price.false_negative * ~called, price.false_positive * called)


def test_equal_candidates_have_no_difference_and_a_much_worse_one_is_surely_worse() -> None:
    table, labels, predictions, cost = decided()
    drawn = error_draws(table, labels, predictions, cost, "binary")
    assert drawn.interval(0, 1) == (0.0, 0.0)
    low, high = drawn.interval(3, 0)
    assert 0 < low < table["usd_errors_per_month"][3] - table["usd_errors_per_month"][0] < high
    assert drawn.upper(np.array([0, 3]), 3).tolist() == [pytest.approx(-low), 0.0]


def test_the_interval_of_the_gap_covers_the_truth_as_often_as_it_says() -> None:
    """Two candidates that are equally good on average, judged on new rows again and again."""
    rng = np.random.default_rng(5)
    table = (
        decided()[0]
        .head(2)
        .with_columns(
            pl.Series("threshold", [0.5, 0.5]), pl.Series("usd_errors_per_month", [0.0, 0.0]), usd_per_month=pl.lit(0.0)
        )
    )
    running = pl.lit(1.0)
    table = table.with_columns(usd_serving_per_month=running, usd_training_per_month=running)
    cost = CostParams(error_usd={"false_positive": 1.0, "false_negative": 1.0})
    missed, trials = 0, 400
    for trial in range(trials):
        labels = (rng.uniform(size=300) < 0.3).astype(float)
        common = rng.uniform(size=300)
        scores = {
            name: np.where(common + rng.uniform(0, 0.3, 300) > 0.9, 1 - labels, labels) for name in ("b00", "b01")
        }
        drawn = error_draws(table, labels, scores, cost, "binary", Drawing(draws=400, seed=trial))
        found = gap(table, drawn, "b00", "b01")
        missed += not found.low <= 0 <= found.high
    assert 0.02 <= missed / trials <= 0.09


def test_the_gap_says_whether_the_rows_decide() -> None:
    table, labels, predictions, cost = decided()
    drawn = error_draws(table, labels, predictions, cost, "binary")
    sure = gap(table, drawn, "b00", "b03")
    assert sure.is_sure
    assert sure.low < sure.usd_per_month < sure.high
    assert sure.usd_per_month == pytest.approx(table["usd_per_month"][3] - table["usd_per_month"][0])
    assert sure.cheaper_share > 0.975
    assert sure.sentence.startswith("Against b03 the difference is $")
    assert "(95 % interval, the same rows drawn again)" in sure.sentence
    open_one = gap(table, drawn, "b00", "b02")
    assert not open_one.is_sure
    assert open_one.sentence.startswith("Between b00 and b02 the rows do not decide: the difference is")
    other_way = gap(table, drawn, "b02", "b00")
    assert (other_way.low, other_way.high) == (pytest.approx(-open_one.high), pytest.approx(-open_one.low))
    assert other_way.cheaper_share == pytest.approx(1 - open_one.cheaper_share)


@pytest.mark.parametrize(("one", "other", "more"), [("b00", "b03", -1e6), ("b03", "b00", 1e6)])
def test_the_interval_of_the_gap_moves_with_what_running_costs(one: str, other: str, more: float) -> None:
    table, labels, predictions, cost = decided()
    drawn = error_draws(table, labels, predictions, cost, "binary")
    before = gap(table, drawn, one, other)
    dearer = pl.Series([1e6, 0.0, 0.0, 0.0])
    found = gap(
        table.with_columns(pl.col("usd_serving_per_month", "usd_per_month") + dearer),
        drawn,
        candidate=one,
        runner_up=other,
    )
    assert found.low < found.usd_per_month < found.high
    assert (found.low, found.high) == (pytest.approx(before.low + more), pytest.approx(before.high + more))


def test_rows_that_belong_together_make_it_less_sure() -> None:
    table, labels, predictions, cost = decided()
    four = {name: np.repeat(scores[:1000], 4) for name, scores in predictions.items()}
    rows = np.repeat(labels[:1000], 4)
    alone = error_draws(table, rows, four, cost, "binary")
    together = error_draws(table, rows, four, cost, "binary", Drawing(groups=np.repeat(np.arange(1000), 4)))
    assert together.draws[0].std() == pytest.approx(2 * alone.draws[0].std(), rel=0.1)
    single = error_draws(table, rows, four, cost, "binary", Drawing(groups=np.arange(4000)))
    assert single.draws[0].std() == pytest.approx(alone.draws[0].std(), rel=0.1)
