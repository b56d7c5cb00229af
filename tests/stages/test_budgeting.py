"""A month's budget warns, and stops when it is asked to; who ran what is on record."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.stages.conftest import Project, commit
from workbench import artifacts
from workbench.errors import StageError
from workbench.stages.ownership import OwnerQuery

if TYPE_CHECKING:
    from pathlib import Path

BUDGET = "run:\n  budget: {{usd_per_month: 1.0, warn_at: 0.8, stop: {stop}}}\n"
PARAMS = "ingest:\n  sources: {t: {path: t.csv}}\n  table: t\n  target: y\n"


@pytest.fixture
def spent(tmp_path: Path) -> Project:
    """A project that has a stage, and a ledger of this month and of earlier ones."""
    project = Project(tmp_path)
    project.write("train", commit("train"))
    for usd, started in ((0.5, None), (0.3, None), (100.0, "2020-01-01T00:00:00.000Z")):
        run = artifacts.new_run("cost")
        artifacts.write_run(replace(run, status="FAILED", usd=usd, started=started or run.started), tmp_path)
    return project


def params(project: Project, *, stop: bool, extra: str = "") -> None:
    (project.root / "params.yaml").write_text(PARAMS + BUDGET.format(stop=str(stop).lower()) + extra, "utf-8")


def spend(project: Project, usd: float) -> None:
    artifacts.write_run(replace(artifacts.new_run("cost"), status="DONE", usd=usd), project.root)


def test_most_of_a_budget_warns(spent: Project, capsys: pytest.CaptureFixture[str]) -> None:
    params(spent, stop=True)
    assert spent.run("train").status == "DONE"
    printed = capsys.readouterr().out
    assert "warning: $0.80 of $1.00 are spent since 20" in printed
    assert "80% of run.budget.usd_per_month" in printed


def test_a_spent_budget_stops_before_anything_starts(spent: Project) -> None:
    params(spent, stop=True)
    spend(spent, 0.2)
    before = len(spent.records())
    with pytest.raises(StageError) as refused:
        spent.run("train")
    text = str(refused.value)
    assert text.startswith("params.yaml:6, key run.budget.usd_per_month: the month's budget is spent")
    assert "$1.00 of $1.00 are spent since" in text
    assert refused.value.exit_code == 1
    assert len(spent.records()) == before
    assert not (spent.root / "out").exists()


def test_a_spent_budget_that_does_not_stop_warns(spent: Project, capsys: pytest.CaptureFixture[str]) -> None:
    params(spent, stop=False)
    spend(spent, 5.0)
    assert spent.run("train").status == "DONE"
    assert "580% of" in capsys.readouterr().out


def test_little_spending_says_nothing(spent: Project, capsys: pytest.CaptureFixture[str]) -> None:
    spent.params(extra="")
    assert spent.run("train").status == "DONE"
    assert "spent" not in capsys.readouterr().out


@pytest.mark.parametrize("broken", ["garbage: [", "local: {mine: {usd_per_hour: -1}}"])
def test_a_run_without_a_price_does_not_pass_a_budget_that_stops(
    spent: Project, capsys: pytest.CaptureFixture[str], broken: str
) -> None:
    (spent.root / "prices.yaml").write_text(broken, "utf-8")
    params(spent, stop=True)
    before = len(spent.records())
    with pytest.raises(StageError, match="no price is known for this run") as refused:
        spent.run("train")
    assert str(refused.value).startswith("params.yaml:6, key run.budget.usd_per_month: ")
    assert "Found: prices.yaml:1" in str(refused.value)
    assert len(spent.records()) == before
    params(spent, stop=False)
    assert spent.run("train").usd is None
    assert "warning: no price is known for this run, which counts nothing of run.budget" in capsys.readouterr().out


def test_a_machine_without_a_price_does_not_pass_either(spent: Project) -> None:
    params(spent, stop=True)
    with pytest.raises(StageError, match="no price is known for this run"):
        spent.run("train", "cost.instance=aws/us-east-1/m7i.lrge")


def test_runs_without_a_price_are_told_however_little_is_spent(
    spent: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    (spent.root / "params.yaml").write_text(PARAMS + BUDGET.format(stop="true").replace("1.0", "100"), "utf-8")
    artifacts.write_run(replace(artifacts.new_run("cost"), status="DONE", usd=None), spent.root)
    spent.run("train")
    assert "1% of run.budget.usd_per_month; 1 runs without a price are not in it" in capsys.readouterr().out


def test_owner_and_tags_are_on_record(spent: Project) -> None:
    params(spent, stop=False, extra="  owner: ada\n  tags: {project: delays, purpose: demo}\n")
    record = spent.run("train")
    assert (record.owner, record.tags, record.repro) == ("ada", {"project": "delays", "purpose": "demo"}, None)
    assert spent.last().tags == record.tags


def test_without_an_owner_git_names_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", "/dev/null")
    monkeypatch.setenv("LOGNAME", "login")
    assert OwnerQuery(tmp_path).answer() == "login"
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    for key, value in (("user.name", "Ada Lovelace"), ("user.email", "ada@example.org")):
        subprocess.run(["git", "config", key, value], cwd=tmp_path, check=True)
    assert OwnerQuery(tmp_path).answer() == "Ada Lovelace"
    subprocess.run(["git", "config", "user.email", "workbench@localhost"], cwd=tmp_path, check=True)
    assert OwnerQuery(tmp_path).answer() == "login"
