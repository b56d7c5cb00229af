from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from tests.cost.billing.test_breakeven import rates_at
from workbench.cost import PriceBook, price_candidates, running_usd
from workbench.cost.billing.answers import verdicts
from workbench.cost.billing.bill import bill_lines, price_basis
from workbench.cost.billing.uncertainty import with_totals
from workbench.cost.billing.work import worked
from workbench.params.cost import CostParams

BOOK = PriceBook.load()
NOW = dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)
TERMS = {
    "error_usd": {"false_positive": 1e-5, "false_negative": 4e-5},
    "serving": {"bytes_per_response": 1e4},
    "storage": {"tier": "s3-standard"},
}
METRICS = pl.DataFrame(schema={"id": pl.String, "split": pl.String, "metric": pl.String, "value": pl.Float64})


def totals(params: CostParams) -> tuple[pl.DataFrame, pl.DataFrame]:
    made = {"small": (1.0, 10.0, 1e5, 0.3), "large": (6.0, 7.2e5, 1e9, 0.9)}
    frame = pl.DataFrame(
        [
            {
                "id": name,
                "latency_p50_ms": ms,
                "latency_p99_ms": 2 * ms,
                "latency_p50_ms_100_rows": 10 * ms,
                "latency_p99_ms_100_rows": 20 * ms,
                "peak_rss_bytes": 3e8,
                "size_bytes": size,
                "train_cpu_seconds": train,
            }
            for name, (ms, train, size, _) in made.items()
        ]
    )
    rates = pl.concat(
        rates_at(quality, 0.5).with_columns(id=pl.lit(name), split=pl.lit("validation"))
        for name, (*_, quality) in made.items()
    )
    return with_totals(price_candidates(frame, params, BOOK), rates, params, 5000, METRICS), rates


@pytest.mark.parametrize("purchase", ["on_demand", "serverless"])
def test_the_lines_of_a_bill_add_up_to_the_total(purchase: str) -> None:
    params = CostParams.model_validate(TERMS | {"purchase": purchase})
    table, rates = totals(params)
    for name in table["id"]:
        row = table.filter(id=name)
        lines = bill_lines(row, rates.filter(id=name), params)
        assert lines["usd_per_month"].sum() == pytest.approx(row["usd_per_month"][0])
        assert lines["usd_per_month"].min() > 0
        by_stage = dict(lines.group_by("stage").agg(pl.col("usd_per_month").sum()).iter_rows())
        assert set(by_stage) == {"serving", "training", "storage", "egress", "errors"}
        assert sum(by_stage.values()) - by_stage["errors"] == pytest.approx(running_usd(row)[0])
        assert ("machine idle" in lines["resource"]) == (purchase == "on_demand")


def test_idle_is_what_no_request_keeps_busy() -> None:
    params = CostParams.model_validate(TERMS | {"traffic": {"requests_per_day": 8_640_000}})
    table, rates = totals(params)
    lines = bill_lines(table.filter(id="small"), rates.filter(id="small"), params)
    at_work = lines.filter(resource="machine at work")["usd_per_month"][0]
    assert at_work == pytest.approx(0.1008 * 730 * 100 * 0.001 / 2)


def test_every_price_is_shown_with_its_day() -> None:
    basis = price_basis(CostParams.model_validate(TERMS), BOOK, NOW.date())
    assert basis["what"].to_list() == ["serving", "training", "storage", "egress"]
    assert basis["as_of"].null_count() == 0
    assert basis["price"].to_list()[:3] == ["$0.1008 an hour", "$0.1008 an hour", "$0.023 a GB and month"]
    old = price_basis(CostParams.model_validate(TERMS), BOOK, dt.date(2036, 1, 1))
    assert "stale" in old["note"][0]
    by_use = price_basis(CostParams(purchase="serverless"), BOOK, NOW.date())
    assert "lambda" in by_use["basis"][0]


def test_the_larger_model_and_other_ways_to_pay_are_held_against_what_is() -> None:
    params = CostParams.model_validate(TERMS)
    table, rates = totals(params)
    answers = dict(verdicts(table, rates, params, BOOK, "binary", 50.0).iter_rows())
    assert list(answers) == ["large or small?", "Serverless or on demand?", "A commitment for 1 year or on demand?"]
    assert "requests a day" in answers["large or small?"]
    assert answers["Serverless or on demand?"].startswith("Serverless pays against on demand")
    assert "whatever the traffic" in answers["A commitment for 1 year or on demand?"]
    one = table.filter(id="small")
    assert verdicts(one, rates, params, BOOK, "binary").height == 2


def runs(*rows: tuple[str, str, str, float | None, str | None]) -> pl.DataFrame:
    schema = {"stage": pl.String, "status": pl.String, "started": pl.String, "usd": pl.Float64, "repro": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(
        wall_seconds=pl.lit(60.0), cpu_seconds=pl.lit(90.0)
    )


def test_the_last_weeks_hold_what_was_spent_lost_and_spared() -> None:
    ledger = runs(
        ("train", "DONE", "2026-09-01T00:00:00.000Z", 0.5, None),
        ("train", "DONE", "2026-11-20T00:00:00.000Z", 0.25, "r1"),
        ("train", "FAILED", "2026-11-21T00:00:00.000Z", 0.125, None),
        ("ingest", "DONE", "2026-11-20T00:00:00.000Z", None, "r1"),
        ("cost", "RUNNING", "2026-11-25T11:59:00.000Z", 9.0, None),
    )
    repros = pl.DataFrame(
        [
            ("r1", "2026-11-20T00:00:00.000Z", "a", "ingest train"),
            ("r2", "2026-11-24T00:00:00.000Z", "a", "ingest train"),
        ],
        schema=["repro", "started", "owner", "stages"],
        orient="row",
    )
    found = worked(ledger, repros, NOW)
    assert found.by_stage.rows() == [("train", 2, 120.0, 180.0, 0.375, 0.125, 0.25), ("ingest", 1, 60.0, 90.0, 0, 0, 0)]
    assert found.runs.height == 3
    assert found.saved.rows() == [("train", 0.25)]
    nothing = worked(ledger.head(0), repros.head(0), NOW)
    assert nothing.by_stage.is_empty()
