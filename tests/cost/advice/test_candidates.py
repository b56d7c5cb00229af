"""Advice that rests on candidates: a simpler one, fewer features, larger requests, another region."""

from __future__ import annotations

import dataclasses

import polars as pl
import pytest

from tests.cost.advice.situations import BOOK, candidate, cost, judged, only, runs, situation
from workbench.cost import PriceBook
from workbench.cost.advice import Advice, Gap, Settled, Unused
from workbench.cost.advice.batching import batch
from workbench.cost.advice.places import region
from workbench.cost.advice.simpler import as_good_as_best, fewer_features, smaller_model

SLOW, QUICK = candidate("slow", latency_p50_ms=20.0, trees=900), candidate("quick", trees=90)
POOR = candidate("poor", latency_p50_ms=0.1, trees=3)


def table(*rows: dict[str, object], **more: object) -> object:
    ends = {"slow": (0.80, 0.77, 0.83), "quick": (0.78, 0.75, 0.81), "poor": (0.60, 0.57, 0.63)}
    known = {row["id"]: ends[row["id"]] for row in rows}
    return situation(
        candidates=pl.DataFrame(rows),
        chosen="slow",
        quality=judged(**known),
        cost=cost(2e7, purchase="serverless"),
        **more,
    )


def test_the_cheapest_candidate_that_overlaps_the_best_is_advised() -> None:
    advice = only(list(smaller_model(table(SLOW, QUICK, POOR))), Advice)
    assert advice.action == "Serve quick instead of slow."
    requests = 2e7 * 730 / 24
    assert advice.usd_per_month == pytest.approx(requests * 0.018 * 1.727 * 0.0000166667, rel=1e-6)
    assert "90 trees instead of 900" in advice.evidence
    assert "compare quick slow" in advice.risk


def test_dearer_errors_are_taken_off_the_saving() -> None:
    wrong = QUICK | {"usd_errors_per_month": 100.0}
    plain, less = (only(list(smaller_model(table(SLOW, row))), Advice) for row in (QUICK, wrong))
    assert plain.usd_per_month - less.usd_per_month == pytest.approx(100.0)
    hopeless = QUICK | {"usd_errors_per_month": 1e6}
    assert isinstance(next(iter(smaller_model(table(SLOW, hopeless)))), Settled)


def test_a_candidate_that_is_worse_is_not_advised() -> None:
    assert isinstance(next(iter(smaller_model(table(SLOW, POOR)))), Settled)
    assert isinstance(next(iter(smaller_model(situation(quality=judged())))), Gap)


def test_overlap_works_in_both_directions() -> None:
    rows = judged(a=(0.8, 0.7, 0.9), b=(0.6, 0.5, 0.71), c=(0.3, 0.2, 0.4))
    assert as_good_as_best(rows, lower_is_better=False) == ("a", "b")
    assert as_good_as_best(rows, lower_is_better=True) == ("c",)


def test_features_that_no_tree_uses_are_named() -> None:
    advice = only(list(fewer_features(situation(unused=Unused(("tz", "dst"), 10, 10**9)))), Advice)
    assert "tz, dst" in advice.action
    training = 0.2 * 20 * 0.1008
    assert advice.usd_per_month == pytest.approx(training + 0.023)
    assert isinstance(next(iter(fewer_features(situation(unused=Unused((), 10, 0))))), Settled)
    assert isinstance(next(iter(fewer_features(situation()))), Gap)


def test_larger_requests_spread_what_a_request_costs() -> None:
    serverless = situation(cost=cost(1e7, purchase="serverless"))
    advice = only(list(batch(serverless)), Advice)
    assert advice.action == "Send 100 rows in one request instead of 1."

    def usd(rows: int) -> float:
        seconds = (2 + 10 / 99 * (rows - 1)) / 1000
        return 1e7 / rows * 730 / 24 * (0.2e-6 + -(-seconds * 1000 // 1) / 1000 * 1.727 * 0.0000166667)

    assert advice.usd_per_month == pytest.approx(usd(1) - usd(100), rel=1e-6)


def test_a_latency_limit_bounds_how_many_rows_may_wait_for_each_other() -> None:
    """A row every 8.64 ms: within 30 ms three wait, and the request of three takes 3.3 ms."""
    for limit, rows in ((30.0, 4), (22.0, 3), (11.0, 1)):
        found = next(iter(batch(situation(cost=cost(1e7, purchase="serverless"), latency_p99_limit_ms=limit))))
        assert (f"Send {rows} rows" in found.action) if isinstance(found, Advice) else rows == 1


def test_no_traffic_is_no_reason_to_batch() -> None:
    assert isinstance(next(iter(batch(situation(cost=cost(0.0))))), Settled)


def elsewhere(usd_per_hour: float, grams: float) -> PriceBook:
    """Give a book with the machine in a second region, whose grid is known."""
    first = BOOK.prices.machines[0]
    machine = first.types["m7i.large"].model_copy(update={"on_demand": usd_per_hour, "spot": None})
    other = first.model_copy(update={"region": "eu-north-1", "types": {"m7i.large": machine}})
    energy = BOOK.prices.energy
    grid = energy.carbon["aws/us-east-1"][0].model_copy(update={"grams_co2e_per_kwh": grams})
    cleaner = energy.model_copy(update={"carbon": dict(energy.carbon) | {"aws/eu-north-1": (grid,)}})
    machines = (*BOOK.prices.machines, other)
    return PriceBook(BOOK.prices.model_copy(update={"machines": machines, "energy": cleaner}))


def test_a_cheaper_region_is_weighed_too() -> None:
    advice = only(list(region(situation(book=elsewhere(0.05, 20.0)))), Advice)
    assert advice.usd_per_month == pytest.approx((0.1008 - 0.05) * 750)
    watts = [BOOK.watts("aws/us-east-1/m7i.large", busy).watts for busy in (1e6 / 86_400 * 0.002 / 2, 0.5)]
    carbon = BOOK.carbon("aws/us-east-1/m7i.large")
    saved_per_kwh = carbon.grams_co2e_per_kwh * carbon.pue - 20.0 * carbon.pue
    assert advice.kg_co2e_per_month == pytest.approx((730 * watts[0] + 20 * watts[1]) / 1e6 * saved_per_kwh)
    assert "20 g/kWh" in advice.evidence


def test_a_dearer_region_is_only_told() -> None:
    settled = only(list(region(situation(book=elsewhere(0.2, 20.0)))), Settled)
    assert "kg CO2e" in settled.reason


def test_one_region_alone_is_a_gap() -> None:
    assert isinstance(next(iter(region(situation()))), Gap)
    nothing = dataclasses.replace(situation(), runs=runs(0), chosen=None)
    assert isinstance(next(iter(region(nothing))), Gap)
