from __future__ import annotations

import xml.etree.ElementTree as ET

import polars as pl
import pytest

from tests.decide import fields
from tests.payloads import PAYLOADS
from workbench import charts
from workbench.decide import Front, decide, front, ground, sensitivity
from workbench.errors import UsageError
from workbench.params.decide import DecideParams, Limits

LIMITS = DecideParams(limits=Limits(latency_p99_ms=6.0))


def decided(names: list[str] | None = None) -> tuple[pl.DataFrame, pl.DataFrame]:
    candidates = fields.profiled(8)
    rates = fields.rates(candidates)
    if names:
        new = dict(zip(candidates["id"], names, strict=False))
        candidates, rates = (frame.with_columns(pl.col("id").replace(new)) for frame in (candidates, rates))
    return candidates, rates


def edge(names: list[str] | None = None, objectives: list[str] | None = None) -> tuple[Front, str]:
    candidates, rates = decided(names)
    terms = ground(candidates, rates, fields.COST, LIMITS, fields.BOOK, "binary")
    found = decide(terms.terms.priced(candidates, fields.BOOK), rates, fields.COST, LIMITS, "binary")
    return front(found.table, "average_precision", objectives), found.candidate


def words(svg: str) -> str:
    return " ".join(ET.fromstring(svg).itertext())  # noqa: S314 - our own picture


def test_a_tornado_names_the_assumptions_the_greatest_first_and_the_flips() -> None:
    candidates, rates = decided()
    found = sensitivity(ground(candidates, rates, fields.COST, LIMITS, fields.BOOK, "binary"))
    figure = charts.tornado(found.table(), found.candidate, found.usd_per_month)
    shown = words(figure.svg)
    places = [shown.index(bar.assumption.words) for bar in found.bars]
    assert places == sorted(places)
    assert f"hangs most on {found.bars[0].assumption.words}" in figure.alt
    flips = [bar for bar in found.bars if bar.flips_to]
    assert flips
    assert all(f"→ {name}" in shown for bar in flips for name in bar.flips_to)
    assert "No such change" not in figure.alt


def test_a_tornado_without_flips_and_without_assumptions_says_so() -> None:
    candidates, rates = decided()
    found = sensitivity(
        ground(candidates.head(1), rates.filter(id="b00"), fields.COST, DecideParams(), fields.BOOK, "binary")
    )
    figure = charts.tornado(found.table(), found.candidate, found.usd_per_month)
    assert "No such change makes another candidate the choice." in figure.alt
    assert "No assumption" in charts.tornado(found.table().clear(), "b00", 1.0).alt


def test_a_frontier_is_drawn_with_colour_and_size() -> None:
    found, chosen = edge()
    figure = charts.pareto(found, chosen)
    shown = words(figure.svg)
    for title in ("Errors (USD per month)", "Training (USD per month)"):
        assert title in shown
    assert f"{chosen} is the choice." in figure.alt
    assert "Hypervolume:" in figure.note
    plain = charts.pareto(found, None, charts.Channels("latency", "bytes"))
    assert "99th percentile of latency (ms)" in words(plain.svg)
    assert "Errors" not in words(plain.svg)


def test_what_a_frontier_lacks_is_told() -> None:
    found, _ = edge(objectives=["errors", "latency"])
    with pytest.raises(UsageError, match="no objective bytes"):
        charts.pareto(found, None, charts.Channels("errors", "bytes"))
    with pytest.raises(UsageError, match="over one objective has no picture"):
        charts.pareto(edge(objectives=["errors"])[0])


@pytest.mark.parametrize("name", [payload for payload in PAYLOADS if payload][:6])
def test_hostile_names_stay_text(name: str) -> None:
    found, chosen = edge([name])
    assert "<script" not in charts.pareto(found, name).html()
    candidates, rates = decided([name])
    moved = sensitivity(ground(candidates, rates, fields.COST, LIMITS, fields.BOOK, "binary"))
    figure = charts.tornado(moved.table().with_columns(choice=pl.lit(name), flips=True), name, moved.usd_per_month)
    ET.fromstring(figure.svg)  # noqa: S314 - our own picture
    assert "<script" not in figure.html()
    assert chosen
