from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.payloads import PAYLOADS
from tests.widgets import cases
from tests.widgets.projects import PARAMS
from workbench import artifacts
from workbench.decide import in_force
from workbench.errors import ArtifactError, ParamsError, UsageError
from workbench.params.reading import read
from workbench.widgets import Choice, apply


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
    assert record["because"] == 'line one\nline two: it\'s "quoted"\n'
    assert record["assumptions"]["cost"]["traffic"] == {"requests_per_day": 1_000_000, "rows_per_request": 1}
    assert "2026" in record["assumptions"]["price_basis"]
    assert record["usd_per_month"] == choice.evidence["usd_per_month"]
    assert record["evidence"]["figures"] == choice.evidence
    assert "validation_average_precision" in record["evidence"]["figures"]
    assert [other["candidate"] for other in record["alternatives"]] == [o["candidate"] for o in choice.alternatives]
    assert len(record["alternatives"]) == 5
    assert all(other["usd_more_per_month"] >= 0 for other in record["alternatives"])
    assert record["instead_of"] == {"candidate": "auto", "threshold": "auto"}
    assert record["evidence"]["git_revision"] is None
    assert applied.decision.name == f"0001-{choice.candidate.replace('@', '-')}.yaml"


def test_a_second_decision_never_replaces_the_first(project: Path) -> None:
    files = {apply(chosen(), project).decision for _ in range(3)}
    assert sorted(file.name[:4] for file in files) == ["0001", "0002", "0003"]
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


def test_who_may_be_said(project: Path) -> None:
    explorer = cases.explorer()
    apply(explorer.choice(why="it pays", who="Grace: [Hopper]\n#"), project)
    assert decision_in(project)["who"] == "Grace: [Hopper] #"


def test_assumptions_beyond_the_sliders_are_written_too(project: Path) -> None:
    explorer = cases.explorer(terms={"serving": {"peak_factor": 2.5}, "price_uncertainty": 0.1})
    applied = apply(explorer.choice(), project)
    params = read(project)
    assert (params.cost.serving.peak_factor, params.cost.price_uncertainty) == (2.5, 0.1)
    assert {"cost.serving.peak_factor", "cost.price_uncertainty"} <= set(applied.changes)


APPLIES = """
import os, pathlib, signal, sys
sys.path.insert(0, {tests!r})
from tests.widgets import cases
from workbench import artifacts
from workbench.widgets import apply
root, times, killed = pathlib.Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "killed"
explorer = cases.explorer(cases.names(8))
choices = [explorer.choice(name, f"{{os.getpid()}}") for name in cases.names(8)[:times]]
if killed:
    artifacts.write_text = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
print("ready", flush=True)
sys.stdin.readline()
for choice in choices:
    apply(choice, root)
"""


def applying(project: Path, times: int, how: str = "") -> subprocess.Popen[str]:
    code = APPLIES.format(tests=str(Path(__file__).parents[2]))
    command = [sys.executable, "-c", code, str(project), str(times), how]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def go(running: subprocess.Popen[str]) -> None:
    assert running.stdout.readline() == "ready\n"


def test_two_writers_at_once_take_turns(project: Path) -> None:
    both = [applying(project, 6) for _ in range(2)]
    for running in both:
        go(running)
    for running in both:
        running.stdin.write("\n")
        running.stdin.flush()
    assert [running.wait(60) for running in both] == [0, 0]
    for running in both:
        running.stdin.close()
        running.stdout.close()
    log = artifacts.read_decisions(project)
    assert [one.number for one in log.decisions] == list(range(1, 13))
    assert log.problems == ()
    last, params = log.decisions[-1], read(project).decide
    assert (params.candidate, params.threshold) == (last.candidate, last.threshold), "the last one stands"


def test_killed_between_the_decision_and_params_leaves_both_whole(project: Path) -> None:
    with applying(project, 1, "killed") as running:
        go(running)
        running.stdin.write("\n")
        running.stdin.flush()
        assert running.wait(60) == -signal.SIGKILL
    assert (project / "params.yaml").read_text(encoding="utf-8") == PARAMS
    (left,) = artifacts.read_decisions(project).decisions
    assert in_force([left], read(project).decide) is None, "params.yaml never says what it does not hold"
    applied = apply(chosen("baseline", "again"), project)
    assert applied.decision.name == "0002-baseline.yaml", "the lock died with its holder"
    assert read(project).decide.candidate == "baseline"


def test_a_folder_that_cannot_be_written_changes_nothing(project: Path) -> None:
    (project / "decisions").write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises(ArtifactError, match="decisions"):
        apply(chosen(), project)
    assert (project / "params.yaml").read_text(encoding="utf-8") == PARAMS


def test_params_that_cannot_be_written_take_the_decision_back(project: Path, tmp_path: Path) -> None:
    outside = tmp_path.parent / f"{tmp_path.name}-outside.yaml"
    (project / "params.yaml").rename(outside)
    (project / "params.yaml").symlink_to(outside)
    with pytest.raises(ArtifactError, match="link out of the project"):
        apply(chosen(), project)
    assert outside.read_text(encoding="utf-8") == PARAMS
    assert list((project / "decisions").iterdir()) == []


def test_a_read_only_disk_is_one_paragraph_and_changes_nothing(tmp_path: Path) -> None:
    root = tmp_path / "disk"
    root.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", root], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("cannot mount a disk here")
    try:
        (root / "params.yaml").write_text(PARAMS, encoding="utf-8")
        subprocess.run(["mount", "-o", "remount,ro", root], check=True)
        with pytest.raises(ArtifactError, match=r"Read-only file system.*check that you may write"):
            apply(chosen(), root)
        assert [path.name for path in root.iterdir()] == ["params.yaml"]
    finally:
        subprocess.run(["umount", root], check=True)
