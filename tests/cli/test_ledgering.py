"""`workbench costs` as a shell sees it."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.cli.test_contract import PARAMS, read_json, workbench
from workbench import artifacts

if TYPE_CHECKING:
    from pathlib import Path

MACHINE = "aws/us-east-1/m7i.large on_demand"
PRICES = """\
sources:
  mine: {origin: our contract, as_of: 2026-10-01, confidence: confirmed}
machines:
  - {cloud: aws, region: us-east-1, on_demand: mine, types: {m7i.large: {on_demand: 0.09}}}
"""
DVC = "stages:\n  ingest: {cmd: workbench run ingest}\n  train: {cmd: workbench run train}\n"


def write(root: Path, stage: str, usd: float | None, **told: object) -> None:
    usual = {"status": "DONE", "wall_seconds": 3600.0, "instance": MACHINE}
    artifacts.write_run(replace(artifacts.new_run(stage), usd=usd, **(usual | told)), root)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "params.yaml").write_text(PARAMS, encoding="utf-8")
    write(tmp_path, "ingest", 0.1, owner="ada", tags={"project": "p"}, started="2026-11-01T10:00:00.000Z")
    write(tmp_path, "train", 0.2, owner="bob", tags={"project": "q"}, started="2026-11-02T10:00:00.000Z")
    write(tmp_path, "train", 0.3, status="FAILED", error="x", started="2026-11-03T10:00:00.000Z")
    return tmp_path


def test_the_total_is_the_sum_of_the_entries(project: Path) -> None:
    text = workbench(project, "costs", "--json").stdout
    tree = json.loads(text, parse_float=Decimal)
    assert sum(entry["usd"] for entry in tree["entries"]) == tree["total_usd"] == Decimal("0.6")
    assert tree["total_nano_usd"] == 600_000_000
    assert [entry["tags"] for entry in tree["entries"]] == [{"project": "p"}, {"project": "q"}, {}]
    assert [entry["stage"] for entry in tree["entries"]] == ["ingest", "train", "train"]


def test_people_see_totals_and_no_zero_lines(project: Path) -> None:
    shown = workbench(project, "costs").stdout
    assert "total $0.60 for 3 runs" in shown
    assert "wasted $0.30 of it, on 1 run that did not end well" in shown
    assert f"as recorded from 2026-11-01 to 2026-11-03: {MACHINE}, $0.1 to $0.3 an hour" in shown
    assert "cache" not in shown
    assert "wasted" not in workbench(project, "costs", "--until", "2026-11-02").stdout


def test_many_runs_are_not_all_shown_but_all_counted(project: Path) -> None:
    for number in range(30):
        write(project, "cost", 0.01, started=f"2026-12-{number + 1:02}T00:00:00.000Z")
    shown = workbench(project, "costs").stdout
    assert "the newest 20 of 33 runs" in shown
    assert "total $0.90 for 33 runs" in shown
    assert len(read_json(project, "costs")["entries"]) == 33


@pytest.mark.parametrize(
    ("by", "groups"),
    [
        ("stage", {"train": 0.5, "ingest": 0.1}),
        ("day", {"2026-11-01": 0.1, "2026-11-02": 0.2, "2026-11-03": 0.3}),
        ("owner", {None: 0.3, "bob": 0.2, "ada": 0.1}),
        ("status", {"DONE": 0.3, "FAILED": 0.3}),
        ("tag:project", {None: 0.3, "q": 0.2, "p": 0.1}),
    ],
)
def test_groups(project: Path, by: str, groups: dict[str | None, float]) -> None:
    tree = read_json(project, "costs", "--by", by)
    assert {group["group"]: group["usd"] for group in tree["groups"]} == groups
    shown = workbench(project, "costs", "--by", by).stdout
    assert f"ledger by {by}" in shown
    assert "total $0.60 for 3 runs" in shown
    lines = workbench(project, "costs", "--by", by, "--csv").stdout.splitlines()
    assert lines[0].startswith(f"{by},runs,")
    assert len(lines) == 1 + len(groups)


def test_since_and_until(project: Path) -> None:
    assert read_json(project, "costs", "--since", "2026-11-02")["total_usd"] == 0.5
    assert read_json(project, "costs", "--until", "2026-11-02")["total_usd"] == 0.3
    assert read_json(project, "costs", "--since", "2026-11-02", "--until", "2026-11-02")["total_usd"] == 0.2
    assert read_json(project, "costs", "--since", "2027")["entries"] == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["--since", "soon"],
        ["--by", "stag"],
        ["--csv", "--json"],
        ["--diff", "nowhere"],
        ["--diff", "--x"],
        ["--diff", "HEAD", "--csv"],
    ],
)
def test_a_bad_argument_is_one_paragraph(project: Path, arguments: list[str]) -> None:
    done = workbench(project, "costs", *arguments)
    assert done.returncode == 2, done.stdout
    assert "Traceback" not in done.stderr
    assert "Expected:" in done.stderr or "did you mean" in done.stderr


def test_todays_prices_reprice_history(project: Path) -> None:
    (project / "prices.yaml").write_text(PRICES, encoding="utf-8")
    tree = read_json(project, "costs", "--reprice")
    assert (tree["total_usd"], tree["recorded_total_usd"]) == (0.27, 0.6)
    assert tree["prices"][MACHINE]["usd_per_hour"] == 0.09
    shown = workbench(project, "costs", "--reprice").stdout
    assert "recorded at the time: $0.60" in shown
    assert "2026-10-01" in shown
    assert read_json(project, "costs")["total_usd"] == 0.6


def test_exports(project: Path) -> None:
    lines = workbench(project, "costs", "--csv").stdout.splitlines()
    assert len(lines) == 4
    assert "0.100000000" in lines[1]
    text = workbench(project, "costs", "--prometheus").stdout
    assert 'workbench_ledger_cost_usd{stage="train",status="FAILED",owner=""} 0.300000000' in text


def test_what_the_cache_saved(project: Path) -> None:
    artifacts.write_repro(replace(artifacts.new_repro(["ingest", "train"], "ada")), project)
    assert read_json(project, "costs")["saved_usd"] == 0.3
    assert "the cache saved $0.30" in workbench(project, "costs").stdout
    assert read_json(project, "costs", "--until", "2026-11-03")["saved_usd"] == 0.0


def git(root: Path, *arguments: str) -> str:
    identity = {f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    done = subprocess.run(
        ["git", *arguments], cwd=root, env=os.environ | identity, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def branch(tmp_path: Path) -> Path:
    """A project with `main`, and a branch on which training costs more."""
    (tmp_path / "params.yaml").write_text(PARAMS + "cost: {retrains_per_month: 4}\n", encoding="utf-8")
    (tmp_path / "dvc.yaml").write_text(DVC, encoding="utf-8")
    (tmp_path / ".gitignore").write_text("/ledger/\n/.workbench/\n", encoding="utf-8")
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "main")
    main = git(tmp_path, "rev-parse", "HEAD")
    write(tmp_path, "ingest", 0.5, git_revision=main)
    write(tmp_path, "train", 1.0, git_revision=main)
    git(tmp_path, "switch", "-q", "-c", "branch")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "branch")
    write(tmp_path, "train", 1.775, git_revision=git(tmp_path, "rev-parse", "HEAD"))
    return tmp_path


def test_what_a_branch_changes(branch: Path) -> None:
    shown = workbench(branch, "costs", "--diff", "main").stdout
    assert "this branch makes a month of retraining, 4 full runs, $3.10 dearer than main" in shown
    assert "+0.775000" in shown
    tree = read_json(branch, "costs", "--diff", "main")
    assert (tree["usd_per_run"], tree["usd_per_month"], tree["without_evidence"]) == (0.775, 3.1, [])
    by_stage = {stage["stage"]: stage["difference_usd"] for stage in tree["stages"]}
    assert by_stage == {"ingest": 0.0, "train": 0.775}


def test_missing_evidence_is_said(branch: Path) -> None:
    with (branch / "dvc.yaml").open("a", encoding="utf-8") as stream:
        stream.write("  cost: {cmd: workbench run cost}\n")
    git(branch, "commit", "-q", "-a", "-m", "a stage that never ran")
    tree = read_json(branch, "costs", "--diff", "main")
    assert (tree["usd_per_run"], tree["known_usd_per_run"], tree["without_evidence"]) == (None, 0.775, ["cost"])
    shown = workbench(branch, "costs", "--diff", "main").stdout
    assert "not in it, for want of a priced run on both sides: cost" in shown
