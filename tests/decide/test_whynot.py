from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.decide import fields
from workbench.decide import (
    Paired,
    broken_limits,
    decide,
    front,
    why_not,
    why_not_table,
)
from workbench.errors import UsageError
from workbench.params.cost import CostParams
from workbench.params.decide import DecideParams, Limits

METRIC = "average_precision"


def table(**columns: list[float]) -> pl.DataFrame:
    """Give a decided table of three candidates, alike in all but the columns given."""
    same = {
        "usd_serving_per_month": [70.0] * 3,
        "usd_training_per_month": [1.0] * 3,
        "usd_errors_per_month": [10.0] * 3,
        "latency_p99_ms": [2.0] * 3,
        "peak_rss_bytes": [1e8] * 3,
        "size_bytes": [1e6] * 3,
        "validation_average_precision": [0.4] * 3,
        "within_limits": [True] * 3,
    }
    found = pl.DataFrame({"id": ["a", "b", "c"], **same, **columns})
    total = sum(found[name] for name in found.columns if name.startswith("usd"))
    return found.with_columns(usd_per_month=total)


def paired(spread: float) -> Paired:
    """Give draws in which the second differs from the first by chance of this size."""
    noise = np.random.default_rng(0).normal(0, spread, 4000)
    errors = np.full((3, 4000), 10.0)
    errors[1] += 5 + noise
    errors[2] += 9
    return Paired(("a", "b", "c"), errors)


def test_every_candidate_is_told_what_stands_against_it() -> None:
    found = table(usd_errors_per_month=[10.0, 15.0, 8.0], latency_p99_ms=[2.0, 3.25, 9.0], size_bytes=[1e6, 1e6, 2e6])
    found = found.with_columns(within_limits=pl.Series([True, True, False]))
    why = why_not(found, front(found, METRIC), "a", broken={"c": "latency_p99_ms is 9, over 5"})
    assert [(item.standing, item.by) for item in why] == [("chosen", None), ("beaten", "a"), ("outside", None)]
    assert why[1].gains == {"errors": 5.0, "latency": 1.25}
    assert why[1].sentence == (
        "b is beaten by a: errors cost $5.00 less a month and the 99th percentile of latency is 1.25 ms less, "
        "and bytes is the same."
    )
    assert why[2].sentence == "c is outside the limits: latency_p99_ms is 9, over 5."
    assert why_not_table(why)["standing"].to_list() == ["chosen", "beaten", "outside"]


def test_on_the_frontier_the_difference_in_dollars_is_named() -> None:
    found = table(usd_errors_per_month=[10.0, 15.0, 10.0], latency_p99_ms=[2.0, 1.0, 2.0])
    why = why_not(found, front(found, METRIC), "a", {"errors": paired(1)})
    assert why[1].sentence == "b is on the frontier and costs $5.00 more a month than a."
    assert why[2].sentence == "c is on the frontier and costs the same as a."
    why = why_not(found, front(found, METRIC), "a", {"errors": paired(9)})
    assert why[1].sentence == "b is on the frontier and costs $5.00 more a month than a, which is within chance."


def test_a_candidate_whose_interval_overlaps_is_not_declared_beaten() -> None:
    found = table(usd_errors_per_month=[10.0, 15.0, 19.0], latency_p99_ms=[2.0, 2.0, 3.0])
    sure, unsure = (why_not(found, front(found, METRIC), "a", {"errors": paired(spread)}) for spread in (1, 9))
    assert [item.standing for item in sure] == ["chosen", "beaten", "beaten"]
    assert [item.standing for item in unsure] == ["chosen", "perhaps", "beaten"]
    assert unsure[1].sentence.startswith("b may be beaten by a: errors cost $5.00 less a month; but the difference in")
    assert "is within chance (95 % interval -$2" in unsure[1].sentence


def test_equal_errors_do_not_make_a_slower_one_doubtful() -> None:
    found = table(latency_p99_ms=[2.0, 3.0, 1.0], size_bytes=[1e6, 1e6, 9e6])
    same = Paired(("a", "b", "c"), np.tile(np.random.default_rng(0).normal(10, 3, 500), (3, 1)))
    assert why_not(found, front(found, METRIC, ["errors", "latency", "bytes"]), "a", {"errors": same})[1].standing == (
        "beaten"
    )


def test_of_several_the_cheapest_sure_one_is_named() -> None:
    found = table(
        usd_errors_per_month=[10.0, 11.0, 20.0], usd_training_per_month=[9.0, 1.0, 10.0], latency_p99_ms=[1.0, 2.0, 3.0]
    )
    why = why_not(found, front(found, METRIC), "b")
    assert why[2].by == "b"
    unsure = Paired(("a", "b", "c"), np.stack([np.full(900, 10.0), np.linspace(0, 40, 900), np.full(900, 20.0)]))
    assert why_not(found, front(found, METRIC), "b", {"errors": unsure})[2].by == "a"


@given(st.integers(0, 2000), st.booleans())
@example(133, True)
@settings(max_examples=50, deadline=None)
def test_the_recommended_candidate_is_always_on_the_frontier_and_answers_fit(seed: int, priced: bool) -> None:
    cost = fields.COST if priced else CostParams()
    candidates = fields.priced(9, cost, seed=seed)
    params = DecideParams(limits=Limits(latency_p99_ms=4 + seed % 7))
    found = decide(
        candidates, fields.rates(candidates, seed), cost, params.model_copy(update={"candidate": "b00"}), "binary"
    )
    if not found.table["within_limits"].any():
        return
    best = decide(candidates, fields.rates(candidates, seed), cost, params, "binary")
    edge = front(best.table, METRIC)
    assert edge.on_front[edge.ids.index(best.candidate)]
    assert ("errors" in [item.name for item in edge.objectives]) == priced
    broken = broken_limits(best.table, cost, params.limits)
    for row, item in enumerate(why_not(best.table, edge, best.candidate, broken=broken)):
        assert (item.standing == "outside") == (item.candidate in broken) == (not edge.allowed[row])
        assert (
            (item.by is not None) == (item.standing == "beaten") == bool(edge.allowed[row] and not edge.on_front[row])
        )
        if item.by is not None:
            rival = edge.ids.index(item.by)
            assert (edge.points[rival] <= edge.points[row]).all()
            assert edge.allowed[rival]
            assert sum(item.gains.values()) == pytest.approx((edge.points[row] - edge.points[rival]).sum())
    assert 0 < edge.volume.share <= 1
    assert edge.knee is None or edge.on_front[edge.knee.row]
    assert best.candidate in edge.ids
    assert edge.sentence.startswith(f"{edge.on_front.sum()} of 9 candidates are on the frontier over ")


def test_objectives_can_be_chosen_and_unknown_ones_are_refused() -> None:
    found = table(validation_average_precision=[0.3, 0.4, 0.5], latency_p99_ms=[1.0, 2.0, 3.0])
    edge = front(found, METRIC, ["quality", "latency"])
    assert edge.on_front.tolist() == [True, True, True]
    assert edge.reference() == pytest.approx({"validation_average_precision": 0.28, "latency_p99_ms": 3.2})
    assert [item.name for item in front(found, METRIC).objectives] == ["quality", "latency"]
    assert edge.objectives[0].advantage(0.1) == "average precision on validation is 0.1 higher"
    with pytest.raises(UsageError, match=r"no objective latence.*did you mean latency\?"):
        front(found, METRIC, ["latence"])
    with pytest.raises(UsageError, match="lack size_bytes"):
        front(found.drop("size_bytes"), METRIC, ["bytes"])
