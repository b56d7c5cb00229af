"""Rates of error in few bytes: each comes back to the last bit, and the least cost is where it was."""

from __future__ import annotations

import json
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.widgets import cases
from tests.widgets.conftest import Watched  # noqa: TC001 - pytest resolves the annotation
from workbench.decide import Rates
from workbench.evaluate import error_rates
from workbench.params.cost import ErrorCost
from workbench.widgets import Explorer
from workbench.widgets.page import script
from workbench.widgets.rates import leb128, packed_rates
from workbench.widgets.state import inert_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from playwright.sync_api import Page

    from workbench.widgets.rates import PackedRates

COLUMNS = ("threshold", "false_positives_per_row", "false_negatives_per_row", "misclassified_per_row")


def table(parts: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Put the rates of some candidates together as the stage evaluate leaves them."""
    columns = (pl.lit("validation").alias("split"), pl.all())
    return pl.concat([part.select(pl.lit(name).alias("id"), *columns) for name, part in parts.items()])


def packed(parts: dict[str, pl.DataFrame]) -> PackedRates:
    return packed_rates(Rates.of(table(parts), list(parts)), "binary")


def drawn(seed: int, rows: int, share: float, at: Sequence[float] | None = None) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    labels = (rng.uniform(size=rows) < share).astype(float)
    cuts = None if at is None else np.array(at)
    return error_rates("binary", labels, np.round(rng.uniform(size=rows), 3), cuts)


def numbers(stream: bytes) -> Iterator[int]:
    value, shift = 0, 0
    for byte in stream:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            yield value
            value, shift = 0, 0


def read_back(found: PackedRates) -> Iterator[dict[str, list[float]] | None]:
    """Read what `packed_rates` wrote, by the words of its module; None where rates are no counts."""
    stream = numbers(found.counts)
    for which in stream:
        if not which:
            yield None
            continue
        cuts = found.cuts[which - 1]
        rows, positives = next(stream), next(stream)
        alarms, caught = ([next(stream) for _ in cuts] for _ in range(2))
        down = [np.array(list(accumulate(steps, lambda left, step: left - step))) for steps in (alarms, caught)]
        false_positives, false_negatives = down[0] / rows, positives / rows - down[1] / rows
        rates = (false_positives, false_negatives, false_positives + false_negatives)
        yield dict(zip(COLUMNS, (cuts, *(values.tolist() for values in rates)), strict=True))


@given(st.lists(st.integers(0, 2**62), max_size=20))
def test_whole_numbers_come_back(values: list[int]) -> None:
    assert list(numbers(leb128(np.array(values, np.int64)))) == values


@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), st.integers(2, 3000), st.floats(0.01, 0.99)), min_size=1))
def test_rates_of_several_candidates_come_back_bit_for_bit(given_cases: list[tuple[int, int, float]]) -> None:
    parts = {f"c{i}": drawn(*case) for i, case in enumerate(given_cases)}
    found = packed(parts)
    plain = iter(found.plain)
    for part, counted in zip(parts.values(), read_back(found), strict=True):
        rates = counted or {
            f"{name}_per_row".replace("threshold_per_row", "threshold"): values for name, values in next(plain).items()
        }
        for column in COLUMNS:
            assert rates[column] == part[column].to_list()
    assert next(plain, None) is None


def test_measured_rates_are_written_as_counts_and_the_same_thresholds_once() -> None:
    parts = {f"c{i}": drawn(i, 1500, 0.2, np.linspace(0, 1, 64)) for i in range(5)}
    found = packed(parts)
    assert found.plain == []
    assert len(found.cuts) == 1
    as_json = json.dumps([part.select(COLUMNS).to_dict(as_series=False) for part in parts.values()])
    assert len(found.counts) < 0.1 * len(as_json)


@pytest.mark.parametrize("column", COLUMNS[1:])
def test_rates_that_are_no_counts_stay_as_they_are(column: str) -> None:
    parts = {name: drawn(3, 500, 0.3) for name in "abc"}
    parts["b"] = parts["b"].with_columns(pl.col(column) * np.pi / 4)
    found = packed(parts)
    assert [rates is None for rates in read_back(found)] == [False, True, False]
    assert found.plain[0][column.removesuffix("_per_row")] == parts["b"][column].to_list()


def test_rates_that_rise_with_the_threshold_stay_as_they_are() -> None:
    part = drawn(3, 500, 0.3)
    turned = part.with_columns(pl.exclude("threshold").reverse())
    assert [rates is None for rates in read_back(packed({"a": part, "b": turned}))] == [False, True]


def opened(page: Page, explorer: Explorer) -> None:
    page.set_content(
        f'<script id="state" type="application/json">{inert_json(explorer.saved())}</script>'
        f'<script type="module">{script()}\n'
        'window.lab = { Month, state: restored(JSON.parse(document.getElementById("state").textContent)) };</script>'
    )
    page.wait_for_function("window.lab")


def explorer_of(parts: dict[str, pl.DataFrame]) -> Explorer:
    ids = list(parts)
    return Explorer(cases.candidates(ids), table(parts), cases.roles(), cases.cost(), cases.decide(None))


@pytest.mark.browser
def test_the_page_reads_the_same_bits(watched: Watched) -> None:
    parts = {"a": drawn(8, 700, 0.2), "b": drawn(9, 90, 0.5)}
    parts["c"] = parts["a"].with_columns(pl.col("false_positives_per_row") * np.pi / 4)
    opened(watched.page, explorer_of(parts))
    seen = watched.page.evaluate(
        """() => lab.state.candidates.map(({ rates }) => ["threshold", "false_positives", "false_negatives",
             "misclassified"].map((name) => [...rates[name]]))"""
    )
    assert seen == [[part[column].to_list() for column in COLUMNS] for part in parts.values()]


@pytest.mark.browser
@pytest.mark.parametrize("seed", range(4))
def test_the_few_thresholds_that_are_priced_hold_the_least_cost(watched: Watched, seed: int) -> None:
    """Few rows and round prices make many equals; prices far apart bring the rounding near."""
    rng = np.random.default_rng(seed)
    sizes = [3, 8, 20, 57, 400, 3000]
    parts = {
        f"c{i}": drawn(int(rng.integers(2**32)), sizes[i % 6], 0.3, np.linspace(0, 1, int(rng.integers(5, 90))))
        for i in range(40)
    }
    explorer = explorer_of(parts)
    opened(watched.page, explorer)
    prices = [0.0, 1.0, 2.0, 3.0, 1 / 3, 0.25, 7.5, 1e-12, 1e12, 1e-5, 1e5]
    names = ("false_positive", "false_negative", "misclassified")
    settings = [
        {**explorer.settings, **dict(zip(names, rng.choice(prices, 3).tolist(), strict=True))}
        | {"requests_per_day": float(rng.choice([0.0, 1.0, 1e6, rng.uniform(1, 1e9)]))}
        for _ in range(150)
    ]
    settings = [chosen for chosen in settings if any(chosen[name] for name in names)]
    seen = watched.page.evaluate(
        """(all) => [lab.state.points.used, all.map((settings) => {
             const { at, y } = new lab.Month(lab.state, settings);
             return [[...at], [...y]];
           })]""",
        settings,
    )
    assert seen[0] < 0.6 * sum(part.height for part in parts.values()), "few thresholds are priced"
    for chosen, (places, usd) in zip(settings, seen[1], strict=True):
        error_usd = ErrorCost(**{name: chosen[name] for name in names})
        rows = chosen["requests_per_day"] * chosen["rows_per_request"] * (730 / 24)
        place, least = explorer._rates.validation.least(error_usd, rows)
        assert (places, list(map(float, usd))) == (place.tolist(), least.tolist()), chosen
