"""Forecasts around runs: taken down before one begins, rehearsed and probed where nothing is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from tests.stages.conftest import Project, commit
from workbench import artifacts
from workbench.errors import StageError
from workbench.ingest.source import SourceFile
from workbench.model import Roles
from workbench.params.reading import read_file
from workbench.stages.forecasting import job, probes, rehearsal
from workbench.stages.forecasting.planning import look_ahead
from workbench.stages.forecasting.sampling import sample_source, sampled_rows

if TYPE_CHECKING:
    from pathlib import Path

ROWS = 3_000
READ = "from workbench import artifacts\nfrom workbench.params.reading import read\nsource = read().ingest.sources['t']"
SIZE = "data, _ = artifacts.open_source(source.path, source.max_bytes)\nheld = bytearray(400 * len(data))"


@pytest.fixture
def table(tmp_path: Path) -> probes.Table:
    values = [(i * 7919 % 1000) / 1000 for i in range(ROWS)]
    frame = pl.DataFrame({"x": values, "place": [f"p{i % 40}" for i in range(ROWS)], "y": [v > 0.6 for v in values]})
    frame[:2400].write_parquet(tmp_path / "train.parquet")
    frame[2400:].write_parquet(tmp_path / "validation.parquet")
    roles = Roles("y", "binary", ("false", "true"), ("x", "place"))
    return probes.Table(tmp_path / "train.parquet", tmp_path / "validation.parquet", roles)


def test_a_run_takes_its_forecast_down_before_it_begins(project: Project) -> None:
    project.write("evaluate", "from workbench import artifacts", commit("evaluate"))
    first, second = project.run("evaluate"), project.run("evaluate")
    assert first.forecast == {}
    assert second.forecast["wall_seconds"] == pytest.approx(first.wall_seconds)
    assert second.forecast["peak_rss_bytes"] == first.peak_rss_bytes
    assert second.forecast["wall_seconds_low"] < first.wall_seconds < second.forecast["wall_seconds_high"]
    assert second.forecast["usd"] > 0
    report = (project.root / "reports" / "evaluate.html").read_text(encoding="utf-8")
    assert "Forecast of time" in report


def test_a_record_that_makes_no_sense_ends_no_run(project: Project) -> None:
    project.write("evaluate", "from workbench import artifacts", commit("evaluate"))
    run = project.run("evaluate")
    for path in (project.root / "ledger").glob("*.json"):
        path.write_text(path.read_text(encoding="utf-8").replace(str(run.wall_seconds), "1e999"), encoding="utf-8")
    assert project.run("evaluate").status == "DONE"


def seen(project: Project) -> list[str]:
    """List what a person sees of a project."""
    return sorted(path.name for path in project.root.rglob("*") if ".workbench" not in path.parts)


def test_a_stage_that_never_ran_is_rehearsed_and_leaves_nothing(project: Project) -> None:
    rows = "".join(f"{i},{i % 2}\n" for i in range(200_000))
    (project.root / "t.csv").write_text(f"x,y\n{rows}", encoding="utf-8")
    project.write("ingest", READ, SIZE, commit("ingest"))
    before = seen(project)
    told: list[str] = []
    found = look_ahead(["ingest"], root=project.root, told=told.append).stages[0]
    assert [line for line in told if "of 200,000 rows" in line] == told
    assert len(told) == len(rehearsal.STEPS) + 1, "and once more on half of the rows, where starting is most of it"
    assert "shares 0.0125, 0.025, 0.05, 0.5 of 200,000 rows" in found.basis
    largest = 400 * (project.root / "t.csv").stat().st_size
    assert found.peak_rss_bytes.value > largest, "memory grows with the rows, far beyond that of a rehearsal"
    assert seen(project) == before
    assert artifacts.read_runs(project.root).records == ()


def test_a_rehearsal_knows_the_prices_of_the_project(project: Project, tmp_path: Path) -> None:
    (project.root / "t.csv").write_text("x,y\n1,0\n", encoding="utf-8")
    project.write("ingest", "pass")
    (project.root / "prices.yaml").write_text("# machines of our own\n", encoding="utf-8")
    script = rehearsal.Script(project.root, read_file(project.root / "params.yaml"))
    scene = tmp_path / "scene"
    scene.mkdir()
    rehearsal._lay_down(script, scene, script.main_source(), b"x,y\n1,0\n", {"trials": 1})
    assert (scene / "prices.yaml").read_text(encoding="utf-8") == "# machines of our own\n"


def test_a_budget_is_cut_as_the_rows_are(project: Project) -> None:
    def budget(text: str) -> object:
        params = read_file(project.root / "params.yaml", [f"train.budget={text}"])
        return rehearsal.Script(project.root, params, 0.001).budget(0.05)[0]

    assert budget("{cpu_seconds: 120}") == {"cpu_seconds": 6.0}
    assert budget("{usd: 0.2}") == {"cpu_seconds": 10.0}
    assert budget("{cpu_seconds: 1}") == {"cpu_seconds": 1.0}
    assert budget("{trials: 40}") == {"trials": rehearsal.MOST_TRIALS}


def test_a_sample_keeps_records_whole_and_in_order() -> None:
    text = b"a,b\n" + b"".join(b'%d,"line\nbreak ""q"""\n' % i for i in range(1000))
    data, rows = sample_source(SourceFile("t", text), 0.1)
    assert rows == 1000
    frame = pl.read_csv(data)
    assert frame.height == 100
    assert frame["a"].is_sorted()
    assert set(frame["b"]) == {'line\nbreak "q"'}
    lines, _ = sample_source(SourceFile("t", b'{"a": 1}\n' * 1000, "ndjson"), 0.1)
    assert lines == b'{"a": 1}\n' * 100
    assert sampled_rows(10, 0.01).size == 10, "a few rows at least"


