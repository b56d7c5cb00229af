"""Break-evens against brute force: the bill priced at every point of a grid."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from workbench.cost import PriceBook
from workbench.cost.billing.breakeven import Stretch, cheaper, lowest, steps
from workbench.cost.billing.offers import Offer, Quantity, most_requests, offer_of
from workbench.params.cost import CostParams

BOOK = PriceBook.load()
POINTS = 161


def rates_at(quality: float, noise: float) -> pl.DataFrame:
    """Fewer misses cost more false alarms, along a curve that bulges less the better the candidate is."""
    share = np.linspace(0, 1, 25)
    misses = 0.1 * (1 - share) ** (1 + 4 * quality)
    return pl.DataFrame(
        {
            "threshold": 1 - share,
            "false_positives_per_row": 0.9 * share ** (2 + noise),
            "false_negatives_per_row": misses,
            "misclassified_per_row": 0.9 * share ** (2 + noise) + misses,
            "absolute_error_per_row": [None] * 25,
        },
        schema_overrides={"absolute_error_per_row": pl.Float64},
    )


def offer(name: str, params: CostParams, work: tuple[float, ...], quality: float, limit: float | None = None) -> Offer:
    one, hundred, train, size = work
    row = pl.DataFrame(
        {
            "id": [name],
            "latency_p50_ms": one,
            "latency_p99_ms": one * 1.5,
            "latency_p50_ms_100_rows": one + hundred,
            "latency_p99_ms_100_rows": (one + hundred) * 1.5,
            "peak_rss_bytes": 3e8,
            "size_bytes": size,
            "train_cpu_seconds": train,
        }
    )
    return offer_of(row, rates_at(quality, 0.5), params, BOOK, "binary", latency_p99_ms=limit)


def brute_force(a: Offer, b: Offer, quantity: Quantity, low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    """Price both at every point of a grid, without a knot in sight."""
    grid = np.linspace(low, high, POINTS)[1:]
    return grid, np.array([_one(b, quantity, x) - _one(a, quantity, x) for x in grid])


def _one(made: Offer, quantity: Quantity, value: float) -> float:
    changed = {quantity: value}
    if quantity == "requests_per_day":
        changed = {"traffic": made.params.traffic.model_copy(update=changed)}
    elif quantity != "retrains_per_month":
        changed = {"error_usd": made.params.error_usd.model_copy(update=changed)}
    params = made.params.model_copy(update=changed)
    requests = np.array([params.traffic.requests_per_day])
    rows = requests * params.traffic.rows_per_request * 730 / 24
    prices = params.error_usd
    per_row = min(
        fp * prices.false_positive + fn * prices.false_negative + wrong * prices.misclassified
        for fp, fn, wrong, _ in made.rates
    )
    parts = (
        made.month.serving_usd(made.work, requests),
        made.month.training_usd(made.work, params.retrains_per_month),
        made.month.storage_usd(made.work, params.retrains_per_month),
        made.month.egress_usd(requests),
        rows * per_row,
    )
    return float(sum(part.item() for part in parts))


def inside(stretches: tuple[Stretch, ...], at: float) -> bool:
    return any(stretch.low < at < stretch.high for stretch in stretches)


def near_an_end(stretches: tuple[Stretch, ...], at: float) -> bool:
    return any(abs(end - at) <= 1e-9 * max(1.0, abs(at)) for part in stretches for end in (part.low, part.high))


def agree(a: Offer, b: Offer, quantity: Quantity, low: float, high: float) -> tuple[Stretch, ...]:
    found = cheaper(b.by(quantity), a.by(quantity), low, high)
    grid, differences = brute_force(a, b, quantity, low, high)
    size = np.array([_one(a, quantity, x) for x in (low, high)]).max()
    for at, difference in zip(grid, differences, strict=True):
        if abs(difference) > 1e-8 * size and not near_an_end(found, at):
            assert inside(found, at) == (difference < 0), (quantity, at, difference, found)
    return found


works = st.tuples(st.floats(0.2, 8), st.floats(0, 40), st.floats(1, 1e5), st.floats(1e4, 1e9))
terms = st.fixed_dictionaries(
    {
        "purchase": st.sampled_from(["on_demand", "spot", "serverless"]),
        "retrains_per_month": st.floats(0, 100),
        "traffic": st.fixed_dictionaries(
            {"requests_per_day": st.floats(0, 1e8), "rows_per_request": st.sampled_from([1, 10])}
        ),
        "error_usd": st.fixed_dictionaries(
            {"false_positive": st.floats(0, 1e-5), "false_negative": st.floats(0, 1e-4)}
        ),
        "serving": st.fixed_dictionaries(
            {
                "min_machines": st.integers(0, 3),
                "max_batch": st.sampled_from([1, 1, 4]),
                "batch_wait_ms": st.sampled_from([0.0, 5.0]),
                "peak_factor": st.sampled_from([1.0, 1.5]),
                "bytes_per_response": st.sampled_from([0.0, 2000.0]),
            }
        ),
        "storage": st.sampled_from([{}, {"tier": "s3-standard-ia", "data_gb": 50, "keep_months": 0.5}]),
    }
)


@given(terms, terms, works, works, st.floats(0.1, 1), st.floats(0.1, 1), st.sampled_from([None, 12.0, 60.0]))
@settings(max_examples=25)
def test_break_evens_are_those_of_a_grid(
    one: dict[str, object],
    other: dict[str, object],
    work_a: tuple[float, ...],
    work_b: tuple[float, ...],
    quality_a: float,
    quality_b: float,
    limit: float | None,
) -> None:
    """Over traffic, the price of a miss and retraining, with steps of machines, batches, tiers and thresholds."""
    shared = {name: one[name] for name in ("traffic", "error_usd", "retrains_per_month")}
    a = offer("a", CostParams.model_validate(one), work_a, quality_a, limit)
    b = offer("b", CostParams.model_validate(other | shared), work_b, quality_b, limit)
    agree(a, b, "requests_per_day", 0.0, 3e7)
    agree(a, b, "false_negative", 0.0, 1e-3)
    agree(a, b, "retrains_per_month", 0.0, 300.0)


@given(terms, works, st.sampled_from([None, 12.0, 60.0]))
@example({"serving": {"bytes_per_response": 50_000}}, (0.5, 0.0, 1.0, 1e6), None)
@example({"serving": {"max_batch": 4, "batch_wait_ms": 5.0}}, (8.0, 0.0, 1.0, 1e6), None)
@settings(max_examples=60)
def test_between_its_knots_a_bill_is_a_straight_line(
    given_terms: dict[str, object], work: tuple[float, ...], limit: float | None
) -> None:
    made = offer("a", CostParams.model_validate(given_terms), work, 0.5, limit)
    ranges: dict[Quantity, float] = {"requests_per_day": 5e7, "false_negative": 1e-3, "retrains_per_month": 100.0}
    for quantity, high in ranges.items():
        bill = made.by(quantity)
        knots = np.unique([0.0, *bill.knots(0.0, high).clip(0.0, high), high])
        starts, widths = knots[:-1], np.diff(knots)
        wide = widths > 1e-9 * high
        one, middle, three = (bill.usd(starts[wide] + share * widths[wide]) for share in (0.05, 0.5, 0.95))
        assert middle == pytest.approx((one + three) / 2, rel=1e-9)


def test_serverless_and_machines_break_even_where_the_first_machine_is_worth_it() -> None:
    """A bill by use that grows evenly against one machine: their crossing is a division."""
    machine, function = (
        offer("a", CostParams(purchase=purchase), (2.0, 0.0, 1.0, 1e6), 0.5) for purchase in ("on_demand", "serverless")
    )
    (found,) = cheaper(function.by("requests_per_day"), machine.by("requests_per_day"), 0.0, 1e9)
    per_request = 0.2e-6 + 0.002 * 1.727 * 0.0000166667
    assert found.low == 0
    assert found.high == pytest.approx(0.1008 * 730 / (730 / 24 * per_request), rel=1e-9)


def test_a_bill_may_be_less_on_several_stretches() -> None:
    """The slower candidate, whose errors cost less, needs its next machine earlier, time and again."""
    fast, slow = (
        offer(name, CostParams.model_validate({"error_usd": {"false_positive": 1, "false_negative": 5}}), work, quality)
        for name, work, quality in (("fast", (2.0, 0.0, 1.0, 1e6), 0.2), ("slow", (2.6, 0.0, 1.0, 1e6), 0.9))
    )
    gain = fast.error_lines()[:, 0].min() - slow.error_lines()[:, 0].min()
    usd = 0.1008 * 24 * (0.0026 - 0.002) / 86_400 / 1.2 / gain
    params = CostParams.model_validate({"error_usd": {"false_positive": usd, "false_negative": 5 * usd}})
    fast, slow = replace(fast, params=params), replace(slow, params=params)
    found = agree(fast, slow, "requests_per_day", 0.0, 4e8)
    assert len(found) > 1


def test_equal_bills_are_never_less() -> None:
    made = offer("a", CostParams(), (2.0, 1.0, 100.0, 1e6), 0.5)
    assert cheaper(made.by("requests_per_day"), made.by("requests_per_day"), 0.0, 1e9) == ()


@given(st.floats(0.3, 50), st.floats(0.1, 1000))
def test_steps_are_where_the_count_rises(width: float, high: float) -> None:
    found = steps(lambda at: np.ceil(at / width), width / 7, high + width / 7)
    expected = width * np.arange(1, np.ceil((high + width / 7) / width))
    assert found == pytest.approx(expected, rel=1e-12)


@given(st.lists(st.tuples(st.floats(0, 10), st.floats(0, 10)), min_size=1, max_size=12))
def test_the_lower_envelope_is_the_least_of_all_lines(lines: list[tuple[float, float]]) -> None:
    every = np.array(lines)
    kept, bends = lowest(every)
    assert bends.tolist() == sorted(bends.tolist())
    assert len(bends) == len(kept) - 1
    for at in [*np.linspace(0, 30, 61), *bends.tolist()]:
        least = (every[:, 0] + every[:, 1] * at).min()
        assert (kept[:, 0] + kept[:, 1] * at).min() == pytest.approx(least, abs=1e-9)
    for place, (start, end) in enumerate(zip([0.0, *bends], [*bends, 2 * max([1.0, *bends])], strict=True)):
        middle = (start + end) / 2
        assert kept[place, 0] + kept[place, 1] * middle == pytest.approx((kept[:, 0] + kept[:, 1] * middle).min())


def test_it_looks_no_further_than_some_machines_carry() -> None:
    made = offer("a", CostParams(), (2.0, 0.0, 1.0, 1e6), 0.5)
    reach = most_requests((made,), machines=200)
    assert made.month.machines(made.work, np.array([reach]))[0] <= 200
    assert made.month.machines(made.work, np.array([10 * reach]))[0] > 200
