"""Advice that rests on runs: repeats, workers, retraining; and on rewriting a table."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest

from tests.cost.advice.situations import GIB, NOW, cost, only, runs, situation
from workbench.cost.advice import AGED, Advice, Gap, Rewrite, Rewrites, Settled
from workbench.cost.advice.aging import aged_rows, row_errors_usd, row_losses
from workbench.cost.advice.compression import compression
from workbench.cost.advice.repeats import cache, repeated
from workbench.cost.advice.retraining import best_per_month, decay, retrain_less
from workbench.cost.advice.workers import Scaling, measured, serial_share, workers
from workbench.cost.compressing import rewrites
from workbench.params.cost import ErrorCost

USD_PER_HOUR = 0.1008


def test_a_run_that_did_what_was_done_is_a_repeat() -> None:
    same = runs(6, digest=["a", "a", "b", "a", None, None], status=["FAILED", "DONE", "DONE", "DONE", "DONE", "DONE"])
    assert repeated(same)["run"].to_list() == ["r003"]
    advice = only(list(cache(situation(runs=same))), Advice)
    assert advice.usd_per_month == pytest.approx(USD_PER_HOUR)
    assert "1 of the 6 runs" in advice.evidence


def test_runs_that_differ_repeat_nothing() -> None:
    assert isinstance(next(iter(cache(situation()))), Settled)
    assert isinstance(next(iter(cache(situation(runs=runs(3, digest=None))))), Gap)
    other_stage = runs(4, digest="a", stage=["train", "evaluate", "cost", "decide"])
    assert isinstance(next(iter(cache(situation(runs=other_stage)))), Settled)


def scaled(seconds: dict[int, float], now: int) -> pl.DataFrame:
    numbers = [*seconds, now]
    return runs(
        len(numbers),
        workers=numbers,
        wall_seconds=[seconds[number] for number in numbers],
        digest_but_workers="same",
    )


def test_more_workers_stop_paying_when_they_fill_another_machine() -> None:
    """On two threads a second worker is free; four need two machines for less than twice the speed."""
    found = next(iter(workers(situation(runs=scaled({1: 1000.0, 2: 600.0, 4: 400.0}, now=4)))))
    assert isinstance(found, Advice)
    assert "2 worker(s) instead of 4" in found.action
    assert found.usd_per_month == pytest.approx((2 * 400 - 600) / 3600 * 4 * USD_PER_HOUR)
    settled = next(iter(workers(situation(runs=scaled({1: 1000.0, 2: 600.0, 4: 400.0}, now=2)))))
    assert isinstance(settled, Settled)
    assert "20 %" in settled.reason


def test_runs_that_differ_in_more_than_workers_say_nothing_of_scaling() -> None:
    assert measured(runs(4, workers=[1, 2, 1, 2])) == ()
    assert isinstance(next(iter(workers(situation()))), Gap)


@pytest.mark.parametrize("serial", [0.0, 0.3, 1.0])
def test_amdahls_share_is_found_again(serial: float) -> None:
    points = [Scaling(n, 1, 100 * (serial + (1 - serial) / n)) for n in (1, 2, 4, 8)]
    assert serial_share(points) == pytest.approx(serial, abs=1e-9)


def aged(slope_per_month: float, days: int = 60, noise: float = 0.0, season: float = 0.0) -> pl.DataFrame:
    """Make rows whose cost grows with age, on days that get harder by themselves."""
    rng, parts = np.random.default_rng(0), []
    for period, level in (("validation", 1.0), ("test", 3.0)):
        day = np.repeat(np.arange(days), 20)
        hard = season * day / 30 + rng.normal(size=days)[day] * noise
        value = level + hard + slope_per_month * day / (730 / 24)
        parts.append(
            pl.DataFrame(
                {
                    "period": period,
                    "age_days": day + 0.5,
                    "loss": value,
                    "loss_blind": 2 * hard,
                    "usd": value,
                    "usd_blind": 2 * hard,
                },
                schema=AGED,
            )
        )
    return pl.concat(parts)


def test_decay_is_found_beside_a_season() -> None:
    found = decay(aged(0.5, noise=0.5, season=4.0), "loss")
    assert found is not None
    assert found.per_month == pytest.approx(0.5, rel=1e-6)
    assert found.days == 120


def test_a_season_alone_is_no_decay() -> None:
    found = decay(aged(0.0, noise=0.5, season=4.0), "loss")
    assert found is not None
    assert found.per_month == pytest.approx(0.0, abs=1e-9)


def test_the_interval_covers_the_slope_though_neighbouring_days_are_alike() -> None:
    rng, covered, tries = np.random.default_rng(1), 0, 300
    for _ in range(tries):
        shocks = rng.normal(size=121)
        daily = shocks[1:] + 0.6 * shocks[:-1]
        frame = pl.DataFrame(
            {"period": "test", "age_days": np.arange(120.0), "loss": daily, "loss_blind": rng.normal(size=120)}
        )
        found = decay(frame, "loss")
        covered += found is not None and found.low <= 0 <= found.high
    assert 0.87 <= covered / tries <= 0.98


def test_few_days_are_not_enough() -> None:
    assert decay(aged(1.0, days=20), "loss") is None
    found = next(iter(retrain_less(situation(aged=aged(1.0, days=20)))))
    assert isinstance(found, Gap)
    assert "not measured" in found.needs


def test_without_decay_retraining_is_cut_down_but_not_to_nothing() -> None:
    frame = aged(0.0, noise=0.5).with_columns(pl.col("usd") + pl.Series(np.tile(np.sin(np.arange(1200)), 2)))
    advice = only(list(retrain_less(situation(aged=frame))), Advice)
    assert "0.25 times a month instead of 4" in advice.action
    assert advice.usd_per_month == pytest.approx((4 - 0.25) * USD_PER_HOUR)


def test_decay_that_costs_much_keeps_the_plan() -> None:
    """Each row costs half a dollar more after a month: at 8 a month its mean age is 1.9 days less than at 4."""
    frame = aged(0.5, noise=0.5)
    advice = only(list(retrain_less(situation(aged=frame))), Advice)
    assert "Retrain 8 times a month instead of 4" in advice.action
    per_month = 0.5 * 1e6 * 730 / 24
    assert advice.usd_per_month == pytest.approx(per_month / 2 * (1 / 4 - 1 / 8) - 4 * USD_PER_HOUR)
    assert advice.bill == "errors"
    dear = situation(aged=frame, cost=cost(requests_per_day=1e-3))
    (rare,) = retrain_less(dear)
    assert isinstance(rare, Advice)
    assert "Retrain 0.27 times a month instead of 4" in rare.action


def test_what_decay_costs_is_taken_off_what_is_saved() -> None:
    """Errors cost `s` more a month for every month of age; the mean age is half the interval between trainings."""
    slope, requests_per_day = 0.5, 1e-3
    advice = only(
        list(retrain_less(situation(aged=aged(slope, noise=0.5), cost=cost(requests_per_day=requests_per_day)))), Advice
    )
    s = slope * requests_per_day * 730 / 24
    wanted = (s / (2 * USD_PER_HOUR)) ** 0.5
    assert 0.25 < wanted < 4
    grows = s * (1 / wanted - 1 / 4) / 2
    assert advice.usd_per_month == pytest.approx((4 - wanted) * USD_PER_HOUR - grows)
    assert "decay costs $" in advice.evidence


@pytest.mark.parametrize(("retrain_usd", "slope"), [(8.0, 1.0), (0.5, 3.0), (100.0, 0.2)])
def test_the_best_rate_of_retraining_equals_brute_force(retrain_usd: float, slope: float) -> None:
    """A month of age costs `slope` more a month: the errors of each interval are added up day by day."""
    rates = np.geomspace(0.01, 20, 4000)
    errors = np.array([(slope * np.linspace(0, 1 / rate, 2001)).mean() for rate in rates])
    best = rates[np.argmin(rates * retrain_usd + errors)]
    assert best_per_month(retrain_usd, slope) == pytest.approx(best, rel=0.01)


def test_losses_and_dollars_of_rows() -> None:
    labels, scores = np.array([0.0, 1.0, 1.0]), np.array([0.2, 0.9, 0.1])
    assert row_losses("binary", labels, scores) == pytest.approx([-math.log(0.8), -math.log(0.9), -math.log(0.1)])
    prices = ErrorCost(false_positive=1, false_negative=5)
    assert row_errors_usd("binary", labels, scores, 0.15, prices).tolist() == [1.0, 0.0, 5.0]
    assert row_errors_usd("binary", labels, scores, 0.15, ErrorCost()) is None
    three = np.array([[0.2, 0.7, 0.1], [0.1, 0.8, 0.1], [0.6, 0.2, 0.2]])
    wrong = row_errors_usd("multiclass", labels, three, None, ErrorCost(misclassified=2))
    assert wrong.tolist() == [2.0, 0.0, 2.0]
    assert row_losses("multiclass", labels, three) == pytest.approx(-np.log([0.2, 0.8, 0.2]))


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_every_task_is_laid_out_by_age(task: str) -> None:
    times = pl.Series(["2026-01-03", "2026-01-01", None], dtype=pl.String).str.to_date()
    labels = np.array([0.0, 1.0, 1.0])
    scores = np.eye(2)[[0, 1, 1]] if task == "multiclass" else np.array([0.1, 0.9, 0.8])
    frame = aged_rows("test", times, task, (labels, scores), 0.5, ErrorCost(false_negative=1))
    assert frame.schema == pl.Schema(AGED)
    assert frame["age_days"].to_list() == [2.0, 0.0]


def test_looking_at_nothing_means_the_cheaper_of_the_two_calls() -> None:
    """One row in ten is positive: never to call costs 0.5 a row, always to call 0.9."""
    labels, times = np.array([1.0] + [0.0] * 9), pl.Series([NOW] * 10)
    prices = ErrorCost(false_positive=1, false_negative=5)
    frame = aged_rows("test", times, "binary", (labels, np.full(10, 0.3)), 0.5, prices)
    assert frame["usd_blind"].sum() == 5
    often = aged_rows("test", times, "binary", (1 - labels, np.full(10, 0.3)), 0.5, prices)
    assert often["usd_blind"].sum() == 1
    assert frame["loss_blind"].mean() == pytest.approx(-0.1 * math.log(0.1) - 0.9 * math.log(0.9))


def ways(now: float, other: float, seconds: float = 0.0) -> Rewrites:
    return Rewrites(
        Rewrite("zstd level 3", int(now), 0.0, 0.0),
        (Rewrite("zstd level 19", int(other), seconds, 0.0),),
        int(now * 1000),
    )


def test_a_smaller_way_of_writing_is_worth_its_space() -> None:
    advice = only(list(compression(situation(rewrites=ways(GIB, GIB / 2)))), Advice)
    assert advice.usd_per_month == pytest.approx(500 * GIB / 1e9 * 0.023, rel=1e-6)
    assert "zstd level 19" in advice.action


def test_a_slow_way_of_writing_eats_its_space_up() -> None:
    assert isinstance(next(iter(compression(situation(rewrites=ways(GIB, GIB / 2, seconds=3600))))), Settled)
    assert isinstance(next(iter(compression(situation()))), Gap)


def test_rewrites_are_measured_on_the_rows_given() -> None:
    table = pl.DataFrame({"x": np.random.default_rng(0).integers(0, 50, 20_000)})
    found = rewrites(table, {"none": ("snappy", None), "small": ("zstd", 9)})
    assert [item.way for item in found] == ["none", "small"]
    assert 0 < found[1].bytes < found[0].bytes
    assert all(item.write_cpu_seconds >= 0 and item.read_cpu_seconds >= 0 for item in found)


def test_the_price_of_retraining_is_that_of_every_stage() -> None:
    both = pl.concat([runs(5), runs(5, stage="evaluate", run=[f"e{n}" for n in range(5)])])
    frame = aged(0.0, noise=0.5).with_columns(pl.col("usd") + pl.Series(np.tile(np.sin(np.arange(1200)), 2)))
    advice = only(list(retrain_less(situation(runs=both, aged=frame, cost=cost(retrains_per_month=10)))), Advice)
    assert advice.usd_per_month == pytest.approx((10 - 0.25) * 2 * USD_PER_HOUR)