def test_probes_learn_from_a_few_of_the_rows_and_forecast_all(table: probes.Table) -> None:
    probed = probes.probe(table, share=0.1, least_rows=0, rounds=(10, 20), told=lambda _: None)
    assert probed.sample_rows == 240
    assert [reading.rows for reading in probed.readings] == [720, 2400], "made up, as large as the whole table"
    assert [growing.threads for growing in probed.growings] == [1, 1]
    fit = probed.fit(20)
    fact = probes.ask(job.Task(str(table.train), str(table.validation), table.roles.to_json(), (20,)))
    assert fact.rows == 2400
    assert fact.growings[0].rounds == (20,)
    assert fit.peak_rss_bytes.value == pytest.approx(fact.peak_rss_bytes, rel=0.1)
    assert fit.cpu_seconds.value == pytest.approx(fact.cpu_seconds(20), rel=3), "a tenth of a second, on a busy machine"


def test_a_fit_is_grown_by_as_many_threads_as_asked(table: probes.Table) -> None:
    task = job.Task(str(table.train), str(table.validation), table.roles.to_json(), (5,), threads=(1, 0, 2))
    answer = probes.ask(task)
    assert [growing.threads for growing in answer.growings] == [1, 2], "so few rows would have one thread"
    assert {growing.rows for growing in answer.growings} == {2400}


def test_a_large_table_is_stood_in_for_by_a_part() -> None:
    assert probes.largest_share(2_000_000, 30) == probes.LARGEST_SHARE
    assert probes.largest_share(probes.SMALL_CELLS // 10, 10) == 1.0


def test_a_probe_that_fails_is_one_paragraph(table: probes.Table) -> None:
    with pytest.raises(StageError, match=r"a probe failed: .*nowhere"):
        probes.ask(job.Task("nowhere.parquet", str(table.validation), table.roles.to_json(), (5,)))
    with pytest.raises(StageError, match=r"longer than 0\.01 s"):
        probes.ask(job.Task(str(table.train), str(table.validation), table.roles.to_json(), (5,)), 0.01)


def test_memory_of_a_probe_is_its_own(table: probes.Table) -> None:
    held = b"x" * 600_000_000
    answer = probes.ask(job.Task(str(table.train), str(table.validation), table.roles.to_json(), (5,)))
    assert answer.peak_rss_bytes < len(held), "that of the process which started it is not in it"
