from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.decide import fields
from workbench.decide import decide, infeasibility, limited_quantities
from workbench.decide.infeasible import rounded_up
from workbench.errors import DecisionError
from workbench.params.decide import DecideParams, Limits

NAMES = ("latency_p99_ms", "usd_per_month", "size_bytes", "peak_rss_bytes")
SHARES = st.tuples(*[st.one_of(st.none(), st.floats(0.001, 1.5))] * 4)


def limits_at(candidates: object, shares: tuple[float | None, ...]) -> Limits:
    """State limits at some share of the median of what the candidates have."""
    most = limited_quantities(candidates, fields.COST)
    bounds = {
        name: None
        if share is None
        else max(1, round(float(np.median(most[name])) * share))
        if "bytes" in name
        else float(np.median(most[name])) * share
        for name, share in zip(NAMES, shares, strict=True)
    }
    return Limits.model_validate(bounds)


@given(st.integers(0, 5000), SHARES)
@settings(max_examples=100, deadline=None)
def test_every_change_is_enough_by_itself_and_the_least_that_is(seed: int, shares: tuple[float | None, ...]) -> None:
    candidates = fields.priced(6, seed=seed)
    table, limits = fields.rates(candidates, seed), limits_at(candidates, shares)
    quantities = limited_quantities(candidates, fields.COST)
    stated = {name: bound for name, bound in limits.model_dump().items() if bound is not None}
    found = infeasibility(candidates, fields.COST, limits)
    within = np.ones(candidates.height, bool)
    for name, bound in stated.items():
        within &= quantities[name] <= bound
    assert (found is None) == bool(within.any())
    if found is None:
        return
    assert {item.limit for item in found.alone} == {
        name
        for name in stated
        if np.all(
            [quantities[other] <= bound for other, bound in stated.items() if other != name] or [[True]], axis=0
        ).any()
    }
    assert [item.ratio for item in found.alone] == sorted(item.ratio for item in found.alone)
    for item in found.alone:
        assert item.needed == quantities[item.limit][candidates["id"].index_of(item.candidate)]
        assert item.bound >= item.needed > item.stated
        relaxed = Limits.model_validate({**stated, item.limit: item.bound})
        assert decide(candidates, table, fields.COST, DecideParams(limits=relaxed), "binary").candidate
        tight = Limits.model_validate({**stated, item.limit: _just_below(item.limit, item.needed)})
        with pytest.raises(DecisionError):
            decide(candidates, table, fields.COST, DecideParams(limits=tight), "binary")
    worst = np.max([quantities[name] / bound for name, bound in stated.items()], axis=0)
    assert found.closest == candidates["id"][int(worst.argmin())]
    together = {item.limit: item.bound for item in found.together}
    relaxed = Limits.model_validate({**stated, **together})
    assert decide(candidates, table, fields.COST, DecideParams(limits=relaxed), "binary").candidate


def _just_below(limit: str, needed: float) -> float:
    return int(needed) - 1 if "bytes" in limit else float(np.nextafter(needed, 0))


def test_the_hint_names_the_least_change_first_and_what_two_limits_need_together() -> None:
    candidates = fields.priced(6)
    quantities = limited_quantities(candidates, fields.COST)
    latency, size = quantities["latency_p99_ms"].min(), int(quantities["size_bytes"].min())
    one = infeasibility(candidates, fields.COST, Limits(latency_p99_ms=latency * 0.9))
    fastest = candidates["id"][int(quantities["latency_p99_ms"].argmin())]
    assert one.sentence.startswith(f"raise latency_p99_ms from {latency * 0.9:,.12g} to {rounded_up(latency):,.12g}")
    assert f"which lets {fastest} in" in one.sentence
    both = infeasibility(candidates, fields.COST, Limits(latency_p99_ms=latency / 2, size_bytes=size // 2))
    assert both.alone == ()
    assert both.closest in candidates["id"].to_list()
    assert both.sentence.startswith(f"no limit is enough alone; {both.closest} is closest: raise latency_p99_ms from")
    assert " and size_bytes from" in both.sentence


def test_nothing_to_explain_without_limits() -> None:
    candidates = fields.priced(3)
    assert infeasibility(candidates, fields.COST, Limits()) is None
    assert infeasibility(candidates.clear(), fields.COST, Limits(size_bytes=1)) is None


@given(st.floats(1e-6, 1e12))
def test_rounding_up_never_falls_short_and_keeps_three_digits(value: float) -> None:
    found = rounded_up(value)
    assert value <= found <= value * 1.01
    assert float(f"{found:.3g}") == found
