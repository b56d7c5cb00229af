from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from ruamel.yaml import YAML

from tests.payloads import PAYLOADS
from tests.widgets import cases
from workbench.errors import ParamsError, UsageError
from workbench.params.reading import read
from workbench.widgets import Choice, apply

if TYPE_CHECKING:
    from pathlib import Path

PARAMS = """\
# The whole pipeline.
ingest:
  sources: {flights: {path: flights.csv}}
  table: flights
  target: late
cost:
  instance: aws/us-east-1/m7i.large
  traffic: {requests_per_day: 1_000_000, rows_per_request: 1}  # measured in June
  error_usd: {false_positive: 0.002, false_negative: 0.01}
decide:
  limits: {latency_p99_ms: 4}    # promised to the shop
  candidate: auto                # or an id
  threshold: auto
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "params.yaml").write_text(PARAMS, encoding="utf-8")
    return tmp_path


def chosen(candidate: str | None = None, why: str = "it pays", **settings: object) -> Choice:
    explorer = cases.explorer()
    return explorer.choice(candidate, why, {**explorer.settings, **settings})


def decision_in(project: Path) -> dict[str, object]:
    (file,) = (project / "decisions").iterdir()
    return YAML(typ="safe").load(file.read_text(encoding="utf-8"))


def test_params_hold_the_choice_and_keep_every_comment(project: Path) -> None:
    choice = chosen(latency_p99_ms=0.6, requests_per_day=2_500_000.0, purchase="spot")
    applied = apply(choice, project)
    text = (project / "params.yaml").read_text(encoding="utf-8")
    for comment in ("# The whole pipeline.", "# measured in June", "# promised to the shop", "# or an id"):
        assert comment in text
    params = read(project)
    assert (params.decide.candidate, params.decide.threshold) == (choice.candidate, choice.threshold)
    assert params.decide.limits.latency_p99_ms == 0.6
    assert params.cost.traffic.requests_per_day == 2_500_000
    assert params.cost.purchase == "spot"
    assert "2500000," in text.replace("_", "")
    assert "cost.error_usd.false_positive" not in applied.changes
    assert "Next: dvc repro" in str(applied)


def test_what_does_not_change_is_not_rewritten(project: Path) -> None:
    apply(chosen(), project)
    text = (project / "params.yaml").read_text(encoding="utf-8")
    untouched = [line for line in PARAMS.splitlines() if "candidate:" not in line and "threshold:" not in line]
    assert all(line in text.splitlines() for line in untouched)


def test_no_latency_limit_is_written_as_none(project: Path) -> None:
    apply(chosen(latency_p99_ms=None), project)
    assert read(project).decide.limits.latency_p99_ms is None


def test_the_decision_file_says_who_why_what_and_on_which_evidence(project: Path) -> None:
    subprocess.run(["git", "init", "-q", project], check=True)
    subprocess.run(["git", "-C", project, "config", "user.name", "Ada <script>"], check=True)
    choice = chosen(why='line one\nline two: it\'s "quoted"\x00')
    applied = apply(choice, project)
    record = decision_in(project)
    assert record["candidate"] == choice.candidate
    assert record["threshold"] == choice.threshold
    assert record["who"] == "Ada <script>"
    assert record["why"] == 'line one\nline two: it\'s "quoted"\n'
    assert record["assumptions"]["cost"]["traffic"] == {"requests_per_day": 1_000_000, "rows_per_request": 1}
    assert "2026" in record["assumptions"]["price_basis"]
    assert record["evidence"]["usd_per_month"] == pytest.approx(choice.evidence["usd_per_month"])
    assert "validation_average_precision" in record["evidence"]
    assert record["instead_of"] == {"candidate": "auto", "threshold": "auto"}
    assert record["evidence"]["git_revision"] is None
    assert applied.decision.name.endswith(f"-{choice.candidate.replace('@', '-')}.yaml")


def test_a_second_decision_never_replaces_the_first(project: Path) -> None:
    files = {apply(chosen(), project).decision for _ in range(3)}
    assert len(files) == 3
    assert all(file.exists() for file in files)


def test_another_candidate_than_the_recommended_is_recorded_as_such(project: Path) -> None:
    recommended = chosen().candidate
    other = next(name for name in cases.names(40) if name != recommended)
    apply(chosen(other), project)
    record = decision_in(project)
    assert (record["candidate"], record["recommended"]) == (other, recommended)


def test_decide_agrees_with_what_was_applied(project: Path) -> None:
    choice = chosen(latency_p99_ms=0.8, false_negative=0.05)
    apply(choice, project)
    params = read(project)
    again = cases.explorer()._decided(params.cost, params.decide)
    assert again.candidate == choice.candidate
    assert again.threshold == choice.threshold
    assert again.usd_per_month == choice.evidence["usd_per_month"]


def test_hostile_candidate_names_stay_inside_the_folder(project: Path) -> None:
    ids = [*PAYLOADS[:20], "../../etc/passwd", "a/b", ".", "", "\u2028", "x" * 400]
    explorer = cases.explorer(ids)
    for name in ids:
        applied = apply(explorer.choice(name, name), project)
        assert applied.decision.parent == project / "decisions"
        assert read(project).decide.candidate == name
        assert YAML(typ="safe").load(applied.decision.read_text(encoding="utf-8"))["candidate"] == name


def test_an_unknown_candidate_is_refused() -> None:
    with pytest.raises(UsageError, match="no such candidate"):
        chosen("b99")


def test_an_assumption_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ParamsError):
        chosen(requests_per_day=-1)
    with pytest.raises(ParamsError):
        chosen(purchase="barter")


def test_broken_params_are_left_alone(project: Path) -> None:
    broken = PARAMS.replace("target: late", "tarket: late")
    (project / "params.yaml").write_text(broken, encoding="utf-8")
    with pytest.raises(ParamsError):
        apply(chosen(), project)
    assert (project / "params.yaml").read_text(encoding="utf-8") == broken
    assert not (project / "decisions").exists()
