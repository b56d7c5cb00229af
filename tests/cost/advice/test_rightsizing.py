from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from tests.cost.advice.situations import BOOK, GIB, NOW, candidate, cost, runs, situation
from workbench.cost.advice import Advice, Gap, Settled
from workbench.cost.advice.rightsizing import neighbours, right_size
from workbench.cost.advice.usage import stage_uses
from workbench.params.advise import AdviseParams


def for_stages(**more: object) -> object:
    return next(item for item in right_size(situation(chosen=None, **more)))


def big(**more: object) -> object:
    return cost(instance="aws/us-east-1/m7i.2xlarge", **more)


def test_the_95th_percentile_decides_not_the_mean() -> None:
    """Nineteen runs of half a GiB and two of 15: their mean would fit 8 GiB, their 95th percentile does not."""
    peaks = [0.5 * GIB] * 19 + [15.0 * GIB] * 2
    rare = for_stages(cost=big(), runs=runs(21, peak_rss_bytes=peaks))
    assert isinstance(rare, Advice)
    assert BOOK.machine(rare.action.split()[4]).memory_gib >= 15 * 1.2
    usual = for_stages(cost=big(), runs=runs(21))
    assert isinstance(usual, Advice)
    assert BOOK.machine(usual.action.split()[4]).memory_gib == 4
    assert "mean" in rare.evidence


def test_the_headroom_is_kept_free_and_stated() -> None:
    peaks = [6.9 * GIB] * 20
    for headroom, memory_gib in ((0.15, 8), (0.2, 16)):
        found = for_stages(cost=big(), advise=AdviseParams(memory_headroom=headroom), runs=runs(peak_rss_bytes=peaks))
        assert isinstance(found, Advice)
        assert BOOK.machine(found.action.split()[4]).memory_gib == memory_gib
        assert any(f"{headroom * 100:.0f} % of headroom" in text for text in found.assumptions)


def test_a_stage_that_keeps_eight_threads_busy_is_not_sent_to_two() -> None:
    found = for_stages(cost=big(), runs=runs(cpu_seconds=7.5 * 3600))
    name = found.action.split()[4] if isinstance(found, Advice) else "aws/us-east-1/m7i.2xlarge"
    assert BOOK.machine(name).vcpus >= 8


def test_the_saving_is_that_of_the_hours_of_a_month() -> None:
    found = for_stages(cost=big())
    assert isinstance(found, Advice)
    now, then = (
        BOOK.usd_per_hour(name, "on_demand").usd_per_hour
        for name in ("aws/us-east-1/m7i.2xlarge", found.action.split()[4])
    )
    assert found.usd_per_month == pytest.approx(20 * (now - then))
    assert then == min(
        BOOK.usd_per_hour(name, "on_demand").usd_per_hour
        for name in neighbours(situation(cost=big()))
        if BOOK.machine(name).memory_gib >= 0.6 and "on_demand" in BOOK.purchases(name) and "/t3." not in name
    )


def test_only_machines_of_the_same_place_and_kind_unless_told() -> None:
    here = neighbours(situation())
    assert here
    assert {(name.rsplit("/", 1)[0], BOOK.machine(name).arch) for name in here} == {("aws/us-east-1", "x86_64")}
    assert not [name for name in here if BOOK.machine(name).accelerator]
    everywhere = neighbours(situation(advise=AdviseParams(anywhere=True)))
    assert {name.split("/")[0] for name in everywhere} >= {"aws", "gcp", "azure"}
    assert "arm64" in {BOOK.machine(name).arch for name in everywhere}


def test_a_gpu_that_was_used_is_kept() -> None:
    found = for_stages(cost=cost(instance="aws/us-east-1/g4dn.4xlarge"), runs=runs(gpu_seconds=100.0))
    assert isinstance(found, Advice)
    assert BOOK.machine(found.action.split()[4]).accelerator == "T4"


def test_killed_runs_count_for_memory_and_not_for_time() -> None:
    done, killed = [1.0] * 17, [1.0] * 3
    history = runs(
        status=["DONE"] * 17 + ["KILLED"] * 3,
        peak_rss_bytes=[*done, *(9 * value for value in killed)],
        wall_seconds=[*(3600 * value for value in done), *(60 * value for value in killed)],
        cpu_seconds=[*(3600 * value for value in done), *(480 * value for value in killed)],
    )
    (use,) = stage_uses(situation(runs=history))
    assert (use.peak_rss_bytes, use.wall_hours, use.cores, use.runs) == (9.0, 1.0, 1.0, 17)


def test_runs_of_long_ago_are_not_of_this_month() -> None:
    old = runs(started=[NOW - dt.timedelta(days=300 - number) for number in range(20)])
    (use,) = stage_uses(situation(runs=old))
    assert use.runs_per_month == cost().retrains_per_month


def test_too_few_runs_are_a_gap() -> None:
    assert isinstance(for_stages(runs=runs(2)), Gap)


def test_a_machine_that_is_too_small_is_told_so() -> None:
    found = for_stages(runs=runs(peak_rss_bytes=10.0 * GIB))
    assert isinstance(found, Settled)
    assert "m7i.large is too small" in found.reason


def test_serving_moves_to_the_cheapest_machine_that_holds_the_model() -> None:
    found = [item for item in right_size(situation()) if isinstance(item, Advice) and item.bill == "serving"]
    assert len(found) == 1
    assert "t3.medium" in found[0].action
    assert "burstable" in found[0].risk
    assert found[0].usd_per_month == pytest.approx(730 * (0.1008 - 0.0416))


def test_a_model_that_needs_memory_stays_on_a_machine_that_has_it() -> None:
    heavy = pl.DataFrame([candidate("b01", peak_rss_bytes=int(6 * GIB))])
    found = [
        item for item in right_size(situation(candidates=heavy)) if isinstance(item, Advice) and item.bill == "serving"
    ]
    assert all(BOOK.machine(item.action.split()[4]).memory_gib >= 7.2 for item in found)


def test_a_burstable_machine_is_left_out_where_its_credits_would_run_dry() -> None:
    """At 40 million requests of 2 ms a machine of two threads is 46 % busy, more than a t3 may be for good."""
    for requests, burstable in ((1e6, True), (4e7, False)):
        found = [item for item in right_size(situation(cost=cost(requests))) if item.key == "right_size"]
        serving = [item for item in found if isinstance(item, Advice) and item.bill == "serving"]
        assert any("t3." in item.action for item in serving) == burstable
    assert "t3." not in for_stages(cost=big(), runs=runs(cpu_seconds=1800.0)).action
    assert "t3." in for_stages(cost=big(), runs=runs(cpu_seconds=100.0)).action
