"""`compare`: sides of revisions, rows that are the same or not, the page, and the count of looks."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from tests.artifacts.test_revisions import git, lock
from tests.decide import fields
from workbench import artifacts, cost, evaluate
from workbench.cli.comparing import compare_candidates, compare_sides
from workbench.cli.entry import application
from workbench.cli.evidencepage import page
from workbench.cli.evidenceviews import interval, notes
from workbench.cli.sides import Sides
from workbench.errors import IntegrityError, UsageError
from workbench.evaluate import Coverage
from workbench.model import Roles
from workbench.params import reading

ROWS = 1200
PARAMS = """\
ingest:
  sources: {a: {path: a.csv}}
  table: a
  target: y
  key: [id]
evaluate: {bootstrap: 200}
cost:
  error_usd: {false_positive: 0.001, false_negative: 0.005}
"""


def rows(order: np.ndarray, moved: float = 0.0) -> dict[str, pl.DataFrame]:
    return {
        f"data/processed/{split}.parquet": pl.DataFrame(
            {"id": order, "customer": [f"c{i % 60}" for i in order], "x": order + moved}
        )
        for split in ("validation", "test")
    }


def predictions(order: np.ndarray, noise: dict[str, float], flips: int = 0) -> pl.DataFrame:
    rng = np.random.default_rng(0)
    labels = (rng.random(ROWS) < 0.3).astype(float)
    labels[:flips] = 1 - labels[:flips]
    scores = {name: 1 / (1 + np.exp(1 - 2 * labels - size * rng.normal(size=ROWS))) for name, size in noise.items()}
    parts = [
        pl.DataFrame({"split": [split] * ROWS, "row": range(ROWS), "label": labels[order]}).with_columns(
            **{name: values[order] for name, values in scores.items()}
        )
        for split in ("validation", "test")
    ]
    return pl.concat(parts)


def evaluated(root: Path, order: np.ndarray, noise: dict[str, float], moved: float = 0.0, flips: int = 0) -> None:
    roles = Roles("y", "binary", ("no", "yes"), ("x",), None, (), {})
    artifacts.commit("ingest", {"data/processed/roles.json": roles.to_json(), **rows(order, moved)}, root=root)
    artifacts.commit("evaluate", {"data/evaluation/predictions.parquet": predictions(order, noise, flips)}, root=root)
    artifacts.commit("decide", {"decisions/current.json": {"candidate": "good"}}, root=root)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a tag `first`, whose rows and good candidate the working tree still has."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text(PARAMS, encoding="utf-8")
    (tmp_path / ".gitignore").write_text("/data\n/.dvc/cache\n/.workbench\n/ledger\n", encoding="utf-8")
    git(tmp_path, "init", "-q", "-b", "main")
    evaluated(tmp_path, np.arange(ROWS), {"good": 0.8, "bad": 3.0})
    lock_all(tmp_path)
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    git(tmp_path, "tag", "first")
    return tmp_path


def lock_all(root: Path) -> None:
    stages = {}
    for folder in ("data/evaluation", "data/processed"):
        lock(root, folder)
        stages[folder] = json.loads((root / "dvc.lock").read_text())["stages"]["evaluate"]
    (root / "dvc.lock").write_text(json.dumps({"schema": "2.0", "stages": stages}))


def test_a_revision_is_compared_on_the_same_rows(project: Path) -> None:
    evaluated(project, np.arange(ROWS), {"good": 3.0, "bad": 4.0})
    found = compare_sides("first:good", ["good"], split="validation")
    assert found.pairs[0].quality.verdict == "better"
    assert found.revisions == (("first", git(project, "rev-parse", "first")),)
    alone = compare_sides("good", ["first"], split="validation").pairs[0]
    assert (alone.quality.verdict, alone.b) == ("worse", "first")
    assert alone.quality.difference == -found.pairs[0].quality.difference


def test_rows_in_another_order_are_told_by_their_key(project: Path) -> None:
    order = np.random.default_rng(1).permutation(ROWS)
    evaluated(project, order, {"good": 0.8, "bad": 3.0})
    found = compare_sides("first:good", ["good"], split="validation").pairs[0].quality
    assert (found.difference, found.standard_error) == (0, 0)


def test_other_rows_are_refused(project: Path) -> None:
    evaluated(project, np.arange(ROWS) + 0, {"good": 0.8, "bad": 3.0}, moved=0.5, flips=5)
    with pytest.raises(UsageError, match=r"not judged on the same test rows. Found: labels that differ"):
        compare_candidates("first:good", "good")
    evaluated(project, np.arange(ROWS) + 0, {"good": 0.8, "bad": 3.0}, flips=ROWS)
    with pytest.raises(UsageError, match=r"every one is swapped, as by another ingest\.positive"):
        compare_candidates("first:good", "good")
    roles = Roles("y", "binary", ("no", "yes"), ("x",), None, (), {})
    files = {"data/processed/roles.json": roles.to_json(), **rows(np.arange(ROWS) + 7)}
    artifacts.commit("ingest", files, root=project)
    with pytest.raises(UsageError, match="rows that only one of them has"):
        compare_candidates("first:good", "good")
    (project / "params.yaml").write_text(PARAMS.replace("  key: [id]\n", ""), encoding="utf-8")
    with pytest.raises(UsageError, match=r"no `ingest.key` that tells rows apart"):
        compare_candidates("first:good", "good")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("godo", "no candidate 'godo'. Hint: did you mean good"),
        ("second:good", "no revision 'second'"),
        ("first:godo", "no candidate 'godo' in first. Hint: did you mean good"),
    ],
)
def test_what_is_not_there_is_named(project: Path, name: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        compare_candidates("bad", name)


def test_looks_at_test_are_counted_and_those_at_validation_are_not(project: Path) -> None:
    assert compare_sides("good", ["bad"], split="validation").looks == ()
    assert len(compare_sides("good", ["bad"]).looks) == 1
    found = compare_sides("good", ["bad"], metric="log_loss")
    assert [look.purpose for look in found.looks] == [
        "compare good with bad by average_precision",
        "compare good with bad by log_loss",
    ]


def test_groups_are_asked_for_by_their_column(project: Path) -> None:
    found = compare_sides("good", ["bad"], split="validation", together="customer").pairs[0].quality
    assert (found.kind, found.by, found.units) == ("groups", "customer", 60)
    with pytest.raises(UsageError, match=r"no column 'costumer' to keep together. Hint: did you mean customer"):
        compare_sides("good", ["bad"], split="validation", together="costumer")
    with pytest.raises(UsageError, match="no time to make blocks of"):
        compare_sides("good", ["bad"], split="validation", together="time")


def test_the_operating_point_is_that_of_least_cost_on_validation(project: Path) -> None:
    pair = compare_sides("good", ["bad"]).pairs[0]
    assert pair.threshold_a is not None
    assert 0 < pair.threshold_a < 0.5
    (project / "params.yaml").write_text(PARAMS + "decide: {threshold: 0.7}\n", encoding="utf-8")
    assert compare_sides("good", ["bad"]).pairs[0].threshold_a == 0.7


def test_the_command_prints_one_or_many_and_writes_the_page(project: Path) -> None:
    run, app = CliRunner(), application()
    one = run.invoke(app, ["compare", "good", "bad", "--html", "page.html"])
    assert one.exit_code == 0, one.output
    assert one.output.startswith("good against bad: better on test by average_precision\n")
    assert "looks at these test rows, this one included: 1" in one.output
    many = json.loads(run.invoke(app, ["compare", "good", "--with-all", "--json"]).output)
    assert {"b", "verdict", "usd_per_month"} <= set(many)
    assert many["coverage"] == {"level": 0.95, "kind": "nominal"}
    several = json.loads(run.invoke(app, ["compare", "good", "bad", "first:bad", "--json"]).output)
    assert several["correction"] == "max-T"
    assert [pair["b"] for pair in several["comparisons"]] == ["bad", "first:bad"]
    assert run.invoke(app, ["compare", "good"]).exit_code == 2
    text = (project / "page.html").read_text(encoding="utf-8")
    assert "BETTER" in text
    assert "What would change the mind" in text
    assert "chances below one half may be too hopeful" in text


def test_few_rows_of_a_class_are_said(project: Path) -> None:
    whole = compare_sides("good", ["bad"], split="validation")
    assert "careful bounds (at least 95%)" in interval(whole.pairs[0].usd)
    assert any(line.startswith("dollars a month: where only rows called differently count") for line in notes(whole))
    pair = replace(whole.pairs[0], usd=None, right=None)
    answer = replace(whole, pairs=(pair,))
    few = replace(answer, pairs=(replace(pair, quality=replace(pair.quality, coverage=Coverage.of(0.95, 20))),))
    assert any("20 rows of the rarer class" in line for line in notes(few))
    assert not any("rarer class" in line for line in notes(answer))
    for said, not_said, shown in (
        ("95% interval", "at least", answer),
        ("careful bounds (at least 95%)", "95% interval", few),
    ):
        found = page(shown)
        for text in (interval(shown.pairs[0].quality), found.partition("</header>")[0]):
            assert said in text
            assert not_said not in text
        assert f"Bar: {said}" in found
        assert ("at least 95%<" in found) == (shown is few)
    assert "no interval" in interval(replace(pair.quality, coverage=None))


def test_the_page_stands_alone_and_escapes_names(project: Path) -> None:
    evil = "<b onload=x>"
    evaluated(project, np.arange(ROWS), {"good": 0.8, evil: 3.0})
    text = page(compare_sides("good", [evil]))
    assert evil not in text
    assert "<script" not in text
    for outside in ('src="http', 'href="http', "@import", "url(http"):
        assert outside not in text
    assert len(text) < 1_000_000


def profiled(root: Path) -> None:
    frame = fields.profiled(2).with_columns(id=pl.Series(["good", "bad"]))
    artifacts.commit("cost", {"data/cost/candidates.parquet": frame}, root=root)


def usd(changes: str = "", **options: str) -> float:
    Path("params.yaml").write_text(PARAMS.replace("  error_usd", f"{changes}  error_usd"), encoding="utf-8")
    found = compare_sides("good", ["bad"], split="validation", **options).pairs[0]
    assert found.usd_is_whole
    return float(found.usd.difference)


def test_dollars_are_those_of_the_terms_in_params_whatever_a_run_priced_at(project: Path) -> None:
    profiled(project)
    priced, errors = {}, {}
    for requests in (1_000_000, 500_000_000):
        traffic = f"  traffic: {{requests_per_day: {requests}}}\n"
        together = usd(traffic)
        frame = artifacts.read_frame("data/cost/candidates.parquet")
        params = reading.read().cost
        running = cost.running_usd(cost.price_candidates(frame, params, cost.PriceBook.load()))
        priced[requests], errors[requests] = running[0] - running[1], together - (running[0] - running[1])
    assert abs(priced[500_000_000]) > abs(priced[1_000_000])
    assert errors[500_000_000] == pytest.approx(500 * errors[1_000_000])


def test_a_threshold_chosen_with_a_candidate_is_not_put_on_the_others(project: Path) -> None:
    def points(decide: str) -> list[evaluate.Point]:
        (project / "params.yaml").write_text(PARAMS + decide, encoding="utf-8")
        sides = Sides(reading.read())
        return [sides.find(name).point("binary") for name in ("good", "bad")]

    free = points("")
    assert points("decide: {candidate: good, threshold: 0.9}\n") == [evaluate.Point(0.9, None), free[1]]
    assert [point.threshold for point in points("decide: {threshold: 0.9}\n")] == [0.9, 0.9]


def test_another_revision_has_another_model_under_the_same_name(project: Path) -> None:
    (project / "params.yaml").write_text(PARAMS + "decide: {candidate: good, threshold: 0.9}\n", encoding="utf-8")
    sides = Sides(reading.read())
    here, there = (sides.find(name).point("binary").threshold for name in ("good", "first:good"))
    assert here == 0.9
    assert there is not None
    assert there < 0.5


@pytest.mark.parametrize("name", ["first", "first:good"])
def test_all_of_a_revision_are_named_so_that_they_are_found_again(project: Path, name: str) -> None:
    sides = Sides(reading.read())
    (other,) = sides.others(sides.find(name), [], with_all=True)
    assert other.name == "first:bad"
    assert sides.find(other.name).candidate == "bad"


def test_a_key_that_repeats_tells_no_rows_apart(project: Path) -> None:
    roles = Roles("y", "binary", ("no", "yes"), ("x",), None, (), {})
    files = {"data/processed/roles.json": roles.to_json(), **rows(np.arange(ROWS) // 2)}
    artifacts.commit("ingest", files, root=project)
    with pytest.raises(UsageError, match=r"values of `ingest.key` that several rows of good share"):
        compare_candidates("first:good", "good")


def test_a_damaged_table_of_costs_is_told_and_not_left_out(project: Path) -> None:
    profiled(project)
    with (project / "data/cost/candidates.parquet").open("ab") as file:
        file.write(b" ")
    with pytest.raises(IntegrityError):
        compare_sides("good", ["bad"], split="validation")


@pytest.mark.parametrize(
    "arguments", [["first:nope"], ["bad", "--together", "nope"], ["bad", "--html", "nowhere/page.html"]]
)
def test_what_is_refused_is_no_look_at_the_test_rows(project: Path, arguments: list[str]) -> None:
    result = CliRunner().invoke(application(), ["compare", "good", *arguments])
    assert result.exit_code
    assert artifacts.read_looks() == ()
