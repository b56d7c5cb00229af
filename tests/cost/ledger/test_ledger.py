"""Sums of the ledger are exact, whatever they are grouped by."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cost.ledger.runs import MACHINE, ledger
from workbench.cost import PriceBook
from workbench.cost.ledger.amounts import ledger_frame
from workbench.cost.ledger.budgeting import spending
from workbench.cost.ledger.exporting import to_csv, to_prometheus
from workbench.cost.ledger.grouping import group
from workbench.cost.ledger.money import nano_usd
from workbench.cost.ledger.period import period
from workbench.cost.ledger.rates import recorded_rates
from workbench.cost.ledger.repricing import repriced
from workbench.cost.ledger.saving import saved
from workbench.cost.ledger.totals import totals
from workbench.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

NOW = dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)
STATUSES = ("DONE", "FAILED", "KILLED", "TIMEOUT", "RUNNING")
RUN = st.fixed_dictionaries(
    {
        "stage": st.sampled_from("abc"),
        "status": st.sampled_from(STATUSES),
        "owner": st.sampled_from([None, "x", "y"]),
        "tags": st.sampled_from([None, '{"project": "p"}', '{"project": "q", "purpose": "p"}']),
        "started": st.sampled_from(
            ["2026-11-01T00:00:00.000Z", "2026-11-01T23:59:59.999Z", "2026-11-02T00:00:00.000Z"]
        ),
        "usd": st.none() | st.floats(0, 1e9, allow_subnormal=False) | st.sampled_from([0.1, 0.2, 0.3, 1e-9, 1e-10]),
        "wall_seconds": st.floats(0, 1e6),
        "cpu_seconds": st.floats(0, 1e6),
        "elsewhere_cpu_seconds": st.just(0.0) | st.floats(0, 1e6),
    }
)
TEXTS = dict.fromkeys(("stage", "status", "owner", "tags", "started"), pl.String)
NUMBERS = dict.fromkeys(("usd", "wall_seconds", "cpu_seconds", "elsewhere_cpu_seconds"), pl.Float64)


def framed(runs: list[dict[str, object]]) -> pl.DataFrame:
    return ledger_frame(pl.DataFrame(runs, schema=TEXTS | NUMBERS, orient="row"))


def repros(*rows: tuple[str, str, str]) -> pl.DataFrame:
    columns = [(repro, started, None, stages) for repro, started, stages in rows]
    return pl.DataFrame(columns, dict.fromkeys(("repro", "started", "owner", "stages"), pl.String), orient="row")


@given(runs=st.lists(RUN), seed=st.integers(0, 9))
def test_law_every_grouping_adds_up_to_the_total_exactly(runs: list[dict[str, object]], seed: int) -> None:
    frame = framed(runs)
    sums = totals(frame)
    assert sums.nano_usd == sum(nano_usd(run["usd"]) or 0 for run in runs)
    assert totals(frame.sample(fraction=1, shuffle=True, seed=seed)) == sums
    for by in ("stage", "day", "owner", "status", "tag:project", "tag:purpose", "tag:none"):
        grouped = group(frame, by)
        assert sum(grouped["nano_usd"]) == sums.nano_usd
        assert sum(grouped["wasted_nano_usd"]) == sums.wasted_nano_usd
        assert (sum(grouped["runs"]), sum(grouped["unpriced"])) == (sums.runs, sums.unpriced)
        assert grouped["group"].n_unique() == grouped.height


def test_ten_dimes_are_a_dollar() -> None:
    """Added as binary fractions they are not."""
    dime = {"stage": "a", "status": "DONE", "usd": 0.1, "wall_seconds": 1.0, "cpu_seconds": 1.0}
    assert sum([0.1] * 10) != 1.0
    assert totals(framed([dime] * 10)).total_usd == 1.0


def test_a_sum_does_not_run_over() -> None:
    run = {"stage": "a", "status": "DONE", "usd": 1e9, "wall_seconds": 1.0, "cpu_seconds": 1.0}
    frame = framed([run] * 100)
    assert totals(frame).total_usd == 1e11
    assert group(frame, "stage")["nano_usd"].to_list() == [10**20]


def test_waste_is_what_failed_was_killed_or_took_too_long() -> None:
    runs = [{"stage": "a", "status": status, "usd": 1.0} for status in STATUSES]
    sums = totals(framed(runs))
    assert (sums.wasted_runs, sums.wasted_usd, sums.total_usd) == (3, 3.0, 5.0)


def test_a_damaged_price_is_no_price() -> None:
    sums = totals(framed([{"stage": "a", "status": "DONE", "usd": usd} for usd in (-1.0, 2e9, 1.0)]))
    assert (sums.total_usd, sums.unpriced) == (1.0, 2)


def test_an_unknown_grouping_names_the_known_ones() -> None:
    with pytest.raises(UsageError, match="did you mean stage"):
        group(framed([]), "stages")
    with pytest.raises(UsageError, match="tag:NAME"):
        group(framed([]), "tag:")


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("7d", "2026-11-18T12:00:00.000Z", "2026-11-18T12:00:00.000Z"),
        ("36h", "2026-11-24T00:00:00.000Z", "2026-11-24T00:00:00.000Z"),
        ("2026-12", "2026-12-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z"),
        ("2026", "2026-01-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z"),
        ("2026-11-25", "2026-11-25T00:00:00.000Z", "2026-11-26T00:00:00.000Z"),
        ("2026-11-25T10:00", "2026-11-25T10:00:00.000Z", "2026-11-25T10:00:00.000Z"),
        ("2026-11-25T10:00+02:00", "2026-11-25T08:00:00.000Z", "2026-11-25T08:00:00.000Z"),
    ],
)
def test_periods(text: str, start: str, end: str) -> None:
    assert period(text, NOW) == type(period(text, NOW))(start, end)


@pytest.mark.parametrize("text", ["", "yesterday", "7", "2026-13", "99999y", "2026-11-31", "d7"])
def test_what_is_no_period(text: str) -> None:
    with pytest.raises(UsageError, match="not a date or a stretch of time"):
        period(text, NOW)


def test_another_price_book_prices_history_without_a_run(tmp_path: Path) -> None:
    runs = ledger(
        tmp_path,
        {"wall_seconds": 1800.0},
        {"instance": "aws/us-east-1/m7i.large spot", "wall_seconds": 7200.0},
        {"instance": "nowhere/x/y on_demand"},
        {"instance": None},
        {"instance": "aws/us-east-1/m7i.large on_tick"},
    )
    book = PriceBook.load()
    anew, prices = repriced(runs, book)
    hourly = {purchase: book.usd_per_hour("aws/us-east-1/m7i.large", purchase) for purchase in ("on_demand", "spot")}
    expected = [hourly["on_demand"].usd_per_hour / 2, hourly["spot"].usd_per_hour * 2, None, None, None]
    assert anew["usd"].to_list() == pytest.approx(expected)
    assert set(prices) == {MACHINE, "aws/us-east-1/m7i.large spot"}
    assert totals(ledger_frame(anew)).unpriced == 3
    assert runs["usd"].to_list() == [1.0] * 5
    twice, _ = repriced(anew, book)
    assert twice["usd"].equals(anew["usd"])


def test_recorded_rates_come_from_the_ledger_itself(tmp_path: Path) -> None:
    runs = ledger(tmp_path, {"usd": 0.1}, {"usd": 0.2, "wall_seconds": 7200.0}, {"usd": 0.3}, {"usd": None})
    (row,) = recorded_rates(runs).iter_rows(named=True)
    assert (row["instance"], row["runs"], row["first"], row["last"]) == (MACHINE, 3, "2026-11-01", "2026-11-03")
    assert (row["low_usd_per_hour"], row["high_usd_per_hour"]) == pytest.approx((0.1, 0.3))


def test_the_cache_saved_what_the_last_good_run_cost(tmp_path: Path) -> None:
    runs = ledger(
        tmp_path,
        {"stage": "train", "usd": 5.0},
        {"stage": "train", "usd": 3.0},
        {"stage": "train", "usd": 9.0, "status": "FAILED"},
        {"stage": "cost", "usd": 1.0, "repro": "r1"},
        {"stage": "ingest", "usd": None},
        {"stage": "train", "usd": 7.0, "started": "2026-11-20T10:00:00.000Z"},
    )
    told = repros(
        ("r1", "2026-11-10T00:00:00.000Z", "ingest train cost decide"),
        ("r2", "2026-11-21T00:00:00.000Z", "train"),
        ("r0", "2026-11-01T00:00:00.000Z", "train"),
        ("odd", "some day", "train"),
    )
    found = {(row["repro"], row["stage"]): row["nano_usd"] for row in saved(runs, told).iter_rows(named=True)}
    assert found == {
        ("r1", "train"): 3 * 10**9,  # the last that ended well before; the one that failed tells nothing
        ("r1", "ingest"): None,  # nobody knows what it costs
        ("r2", "train"): 7 * 10**9,
    }


def test_nothing_was_saved_without_a_record(tmp_path: Path) -> None:
    assert saved(ledger(tmp_path, {}), repros()).height == 0


def test_a_months_spending() -> None:
    found = spending([0.1] * 10 + [None], 2.0)
    assert (found.spent_usd, found.share, found.unpriced, found.is_exhausted) == (1.0, 0.5, 1, False)
    assert spending([0.1] * 10, 1.0).is_exhausted


def test_csv_has_every_billionth_and_no_formula(tmp_path: Path) -> None:
    runs = ledger_frame(ledger(tmp_path, {"usd": 1e-9, "owner": "=1+1"}, {"usd": 12345.678, "owner": 'a,"b"'}))
    read = pl.read_csv(to_csv(runs.select("owner", "nano_usd")).encode(), schema_overrides={"usd": pl.String})
    assert read["owner"].to_list() == ["'=1+1", 'a,"b"']
    assert [Decimal(text) for text in read["usd"]] == [Decimal("1e-9"), Decimal("12345.678")]
    grouped = to_csv(group(runs, "stage"))
    assert "train,2,0,7200.0,0.0,12345.678000001,0.000000000" in grouped


def test_prometheus_text_can_be_read_back(tmp_path: Path) -> None:
    runs = ledger_frame(ledger(tmp_path, {"owner": 'a"\\\nb'}, {"usd": 0.1, "status": "FAILED"}, {"usd": 0.2}))
    spared = saved(ledger(tmp_path), repros(("r", "2026-11-20T00:00:00.000Z", "train")))
    text = to_prometheus(runs, spared)
    assert 'workbench_ledger_cost_usd{stage="train",status="DONE",owner="a\\"\\\\\\nb"} 1.000000000' in text
    assert 'workbench_ledger_cost_usd{stage="train",status="FAILED",owner=""} 0.100000000' in text
    assert 'workbench_ledger_saved_usd{stage="train"} 0.200000000' in text
    for line in text.splitlines():
        assert line.startswith(("# HELP workbench_ledger_", "# TYPE workbench_ledger_", "workbench_ledger_"))
    assert text.endswith("\n")
