from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl
import pytest
from typer.testing import CliRunner

from workbench import artifacts
from workbench.artifacts import new_run, write_run
from workbench.cli import gathering
from workbench.cli.advising import told
from workbench.cli.entry import application
from workbench.cost.advice import Advice, Advised, Gap, Settled

if TYPE_CHECKING:
    from pathlib import Path

PARAMS = """ingest:
  sources: {a: {path: a.csv}}
  table: a
  target: y
  time: t
cost: {error_usd: {false_negative: 1.0}}
advise: {off: [batch]}
"""
ROWS = 400


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "params.yaml").write_text(PARAMS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def trained(project: Path) -> Path:
    """A project with eight weeks of judged rows, a profiled candidate and three runs of train."""
    from tests.cost.models import boosted, table  # noqa: PLC0415 - brings LightGBM
    from workbench.model import Roles  # noqa: PLC0415

    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    rows = (
        table()
        .head(ROWS)
        .with_columns(
            t=pl.Series([start + dt.timedelta(days=56 * row / ROWS) for row in range(ROWS)]),
            y=pl.Series(["yes" if row % 3 else "no" for row in range(ROWS)]),
        )
    )
    roles = Roles("y", "binary", ("no", "yes"), ("number", "other", "place"), "t")
    splits = {f"data/processed/{name}.parquet": rows for name in ("train", "validation", "test")}
    artifacts.commit("ingest", splits | {"data/processed/roles.json": roles.to_json()}, root=project)
    scores = pl.DataFrame(
        [
            {"split": split, "row": row, "label": float(row % 3 > 0), "b01": 0.6}
            for split in ("validation", "test")
            for row in range(ROWS)
        ]
    )
    metrics = pl.DataFrame(
        [{"id": "b01", "split": "validation", "metric": "average_precision", "value": 0.8, "low": 0.7, "high": 0.9}]
    )
    evaluated = {"data/evaluation/predictions.parquet": scores, "data/evaluation/metrics.parquet": metrics}
    artifacts.commit("evaluate", evaluated, root=project)
    profiled = {
        "id": "b01",
        "latency_p50_ms": 1.5,
        "latency_p50_ms_100_rows": 7.0,
        "latency_p99_ms": 2.0,
        "latency_p99_ms_100_rows": 9.0,
        "peak_rss_bytes": 300_000_000,
        "size_bytes": 1_000_000,
        "train_cpu_seconds": 5.0,
    }
    candidates = pl.DataFrame([profiled])
    artifacts.commit("train", {"models/candidates.parquet": candidates, "models/b01": boosted(5)}, root=project)
    artifacts.commit("cost", {"data/cost/candidates.parquet": candidates}, root=project)
    decided = {"candidate": "b01", "threshold": 0.5}
    artifacts.commit(
        "decide", {"data/decision/candidates.parquet": candidates, "decisions/current.json": decided}, root=project
    )
    for number in range(3):
        used = {"status": "DONE", "wall_seconds": 60.0, "cpu_seconds": 60.0, "peak_rss_bytes": 10**9}
        params = {"train.workers": 1 + number // 2, "run.deadline_seconds": number}
        write_run(replace(new_run("train"), dependencies={"a": "1"}, params=params, **used), project)
    return project


def run(*arguments: str) -> str:
    done = CliRunner().invoke(application(), ["advise", *arguments])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_a_bare_project_is_told_what_is_missing(project: Path) -> None:
    tree = json.loads(run("--json"))
    assert tree["advice"] == []
    assert {entry["key"] for entry in tree["not_enough_evidence"]} >= {"spot", "serverless", "retrain_less", "workers"}
    assert tree["off"] == ["batch"]


def test_what_the_stages_left_is_read(trained: Path) -> None:
    found = gathering.situation()
    assert found.chosen == "b01"
    assert (found.metric, found.lower_is_better) == ("average_precision", False)
    assert found.aged.height == 2 * ROWS
    assert found.aged["usd"].sum() == 0
    assert found.aged["age_days"].max() == pytest.approx(56, abs=0.2)
    assert found.runs["digest"].n_unique() == 2
    assert found.runs["digest_but_workers"].n_unique() == 1
    assert found.rewrites is not None
    assert found.rewrites.now.way == gathering.PRESENT_WAY
    assert found.unused is not None
    assert found.unused.features == 3
    assert {file.path for file in found.files} >= {"models/candidates.parquet"}


def test_actions_are_shown_with_all_that_they_rest_on(trained: Path) -> None:
    text = run()
    assert "1. Serve by the request" in text
    for word in ("Evidence: ", "Assumes: ", "Risk: ", "Nothing to gain:", "Turned off:", "stale price"):
        assert word in text
    assert "instead of 1 [right_size]" in " ".join(text.split())
    assert max(map(len, text.splitlines())) <= 100


def test_a_subject_can_be_turned_off_for_once(trained: Path) -> None:
    tree = json.loads(run("--json", "--off", "serverless", "--off", "spot"))
    assert tree["off"] == ["spot", "serverless", "batch"]
    assert "serverless" not in {entry["key"] for entry in tree["advice"]}
    refused = CliRunner().invoke(application(), ["advise", "--off", "serverles"])
    assert refused.exit_code != 0
    assert "did you mean serverless?" in str(refused.exception)


def item(key: str, usd: float, bill: str, low: float | None = None) -> Advice:
    return Advice(key, "Do it.", usd, "Seen.", ("it holds",), "none", bill, low, low and usd * 2)


def test_alternatives_are_marked_and_small_ones_named() -> None:
    advice = (item("serverless", 9.0, "serving"), item("spot", 5.0, "serving", 1.0), item("cache", 2.0, "stages"))
    small, settled, gaps = (item("batch", 0.001, "serving"),), (Settled("region", "no"),), (Gap("workers", "runs"),)
    text = "\n".join(told(Advised(advice, small, settled, gaps, (), 1.0), 100))
    assert "2. Do it. Saves $5.00 ($1.00 to $10.00) a month on serving, instead of 1 [spot]." in text
    assert "3. Do it. Saves $2.00 a month on stages [cache]." in text
    assert "Together at most $11.00 a month" in text
    assert "batch: less than $0.01. Do it." in text
    assert "region: no." in text
    assert "workers needs runs." in text
