"""After a decision: only what it touches runs again, and it ends at the point chosen."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import nbformat
import pytest

from workbench import artifacts
from workbench.cli.choosing import Wish, choice_of
from workbench.widgets import apply

from .test_pipeline import stages_run

if TYPE_CHECKING:
    from .conftest import Project

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("pipeline")]


def decided(project: Project) -> dict[str, object]:
    return json.loads((project.root / "decisions/current.json").read_text())


def other_than_decided(project: Project) -> str:
    table = artifacts.read_frame("data/decision/candidates.parquet", project.root)
    return next(name for name in table["id"] if name != decided(project)["candidate"])


def report(project: Project) -> str:
    cells = nbformat.read(project.root / "reports/decide.ipynb", as_version=4).cells
    return "".join(output.get("text", "") for cell in cells for output in cell.get("outputs", []))


def test_a_choice_reruns_decide_alone_and_ends_exactly_there(project: Project) -> None:
    wish = Wish(candidate=other_than_decided(project), threshold=0.123456789, because="the shop: 'asked'")
    choice = choice_of(wish, project.root)
    apply(choice, project.root)
    assert stages_run(project.type("dvc", "repro").stdout) == ["decide"]
    found = decided(project)
    assert (found["candidate"], found["threshold"]) == (choice.candidate, choice.threshold)
    assert found["usd_per_month"] == choice.evidence["usd_per_month"]
    assert "Decision 0001-" in report(project)
    assert "same candidate, same threshold, same dollars" in report(project)
    assert stages_run(project.type("dvc", "repro").stdout) == []
    changed = json.loads(project.type("dvc", "metrics", "diff", "--json", "--no-path").stdout or "{}")
    assert "usd_per_month" in json.dumps(changed)


def test_a_team_and_its_signatures_rerun_nothing(project: Project) -> None:
    apply(choice_of(Wish(because="it pays"), project.root), project.root)
    project.type("dvc", "repro")
    with (project.root / "params.yaml").open("a", encoding="utf-8") as params:
        params.write("team: {approvers: [Di]}\n")
    project.type("workbench", "decide", "--approve", "1", "--as", "Di")
    assert "approved by Di" in project.type("workbench", "decide", "--check").stdout
    assert stages_run(project.type("dvc", "repro", "--dry").stdout) == []


def test_a_moved_point_is_said_by_repro_report_and_command(project: Project) -> None:
    apply(choice_of(Wish(because="it pays"), project.root), project.root)
    project.type("dvc", "repro")
    project.replace("false_negative: 0.0005", "false_negative: 0.0015")
    said = project.type("dvc", "repro")
    assert set(stages_run(said.stdout)) == {"cost", "decide"}
    for text in (said.stdout, report(project), project.type("workbench", "decide").stdout):
        assert "cost.error_usd.false_negative: 0.0005 then, 0.0015 now" in text
        assert "The point moved: " in text
        assert "more than when it was decided" in text


def test_experiments_compare_decisions(project: Project) -> None:
    other = other_than_decided(project)
    said = project.type("dvc", "exp", "run", "-n", "other", "-S", f"decide.candidate={other}").stdout
    assert stages_run(said) == ["decide"]
    shown = json.loads(project.type("dvc", "metrics", "diff", "--json", "HEAD", "other").stdout)
    (figures,) = [values for path, values in shown.items() if path.endswith("metrics/decide.json")] or [{}]
    assert figures["usd_per_month"]["diff"] > 0
    params = json.loads(project.type("dvc", "params", "diff", "--json", "HEAD", "other").stdout)
    assert params["params.yaml"]["decide.candidate"]["new"] == other
