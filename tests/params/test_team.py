from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from workbench.errors import ParamsError
from workbench.params.reading import read_file, read_team
from workbench.params.team import TeamParams

if TYPE_CHECKING:
    from pathlib import Path

BASE = "ingest:\n  sources: {a: {path: a.csv}}\n  table: a\n  target: y\n"


def test_nobody_is_asked_where_there_is_no_team() -> None:
    duties = TeamParams().duties("decide")
    assert (duties.reviews, duties.approvals, duties.signed) == (0, 0, None)


def test_naming_people_asks_for_one_of_them() -> None:
    duties = TeamParams(reviewers=["Bo"], approvers=["Di", "Ed"]).duties("release")
    assert (duties.reviews, duties.approvals) == (1, 1)


def test_a_stage_states_only_what_differs() -> None:
    team = TeamParams.model_validate({"approvers": ["Di", "Ed"], "signed": True, "release": {"approvals_needed": 2}})
    assert team.duties("decide").approvals == 1
    release = team.duties("release")
    assert (release.approvals, release.approvers, release.signed) == (2, ("Di", "Ed"), True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("team: {approvers: [Di], approvals_needed: 2}", "2 approvers are needed, but only 1 are named"),
        ("team: {approvers: [Di, di], approvals_needed: 2}", "2 approvers are needed"),
        ("team: {approvers: [Di], release: {approvals_needed: 2}}", "2 approvers are needed"),
        ("team: {approver: [Di]}", "did you mean approvers?"),
        ("team: {approvers: ['']}", "team.approvers"),
        ("team: {valid_days: 0}", "team.valid_days"),
        ("team: {signed: 1.5}", "team.signed"),
    ],
)
def test_a_mistake_names_its_place(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "params.yaml").write_text(f"{BASE}{text}\n", encoding="utf-8")
    with pytest.raises(ParamsError) as caught:
        read_file(tmp_path / "params.yaml")
    assert said in str(caught.value)
    assert str(caught.value).startswith("params.yaml:5")


def test_the_team_is_read_as_it_stands_not_as_the_run_began(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = tmp_path / "snapshot.yaml"
    snapshot.write_text(BASE, encoding="utf-8")
    monkeypatch.setenv("WORKBENCH_PARAMS", str(snapshot))
    (tmp_path / "params.yaml").write_text(f"{BASE}team: {{owners: [Ada]}}\n", encoding="utf-8")
    assert read_team(tmp_path).owners == ("Ada",)
