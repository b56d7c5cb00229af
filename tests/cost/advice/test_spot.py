from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from tests.cost.advice.situations import BOOK, cost, only, runs, situation
from workbench.cost.advice import Advice, Gap, Settled
from workbench.cost.advice.interruptions import hourly_hazard
from workbench.cost.advice.simulation import play
from workbench.cost.advice.spot import handling, month_on_spot, short_of_machines, spot
from workbench.cost.advice.usage import stage_uses
from workbench.params.advise import AdviseParams

MONTHS = 10_000
HOUR = 3600.0


def month(hours: float) -> pl.DataFrame:
    """Make six runs of train of so many hours and six short ones of evaluate."""
    long, short = (
        runs(6, stage=stage, wall_seconds=seconds, run=[f"{stage}{n}" for n in range(6)])
        for stage, seconds in (("train", hours * HOUR), ("evaluate", HOUR))
    )
    return pl.concat([long, short])


@pytest.mark.parametrize("instance", ["t3.medium", "t3.large", "r7i.large", "m7i.large", "g5.xlarge"])
@pytest.mark.parametrize("checkpoint_minutes", [None, 60.0, 7.0])
@pytest.mark.parametrize("hours", [3.0, 40.0, 110.0])
def test_simulated_months_cost_what_was_advised(instance: str, checkpoint_minutes: float | None, hours: float) -> None:
    """Each band of the price book: dollars and finish of a month of runs, played ten thousand times."""
    name = f"aws/us-east-1/{instance}"
    params = AdviseParams(checkpoint_minutes=checkpoint_minutes)
    now = situation(runs=month(hours), cost=cost(instance=name), advise=params, chosen=None)
    advice = only(list(spot(now)), Advice)
    band, price = BOOK.interruption(name), BOOK.usd_per_hour(name, "spot").usd_per_hour
    assert band is not None
    advised = 6 * (hours + 1) * BOOK.usd_per_hour(name, "on_demand").usd_per_hour - advice.usd_per_month
    paid, hazard = np.zeros(MONTHS), hourly_hazard(band.mean)
    for number, (use, run) in enumerate(month_on_spot(stage_uses(now), hazard, params)):
        interval = np.inf if checkpoint_minutes is None else checkpoint_minutes / 60
        finish = np.zeros(MONTHS)
        for again in range(int(use.runs_per_month)):
            seed = 100 * number + again
            played = play(use.wall_hours, hazard, interval, handling(params), months=MONTHS, seed=seed)
            paid += played.paid_hours * price
            finish += played.finish_hours
        assert finish.mean() == pytest.approx(use.runs_per_month * run.finish_hours, rel=0.05)
    assert paid.mean() == pytest.approx(advised, rel=0.05)


def test_the_saving_lies_between_the_ends_of_the_band() -> None:
    advice = only(list(spot(situation(runs=month(100), chosen=None))), Advice)
    assert advice.usd_per_month_low is not None
    assert advice.usd_per_month_high is not None
    assert advice.usd_per_month_low < advice.usd_per_month < advice.usd_per_month_high
    assert any("starts again" in text for text in advice.assumptions)


def test_the_checkpoints_in_force_are_stated() -> None:
    params = AdviseParams(checkpoint_minutes=30, checkpoint_seconds=90)
    advice = only(list(spot(situation(runs=month(100), advise=params, chosen=None))), Advice)
    assert "a stage keeps a checkpoint every 30 min, written in 1.5 min" in advice.assumptions


def test_long_work_is_told_how_often_to_keep_a_checkpoint() -> None:
    advice = only(list(spot(situation(runs=month(100), chosen=None))), Advice)
    assert "A checkpoint every" in advice.evidence
    assert "Young 1974, Daly 2006" in advice.evidence
    short = only(list(spot(situation(runs=month(0.1), chosen=None))), Advice)
    assert "would cost more than they save" in short.evidence


def test_work_that_never_ends_on_spot_is_not_sent_there() -> None:
    """Four months without a checkpoint, where four of ten machines go within a month, cost more than they save."""
    settled = only(
        list(spot(situation(runs=month(3000), cost=cost(instance="aws/us-east-1/g5.xlarge"), chosen=None))), Settled
    )
    assert "saves nothing" in settled.reason


def test_a_cloud_without_bands_or_prices_is_a_gap() -> None:
    for instance, missing in (
        ("gcp/us-central1/n2-standard-2", "interruption"),
        ("azure/eastus/Standard_D2s_v5", "spot price"),
    ):
        (gap,) = spot(situation(cost=cost(instance=instance)))
        assert isinstance(gap, Gap)
        assert missing in gap.needs


def test_serving_on_spot_takes_one_machine_more() -> None:
    found = [item for item in spot(situation()) if isinstance(item, Advice) and item.bill == "serving"]
    assert len(found) == 1
    machine, reclaimed = (
        BOOK.usd_per_hour("aws/us-east-1/m7i.large", "on_demand"),
        BOOK.usd_per_hour("aws/us-east-1/m7i.large", "spot"),
    )
    assert found[0].usd_per_month == pytest.approx(730 * (machine.usd_per_hour - 2 * reclaimed.usd_per_hour))
    assert "2 spot machines" in found[0].action


@pytest.mark.parametrize("needed", [1, 2, 5])
def test_machines_are_missing_as_often_as_when_played(needed: int) -> None:
    """Machines live and are replaced for a long time; sampled at random moments."""
    rng, hazard, away = np.random.default_rng(3), 0.05, 4.0
    moments, down = np.sort(rng.uniform(0, 400_000, 200_000)), np.zeros(200_000)
    for _ in range(needed + 1):
        gaps = rng.exponential(1 / hazard, 40_000) + away
        ends = np.cumsum(gaps)
        following = ends[np.minimum(np.searchsorted(ends, moments), ends.size - 1)]
        down += following - moments <= away
    assert (down > 1).mean() == pytest.approx(short_of_machines(needed, hazard * away), rel=0.05)
