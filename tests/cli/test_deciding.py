"""`workbench decide` and `workbench history` as a shell sees them."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from ruamel.yaml import YAML

from tests.cli.test_contract import workbench
from tests.widgets import projects
from workbench import artifacts
from workbench.cli.choosing import Wish, choice_of
from workbench.params.reading import read

if TYPE_CHECKING:
    from pathlib import Path

TEAM = "team: {owners: [Ada], reviewers: [Bo], approvers: [Di, Ed]}\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    projects.decided(tmp_path, 8)
    for setting in (
        ["init", "-qb", "main"],
        ["config", "user.name", "Ada"],
        ["config", "user.email", "ada@example.org"],
    ):
        git(tmp_path, *setting)
    return tmp_path


def git(project: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def decide(project: Path, *arguments: str, code: int = 0) -> str:
    done = workbench(project, "decide", *arguments)
    assert done.returncode == code, done.stdout + done.stderr
    assert done.stderr.count("\n") <= 1 + done.stderr.count("decisions/: "), "one paragraph"
    return done.stdout + done.stderr


def test_a_choice_without_a_browser_is_what_apply_writes(project: Path) -> None:
    before = (project / "params.yaml").read_text(encoding="utf-8")
    asked = ("--set", "cost.traffic.requests_per_day=3_000_000", "--set", "decide.limits.latency_p99_ms=9")
    wished = choice_of(Wish(overrides=(asked[1], asked[3])), project)
    shown = decide(project, *asked, "--dry-run")
    assert "-  traffic: {requests_per_day: 1_000_000" in shown
    assert f"+  candidate: {wished.candidate}" in shown
    assert (project / "params.yaml").read_text(encoding="utf-8") == before
    assert not (project / "decisions").exists()
    said = decide(project, *asked, "--because", "spring: 'comes'", "--who", "Grace")
    assert "Wrote params.yaml (4 keys changed) and decisions/0001-" in said
    text = (project / "params.yaml").read_text(encoding="utf-8")
    for comment in ("# The whole pipeline.", "# measured in June", "# promised to the shop", "# or an id"):
        assert comment in text
    (path,) = (project / "decisions").glob("*.yaml")
    record = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    assert (record["candidate"], record["threshold"]) == (wished.candidate, wished.threshold)
    assert (record["who"], record["because"]) == ("Grace", "spring: 'comes'\n")
    assert record["usd_per_month"] == wished.evidence["usd_per_month"]
    assert read(project).cost.traffic.requests_per_day == 3_000_000


def test_what_stands_is_told_with_its_reason_and_whether_it_holds(project: Path) -> None:
    decide(project, "--candidate", "baseline", "--threshold", "0.4", "--because", "the old one will do")
    said = decide(project)
    assert "Decision 0001-baseline by Ada" in said
    assert "because: the old one will do" in said
    assert "same candidate, same threshold, same dollars" in said
    standing = json.loads(decide(project, "--json"))["standing"]
    assert (standing["candidate"], standing["threshold"], standing["status"]) == ("baseline", 0.4, "proposed")
    assert standing["point"]["usd_per_month_more"] == 0
    rates = artifacts.read_frame("data/evaluation/error_rates.parquet", project)
    worse = rates.with_columns(rates["false_negatives_per_row"] * 1.5)
    artifacts.commit("evaluate", {"data/evaluation/error_rates.parquet": worse}, root=project)
    moved = decide(project)
    assert "The point moved: baseline costs $" in moved
    assert "more than when it was decided: errors +$" in moved
    table = artifacts.read_frame("data/decision/candidates.parquet", project)
    artifacts.commit(
        "decide", {"data/decision/candidates.parquet": table.filter(table["id"] != "baseline")}, root=project
    )
    gone = decide(project)
    assert "baseline is no longer among the candidates" in gone
    assert "is worth most now at $" in gone
    artifacts.commit(
        "evaluate", {"data/evaluation/error_rates.parquet": worse.filter(worse["id"] != table["id"][-1])}, root=project
    )
    between = decide(project)
    assert "cannot be told: the stages decide and evaluate saw different candidates. Hint: run `dvc repro`" in between
    assert "keeps to the limits" not in between


def test_the_last_run_is_not_taken_for_the_choice_since(project: Path) -> None:
    table = artifacts.read_frame("data/decision/candidates.parquet", project)
    record = {"candidate": "b01", "usd_per_month": 1.0, "reason": "it costs least"}
    files = {"data/decision/candidates.parquet": table, "decisions/current.json": record}
    artifacts.commit("decide", files, root=project)
    later = "That is the last run's. params.yaml names"
    assert later not in decide(project)
    decide(project, "--candidate", "baseline", "--because", "the old one will do")
    assert f"{later} baseline since; `dvc repro` decides anew." in decide(project)


def test_hand_edited_params_are_not_what_was_decided(project: Path) -> None:
    decide(project, "--because", "it pays")
    text = (project / "params.yaml").read_text(encoding="utf-8")
    (project / "params.yaml").write_text(text.replace("1_000_000", "9_000_000") + TEAM, encoding="utf-8")
    for kind, who in (("review", "Bo"), ("approve", "Di")):
        decide(project, f"--{kind}", "1", "--as", who)
    assert "cost.traffic.requests_per_day: 1,000,000 then, 9,000,000.0 now" in decide(project)
    assert "nobody signed the assumptions that params.yaml states now" in decide(project, "--check", code=1)
    (project / "params.yaml").write_text(text.replace("candidate: ", "candidate: baseline #") + TEAM, encoding="utf-8")
    assert "no decision stands behind params.yaml" in decide(project, "--check", code=1)
    assert "No decision file stands behind baseline" in decide(project)


def test_check_wants_what_the_team_wants(project: Path) -> None:
    assert "none is needed" in decide(project, "--check")
    decide(project, "--because", "it pays")
    assert "No approvals are needed" in decide(project, "--check")
    with (project / "params.yaml").open("a", encoding="utf-8") as params:
        params.write(TEAM)
    said = decide(project, "--check", code=1)
    assert "1 review lacking by Bo; 1 approval lacking by Di or Ed" in said
    assert "Status: reviewed: reviewed by Bo. 1 approval lacking by Di or Ed" in decide(
        project, "--review", "1", "--as", "Bo"
    )
    decide(project, "--approve", "1", "--as", "Di", "--because", "read it")
    assert "has what it needs. Status: approved" in decide(project, "--check")
    (path,) = (project / "decisions").glob("*.yaml")
    path.write_text(path.read_text(encoding="utf-8").replace("it pays", "it paid"), encoding="utf-8")
    assert "the decision was changed since" in decide(project, "--check", code=1)


def test_check_answers_in_json_and_with_its_exit_code(project: Path) -> None:
    def check(*arguments: str, code: int) -> dict[str, object]:
        done = workbench(project, "decide", "--check", "--json", *arguments)
        assert done.returncode == code, done.stderr
        return json.loads(done.stdout)

    told = check(code=0)
    assert (told["decision"], told["status"], told["enough"], told["missing"]) == (None, None, True, [])
    decide(project, "--because", "it pays")
    assert check("--for", "release", code=0)["for"] == "release"
    with (project / "params.yaml").open("a", encoding="utf-8") as params:
        params.write(TEAM)
    told = check(code=1)
    assert (told["for"], told["status"], told["enough"]) == ("decide", "proposed", False)
    assert told["missing"] == ["1 review lacking by Bo", "1 approval lacking by Di or Ed"]
    assert "1 review lacking by Bo" in told["said"]
    for kind, who in (("review", "Bo"), ("approve", "Di")):
        decide(project, f"--{kind}", "1", "--as", who)
    told = check(code=0)
    assert (told["status"], told["enough"], told["missing"]) == ("approved", True, [])
    text = (project / "params.yaml").read_text(encoding="utf-8")
    (project / "params.yaml").write_text(text.replace("candidate: ", "candidate: baseline #"), encoding="utf-8")
    told = check(code=1)
    assert (told["decision"], told["enough"]) == (None, False)
    assert told["missing"] == ["no decision stands behind params.yaml, so that nobody can have approved it"]


def test_a_choice_answers_in_json(project: Path) -> None:
    shown = json.loads(decide(project, "--candidate", "baseline", "--dry-run", "--json"))
    assert (shown["candidate"], shown["decision"]) == ("baseline", None)
    assert "+  candidate: baseline" in shown["diff"]
    assert not (project / "decisions").exists()
    taken = json.loads(decide(project, "--candidate", "baseline", "--because", "x", "--json"))
    assert taken == shown | {"decision": "0001-baseline"}
    assert (project / "decisions" / "0001-baseline.yaml").is_file()


def test_a_model_trained_again_under_the_id_is_another_and_was_not_signed(project: Path) -> None:
    def train(trees: str, candidate: str = "baseline") -> None:
        artifacts.commit(
            "train", {f"models/{candidate}/b00.txt": trees, "contracts/train.yaml": "a plan"}, root=project
        )

    train("trees")
    decide(project, "--candidate", "baseline", "--because", "it pays")
    assert "No approvals are needed" in decide(project, "--check")
    with (project / "params.yaml").open("a", encoding="utf-8") as params:
        params.write(TEAM)
    for kind, who in (("review", "Bo"), ("approve", "Di")):
        decide(project, f"--{kind}", "1", "--as", who)
    train("trees")
    said = decide(project, "--check")
    assert "has what it needs. Status: approved" in said
    assert "digest" not in said
    train("other trees")
    said = decide(project, "--check", code=1)
    then = YAML(typ="safe", pure=True).load((project / "decisions/0001-baseline.yaml").read_text(encoding="utf-8"))
    assert "decisions/0001-baseline.yaml, key evidence.sha256.models/baseline: nobody signed the model" in said
    assert f"Expected: {then['evidence']['sha256']['models/baseline']}, as of {then['decided_at'][:10]}" in said
    assert "Found: files with digest " in said
    assert "`workbench decide --candidate baseline --because TEXT`" in said
    assert "Changed since it was decided: models/baseline." in decide(project)
    train("trees", candidate="b01")
    assert "Found: no models/baseline" in decide(project, "--check", code=1)
    train("other trees")
    decide(project, "--candidate", "baseline", "--because", "it still pays")
    assert "1 review lacking" in decide(project, "--check", code=1)


def test_where_nobody_signs_another_model_is_said_and_stops_nothing(project: Path) -> None:
    artifacts.commit("train", {"models/baseline/b00.txt": "trees"}, root=project)
    decide(project, "--candidate", "baseline", "--because", "it pays")
    artifacts.commit("train", {"models/baseline/b00.txt": "other trees"}, root=project)
    assert "baseline was trained again since: it is another model now" in decide(project, "--check")
    (path,) = (project / "decisions").glob("*.yaml")
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(line for line in lines if "models/baseline" not in line), encoding="utf-8")
    assert "does not hold the digest of models/baseline" in decide(project, "--check")


def test_an_objection_stays_and_blocks_until_answered(project: Path) -> None:
    decide(project, "--because", "it pays")
    with (project / "params.yaml").open("a", encoding="utf-8") as params:
        params.write(TEAM)
    decide(project, "--review", "1", "--as", "Bo")
    decide(project, "--approve", "1", "--as", "Di")
    (project / "plot.txt").write_text("see", encoding="utf-8")
    decide(project, "--object", "1", "--because", "rows are old", "--as", "Zoe", "--evidence", "plot.txt")
    decide(project, "--object", "1", "--because", "and few", "--as", "Yan")
    assert "by Zoe (object-Zoe): rows are old (evidence: " in decide(project, "--check", code=1)
    assert "several objections are open" in decide(project, "--answer", "1", "--because", "no", code=2)
    decide(project, "--answer", "1/object-Zoe", "--because", "they are of May")
    decide(project, "--answer", "1/Yan", "--because", "enough", "--as", "Bo")
    assert "by Yan (object-Yan): and few; to be answered" in decide(project, "--check", code=1), "Bo is no owner"
    decide(project, "--answer", "1", "--because", "enough")
    assert "answered by Ada: they are of May" in decide(project, "--check")
    assert "objections answered" in workbench(project, "history").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--check", "--review", "1"], "each stand alone"),
        (["--check", "--candidate", "b"], "each stand alone"),
        (["--candidate", "baseline"], "a decision needs a reason"),
        (["--object", "1"], "--object needs a reason"),
        (["--approve", "7"], "there is no such decision"),
        (["--approve", "1", "--evidence", "x"], "--evidence belongs to --object"),
        (["--candidate", "basline", "--because", "x"], "did you mean baseline?"),
        (["--set", "decide.candidate=x", "--because", "x"], "candidate and threshold have options of their own"),
        (["--set", "cost.trafic=1", "--because", "x"], "did you mean traffic?"),
        (["--threshold", "1.5", "--because", "x"], "a threshold is a probability"),
        (["--check", "--for", "realise"], "one of ingest, train"),
        (["--answer", "1/x", "--because", "x"], "there is no such"),
        (["--evidence", "x"], "--evidence belongs to --object"),
        (["--for", "train"], "--for belongs to --check"),
        (["--check", "--because", "x"], "--because belongs to a choice or a sign-off"),
        (["--who", "Ada"], "--who belongs to a choice or a sign-off"),
        (["--approve", "1", "--json"], "--json belongs to what shows, checks or chooses"),
        (["--set", "cost.profiles=anew", "--because", "x"], "key cost.profiles: no assumption of a decision"),
        (["--set", "cost.notebook.x=1", "--dry-run"], "key cost.notebook.x: no assumption of a decision"),
    ],
)
def test_a_mistake_is_one_paragraph(project: Path, arguments: list[str], said: str) -> None:
    assert said in decide(project, *arguments, code=2)
    assert not (project / "decisions").exists()


def test_amounts_out_of_all_proportion_are_not_called_tight_limits(project: Path) -> None:
    said = decide(project, "--set", "cost.traffic.requests_per_day=1e308", "--dry-run", code=1)
    assert "is no finite number" in said
    assert "Warning" not in said
    tight = decide(project, "--set", "decide.limits.latency_p99_ms=1e-9", "--dry-run", code=1)
    assert "no candidate keeps to the limits" in tight


def test_history_is_the_line_from_data_to_decision(project: Path) -> None:
    git(project, "add", "params.yaml")
    git(project, "commit", "-qm", "start")
    splits = {f"data/processed/{name}.parquet": name for name in ("train", "validation", "test")}
    roles = artifacts.read_text("data/processed/roles.json", project)
    artifacts.commit("ingest", {**splits, "data/processed/roles.json": roles}, root=project)
    artifacts.commit("train", {"contracts/train.yaml": "a plan"}, root=project)
    decide(project, "--because", "first")
    decide(project, "--candidate", "baseline", "--because", "second\nreason")
    artifacts.commit(
        "ingest", {**splits, "data/processed/train.parquet": "more", "data/processed/roles.json": roles}, root=project
    )
    told = json.loads(workbench(project, "history", "--json").stdout)
    first, second = told["decisions"]
    assert (first["because"], second["because"]) == ("first", "second\nreason")
    assert (first["stands"], second["stands"]) == (False, True)
    assert first["git_revision"] == git(project, "rev-parse", "HEAD").strip()
    files = artifacts.read_manifest_of("train", project).files
    assert first["plan_sha256"] == files["contracts/train.yaml"].sha256
    assert all(len(digest) == 64 for digest in first["data_sha256"].values())
    shown = workbench(project, "history").stdout
    assert f"{first['git_revision'][:10]}" in shown
    assert "0002-baseline: second reason" in shown
    assert "Changed since it was decided: data/processed/train.parquet" in decide(project)


def test_two_branches_that_took_one_number_are_explained_by_check(project: Path) -> None:
    git(project, "add", "params.yaml")
    git(project, "commit", "-qm", "start")
    for branch, candidate in (("one", "b00@40"), ("two", "baseline")):
        git(project, "switch", "-qc", branch, "main")
        decide(project, "--candidate", candidate, "--because", branch)
        git(project, "add", "decisions", "params.yaml")
        git(project, "commit", "-qm", branch)
    git(project, "merge", "-q", "--no-edit", "-X", "ours", "one")
    said = decide(project, "--check")
    assert "Decision 0001-baseline has what it needs" in said
    assert "two branches took the number 0001" in said
    assert "git mv decisions/0001-baseline.yaml decisions/0002-baseline.yaml" in said


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen makes the keys")
def test_signed_approvals_count_only_from_signed_commits(project: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", project / "key"], check=True)
    (project / "allowed").write_text(f"di@example.org {(project / 'key.pub').read_text()}", encoding="utf-8")
    git(project, "config", "gpg.format", "ssh")
    git(project, "config", "gpg.ssh.allowedSignersFile", str(project / "allowed"))
    git(project, "config", "user.signingkey", str(project / "key"))
    decide(project, "--because", "it pays")
    with (project / "params.yaml").open("a", encoding="utf-8") as params:
        params.write("team: {approvers: ['Di <di@example.org>'], signed: true}\n")
    decide(project, "--approve", "1", "--as", "Di")
    assert "approve-Di by Di does not count: it is not committed" in decide(project, "--check", code=1)
    git(project, "add", "decisions")
    git(project, "commit", "-qm", "not signed")
    assert "it is not signed" in decide(project, "--check", code=1)
    git(project, "commit", "-qS", "--amend", "--no-edit")
    assert "approved by Di" in decide(project, "--check")
